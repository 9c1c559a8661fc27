"""The curve of a collection: the share of answers day by day, beside what the plan expected."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from maille.web.campaigns.models import Edition, Event

WIDTH, HEIGHT, LEFT, TOP = 300, 150, 30, 12


LINE = 17
LETTER = 8
"""Width of a letter of a label, about."""
WRITTEN = (Event.Kind.REMINDER, Event.Kind.NOTICE, Event.Kind.EXTENSION)


@dataclass(frozen=True)
class Mark:
    """A date on which authorities are written to: a line from the axis up to the curve, its label at its foot."""

    label: str
    day: date
    x: float
    top: float
    text_x: float
    text_y: float


@dataclass(frozen=True)
class Curve:
    """Points of two lines in a frame of 360 by 200, graduations, and the weeks as a table."""

    observed: str
    planned: str
    last: tuple[float, float]
    last_rate: float
    ticks: tuple[tuple[float, int], ...]
    weeks: tuple[tuple[date, float | None, float], ...]
    gap: float
    months: tuple[tuple[float, date], ...]
    marks: tuple[Mark, ...]

    @property
    def distance(self) -> float:
        return abs(self.gap)


def curve_of(days: pl.DataFrame, *, edition: Edition, today: date) -> Curve:
    """Return the curve of ``FollowUp.days``."""
    rows = list(days.iter_rows(named=True))
    top = max(
        20, *(20 * -(-int(100 * row[name]) // 20) for row in rows for name in ("rate", "expected_rate") if row[name])
    )
    span = max(1, len(rows) - 1)

    def point(place: int, rate: float) -> tuple[float, float]:
        return LEFT + WIDTH * place / span, TOP + HEIGHT * (1 - 100 * rate / top)

    observed = [point(place, row["rate"]) for place, row in enumerate(rows) if row["rate"] is not None]
    planned = [point(place, row["expected_rate"]) for place, row in enumerate(rows)]
    known = [row for row in rows if row["rate"] is not None] or [{"rate": 0.0, "expected_rate": 0.0}]
    return Curve(
        observed=_line(observed),
        planned=_line(planned),
        last=observed[-1] if observed else point(0, 0),
        last_rate=100 * known[-1]["rate"],
        ticks=tuple((TOP + HEIGHT * (1 - value / top), value) for value in range(0, top + 1, 20)),
        weeks=tuple(
            (row["day"], None if row["rate"] is None else 100 * row["rate"], 100 * row["expected_rate"])
            for row in rows[::7]
        ),
        gap=100 * (known[-1]["rate"] - known[-1]["expected_rate"]),
        months=tuple((point(place, 0)[0], row["day"]) for place, row in enumerate(rows) if row["day"].day == 1),
        marks=_marks(edition, {row["day"]: point(place, _reached(row)) for place, row in enumerate(rows)}),
    )


def _marks(edition: Edition, curve: dict[date, tuple[float, float]]) -> tuple[Mark, ...]:
    """Return the dates that fall under the curve; labels that would touch are one above the other."""
    marks: list[Mark] = []
    ends: list[float] = []
    for event in edition.events.filter(kind__in=WRITTEN, on__in=list(curve)).order_by("on", "rank"):
        x, top = curve[event.on]
        width = LETTER * len(event.label)
        start = min(x + 4, LEFT + WIDTH - width)
        level = next((level for level, end in enumerate(ends) if end < start), len(ends))
        ends[level : level + 1] = [start + width + 4]
        marks.append(Mark(event.label, event.on, x, top, start, TOP + HEIGHT - 5 - LINE * level))
    return tuple(marks)


def _reached(row: dict[str, Any]) -> float:
    """Return the highest of the two lines on a day."""
    return max(row["rate"] or 0.0, row["expected_rate"])


def _line(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
