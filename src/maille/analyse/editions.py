"""Two editions whose answers are both here: the evolution of each share, with the covariance of who answered twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse.domains import Domains, domains_of
from maille.analyse.estimate import SOURCE, people_of
from maille.analyse.measured import Values, estimated
from maille.analyse.respondents import Respondents
from maille.catalogue import Draft, Materials, Variable
from maille.specs import (
    EVOLUTIONS,
    Indicator,
    Publication,
    load_bands,
    load_evolution,
    load_indicators,
    load_publications,
    load_sample,
)
from maille.specs.indicator import Measure
from maille.specs.previous import followed, members_name
from maille.specs.questionnaire import UNIVERSES
from maille.stats.differences import Overlap, edition_differences, linearised
from maille.stats.variance import Estimates
from maille.territory.members import SAME

COMPARED = (
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="measure", label="Mesure", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="before", label="Part de l’édition précédente", kind="number", unit="%"),
    Variable(name="after", label="Part de cette édition", kind="number", unit="%"),
    Variable(name="difference", label="Évolution", kind="number", unit="points"),
    Variable(name="standard_error", label="Erreur type de l’évolution", kind="number", unit="points"),
    Variable(name="ci_low", label="Borne basse à 95 %", kind="number", unit="points"),
    Variable(name="ci_high", label="Borne haute à 95 %", kind="number", unit="points"),
    Variable(name="covariance", label="Covariance des deux éditions", kind="number"),
    Variable(name="common", label="Répondantes aux deux éditions", kind="integer"),
)
_TYPES = {"code": pl.String, "integer": pl.Int64, "number": pl.Float64}
_CUTS = ("size_band", "total")
BY_MEMBERS = (
    f"Une intercommunalité est reconnue d’une édition à l’autre par ses communes : c’est la même quand au moins "
    f"{SAME:.0%} des habitants de chacune sont dans l’autre.".replace("%", " %")
)
BY_SIREN = "Une intercommunalité est reconnue d’une édition à l’autre par son SIREN, même si ses communes ont changé."
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Side:
    """One edition of a universe: its respondents, which unit of today each is, the stratum of all (unit, stratum).

    An EPCI that is no longer the same by its members is null: it shares nothing with the other edition.
    """

    people: Respondents
    units: pl.Series
    strata: pl.DataFrame


def answers_of(edition: str, specs: Path) -> tuple[str, ...]:
    """Return the datasets that the estimates of an edition are made from."""
    plan = load_sample(specs / "samples" / f"{edition}.yaml")
    parts = ("indicators", "margins", "responses", "imputation-links")
    return (
        f"processed/{edition}/weights",
        f"collected/{edition}/sample",
        *(f"processed/{edition}/{what}-{universe}" for universe in UNIVERSES for what in parts),
        *(plan.universes[universe].frame.dataset for universe in UNIVERSES),
    )


def compared_inputs(edition: str, specs: Path) -> tuple[str, ...]:
    """Return what comparing an edition with the one before reads; nothing when that one has no sample plan here."""
    path = specs / "publications" / edition / f"{EVOLUTIONS}.yaml"
    if not path.is_file():
        return ()
    before = load_evolution(path).before
    if not (specs / "samples" / f"{before}.yaml").is_file():
        return ()
    both = (edition, before)
    named = [name for one in both for name in (*answers_of(one, specs), f"collected/{one}/numbers")]
    return tuple(dict.fromkeys(named))


def compare_editions(edition: str, materials: Materials) -> list[Draft]:
    """Return the evolution of every share by size band and in total, secret; none when answers are missing.

    The difference is of the estimates of both editions; its variance is that of both less twice the covariance of the
    units that answered both (``stats.differences``). Where the strata of all units are not known, none is taken off.
    EPCI are matched by their members when those of the edition before were deposited, else by their SIREN.
    """
    spec = load_evolution(materials.specs / "publications" / edition / f"{EVOLUTIONS}.yaml")
    rows: list[dict[str, object]] = []
    if set(compared_inputs(edition, materials.specs)) <= set(materials.inputs):
        publications = load_publications(materials.specs / "publications" / edition)
        indicators = load_indicators(materials.specs / "indicators")
        for universe in UNIVERSES:
            sides = [_side(one, universe, materials) for one in (edition, spec.before)]
            mine = [table for table in publications.values() if table.universe == universe]
            items = {name: item for name, item in indicators.items() if item.kind == "share"}
            for domains, measure, names in _cuts(mine, items, materials, sides=sides):
                rows += _evolutions(sides, [items[name] for name in names], measure=measure, domains=domains)
    return [
        Draft(
            name=f"analysed/{edition}/editions-compared",
            table=pl.DataFrame(rows, schema={one.name: _TYPES[one.kind] for one in COMPARED}),
            title="Évolutions entre deux éditions, avant protection du secret",
            description=BY_MEMBERS if members_name(spec.before) in materials.inputs else BY_SIREN,
            variables=COMPARED,
            source=SOURCE,
            vintage=edition,
        )
    ]


def _side(edition: str, universe: str, materials: Materials) -> Side:
    known = next(name for name in UNIVERSES if name == universe)
    numbers = materials.inputs[f"collected/{edition}/numbers"].table
    strata = numbers.filter(pl.col("universe") == universe)
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml").universes[known]
    if "stratum" not in strata.columns or plan.selection.kind != "simple":
        # Only simple samples follow the numbers of another edition: others are drawn apart, and share by chance alone.
        strata = strata.with_columns(stratum=pl.lit(None, pl.String))
    people = people_of(edition, known, materials)
    units, strata = people.table["unit"], strata.select("unit", "stratum")
    members = materials.inputs.get(members_name(edition))
    if universe == "epci" and members is not None:
        units = followed(units, edition, members.table)
        strata = strata.with_columns(unit=followed(strata["unit"], edition, members.table))
    return Side(people, units, strata.drop_nulls())


def _cuts(
    publications: Sequence[Publication],
    items: Mapping[str, Indicator],
    materials: Materials,
    *,
    sides: Sequence[Side],
) -> Iterator[tuple[Domains, Measure, list[str]]]:
    """Yield each kind of domains and measure with its indicators, that both editions have."""
    schemes = load_bands(materials.specs / "bands.yaml")
    found: dict[tuple[object, Measure], tuple[Domains, dict[str, None]]] = {}
    for table in publications:
        for domains in domains_of(table, schemes, frame=sides[0].people.frame):
            for measure in table.measures if domains.kind in _CUTS else ():
                names = found.setdefault((domains.key, measure), (domains, {}))[1]
                names |= dict.fromkeys(name for name in table.indicators if _in_both(items, name, measure, sides=sides))
    for (_, shown), (domains, names) in found.items():
        if names:
            yield domains, shown, list(names)


def _in_both(items: Mapping[str, Indicator], name: str, measure: Measure, *, sides: Sequence[Side]) -> bool:
    shown = name in items and measure in items[name].measures
    return shown and all(name in side.people.table.columns for side in sides)


def _evolutions(
    sides: Sequence[Side], items: Sequence[Indicator], *, measure: str, domains: Domains
) -> Iterator[dict[str, object]]:
    values = [Values.of(side.people, items, measure) for side in sides]
    where = [domains.codes(side.people.table) for side in sides]
    told = [
        estimated(side.people, "share", value, where=place, domains=domains)
        for side, value, place in zip(sides, values, where, strict=True)
    ]
    for place, domain in enumerate(domains.names):
        after, before = (_one(table, place) for table in told)
        overlap = _overlap(sides, values, [codes == place for codes in where])
        found = edition_differences(after, before, overlap=overlap)
        for column, item in enumerate(items):
            gap = {
                "difference": found.estimate[column],
                "standard_error": found.standard_error[column],
                "ci_low": found.low[column],
                "ci_high": found.high[column],
            }
            yield {
                "indicator": item.id,
                "measure": measure,
                "domain_type": domains.kind,
                "domain": domain,
                "before": _number(100 * before.estimate[column]),
                "after": _number(100 * after.estimate[column]),
                **{name: _number(100 * value) for name, value in gap.items()},
                "covariance": float(found.covariance[column]),
                "common": 0 if overlap is None else len(overlap.strata),
            }


def _one(table: Mapping[str, npt.NDArray[np.float64]], place: int) -> Estimates:
    """Return the estimates (v,) of a domain, as shares of one."""
    said = {"estimate": "estimate", "standard_error": "standard_error", "low": "ci_low", "high": "ci_high"}
    numbers = {name: table[column][place] / 100 for name, column in said.items()}
    return Estimates(**numbers, respondents=np.asarray(table["respondents"][place], dtype=np.int64))


def _overlap(
    sides: Sequence[Side], values: Sequence[Values], inside: Sequence[npt.NDArray[np.bool_]]
) -> Overlap | None:
    """Return what the editions share in a domain, None when no unit answered both or a stratum is not known."""
    after, before = sides
    crossed = after.strata.join(before.strata, on="unit", suffix="_before")
    crossed = crossed.with_columns(cell=pl.struct("stratum", "stratum_before").rank("dense").cast(pl.Int64) - 1)
    cells = dict(crossed.select("unit", "cell").iter_rows())
    units = [side.units for side in sides]
    common = [unit for unit in units[0].filter(units[0].is_in(units[1].implode())) if unit in cells]
    if not common:
        return None
    linear = [
        linearised(value.above * mask[:, None], denominators=value.below * mask[:, None], design=side.people.design)
        for side, value, mask in zip(sides, values, inside, strict=True)
    ]
    places = [{unit: row for row, unit in enumerate(names)} for names in units]
    sizes = np.bincount(crossed["cell"].to_numpy(), minlength=crossed["cell"].n_unique()).astype(np.float64)
    drawn = [np.bincount([cells[unit] for unit in names if unit in cells], minlength=len(sizes)) for names in units]
    return Overlap(
        before=linear[1][[places[1][unit] for unit in common]],
        after=linear[0][[places[0][unit] for unit in common]],
        strata=np.array([cells[unit] for unit in common], dtype=np.int64),
        sizes=sizes,
        drawn=np.column_stack(drawn).astype(np.float64),
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
