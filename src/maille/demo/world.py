"""The simulated country as a survey sees it: every unit with its true figures, and its chance of answering."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse.domains import Domains, domains_of
from maille.analyse.measured import Values, estimated
from maille.analyse.respondents import Respondents
from maille.collect import KEYS, frame_of
from maille.demo.country import countries
from maille.demo.imputing import Imputing, ticked
from maille.demo.response import response_probabilities
from maille.process import counts, frame_margins
from maille.specs import (
    Indicator,
    Publication,
    UniversePlan,
    load_bands,
    load_indicators,
    load_publications,
    load_questionnaire,
    load_sample,
)
from maille.specs.path_columns import path_columns
from maille.specs.questionnaire import Universe, questionnaire_file
from maille.stats.design import stratified
from maille.stats.forms import sum_rows
from maille.territory import load_reference

Floats = npt.NDArray[np.float64]
CUTS = ("size_band", "region", "total")
"""What published tables are cut by here: départements, too small for most figures, are left out."""

SHOWN = ("domain_type", "bands", "indicator", "measure")


@dataclass(frozen=True)
class Lot:
    """Figures computed together: indicators of one kind, in one measure, on the domains of one cut (``sizes`` (D,))."""

    domains: Domains
    measure: str
    items: tuple[Indicator, ...]
    sizes: Floats

    @property
    def kind(self) -> str:
        """Return the kind of the indicators: share, total, mean, ratio or median."""
        return self.items[0].kind

    def cells(self) -> pl.DataFrame:
        """Return one row a figure, domain by domain."""
        places = self.domains.places().select("domain_type", "domain")
        scheme = self.domains.bands
        columns = {
            "indicator": [item.id for item in self.items],
            "unit": [item.unit for item in self.items],
            "rank": list(range(len(self.items))),
        }
        crossed = places.with_row_index("place").join(pl.DataFrame(columns), how="cross").sort("place", "rank")
        said = {"measure": self.measure, "kind": self.kind, "bands": scheme.id if scheme else ""}
        return crossed.drop("place", "rank").with_columns(**{name: pl.lit(value) for name, value in said.items()})


@dataclass(frozen=True)
class World:
    """A universe whose truth is known: its frame, the true indicators and the chance of answering of every unit.

    ``shown`` says which table shows which figures: table, domain_type, bands, indicator, measure. With ``imputing``,
    ``values`` have the numbers that nobody can give, and a survey imputes them.
    """

    universe: Universe
    plan: UniversePlan
    reference: pl.DataFrame
    frame: pl.DataFrame
    values: pl.DataFrame
    chances: Floats
    lots: tuple[Lot, ...]
    shown: pl.DataFrame
    imputing: Imputing | None = None

    @property
    def margins(self) -> pl.DataFrame:
        """Return the frame as the weighting counts its margins."""
        return frame_margins(self.reference, self.plan)

    def cells(self) -> pl.DataFrame:
        """Return one row a figure: domain_type, domain, indicator, unit, measure, kind, bands."""
        return pl.concat(lot.cells() for lot in self.lots)

    def truth(self) -> Floats:
        """Return the true figures (C,): what a census in which everybody answers would publish."""
        size = self.frame.height
        everyone = stratified(
            np.ones(size), strata=np.zeros(size, dtype=np.int64), stratum_sizes=[size], stratum_samples=[size]
        )
        table = self.frame.join(self.values, on="unit", how="left", maintain_order="left")
        found = figures(self, Respondents(table, self.frame, self.frame, everyone))
        return np.asarray(found["estimate"], dtype=np.float64)

    def drawn_by(self, plan: UniversePlan) -> "World":
        """Return the same universe under another plan, for its shares by band and in total only."""
        frame = frame_of(self.universe, plan, self.reference)
        lots = tuple(lot for lot in self.lots if lot.kind == "share" and lot.domains.kind != "region")
        return replace(self, plan=plan, frame=frame, lots=lots)


def known_world(
    specs: Path,
    *,
    universe: Universe,
    edition: str,
    seed: int,
    indicators: frozenset[str] | None = None,
    imputation: bool = False,
) -> World:
    """Return a universe of the simulated country with all the figures that its tables publish, or some of them.

    An amount that an authority cannot give is null, and the authority then counts neither in the truth nor in the
    estimate, unless ``imputation`` is simulated: the truth then has it. Raises ImputationNotSimulated.
    """
    plan = load_sample(specs / "samples" / f"{edition}.yaml").universes[universe]
    reference = load_reference()
    table = reference.communes if universe == "communes" else reference.epci
    frame = frame_of(universe, plan, table)
    tables = [one for one in load_publications(specs / "publications" / edition).values() if one.universe == universe]
    items = {
        name: item
        for name, item in load_indicators(specs / "indicators").items()
        if item.universe == universe and (indicators is None or name in indicators)
    }
    answers = _answers(frame, universe, seed=seed)
    imputing = Imputing.of(specs, edition, universe, answers=answers, items=items) if imputation else None
    true = _answers(frame, universe, seed=seed, complete=True) if imputation else answers
    people = answers.with_columns(universe=pl.lit(universe))
    rates: dict[tuple[str, str], float] = {(universe, band): rate for band, rate in plan.expected_response.items()}
    lots, shown = _lots(tables, items, frame=frame, specs=specs)
    return World(
        universe=universe,
        plan=plan,
        reference=table,
        frame=frame,
        values=_values(specs, edition, true, items=items),
        chances=response_probabilities(people, rates, seed=seed),
        lots=lots,
        shown=shown,
        imputing=imputing,
    )


def _answers(frame: pl.DataFrame, universe: Universe, *, seed: int, complete: bool = False) -> pl.DataFrame:
    country = countries(seed=seed, complete=complete)[universe].rename({KEYS[universe]: "unit"})
    kept = [name for name in country.columns if name == "unit" or name not in frame.columns]
    return frame.join(country.select(kept), on="unit", how="left", maintain_order="left")


def figures(
    world: World, people: Respondents, *, others: Mapping[str, Floats] | None = None
) -> dict[str, npt.NDArray[np.float64]]:
    """Return what the survey publishes (C,) from some respondents, by column of ``analysed/…/estimates``.

    Beside the estimates and their precision: ``yes`` and ``no``, the respondents for and against, and for each of the
    ``others``, weights (n,) by name, the figure that they would give; NaN for a median, and by région.
    """
    read: dict[object, Values] = {}
    placed: dict[object, Places] = {}
    parts: dict[str, list[Floats]] = {}
    for lot in world.lots:
        key = lot.measure, lot.items[0].id, len(lot.items)
        values = read[key] if key in read else read.setdefault(key, Values.of(people, lot.items, lot.measure))
        places = placed.get(lot.domains.key) or Places.sort(lot.domains.codes(people.table), len(lot.sizes))
        placed[lot.domains.key] = places
        found = dict(estimated(people, lot.kind, values, where=places.codes, domains=lot.domains))
        found["yes"] = places.sums((values.above != 0) & values.counted)
        found["no"] = found["respondents"] - found["yes"]
        for name, weights in (others or {}).items():
            found[name] = _point(lot, values, places, weights=weights)
        for name, column in found.items():
            parts.setdefault(name, []).append(column.ravel().astype(np.float64))
    return {name: np.concatenate(columns) for name, columns in parts.items()}


@dataclass(frozen=True)
class Places:
    """Rows sorted by domain: ``codes`` (n,) of the rows, their ``order`` (n,), where each domain ``starts`` (D+1,)."""

    codes: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]

    @classmethod
    def sort(cls, codes: npt.NDArray[np.int64], count: int) -> "Places":
        """Sort the rows of ``count`` domains."""
        order = np.argsort(codes, kind="stable")
        return cls(codes, order, np.searchsorted(codes[order], np.arange(count + 1)).astype(np.int64))

    def sums(self, values: npt.NDArray[np.float64] | npt.NDArray[np.bool_], weights: Floats | None = None) -> Floats:
        """Return the sums (D, v) of ``values`` (n, v)."""
        factor = None if weights is None else weights[self.order]
        return sum_rows(values[self.order], self.starts, factor=factor)


def _point(lot: Lot, values: Values, places: Places, *, weights: Floats) -> Floats:
    if lot.kind == "median" or lot.domains.kind == "region":
        return np.full((len(lot.sizes), len(lot.items)), np.nan)
    above = places.sums(values.above, weights)
    if lot.kind == "total":
        return above
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(above / places.sums(values.below, weights) * (100.0 if lot.kind == "share" else 1.0))


def _values(specs: Path, edition: str, answers: pl.DataFrame, *, items: Mapping[str, Indicator]) -> pl.DataFrame:
    asked = load_questionnaire(specs / questionnaire_file(specs, edition, next(iter(items.values())).universe))
    return counts(asked, path_columns(asked, ticked(asked, answers)).answers, items)


def _lots(
    tables: list[Publication], items: Mapping[str, Indicator], *, frame: pl.DataFrame, specs: Path
) -> tuple[tuple[Lot, ...], pl.DataFrame]:
    """Return the lots of the tables, and which table shows what."""
    schemes = load_bands(specs / "bands.yaml")
    wanted: dict[tuple[object, str, str], tuple[Domains, dict[str, Indicator]]] = {}
    shown = []
    for table in tables:
        for domains in domains_of(table, schemes, frame=frame):
            for item, measure in _figures(table, items) if domains.kind in CUTS else ():
                wanted.setdefault((domains.key, measure, item.kind), (domains, {}))[1][item.id] = item
                shown.append((table.id, domains.kind, domains.key[1] or "", item.id, measure))
    lots = []
    for (_key, measure, _kind), (domains, found) in sorted(wanted.items(), key=lambda pair: str(pair[0])):
        sizes = np.bincount(domains.codes(frame), minlength=len(domains.names)).astype(np.float64)
        lots.append(Lot(domains, measure, tuple(found.values()), sizes))
    return tuple(lots), pl.DataFrame(shown, schema=["table", *SHOWN], orient="row")


def _figures(table: Publication, items: Mapping[str, Indicator]) -> Iterator[tuple[Indicator, str]]:
    for name in table.indicators:
        for measure in table.measures:
            if name in items and measure in items[name].measures:
                yield items[name], measure
