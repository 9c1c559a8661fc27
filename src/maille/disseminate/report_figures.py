"""The words of the figures of a report: what may be said of a published cell, alone or beside another.

Two figures are compared when their 95 % intervals do not overlap; that is stricter than a test of their difference
(Schenker and Gentleman, The American Statistician 55(3), 2001). Differences are those of the published figures. What
is of low precision is said as an order of magnitude or by its bounds, and compared once its interval is doubled.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from maille.specs import EVOLUTIONS, Indicator, fill_sentence, percent, quantity
from maille.specs.report import Group
from maille.specs.report_check import members
from maille.specs.report_text import COUNTS, EVOLVED, INTERVALS, NAMED, ROUGH, Bound, Operand, Rank, Reference
from maille.specs.sentence import rounded
from maille.specs.typography import NARROW, number

PERCENT = "%"
_SAID = ("value", "zero", "estimated")
_TIMES = ("", "", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")
_COLUMNS = {"repondantes": "respondents", "interrogees": "sampled", "collectivites": "universe_size"}
_NEAR = 0.1
_ROUGHLY = (ROUGH, "bas", "haut", *INTERVALS)

REASONS = {
    "secret": "un chiffre est couvert par le secret statistique",
    "unavailable": "un chiffre est indisponible",
    "not_collected": "un chiffre n’a pas été collecté",
    "low_precision": "un chiffre est trop peu précis",
    "absent": "un chiffre n’est pas publié",
    "break": "une rupture empêche de lire l’évolution",
    "uncertain": "la différence ne dépasse pas la marge d’erreur, ou va dans l’autre sens",
}


_NO_CHANGE = {"decimals": 0, "flag": None, "all_observed": False}


class Unsaid(Exception):
    """A figure that may not be said; ``reason`` is a key of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


@dataclass(frozen=True)
class Figure:
    """A published cell: its reference, what is published of it, and the checksum of its table."""

    reference: Reference
    row: Mapping[str, Any]
    checksum: str

    @property
    def published(self) -> float:
        """The estimate, in the unit of the figure; raises Unsaid when it is not published."""
        if self.row["status"] not in _SAID:
            raise Unsaid(str(self.row["status"]))
        if self.row["estimate"] is None:
            raise Unsaid("unavailable")
        return float(self.row["estimate"])

    @property
    def estimate(self) -> float:
        """The estimate of a figure that a sentence may say; raises Unsaid when it is not published or not precise."""
        if self.row["flag"] == "low_precision":
            raise Unsaid("low_precision")
        return self.published

    @property
    def interval(self) -> tuple[float, float]:
        """The bounds of the 95 % interval; both are the estimate where all were seen. Raises Unsaid."""
        estimate = self.published
        if self.row["all_observed"] or self.row["ci_low"] is None or self.row["ci_high"] is None:
            return estimate, estimate
        return float(self.row["ci_low"]), float(self.row["ci_high"])

    @property
    def doubled(self) -> tuple[float, float]:
        """The bounds that a comparison uses: those of the interval, twice as far from a figure of low precision."""
        low, high = self.interval
        if self.row["flag"] != "low_precision":
            return low, high
        return 2 * low - self.published, 2 * high - self.published

    def above(self, other: "Figure") -> bool:
        """Tell whether the figure is above another, their intervals apart."""
        return self.interval[0] > other.interval[1]


class Figures:
    """The published cells of an edition and the groups of a report, by reference."""

    def __init__(
        self,
        cells: pl.DataFrame,
        *,
        checksums: Mapping[str, str],
        indicators: Mapping[str, Indicator],
        groups: Mapping[str, Group],
        evolutions: pl.DataFrame | None = None,
    ) -> None:
        self._rows = {
            Reference(row["table"], row["indicator"], row["measure"], row["domain"]): row
            for row in cells.iter_rows(named=True)
        }
        if evolutions is not None:
            rows = map(_change, evolutions.iter_rows(named=True))
            self._rows |= {Reference(EVOLUTIONS, row["indicator"], row["measure"], row["domain"]): row for row in rows}
        self._checksums = checksums
        self.indicators = indicators
        self._groups = groups

    def figure(self, reference: Reference) -> Figure:
        """Return a published cell; raises Unsaid when there is none."""
        if reference not in self._rows:
            raise Unsaid("absent")
        return Figure(reference, self._rows[reference], self._checksums[reference.table])

    def used(self, bound: Bound) -> tuple[Reference, ...]:
        """Return the figures that a pair of braces depends on: all those of the group for a rank."""
        found: list[Reference] = []
        for operand in bound.operands:
            if isinstance(operand, Rank):
                found += members(self._groups[operand.group])
            elif isinstance(operand, Reference):
                found.append(operand)
        return tuple(dict.fromkeys(found))

    def subject(self, bound: Bound) -> Reference:
        """Return the figure whose thread a reader wants: the first, or the one of that rank. Raises Unsaid."""
        operand = next(item for item in bound.operands if not isinstance(item, float))
        return self._ranked(operand).reference if isinstance(operand, Rank) else operand

    def words(self, bound: Bound) -> str:
        """Return what replaces a pair of braces; raises Unsaid."""
        if not bound.form:
            low, high = (self._range(operand) for operand in bound.operands)
            if low[0] <= high[1]:
                raise Unsaid("uncertain")
            return ""
        found = [self._of(operand, bound.form) for operand in bound.operands if not isinstance(operand, float)]
        return self._alone(found[0], bound.form) if len(found) == 1 else _compared(found[0], found[1], bound.form)

    def _of(self, operand: Reference | Rank, form: str) -> Figure:
        """Return a figure that a sentence may say in a form; raises Unsaid."""
        found = self._ranked(operand) if isinstance(operand, Rank) else self.figure(operand)
        said = found.published if form in _ROUGHLY else found.estimate
        assert said is not None
        return found

    def _range(self, operand: Operand) -> tuple[float, float]:
        """Return where an operand of a comparison lies; what has a rank is between those before it and after it."""
        if isinstance(operand, float):
            return operand, operand
        if isinstance(operand, Rank):
            ranges = [self._range(reference) for reference in self._sorted(operand)]
            return min(low for low, _ in ranges[: operand.rank]), max(high for _, high in ranges[operand.rank - 1 :])
        figure = self.figure(operand)
        if figure.row.get("break"):
            raise Unsaid("break")
        return figure.doubled

    def _sorted(self, rank: Rank) -> list[Reference]:
        found = [self.figure(reference) for reference in members(self._groups[rank.group])]
        return [figure.reference for figure in sorted(found, key=lambda figure: -figure.published)]

    def _ranked(self, rank: Rank) -> Figure:
        """Return the figure of a rank; its interval must be apart from those before and after it."""
        found = [self.figure(reference) for reference in self._sorted(rank)]
        assert all(figure.estimate is not None for figure in found)
        around = found[max(rank.rank - 2, 0) : rank.rank + 1]
        if not all(first.above(second) for first, second in pairwise(around)):
            raise Unsaid("uncertain")
        return found[rank.rank - 1]

    def _alone(self, figure: Figure, form: str) -> str:
        estimate, (low, high) = figure.published, figure.interval
        if form in EVOLVED:
            return _evolution(figure, form)
        if form in NAMED:
            return small(self.indicators[figure.reference.indicator].label)
        if form in COUNTS:
            counted = figure.row[_COLUMNS[form]]
            if counted is None:
                raise Unsaid("unavailable")
            return number(counted)
        if form in INTERVALS:
            return interval(figure)
        if form == ROUGH or (form in ("bas", "haut") and figure.row["unit"] != PERCENT):
            return _amount(figure, {"bas": low, "haut": high}.get(form))
        unit, decimals = figure.row["unit"], figure.row["decimals"]
        if form == "nombre":
            return number(estimate, decimals)
        return fill_sentence(f"{{{form}}}", estimate=estimate, low=low, high=high, unit=unit, decimals=decimals)


def interval(figure: Figure) -> str:
    """Write an interval: « [80,1 ; 84,5] », or that all were observed."""
    if figure.row["all_observed"]:
        return "toutes observées"
    low, high = (number(value, figure.row["decimals"]) for value in figure.interval)
    return f"[{low}{NARROW}; {high}]"


def value(figure: Figure) -> str:
    """Write an estimate where its unit is said beside, but for a share: « 34,6 % », « 120 »."""
    decimals = figure.row["decimals"]
    if figure.row["unit"] == PERCENT:
        return quantity(figure.published, PERCENT, decimals)
    return number(figure.published, decimals)


def _amount(figure: Figure, bound: float | None) -> str:
    """Write a bound of an amount, or its estimate: about, where it is of low precision."""
    unit, decimals = figure.row["unit"], figure.row["decimals"]
    if bound is not None:
        return rounded(bound, unit, decimals=decimals)
    if figure.row["flag"] == "low_precision":
        return f"environ {rounded(figure.published, unit, decimals=decimals, digits=2)}"
    return rounded(figure.published, unit, decimals=decimals)


def small(text: str) -> str:
    """Put the first letter in lower case, to enter a sentence, but for initials."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def widest(figures: Iterable[Figure]) -> float:
    """Return the largest number that a drawing of figures must hold."""
    return max((figure.interval[1] for figure in figures), default=100.0)


def _compared(first: Figure, second: Figure, form: str) -> str:
    if not first.above(second) and (form == "fois" or not second.above(first)):
        raise Unsaid("uncertain")
    if form == "plus":
        return "plus" if first.above(second) else "moins"
    if form == "ecart":
        return _gap(abs(first.estimate - second.estimate), first.row["unit"], first.row["decimals"])
    return _times(first.estimate, second.estimate)


def _change(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return an evolution as a figure whose estimate is the difference, in points."""
    return {**row, "estimate": row["difference"], "table": EVOLUTIONS, "unit": "points"} | _NO_CHANGE


def _evolution(figure: Figure, form: str) -> str:
    if form in ("avant", "apres"):
        said = figure.row["before" if form == "avant" else "after"]
        if said is None:
            raise Unsaid(str(figure.row["status"]))
        return percent(float(said), 0)
    if figure.row["break"]:
        raise Unsaid("break")
    low, high = figure.interval
    if low <= 0 <= high:
        raise Unsaid("uncertain")
    if form == "sens":
        return "a augmenté" if low > 0 else "a reculé"
    return _gap(abs(figure.estimate), PERCENT, 0)


def _gap(gap: float, unit: str, decimals: int) -> str:
    if unit != PERCENT:
        return quantity(gap, unit, decimals)
    return f"{number(gap)}\u00a0point{'s' if round(gap) >= 2 else ''}"


def _times(first: float, second: float) -> str:
    if second <= 0:
        raise Unsaid("uncertain")
    ratio = first / second
    whole, half = round(ratio), round(ratio - 0.5)
    if 2 <= whole < len(_TIMES) and abs(ratio - whole) <= _NEAR:
        return f"{_TIMES[whole]} fois"
    if 2 <= half <= 5 and abs(ratio - half - 0.5) <= _NEAR:
        return f"{_TIMES[half]} fois et demie"
    return f"{number(ratio, 0 if ratio >= 10 else 1)}\u00a0fois"
