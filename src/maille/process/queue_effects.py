"""What replacing an answer would do to each published figure that it counts in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from maille.process.derive import counts
from maille.process.edit import edited
from maille.process.read import with_context
from maille.specs import Indicator, Questionnaire

FIGURE = ("table", "indicator", "measure", "domain_type", "domain")
_FIGURES = (*FIGURE, "estimate", "figure_unit", "standard_error", "effect", "score")


@dataclass(frozen=True)
class Counted:
    """A universe as it is published: the answers used, the weighted sample, the estimates."""

    questionnaire: Questionnaire
    responses: pl.DataFrame
    units: pl.DataFrame
    indicators: Mapping[str, Indicator]
    estimates: pl.DataFrame


def effects(counted: Counted, changes: pl.DataFrame) -> pl.DataFrame:
    """Return, for each change, the figure that it moves most against its standard error: one row a change at most.

    ``changes`` has key, unit, variable and after, the text of another value. ``effect`` is in points for a share, in
    the unit of the figure otherwise: (Y + dY)/(X + dX) − Y/X on the weighted totals of the figure, weights unchanged.
    Medians and figures without a standard error move nothing.
    """
    moved = _deltas(counted, changes)
    figures = counted.estimates.filter(
        pl.col("estimate").is_not_null(), pl.col("standard_error") > 0, pl.col("kind") != "median"
    ).rename({"unit": "figure_unit"})
    joined = moved.join(figures, on="indicator", how="inner", maintain_order="left").filter(_inside())
    size = pl.when(pl.col("measure") == "population").then(pl.col("population")).otherwise(1)
    above, below = pl.col("weight") * size * pl.col("above"), pl.col("weight") * size * pl.col("below")
    total, whole = pl.col("total"), pl.col("whole")
    ratio = (total + above) / (whole + below) - total / whole
    scale = pl.when(pl.col("kind") == "share").then(100.0).otherwise(1.0)
    effect = pl.when(pl.col("kind") == "total").then(above).otherwise(scale * ratio)
    scored = joined.with_columns(effect=effect).with_columns(score=(pl.col("effect") / pl.col("standard_error")).abs())
    best = scored.filter(pl.col("score").is_finite(), pl.col("score") > 0)
    best = best.sort("key", "score", *FIGURE, descending=[False, True, False, False, False, False, False])
    return best.unique("key", keep="first", maintain_order=True).select("key", *_FIGURES)


def _deltas(counted: Counted, changes: pl.DataFrame) -> pl.DataFrame:
    """Return, by change and indicator, what the unit counts for more: above, below, beside its weight and places."""
    parts = []
    for (variable,), some in changes.group_by("variable", maintain_order=True):
        before = some.select("key", "unit").join(counted.responses, on="unit", maintain_order="left")
        if before.is_empty():
            continue
        after = edited(before, some.select("unit", "after", variable=pl.lit(str(variable))), counted.questionnaire)
        was, becomes = (_long(counted, table.drop("key"), before["key"]) for table in (before, after))
        both = was.join(becomes, on=["key", "indicator"], suffix="_after", maintain_order="left")
        parts.append(
            both.select(
                "key",
                "indicator",
                above=pl.col("above_after") - pl.col("above"),
                below=pl.col("below_after") - pl.col("below"),
            ).filter((pl.col("above") != 0) | (pl.col("below") != 0))
        )
    empty = pl.DataFrame(schema={"key": pl.UInt32, "indicator": pl.String, "above": pl.Float64, "below": pl.Float64})
    places = counted.units.select("unit", "weight", "population", region_of="region", departement_of="departement")
    known = changes.select("key", "unit").join(places, on="unit", maintain_order="left")
    return pl.concat([empty, *parts]).join(known, on="key", maintain_order="left")


def _long(counted: Counted, answers: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    table = counts(counted.questionnaire, with_context(answers, counted.units), counted.indicators)
    rows: Sequence[pl.DataFrame] = [
        table.select(
            key=keys,
            indicator=pl.lit(item.id),
            above=pl.col(item.id).cast(pl.Float64).fill_null(0.0),
            below=(
                pl.col(item.below_column).cast(pl.Float64).fill_null(0.0)
                if item.below is not None
                else pl.col(item.id).is_not_null().cast(pl.Float64)
            ),
        )
        for item in counted.indicators.values()
    ]
    return pl.concat(rows)


def _inside() -> pl.Expr:
    """Tell whether the unit of a change is in the domain of a figure."""
    band = (pl.col("population") >= pl.col("lower")) & (
        pl.col("upper").is_null() | (pl.col("population") < pl.col("upper"))
    )
    kind = pl.col("domain_type")
    return (
        (kind == "total")
        | ((kind == "size_band") & band)
        | ((kind == "region") & (pl.col("region") == pl.col("region_of")))
        | ((kind == "departement") & (pl.col("departement") == pl.col("departement_of")))
    )
