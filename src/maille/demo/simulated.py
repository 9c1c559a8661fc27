"""What a simulation shows: how far from the truth, how often the intervals hold it, what the correction changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from maille.analyse.estimate import LOW_PRECISION, RARE
from maille.catalogue import Confidentiality, Draft, Variable
from maille.demo.replicate import Ground, Sums
from maille.demo.world import SHOWN
from maille.specs.questionnaire import Universe
from maille.specs.simulation import EDITION, Simulation

SOURCE = "Maille, enquêtes simulées sur une population simulée"
LEVEL, AROUND = 95.0, 2.0
"""What the intervals promise, in per cent, and how far from it a coverage may be, in points."""

STATES = {
    "within": "couverture entre 93 % et 97 %",
    "flagged": "couverture hors de 93 à 97 %, chiffre marqué « peu précis »",
    "outside": "couverture hors de 93 à 97 %, chiffre sans mention",
    "unpublished": "trop peu de répondantes, chiffre non publié",
    "certain": "aucune collectivité ou toutes : le chiffre ne varie pas",
}
_KEYS = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="measure", label="Mesure", kind="code"),
    Variable(name="kind", label="Nature : part, total, moyenne, rapport ou médiane", kind="code"),
    Variable(name="unit", label="Unité du chiffre"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="replicates", label="Enquêtes simulées qui donnent le chiffre", kind="integer"),
    Variable(name="truth", label="Vraie valeur, dans la population simulée", kind="number"),
)
COVERAGE = (
    Variable(name="table", label="Tableau", kind="code"),
    *_KEYS,
    Variable(name="mean", label="Moyenne des estimations", kind="number"),
    Variable(name="bias", label="Biais : moyenne des estimations moins vraie valeur", kind="number"),
    Variable(name="relative_bias", label="Biais relatif", kind="number", unit="%"),
    Variable(name="bias_ratio", label="Biais en écarts types des estimations", kind="number"),
    Variable(name="rmse", label="Racine de l’erreur quadratique moyenne", kind="number"),
    Variable(name="deviation", label="Écart type des estimations", kind="number"),
    Variable(name="standard_error", label="Erreur type calculée, en moyenne quadratique", kind="number"),
    Variable(name="error_ratio", label="Erreur type calculée sur écart type des estimations", kind="number"),
    Variable(name="half_width", label="Demi-largeur moyenne de l’intervalle à 95 %", kind="number"),
    Variable(name="coverage", label="Intervalles qui contiennent la vraie valeur", kind="number", unit="%"),
    Variable(name="under", label="Intervalles tout entiers sous la vraie valeur", kind="number", unit="%"),
    Variable(name="over", label="Intervalles tout entiers au-dessus", kind="number", unit="%"),
    Variable(
        name="monte_carlo", label="Écart type de la couverture, dû au nombre d’enquêtes", kind="number", unit="pt"
    ),
    Variable(name="respondents", label="Répondantes qui comptent, en moyenne", kind="number"),
    Variable(name="rarest", label="Répondantes pour, ou contre si elles sont moins", kind="number"),
    Variable(name="design_effect", label="Effet de sondage moyen", kind="number"),
    Variable(name="giants", label="Écart si les plus grandes n’avaient pas répondu", kind="number"),
    Variable(name="low_precision", label="Enquêtes où le chiffre est marqué « peu précis »", kind="number", unit="%"),
    Variable(name="rare", label="Enquêtes où le chiffre a trop peu de répondantes", kind="number", unit="%"),
    Variable(name="state", label="Ce que dit la simulation", kind="code", codes=STATES),
)
NONRESPONSE = (
    *_KEYS,
    Variable(name="bias_raw", label="Biais sans correction de la non-réponse", kind="number"),
    Variable(name="bias_groups", label="Biais après les groupes de réponse", kind="number"),
    Variable(name="bias", label="Biais après calage", kind="number"),
    Variable(name="rmse_raw", label="Erreur quadratique moyenne (racine) sans correction", kind="number"),
    Variable(name="rmse_groups", label="Erreur quadratique moyenne (racine) après les groupes", kind="number"),
    Variable(name="rmse", label="Erreur quadratique moyenne (racine) après calage", kind="number"),
    Variable(name="design_effect", label="Effet de sondage moyen", kind="number"),
)
DESIGNS = (
    Variable(name="design", label="Tirage", kind="code"),
    Variable(name="title", label="Nom du tirage"),
    Variable(name="note", label="Ce qui le définit, ce qui est une hypothèse"),
    Variable(name="origin", label="D’où viennent ses effectifs"),
    Variable(name="drawn", label="Collectivités tirées", kind="integer", unit="collectivités"),
    *_KEYS,
    Variable(name="respondents", label="Répondantes qui comptent, en moyenne", kind="number"),
    Variable(name="half_width", label="Demi-largeur moyenne de l’intervalle à 95 %", kind="number", unit="pt"),
    Variable(name="rmse", label="Racine de l’erreur quadratique moyenne", kind="number", unit="pt"),
)


@dataclass(frozen=True)
class Results:
    """The grounds by (design, universe), and the sums of their replicates."""

    simulation: Simulation
    grounds: Mapping[tuple[str, Universe], Ground]
    sums: Mapping[tuple[str, Universe], Sums]


def tables(edition: str, said: Mapping[str, str], results: Results) -> Iterator[Draft]:
    """Yield the datasets of a simulation, open and labelled simulated; ``said`` are its parameters."""
    mine = [(ground, results.sums[key]) for key, ground in results.grounds.items() if key[0] == EDITION]
    yield _draft(edition, "coverage", pl.concat(coverage(*one) for one in mine), said=said)
    yield _draft(edition, "nonresponse", pl.concat(nonresponse(*one) for one in mine), said=said)
    if len(results.grounds) > len(mine):
        yield _draft(edition, "designs", pl.concat(_designs(results)), said=said)


def coverage(ground: Ground, sums: Sums) -> pl.DataFrame:
    """Return one row a figure: its truth, bias and errors, how often its interval holds the truth, its flag."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = {name: values / sums["count"] for name, values in sums.items()}
        deviation = np.sqrt(np.maximum(mean["error_2"] - mean["error"] ** 2, 0))
        table = _keys(ground, sums).with_columns(
            mean=ground.truth + mean["error"],
            bias=mean["error"],
            relative_bias=100 * mean["error"] / np.abs(ground.truth),
            bias_ratio=mean["error"] / deviation,
            rmse=np.sqrt(mean["error_2"]),
            deviation=deviation,
            standard_error=np.sqrt(mean["spread_2"]),
            error_ratio=np.sqrt(mean["spread_2"]) / deviation,
            half_width=mean["half"],
            coverage=100 * mean["held"],
            under=100 * mean["under"],
            over=100 * mean["over"],
            monte_carlo=np.sqrt(LEVEL * (100 - LEVEL) / sums["count"]),
            respondents=mean["respondents"],
            rarest=np.where(ground.cells["kind"] == "share", np.minimum(mean["yes"], mean["no"]), np.nan),
            design_effect=mean["effect"],
            giants=mean["giants"],
            low_precision=100 * mean[LOW_PRECISION],
            rare=100 * mean[RARE],
        )
    judged = _finite(table).with_columns(state=state_of())
    by_table = ground.world.shown.join(judged, on=SHOWN, how="left", maintain_order="left_right")
    return by_table.select([variable.name for variable in COVERAGE])


def state_of() -> pl.Expr:
    """Return what the simulation says of a figure, as it came out: chance alone moves it by ``monte_carlo``."""
    gap = (pl.col("coverage") - LEVEL).abs() - 1e-9
    still = (pl.col("deviation") <= 1e-9 * pl.col("truth").abs()) | (pl.col("replicates") == 0)
    return (
        pl.when(pl.col("rare") > 50)
        .then(pl.lit("unpublished"))
        .when(still)
        .then(pl.lit("certain"))
        .when(gap <= AROUND)
        .then(pl.lit("within"))
        .when(pl.col("low_precision") >= 50)
        .then(pl.lit("flagged"))
        .otherwise(pl.lit("outside"))
    )


def nonresponse(ground: Ground, sums: Sums) -> pl.DataFrame:
    """Return one row a figure by band or in total, medians left out: its bias and error before and after correction."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = {name: values / sums["count"] for name, values in sums.items()}
        table = _keys(ground, sums).with_columns(
            bias_raw=mean["raw"],
            bias_groups=mean["grouped"],
            bias=mean["error"],
            rmse_raw=np.sqrt(mean["raw_2"]),
            rmse_groups=np.sqrt(mean["grouped_2"]),
            rmse=np.sqrt(mean["error_2"]),
            design_effect=mean["effect"],
        )
    kept = (pl.col("domain_type") != "region") & (pl.col("kind") != "median")
    return _finite(table.filter(kept)).select([variable.name for variable in NONRESPONSE])


def _designs(results: Results) -> Iterator[pl.DataFrame]:
    named = {design.id: design for design in results.simulation.designs}
    for (code, universe), ground in results.grounds.items():
        design, sums = named.get(code), results.sums[code, universe]
        with np.errstate(divide="ignore", invalid="ignore"):
            table = _keys(ground, sums).with_columns(
                design=pl.lit(code),
                title=pl.lit(design.title if design else "Édition 2025"),
                note=pl.lit(design.note if design else ""),
                origin=pl.lit(design.source if design else ""),
                drawn=pl.lit(ground.world.plan.total, pl.Int64),
                respondents=sums["respondents"] / sums["count"],
                half_width=sums["half"] / sums["count"],
                rmse=np.sqrt(sums["error_2"] / sums["count"]),
            )
        table = table.filter((pl.col("kind") == "share") & (pl.col("domain_type") != "region"))
        yield _finite(table).select([variable.name for variable in DESIGNS])


def _keys(ground: Ground, sums: Sums) -> pl.DataFrame:
    counts = pl.Series(sums["count"]).cast(pl.Int64)
    return ground.cells.with_columns(
        universe=pl.lit(ground.world.universe), replicates=counts, truth=pl.Series(ground.truth)
    )


def _finite(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(pl.when(pl.col(pl.Float64).is_finite()).then(pl.col(pl.Float64)))


def _draft(edition: str, what: str, table: pl.DataFrame, *, said: Mapping[str, str]) -> Draft:
    titles = {
        "coverage": "Ce que valent les intervalles : biais et couverture de chaque chiffre",
        "nonresponse": "Ce que change la correction de la non-réponse",
        "designs": "Ce qu’auraient donné d’autres tirages",
    }
    described = {"coverage": COVERAGE, "nonresponse": NONRESPONSE, "designs": DESIGNS}[what]
    imputed = "imputation" in said
    imputation, option = ("imputation comprise", " --imputation") if imputed else ("imputation laissée de côté", "")
    return Draft(
        name=f"simulated/{edition}/{what}",
        table=table,
        title=titles[what],
        variables=described,
        source=SOURCE,
        vintage=edition,
        description=(
            f"{said['replicates']} enquêtes simulées sur une population simulée dont on connaît tout : tirage, "
            f"réponse, redressement et estimation refaits à chaque fois, {imputation}. "
            f"Graine {said['seed']} ; "
            f"« maille simulate {edition} --replicates {said['replicates']} --seed {said['seed']}{option} » les refait."
        ),
        confidentiality=Confidentiality.OPEN,
        simulated=True,
    )
