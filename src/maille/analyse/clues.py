"""What an intruder reads in each kind of published table: cells, evolutions, crossings, and the precision beside them.

Nothing is taken from the code that protects: a difference from a public figure gives the other, a class of territories
is a sum of communes, a margin of error left beside a hidden figure is turned back into it (``precision_clues``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from maille.analyse.intruder import Figure, Gap, Public, Scope, Units
from maille.analyse.precision_clues import Limits, Worth, error_of, gap_limits, given_back, leaning, worths
from maille.specs import EVOLUTIONS as EVOLVED
from maille.specs import Indicator
from maille.specs.quotient import POPULATION, over_population
from maille.specs.source import WHOLE

CELLS = ("table", "indicator", "measure", "domain_type", "domain", "estimate", "status")
CROSSINGS = ("crossing", "row", "domain", "universe", "indicator", "measure", "estimate", "status")
CLASSES = ("crossing", "domain", "key")
EVOLUTIONS = ("indicator", "measure", "domain_type", "domain", "before", "after", "difference", "status")
PARTICIPATION = ("level", "code", "name", "region", "sampled", "responded", "status")
QUALITY = ("measure", "universe", "domain_type", "domain", "value", "status")
SENTENCES = ("sentence", "table", "indicator", "measure", "domain", "estimate")
KINDS = (CELLS, CROSSINGS, CLASSES, EVOLUTIONS, PARTICIPATION, QUALITY, SENTENCES)

ADDED = ("share", "mean", "total")
ALONE = ", sans addition"
"""What the measure of figures that add up to nothing is followed by."""
EVOLUTION_DECIMALS = 1
_EVOLUTIONS = "les évolutions"
_REPORT = "le rapport"
_UNKNOWN = "inconnu"

Row = Mapping[str, Any]


def of_kind(tables: Sequence[pl.DataFrame], kind: Sequence[str]) -> list[pl.DataFrame]:
    """Return the tables of a kind, which its columns tell."""
    return [table for table in tables if set(kind) <= set(table.columns)]


def read(tables: Sequence[pl.DataFrame], public: Public) -> dict[tuple[str, str], Scope]:
    """Return, by universe and measure, every figure that tables tell of, with all that they say of it together."""
    return _Reading(tables, public).run()


class _Reading:
    def __init__(self, tables: Sequence[pl.DataFrame], public: Public) -> None:
        self._tables, self._public = tables, public
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._worths: dict[tuple[str, str, str], Worth] = {}
        self._above: dict[str, bool] = {}
        self._sizes: dict[tuple[str, str, str], float] = {}
        self._before: dict[tuple[str, str, str], Row] = {}

    def run(self) -> dict[tuple[str, str], Scope]:
        """Read every table, cells first: the precision of the others is judged beside theirs."""
        cells = of_kind(self._tables, CELLS)
        named = {name: publication.universe for name, publication in self._public.publications.items()}
        shares = [item.id for item in self._public.indicators.values() if item.kind == "share"]
        told = [table.filter(pl.col("indicator").is_in(shares)) for table in cells]
        self._worths, self._above = worths(told, named), leaning(cells)
        for table in cells:
            for row in table.iter_rows(named=True):
                self._cell(row)
        for table in of_kind(self._tables, EVOLUTIONS):
            for row in table.iter_rows(named=True):
                self._evolution(row)
        for table in of_kind(self._tables, SENTENCES):
            for row in table.filter(pl.col("estimate").is_not_null()).iter_rows(named=True):
                self._sentence(row)
        members = _members(of_kind(self._tables, CLASSES), self._public)
        for table in of_kind(self._tables, CROSSINGS):
            self._crossing(table, members)
        return self._scopes

    def _cell(self, row: Row) -> None:
        publication = self._public.publications[row["table"]]
        place = (row["domain_type"], row["domain"])
        limits = _rounded(row["estimate"], self._public.indicators[row["indicator"]].decimals)
        if row["status"] == "zero":
            limits = (0.0, 0.0)
        units = self._public.units(row["table"], place)
        self._note(row, publication.universe, units=units, limits=limits, source=publication.id)

    def _evolution(self, row: Row, source: str = _EVOLUTIONS) -> None:
        item = self._public.indicators[row["indicator"]]
        units = self._public.units_of(item.universe, (row["domain_type"], row["domain"]))
        self._before[row["indicator"], row["measure"], row["domain"]] = row
        limits = _rounded(row["after"], item.decimals)
        before = row["before"]
        if limits is None and before is not None and row["difference"] is not None:
            limits = _rounded(before + row["difference"], EVOLUTION_DECIMALS)
        # The interval of a figure less a number without error is its own; that of two estimates is wider than either.
        alone = before is not None and row.get("precision") != "both"
        moved = {name: row.get(name) if alone else None for name in ("standard_error", "ci_low", "ci_high")}
        for name in ("ci_low", "ci_high"):
            moved[name] = None if moved[name] is None else moved[name] + before
        told = {**row, **moved, "decimals": EVOLUTION_DECIMALS}
        self._note(told, item.universe, units=units, limits=limits, source=source)

    def _sentence(self, row: Row) -> None:
        """Read a figure that a sentence or a drawing of the report is bound to: a cell, or how far it moved."""
        if row["table"] == EVOLVED:
            moved = self._before.get((row["indicator"], row["measure"], row["domain"]))
            if moved is not None:
                self._evolution({**moved, "after": None, "difference": row["estimate"], "status": "value"}, _REPORT)
            return
        publication = self._public.publications[row["table"]]
        units = self._public.units_named(row["table"], row["domain"])
        limits = _rounded(row["estimate"], self._public.indicators[row["indicator"]].decimals)
        told = {**row, "status": "value"}
        self._note(told, publication.universe, units=units, limits=limits, source=_REPORT)

    def _crossing(self, table: pl.DataFrame, members: Mapping[tuple[str, str], Units]) -> None:
        for (crossing,), rows in table.group_by("crossing", maintain_order=True):
            source = f"le croisement « {crossing} »"
            classes = rows.filter(pl.col("row") == "class")
            for row in classes.iter_rows(named=True):
                units = members.get((str(crossing), row["domain"]))
                if units is not None:
                    limits = _rounded(row["estimate"], self._public.indicators[row["indicator"]].decimals)
                    limits = (0.0, 0.0) if row["status"] == "zero" else limits
                    named = {**row, "domain": f"{crossing} {row['domain']}"}
                    self._note(named, row["universe"], units=units, limits=limits, source=source)
            known = sorted(set(classes["domain"]) - {_UNKNOWN})
            for row in rows.filter(pl.col("row") == "difference").iter_rows(named=True):
                self._gap(row, (f"{crossing} {known[-1]}", f"{crossing} {known[0]}"))

    def _gap(self, row: Row, ends: tuple[str, str]) -> None:
        item = self._public.indicators[row["indicator"]]
        limits = _rounded(row["estimate"], item.decimals) or gap_limits(row)
        scope = self._scopes.get((row["universe"], row["measure"]))
        later, earlier = (f"{item.id}, {end}, {row['measure']}" for end in ends)
        if limits is not None and item.kind == "share" and scope is not None and {later, earlier} <= {*scope.figures}:
            scope.gaps.append(Gap(later, earlier, limits[0] / 100, limits[1] / 100))

    def _note(self, row: Row, universe: str, *, units: Units, limits: Limits | None, source: str) -> None:
        item = self._public.indicators[row["indicator"]]
        measure, domain, adds = row["measure"], row["domain"], _adds(item)
        sized = POPULATION if over_population(item) else measure
        size = self._size(universe, sized, domain=domain, units=units) if adds else _alone(item)
        hidden, shown = row["status"] == "secret", source if limits is not None else ""
        if limits is None and hidden:
            worth = self._worths.get((universe, measure, domain)) if adds else None
            limits = given_back(row, kind=item.kind, worth=worth, above=self._above.get(item.id, False))
        low, high = _totals(item, limits, size)
        share = item.kind == "share"
        figure = Figure(item.id, domain, measure, units, size, low, high, hidden, shown, share)
        scope = self._scopes.setdefault(
            (universe, measure if adds else measure + ALONE), Scope(universe, measure, adds)
        )
        scope.add(figure)
        error = error_of(row)
        if error is not None and adds and not share:
            scale = _scale(item, size)
            scope.errors[figure.name] = scale * error[0], scale * error[1]

    def _size(self, universe: str, measure: str, *, domain: str, units: Units) -> float:
        key = (universe, measure, domain)
        if key not in self._sizes:
            population = self._public.frames[universe]["population"].to_numpy()
            self._sizes[key] = float(population[units].sum() if measure == "population" else units.sum())
        return self._sizes[key]


def _adds(item: Indicator) -> bool:
    """Say whether a figure is a total once the size of its domain is known; among some units only, nobody knows it."""
    return item.kind == "total" or over_population(item) or (item.kind in ADDED and item.among is None)


def _alone(item: Indicator) -> float:
    return 100.0 if item.kind == "share" else 1.0


def _rounded(estimate: Any, decimals: int) -> Limits | None:
    half = 0.5 * 10.0**-decimals
    return None if estimate is None else (float(estimate) - half, float(estimate) + half)


def _scale(item: Indicator, size: float) -> float:
    """Return what a figure is multiplied by to be a total."""
    return {"share": size / 100, "total": 1.0}.get(item.kind, size)


def _totals(item: Indicator, limits: Limits | None, size: float) -> Limits:
    scale = _scale(item, size)
    low, high = (0.0, size) if item.kind == "share" else (0.0, np.inf)
    if limits is None:
        return low, high
    least = max(scale * limits[0], 0.0) if item.kind == "share" else scale * limits[0]
    return least, scale * limits[1]


def _members(tables: Sequence[pl.DataFrame], public: Public) -> dict[tuple[str, str], Units]:
    """Return the communes of each class: that of their own code, of their collectivity, or of their département."""
    found: dict[tuple[str, str], Units] = {}
    frame = public.frames["communes"]
    for table in tables:
        for (crossing,), rows in table.group_by("crossing", maintain_order=True):
            placed = dict(rows.drop_nulls("key").select("key", "domain").iter_rows())
            names = np.array([_class(keys, placed) for keys in _keys(frame)])
            for name in dict.fromkeys([*placed.values(), _UNKNOWN]):
                found[str(crossing), name] = names == name
    return found


def _keys(frame: pl.DataFrame) -> Iterator[tuple[str | None, ...]]:
    own = [name for name in ("code", "college", "departement") if name in frame.columns]
    for row in frame.select(own).iter_rows():
        yield (*row, WHOLE.get(row[-1]))


def _class(keys: tuple[str | None, ...], placed: Mapping[str, str]) -> str:
    return next((placed[key] for key in keys if key is not None and key in placed), _UNKNOWN)
