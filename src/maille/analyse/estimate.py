"""Estimates with their precision, by domain of the tables that will be published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from maille.analyse.domains import Domains, domains_of
from maille.analyse.imputed import Imputed, imputation_links
from maille.analyse.measured import measured
from maille.analyse.respondents import Respondents, respondents
from maille.analyse.winsorised import EFFECTS, winsorised
from maille.catalogue import Draft, Materials, Variable
from maille.specs import (
    Indicator,
    Precision,
    Publication,
    load_bands,
    load_indicators,
    load_precision,
    load_publications,
    load_sample,
)
from maille.specs.questionnaire import UNIVERSES, Universe

SOURCE = "Maille, estimations"

LOW_PRECISION, RARE = "low_precision", "rare"
FLAGS = {LOW_PRECISION: "peu précis", RARE: "trop peu de répondantes"}

ESTIMATES = (
    Variable(name="table", label="Tableau", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="kind", label="Nature : part, total, moyenne, rapport ou médiane", kind="code"),
    Variable(name="unit", label="Unité du chiffre"),
    Variable(name="decimals", label="Décimales publiées", kind="integer"),
    Variable(name="measure", label="Mesure", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="lower", label="Borne basse de la tranche de taille", kind="integer", unit="habitants"),
    Variable(name="upper", label="Borne haute, exclue ; vide sans limite", kind="integer", unit="habitants"),
    Variable(name="region", label="Région du domaine", kind="code"),
    Variable(name="departement", label="Département du domaine", kind="code"),
    Variable(name="estimate", label="Estimation", kind="number"),
    Variable(name="standard_error", label="Erreur type ; en points pour une part", kind="number"),
    Variable(name="ci_low", label="Borne basse à 95 %", kind="number"),
    Variable(name="ci_high", label="Borne haute à 95 %", kind="number"),
    Variable(name="cv", label="Coefficient de variation", kind="number", unit="%"),
    Variable(
        name="giants",
        label="Écart si les plus grandes n’avaient pas répondu ; en points pour une part, en % sinon",
        kind="number",
    ),
    Variable(name="flag", label="Précision : vide, peu précis, trop peu de répondantes", kind="code", codes=FLAGS),
    Variable(name="respondents", label="Répondantes qui comptent", kind="integer"),
    Variable(name="design_effect", label="Effet de sondage", kind="number"),
    Variable(name="all_observed", label="Toutes observées", kind="boolean"),
    Variable(name="yes", label="Répondantes qui ont le caractère, ou une valeur non nulle", kind="integer"),
    Variable(name="nonzero", label="Répondantes qui contribuent au total", kind="integer"),
    Variable(name="top1", label="Plus grande valeur d’une répondante, sans son poids", kind="number"),
    Variable(name="top2", label="Deuxième plus grande valeur d’une répondante, sans son poids", kind="number"),
    Variable(name="total", label="Total pondéré du numérateur", kind="number"),
    Variable(name="whole", label="Total pondéré du dénominateur", kind="number"),
    Variable(name="weight_min", label="Plus petit poids du domaine", kind="number"),
    Variable(name="weight_max", label="Plus grand poids du domaine", kind="number"),
    Variable(name="sampled", label="Collectivités interrogées du domaine", kind="integer"),
    Variable(name="universe_size", label="Collectivités du domaine", kind="integer"),
)


def estimate(edition: str, materials: Materials) -> list[Draft]:
    """Return every cell of every table of the edition, secret: shares in per cent, the others in their unit.

    The variance counts the draw of the plan, the finite population, nonresponse inside response groups and the
    residuals of calibration (``stats.design``, ``stats.design_drawn``, ``stats.variance``), and imputation for totals,
    means, ratios and medians (``stats.imputation_variance``). A cell is flagged ``low_precision``, or
    ``rare`` when fewer respondents count than ``specs/precision.yaml`` asks: it then has no estimate, and its totals
    are those of a figure that nobody will read. Where the plan winsorises, the estimates are of the values once cut,
    and the effect is told.
    """
    publications = load_publications(materials.specs / "publications" / edition)
    rules = load_precision(materials.specs / "precision.yaml")
    schemes = load_bands(materials.specs / "bands.yaml")
    indicators = load_indicators(materials.specs / "indicators")
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml")
    tables: list[pl.DataFrame] = []
    effects: list[pl.DataFrame] = []
    for universe in UNIVERSES:
        part = plan.universes[universe]
        people = people_of(edition, universe, materials)
        people, effect = winsorised(people, part.winsorising, universe=universe, bands=part.size_bands)
        effects.append(effect)
        mine = [table for table in publications.values() if table.universe == universe]
        cuts = {table.id: domains_of(table, schemes, frame=people.frame) for table in mine}
        tables += _tables(mine, cuts, indicators=indicators, people=people)
    cells = flagged(pl.concat(tables), rules).select([variable.name for variable in ESTIMATES])
    drafts = [_draft(edition, "estimates", cells, title="Estimations avant protection du secret", described=ESTIMATES)]
    if any(part.winsorising for part in plan.universes.values()):
        title = "Ce que change la winsorisation"
        drafts.append(_draft(edition, "winsorised", pl.concat(effects), title=title, described=EFFECTS))
    return drafts


def _draft(edition: str, what: str, table: pl.DataFrame, *, title: str, described: tuple[Variable, ...]) -> Draft:
    name = f"analysed/{edition}/{what}"
    return Draft(name=name, table=table, title=title, variables=described, source=SOURCE, vintage=edition)


def people_of(edition: str, universe: Universe, materials: Materials) -> Respondents:
    """Return the respondents of a universe, from the datasets that a step of analysis is given."""
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml").universes[universe]
    mine = pl.col("universe") == universe
    weights = materials.inputs[f"processed/{edition}/weights"].table.filter(mine)
    wanted = dict.fromkeys(("departement", *plan.selection.balancing))
    where = materials.inputs[f"collected/{edition}/sample"].table.filter(mine)
    where = where.select("unit", *(name for name in wanted if name not in weights.columns))
    people = respondents(
        weights.join(where, on="unit", how="left", maintain_order="left"),
        indicators=materials.inputs[f"processed/{edition}/indicators-{universe}"].table,
        margins=materials.inputs[f"processed/{edition}/margins-{universe}"].table,
        frame=materials.inputs[plan.frame.dataset].table.filter(pl.col("in_survey")),
        selection=plan.selection,
    )
    units = people.table["unit"]
    answers = materials.inputs[f"processed/{edition}/responses-{universe}"].table
    links = materials.inputs[f"processed/{edition}/imputation-links-{universe}"].table
    used = units.to_frame().join(answers, on="unit", how="left", maintain_order="left")
    population = people.table["population"].to_numpy().astype(np.float64)
    return replace(people, imputed=Imputed(used, imputation_links(links, units), population))


def _tables(
    publications: Sequence[Publication],
    cuts: Mapping[str, tuple[Domains, ...]],
    *,
    indicators: Mapping[str, Indicator],
    people: Respondents,
) -> Iterator[pl.DataFrame]:
    """Yield the cells of the tables of a universe, table by table: what several tables show is computed once."""
    wanted: dict[tuple[object, str, str], tuple[Domains, dict[str, Indicator]]] = {}
    for domains, measure, item in _lines(publications, cuts, indicators=indicators):
        wanted.setdefault((domains.key, measure, item.kind), (domains, {}))[1][item.id] = item
    found: dict[tuple[object, str, str], pl.DataFrame] = {}
    for (key, measure, _kind), (domains, items) in wanted.items():
        tables = measured(people, list(items.values()), measure=measure, domains=domains)
        found |= {(key, measure, name): table for name, table in zip(items, tables, strict=True)}
    for publication in publications:
        for domains, measure, item in _lines([publication], cuts, indicators=indicators):
            yield found[domains.key, measure, item.id].with_columns(
                table=pl.lit(publication.id),
                universe=pl.lit(publication.universe),
                indicator=pl.lit(item.id),
                measure=pl.lit(measure),
                kind=pl.lit(item.kind),
                unit=pl.lit(item.unit),
                decimals=pl.lit(item.decimals, pl.Int64),
            )


def _lines(
    publications: Sequence[Publication],
    cuts: Mapping[str, tuple[Domains, ...]],
    *,
    indicators: Mapping[str, Indicator],
) -> Iterator[tuple[Domains, str, Indicator]]:
    for publication in publications:
        for domains in cuts[publication.id]:
            for measure in publication.measures:
                for name in publication.indicators:
                    given = publication.gives(name, measure, domains.kind)
                    if given and measure in indicators[name].measures:
                        yield domains, measure, indicators[name]


def flagged(cells: pl.DataFrame, rules: Precision) -> pl.DataFrame:
    """Return cells with their flag, NaN made null, and without the estimates that rest on too few respondents."""
    half = (pl.col("ci_high") - pl.col("ci_low")) / 2
    share = pl.col("kind") == "share"
    wide = (share & (half > rules.half_width.limit)) | (~share & (pl.col("cv") > rules.variation.limit))
    wide |= pl.col("giants") > rules.giants.limit
    if rules.simulated is not None:
        wide |= pl.concat_str("indicator", "measure", "domain", separator=" ").is_in(rules.simulated.names())
    few = (pl.col("respondents") < rules.respondents.limit) & ~pl.col("all_observed")
    flag = pl.when(few).then(pl.lit(RARE)).when(wide).then(pl.lit(LOW_PRECISION))
    shown = [
        pl.when(flag != RARE).then(name).when(flag.is_null()).then(name).alias(name)
        for name in ("estimate", "standard_error", "ci_low", "ci_high", "cv", "design_effect")
    ]
    numbers = [pl.when(pl.col(pl.Float64).is_finite()).then(pl.col(pl.Float64))]
    return cells.with_columns(numbers).with_columns(*shown, flag=flag)
