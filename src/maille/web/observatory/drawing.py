"""Charts as coordinates: every position is a percentage, so that the drawing stretches and its strokes do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from maille.specs.typography import uncrowded
from maille.territory.drawing import percent
from maille.web.observatory import phrases
from maille.web.observatory.records import Cell
from maille.web.typography import french, number

CLASS_STEPS = (10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1)


@dataclass(frozen=True)
class Tick:
    """A graduation: where it is, what it says if there is room, how its text is anchored."""

    x: str
    value: str
    anchor: str


@dataclass(frozen=True)
class Mark:
    """One row of an interval chart; ``kind`` is ``interval``, ``point``, ``whole`` or ``hidden``.

    ``total`` sets apart the whole from its parts.
    """

    label: str
    cell: Cell
    kind: str
    x: str
    low: str
    high: str
    total: bool = False

    @property
    def value(self) -> str:
        """The figure, or why there is none."""
        return phrases.short(self.cell)

    @property
    def interval(self) -> str:
        """The interval, or that all were observed, or nothing."""
        return phrases.interval(self.cell)


@dataclass(frozen=True)
class Chart:
    """An interval chart: rows, then the rows of the whole, on one axis that starts at zero."""

    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    end: float
    suffix: str = " %"

    @property
    def parts(self) -> tuple[Mark, ...]:
        """The marks of the parts."""
        return tuple(mark for mark in self.marks if not mark.total)

    @property
    def description(self) -> str:
        """The chart told to who does not see it, row by row."""
        rows = (" ".join(filter(None, (mark.label, mark.value, mark.interval))) for mark in self.marks)
        return french(f"Graphique de 0 à {self.ticks[-1].value}{self.suffix}. " + " ; ".join(rows) + ".")

    @property
    def totals(self) -> tuple[Mark, ...]:
        """The marks of the whole."""
        return tuple(mark for mark in self.marks if mark.total)


@dataclass(frozen=True)
class Band:
    """A class of a choropleth: its rank from 1, its bounds (low included, high excluded), how many fall in it."""

    rank: int
    low: float | None
    high: float | None
    count: int

    def holds(self, value: float) -> bool:
        """Tell whether a value falls in the class."""
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


def interval_chart(rows: Sequence[tuple[str, Cell]]) -> Chart:
    """Place labelled cells on one axis, in per cent of its length."""
    ends = [value for _, cell in rows for value in (cell.estimate, cell.ci_high) if value is not None and cell.shown]
    share = all(cell.is_share for _, cell in rows)
    end, ticks = axis(max(ends, default=100.0), least=1.0 if share else 1e-4)
    apart = not all(cell.is_total for _, cell in rows)
    marks = tuple(_mark(label, cell, end=end, total=apart and cell.is_total) for label, cell in rows)
    return Chart(marks, ticks, end, " %" if share else "")


def axis(maximum: float, *, least: float = 1.0) -> tuple[float, tuple[Tick, ...]]:
    """Return the last of four to six round graduations from zero that cover a maximum, and the graduations."""
    wanted = max(maximum / 5, least)
    power = 10.0 ** np.floor(np.log10(wanted))
    step = next(float(power * digit) for digit in (1, 2, 5, 10) if power * digit >= wanted * (1 - 1e-9))
    count = max(3, int(np.ceil(maximum / step - 1e-9)))
    decimals = max(0, -int(np.floor(np.log10(step))))
    ends = {0: "start", count: "end"}
    labels = uncrowded([number(rank * step, decimals) for rank in range(count + 1)])
    ticks = (Tick(percent(100 * rank / count), label, ends.get(rank, "middle")) for rank, label in enumerate(labels))
    return count * step, tuple(ticks)


def classes(values: Sequence[float], wanted: int = 5) -> tuple[Band, ...]:
    """Return at most ``wanted`` classes with the roundest bounds that still leave none of them empty.

    Values are rounded to the decimal. The only class that there may be goes from the least of them to the greatest.
    """
    bounds: list[float] = []
    for step in CLASS_STEPS:
        quantiles = np.quantile(values, np.arange(1, wanted) / wanted) if len(values) else []
        found = sorted({round(round(float(value) / step) * step, 1) for value in quantiles})
        bands = _bands(found, values)
        if all(band.count for band in bands) and len(found) > len(bounds):
            bounds = found
        if len(bounds) == wanted - 1:
            break
    if len(values) and not bounds:
        return (Band(1, min(values), max(values) + 0.1, len(values)),)
    return _bands(bounds, values) if bounds else ()


def _bands(bounds: Sequence[float], values: Sequence[float]) -> tuple[Band, ...]:
    edges = [None, *bounds, None]
    bands = [Band(rank, low, high, 0) for rank, (low, high) in enumerate(pairwise(edges), start=1)]
    return tuple(Band(b.rank, b.low, b.high, sum(b.holds(value) for value in values)) for b in bands)


def _mark(label: str, cell: Cell, *, end: float, total: bool) -> Mark:
    if not cell.shown:
        return Mark(label, cell, "hidden", "0%", "0%", "0%", total)
    x = percent(100 * (cell.estimate or 0) / end)
    if not cell.ranged:
        return Mark(label, cell, "whole" if cell.whole else "point", x, x, x, total)
    low, high = 100 * (cell.ci_low or 0) / end, 100 * (cell.ci_high or 0) / end
    return Mark(label, cell, "interval", x, percent(low), percent(high), total)
