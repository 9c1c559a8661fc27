"""Estimates with their precision: shares of units and of population, by domain of the tables that will be published."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.catalogue import Draft, Materials, Variable
from maille.specs import TOTAL, Publication, SizeBands, load_bands, load_publications, load_sample
from maille.specs.questionnaire import UNIVERSES
from maille.stats.design import Design, calibrated, stratified
from maille.stats.variance import Shares, domain_shares

SOURCE = "Maille, estimations"

ESTIMATES = (
    Variable(name="table", label="Tableau", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="measure", label="Mesure", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="lower", label="Borne basse de la tranche de taille", kind="integer", unit="habitants"),
    Variable(name="upper", label="Borne haute, exclue ; vide sans limite", kind="integer", unit="habitants"),
    Variable(name="estimate", label="Estimation", kind="number", unit="%"),
    Variable(name="standard_error", label="Erreur type", kind="number", unit="points"),
    Variable(name="ci_low", label="Borne basse à 95 %", kind="number", unit="%"),
    Variable(name="ci_high", label="Borne haute à 95 %", kind="number", unit="%"),
    Variable(name="respondents", label="Répondantes qui comptent", kind="integer"),
    Variable(name="design_effect", label="Effet de sondage", kind="number"),
    Variable(name="all_observed", label="Toutes observées", kind="boolean"),
    Variable(name="yes", label="Répondantes qui ont le caractère", kind="integer"),
    Variable(name="total", label="Total pondéré du numérateur", kind="number"),
    Variable(name="whole", label="Total pondéré du dénominateur", kind="number"),
    Variable(name="weight_min", label="Plus petit poids du domaine", kind="number"),
    Variable(name="weight_max", label="Plus grand poids du domaine", kind="number"),
    Variable(name="sampled", label="Collectivités interrogées du domaine", kind="integer"),
    Variable(name="universe_size", label="Collectivités du domaine", kind="integer"),
)


@dataclass(frozen=True)
class Respondents:
    """The respondents of a universe, row by row: their table, their individual indicators, and the design."""

    table: pl.DataFrame
    sample: pl.DataFrame
    frame: pl.Series
    design: Design


@dataclass(frozen=True)
class Domains:
    """Domains of a table: codes (n,) of respondents, and for each domain its code and limits in inhabitants."""

    kind: str
    names: tuple[str, ...]
    limits: tuple[tuple[int, int | None], ...]
    bands: SizeBands | None

    def codes(self, population: pl.Series) -> npt.NDArray[np.int64]:
        """Return the position of the domain of each population."""
        if self.bands is None:
            return np.zeros(len(population), dtype=np.int64)
        positions = {name: position for position, name in enumerate(self.names)}
        assigned = self.bands.assign(population)
        return assigned.replace_strict(positions, return_dtype=pl.Int64).to_numpy()


def estimate(edition: str, materials: Materials) -> list[Draft]:
    """Return every cell of every table of the edition, secret: estimates in per cent, standard errors in points.

    The variance counts stratification, the finite population, nonresponse inside response groups and the residuals of
    calibration (``stats.design``, ``stats.variance``).
    """
    publications = load_publications(materials.specs / "publications" / edition)
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml")
    schemes = load_bands(materials.specs / "bands.yaml")
    rows: list[dict[str, object]] = []
    for universe in UNIVERSES:
        frame = materials.inputs[plan.universes[universe].frame.dataset].table.filter(pl.col("in_survey"))
        weights = materials.inputs[f"processed/{edition}/weights"].table
        people = respondents(
            weights.filter(pl.col("universe") == universe),
            indicators=materials.inputs[f"processed/{edition}/indicators-{universe}"].table,
            margins=materials.inputs[f"processed/{edition}/margins-{universe}"].table,
            frame=frame["population"],
        )
        for publication in publications.values():
            if publication.universe == universe:
                rows.extend(_cells(publication, domains_of(publication, schemes), people=people))
    table = pl.DataFrame(rows, schema_overrides={"upper": pl.Int64}, infer_schema_length=None)
    return [
        Draft(
            name=f"analysed/{edition}/estimates",
            table=table.select([variable.name for variable in ESTIMATES]),
            title="Estimations avant protection du secret",
            variables=ESTIMATES,
            source=SOURCE,
            vintage=edition,
        )
    ]


def respondents(
    sample: pl.DataFrame, *, indicators: pl.DataFrame, margins: pl.DataFrame, frame: pl.Series
) -> Respondents:
    """Return the respondents of a universe with the design that their weights come from.

    ``sample`` are its weights (``processed/…/weights``), ``indicators`` and ``margins`` one row a respondent, ``frame``
    the populations of all its units.
    """
    answered = sample.filter("responded")
    joined = answered.join(indicators, on="unit", how="left", maintain_order="left")
    auxiliaries = answered.select("unit").join(margins, on="unit", how="left", maintain_order="left").drop("unit")
    design = calibrated(
        _design(sample, answered), weights=answered["weight"].to_numpy(), auxiliaries=auxiliaries.to_numpy()
    )
    return Respondents(joined, sample, frame, design)


def _design(sample: pl.DataFrame, answered: pl.DataFrame) -> Design:
    strata = sample.group_by("stratum").agg(pl.col("stratum_size", "stratum_sample").first()).sort("stratum")
    groups = sample.group_by("group").agg(pl.col("group_sample").first()).sort("group")
    position = {name: code for code, name in enumerate(strata["stratum"])}
    return stratified(
        answered["nonresponse_weight"].to_numpy(),
        strata=answered["stratum"].replace_strict(position, return_dtype=pl.Int64).to_numpy(),
        stratum_sizes=strata["stratum_size"].to_numpy(),
        stratum_samples=strata["stratum_sample"].to_numpy(),
        groups=answered["group"].to_numpy(),
        group_samples=groups["group_sample"].to_numpy(),
    )


def domains_of(publication: Publication, schemes: Mapping[str, SizeBands]) -> tuple[Domains, ...]:
    """Return the domains of a table: its size bands if it has any, then the whole."""
    whole = Domains("total", (TOTAL,), ((0, None),), None)
    if publication.bands is None:
        return (whole,)
    scheme = schemes[publication.bands]
    limits = tuple((band.lower, band.upper) for band in scheme.bands)
    return Domains("size_band", scheme.codes(), limits, scheme), whole


def _cells(publication: Publication, cuts: tuple[Domains, ...], *, people: Respondents) -> Iterator[dict[str, object]]:
    answers = people.table.select(publication.indicators)
    yes = answers.fill_null(0).to_numpy().astype(np.float64)
    counts = answers.select(pl.all().is_not_null()).to_numpy().astype(np.float64)
    for domains in cuts:
        where = domains.codes(people.table["population"])
        described = _described(domains, where, people=people)
        for measure in publication.measures:
            size = people.table["population"].to_numpy().astype(np.float64) if measure == "population" else None
            above, below = (yes, counts) if size is None else (yes * size[:, None], counts * size[:, None])
            shares = domain_shares(
                above, design=people.design, denominators=below, domains=where, domain_sizes=described["universe_size"]
            )
            weights = people.design.weights[:, None]
            totals = {
                "yes": _sums(yes, where, len(domains.names)),
                "total": _sums(above * weights, where, len(domains.names)),
                "whole": _sums(below * weights, where, len(domains.names)),
            }
            key = {"table": publication.id, "universe": publication.universe, "measure": measure}
            names = publication.indicators
            yield from _rows(key, names, shares=shares, totals=totals, domains=domains, described=described)


def _rows(
    key: Mapping[str, object],
    indicators: tuple[str, ...],
    *,
    shares: Shares,
    totals: Mapping[str, npt.NDArray[np.float64]],
    domains: Domains,
    described: Mapping[str, npt.NDArray[np.float64]],
) -> Iterator[dict[str, object]]:
    for column, indicator in enumerate(indicators):
        for line, domain in enumerate(domains.names):
            lower, upper = domains.limits[line]
            yield {
                **key,
                "indicator": indicator,
                "domain_type": domains.kind,
                "domain": domain,
                "lower": lower,
                "upper": upper,
                "estimate": _number(100 * shares.estimate[line, column]),
                "standard_error": _number(100 * shares.standard_error[line, column]),
                "ci_low": _number(100 * shares.low[line, column]),
                "ci_high": _number(100 * shares.high[line, column]),
                "respondents": int(shares.respondents[line, column]),
                "design_effect": _number(shares.design_effect[line, column]),
                "all_observed": bool(shares.all_observed[line, column]),
                **{name: float(values[line, column]) for name, values in totals.items()},
                "yes": int(totals["yes"][line, column]),
                **{name: float(values[line]) for name, values in described.items() if name.startswith("weight")},
                **{name: int(values[line]) for name, values in described.items() if not name.startswith("weight")},
            }


def _described(
    domains: Domains, where: npt.NDArray[np.int64], *, people: Respondents
) -> dict[str, npt.NDArray[np.float64]]:
    count = len(domains.names)
    weights = people.design.weights
    inside = [weights[where == domain] for domain in range(count)]
    sampled = np.bincount(domains.codes(people.sample["population"]), minlength=count)
    return {
        "weight_min": np.array([part.min(initial=np.inf) for part in inside]),
        "weight_max": np.array([part.max(initial=0.0) for part in inside]),
        "sampled": sampled.astype(np.float64),
        "universe_size": np.bincount(domains.codes(people.frame), minlength=count).astype(np.float64),
    }


def _sums(values: npt.NDArray[np.float64], where: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.float64]:
    return np.vstack([values[where == domain].sum(axis=0) for domain in range(count)])


def _number(value: np.float64 | float) -> float | None:
    return float(value) if np.isfinite(value) else None
