"""What a source says of a unit: its own value or that of the territory that it lies in, and its class among them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from maille.specs.bands import Identifier
from maille.specs.document import Document, Frozen
from maille.specs.problem import SpecInvalid, SpecProblem, nearest_or_list
from maille.specs.source import WHOLE, Level, SourceVariable, load_source, source_dataset

UNKNOWN = "inconnu"
"""The class of those for whom the source says nothing: they are shown, never left out."""


class SourceValue(Frozen):
    """A value of a source: its variable in a year."""

    source: Identifier
    variable: Identifier
    year: int


class SourceMeasure(Frozen):
    """What a source says of territories of ``level``: ``of``, divided by ``per`` when it is said, times ``times``.

    ``quantiles`` makes classes of as many territories each, ``thresholds`` are the limits of classes, each in the class
    above it.
    """

    level: Level
    of: SourceValue
    per: SourceValue | None = None
    times: float = Field(default=1.0, gt=0)
    quantiles: Literal[2, 3, 4, 5] | None = None
    thresholds: tuple[float, ...] = ()

    @property
    def count(self) -> int:
        """Return the number of classes, zero for a measure that is not cut."""
        return self.quantiles or (len(self.thresholds) + 1 if self.thresholds else 0)

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the datasets that it reads."""
        wanted = [self.of, *([self.per] if self.per else [])]
        return tuple(dict.fromkeys(source_dataset(one.source) for one in wanted))

    def rising(self) -> bool:
        """Tell whether the thresholds are in order."""
        return all(after > before for before, after in pairwise(self.thresholds))


@dataclass(frozen=True)
class Classes:
    """The classes of a measure: of each unit of the frame its territory in the source, its value and its class.

    ``units`` has unit, key, value and ``class`` (a position in ``names``); the last class is that of the unknown, when
    there are some. ``known`` is the number of the others.
    """

    units: pl.DataFrame
    names: tuple[str, ...]
    known: int


def placed(measure: SourceMeasure, sources: Mapping[str, pl.DataFrame], frame: pl.DataFrame) -> pl.DataFrame:
    """Return, for each unit of the frame, its territory in the source (``key``) and its ``value``, null without any.

    A commune takes what the source says of its own collectivity when it is apart (the Métropole de Lyon, the Rhône
    without it), else of its département, else of what its département is a part of (Corse).
    """
    above = _values(sources, measure.of, measure.level)
    below = _values(sources, measure.per, measure.level) if measure.per else None
    found = {
        key: measure.times * value / (below[key] if below else 1.0)
        for key, value in above.items()
        if below is None or below.get(key)
    }
    keys = [next((key for key in row if key in found), None) for row in candidates(measure.level, frame)]
    values = [found[key] if key is not None else None for key in keys]
    return pl.DataFrame(
        {"unit": frame[unit_column(frame)], "key": keys, "value": values},
        schema={"unit": pl.String, "key": pl.String, "value": pl.Float64},
    )


def classes_of(measure: SourceMeasure, sources: Mapping[str, pl.DataFrame], frame: pl.DataFrame) -> Classes:
    """Return the class of each unit of the frame (see ``placed``).

    Quantiles are of territories, each once. Those of whom the source says nothing make a class of their own.
    """
    units = placed(measure, sources, frame)
    known = dict(units.drop_nulls("key").select("key", "value").iter_rows())
    limits = list(measure.thresholds)
    if measure.quantiles and known:
        shares = np.arange(1, measure.quantiles) / measure.quantiles
        limits = list(np.quantile(np.array(sorted(known.values())), shares))
    count = measure.count
    codes = [count if value is None else int(np.searchsorted(limits, value, side="right")) for value in units["value"]]
    names = tuple(f"classe_{place + 1}" for place in range(count))
    units = units.with_columns(pl.Series("class", codes, dtype=pl.Int64))
    return Classes(units, (*names, UNKNOWN) if count in codes else names, count)


def unit_column(frame: pl.DataFrame) -> str:
    """Return the column of a frame that names its units: the code of communes, the SIREN of EPCI."""
    return "code" if "code" in frame.columns else "siren"


def candidates(level: Level, frame: pl.DataFrame) -> Iterator[tuple[str | None, ...]]:
    """Yield, for each unit, the territories of the level that it may take a value from, the nearest first."""
    if level == "departement":
        own = "college" if "college" in frame.columns else "departement"
        for college, departement in zip(frame[own], frame["departement"], strict=True):
            yield college, departement, WHOLE.get(departement)
        return
    column = {"region": "region", "epci": "epci" if "epci" in frame.columns else "siren"}.get(level, "code")
    yield from ((code,) for code in frame[column])


def _values(sources: Mapping[str, pl.DataFrame], wanted: SourceValue, level: str) -> dict[str, float]:
    rows = said(sources[source_dataset(wanted.source)], wanted, level).filter(pl.col("value").is_not_null())
    return dict(rows.select("key", "value").iter_rows())


def said(table: pl.DataFrame, wanted: SourceValue, level: str) -> pl.DataFrame:
    """Return the rows of a deposited source for a variable, in a year, at a level."""
    return table.filter(pl.col("level") == level, pl.col("variable") == wanted.variable, pl.col("year") == wanted.year)


def value_problems(
    document: Document, measure: SourceMeasure, *, at: tuple[Any, ...], sources: Mapping[str, Path]
) -> Iterator[SpecProblem]:
    """Yield what the sources (by name, their file) do not have of what a measure names."""
    for key, wanted in (("of", measure.of), ("per", measure.per)):
        if wanted is None:
            continue
        here = (*at, key)
        if wanted.source not in sources:
            hint = nearest_or_list(wanted.source, sources)
            yield document.problem(f"source inconnue « {wanted.source} ».", at=(*here, "source"), hint=hint)
            continue
        known = variables_at(sources[wanted.source], measure.level)
        if known is not None and wanted.variable not in known:
            hint = nearest_or_list(wanted.variable, list(known))
            yield document.problem(f"variable inconnue « {wanted.variable} ».", at=(*here, "variable"), hint=hint)


def variables_at(path: Path, level: Level) -> dict[str, SourceVariable] | None:
    """Return the variables of a source at a level, None for a source that is not valid."""
    try:
        source = load_source(path)
    except SpecInvalid:
        return None
    return {variable.name: variable for found, variable in source.variables() if found == level}
