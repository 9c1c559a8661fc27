"""The frame cut in strata: who may be drawn, and with whom."""

import polars as pl

from maille.specs import UniversePlan
from maille.specs.sample import Merge

KEYS = {"communes": "code", "epci": "siren"}
"""The column of the reference that identifies a unit of each universe."""


def frame_of(universe: str, plan: UniversePlan, reference: pl.DataFrame) -> pl.DataFrame:
    """Return the units of the universe that are in the survey, with their size band and stratum.

    ``reference`` is ``territory/communes-…`` or ``territory/epci-…``. Columns: unit, name, population, region,
    departement, epci, epci_type, size_band, stratum, take_all; sorted by unit, so that the seed alone decides the draw.
    """
    kept = reference.filter(pl.col("in_survey")).rename({KEYS[universe]: "unit"}).sort("unit")
    if universe == "epci":
        kept = kept.rename({"type": "epci_type"}).with_columns(epci=pl.lit(None, pl.String))
    kept = kept.with_columns(plan.size_bands.assign(kept["population"]).alias("size_band"))
    kept = kept.with_columns(take_all=_taken_whole(plan))
    columns = ["unit", "name", "population", "region", "departement", "epci", "epci_type", "size_band", "take_all"]
    return merged(kept.select(columns), plan)


def _taken_whole(plan: UniversePlan) -> pl.Expr:
    large: pl.Expr = pl.lit(False) if plan.take_all_from is None else pl.col("population") >= plan.take_all_from
    return large | pl.col("epci_type").is_in(list(plan.take_all_types))


def merged(frame: pl.DataFrame, plan: UniversePlan) -> pl.DataFrame:
    """Return the frame with its ``stratum``: the crossing of the plan's levels, small ones merged by the plan's rule.

    Units that are all taken make strata of their own, marked by a star, that the rule leaves alone.
    """
    crossing = pl.concat_str([pl.col(level) for level in plan.strata], separator=" × ")
    mark = pl.when(pl.col("take_all")).then(pl.lit(" *")).otherwise(pl.lit(""))
    frame = frame.with_columns(stratum=crossing + mark)
    pooled = pl.concat_str([pl.col(plan.merge.within), pl.lit(plan.merge.pooled)], separator=" × ")
    small = _small(frame, plan.merge)
    frame = frame.with_columns(stratum=pl.when(small).then(pooled).otherwise(pl.col("stratum")))
    return _absorb(frame, plan.merge, pooled)


def _small(frame: pl.DataFrame, merge: Merge) -> pl.Expr:
    return (pl.len().over("stratum") < merge.below) & ~pl.col("take_all")


def _absorb(frame: pl.DataFrame, merge: Merge, pooled: pl.Expr) -> pl.DataFrame:
    """Give each pooled stratum that is still too small to the smallest other one of the same block."""
    counts = frame.filter(~pl.col("take_all")).group_by(merge.within, "stratum").len()
    others = counts.filter(pl.col("stratum") != pooled).sort("len", "stratum").group_by(merge.within).first()
    target = others.select(merge.within, neighbour="stratum")
    moved = (pl.col("stratum") == pooled) & _small(frame, merge) & pl.col("neighbour").is_not_null()
    return (
        frame.join(target, on=merge.within, how="left", maintain_order="left")
        .with_columns(stratum=pl.when(moved).then(pl.col("neighbour")).otherwise(pl.col("stratum")))
        .drop("neighbour")
    )
