"""Winsorising, when a plan asks for it: the largest values cut, and what that does to each figure."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse.respondents import Respondents
from maille.catalogue import Variable
from maille.specs import SizeBands
from maille.specs.sample import Winsorising
from maille.stats.outliers import cutoffs, winsorise

EFFECTS = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="respondents", label="Répondantes qui comptent", kind="integer"),
    Variable(name="cut", label="Valeurs coupées", kind="integer"),
    Variable(name="before", label="Total sans couper", kind="number"),
    Variable(name="after", label="Total en coupant", kind="number"),
    Variable(name="effect", label="Écart relatif", kind="number", unit="%"),
)
_TYPES = {"code": pl.String, "integer": pl.Int64, "number": pl.Float64}
SCHEMA = {variable.name: _TYPES[variable.kind] for variable in EFFECTS}
Floats = npt.NDArray[np.float64]


def winsorised(
    people: Respondents, asked: Iterable[Winsorising], *, universe: str, bands: SizeBands
) -> tuple[Respondents, pl.DataFrame]:
    """Return the respondents with the largest values of some indicators cut, and the effect on each total (EFFECTS).

    ``bands`` are the size bands of the universe. The cut-offs are those of Kokic and Bell (``stats.outliers.cutoffs``)
    with the final weights, a weight under one counting for one. The variance is then that of the values once cut: it
    does not count that the cut-offs are estimated.
    """
    table, rows = people.table, []
    for item in asked:
        placed = table.with_columns(bands.assign(table["population"]).alias("size_band"))
        classes = placed.select(pl.concat_str([pl.col(name) for name in item.classes], separator=" × ")).to_series()
        for name in item.indicators:
            values, effect = _cut(table[name], people.design.weights, classes, item=item)
            table = table.with_columns(values)
            rows.append({"universe": universe, "indicator": name, **effect})
    return replace(people, table=table), pl.DataFrame(rows, schema=SCHEMA)


def _cut(
    column: pl.Series, weights: Floats, classes: pl.Series, *, item: Winsorising
) -> tuple[pl.Series, dict[str, object]]:
    counted = column.is_not_null().to_numpy()
    values = column.cast(pl.Float64).to_numpy()[counted].astype(np.float64)
    final = np.asarray(weights, dtype=np.float64)[counted]
    like = _means(values, final, classes.filter(pl.Series(counted)), minimum=item.minimum)
    limits = cutoffs(values, weights=np.maximum(final, 1.0), expected=like) if len(values) else values
    done = winsorise(values, weights=np.maximum(final, 1.0), cuts=limits, kind=item.kind)
    filled = np.full(len(counted), np.nan)
    filled[counted] = done.values
    before, after = float(final @ values), float(final @ done.values)
    effect = 100 * (after - before) / abs(before) if before else None
    told: dict[str, object] = {
        "respondents": len(values),
        "cut": done.cut,
        "before": before,
        "after": after,
        "effect": effect,
    }
    return pl.Series(column.name, filled, nan_to_null=True), {**told, "effect": effect}


def _means(values: Floats, weights: Floats, classes: pl.Series, *, minimum: int) -> Floats:
    """Return, for each value, the weighted mean of its class, or of all when its class has too few."""
    codes = classes.rank("dense").to_numpy().astype(np.int64) - 1
    count = np.bincount(codes)
    sums, whole = np.bincount(codes, values * weights), np.bincount(codes, weights)
    mean = np.divide(sums, whole, out=np.zeros(len(sums)), where=whole > 0)
    overall = float(values @ weights / weights.sum()) if weights.sum() > 0 else 0.0
    return np.asarray(np.where(count[codes] >= minimum, mean[codes], overall))
