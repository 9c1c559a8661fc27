"""From the communes of a source's year to those of today: counts are added, rates are weighted or refused."""

from collections.abc import Mapping

import polars as pl

from maille.collect.source_values import worst
from maille.specs.source import PARTS, WHOLE, SourceVariable
from maille.territory import Reference, today
from maille.territory.areas import VINTAGE
from maille.territory.history import period_at, periods

PASSAGE = pl.Schema({"code": pl.String(), "key": pl.String(), "share": pl.Float64()})


def passage(codes: list[str], *, at: int, reference: Reference) -> pl.DataFrame:
    """Return where the communes of 1 January ``at`` are today: ``code``, ``key`` and the ``share`` that goes there.

    A commune that was split since shares what it had in proportion to the population of today.
    """
    communes = dict(zip(reference.communes["code"], reference.communes["population"], strict=True))
    since: dict[str, list[str]] = {}
    for commune in communes:
        if commune in periods(reference):
            since.setdefault(period_at(commune, min(at, VINTAGE), reference).commune, []).append(commune)
    taken_over = dict(zip(codes, today(pl.Series(codes, dtype=pl.String), reference), strict=True))
    rows = []
    for code in codes:
        heirs = since.get(code) or [taken_over[code] or code]
        people = [max(int(communes.get(heir) or 0), 1) for heir in heirs]
        rows += [(code, heir, count / sum(people)) for heir, count in zip(heirs, people, strict=True)]
    return pl.DataFrame(rows, schema=PASSAGE, orient="row")


def moved(
    values: pl.DataFrame, variables: Mapping[str, SourceVariable], *, way: pl.DataFrame, rounding: int | None
) -> pl.DataFrame:
    """Return values (``code year variable value status``) by commune of today (``key``).

    What adds up is added, and ``estimated`` when a commune was split or when figures are rounded. A rate of several
    communes is the average weighted by ``weighted_by``, and ``estimated``; without weights it is ``unavailable``, as
    is a count that does not add up. A part that is missing makes the whole missing, with the worst of its reasons.
    """
    kinds = pl.DataFrame(
        {
            "variable": list(variables),
            "adds": [one.adds_up for one in variables.values()],
            "rate": [one.kind == "rate" for one in variables.values()],
            "weight_name": [one.weighted_by for one in variables.values()],
        },
        schema_overrides={"weight_name": pl.String, "adds": pl.Boolean, "rate": pl.Boolean},
    )
    weights = values.select("code", "year", pl.col("variable").alias("weight_name"), pl.col("value").alias("weight"))
    joined = (
        values.join(way, on="code", maintain_order="left")
        .join(kinds, on="variable", maintain_order="left")
        .join(weights, on=["code", "year", "weight_name"], how="left", maintain_order="left")
    )
    missing = ~pl.col("status").is_in(["value", "estimated", "zero"])
    grouped = joined.group_by("key", "year", "variable", maintain_order=True).agg(
        pl.col("row").first(),
        pl.col("code").unique(maintain_order=True).str.join("+").alias("written"),
        parts=pl.len(),
        split=(pl.col("share") < 1).any(),
        adds=pl.col("adds").first(),
        rate=pl.col("rate").first(),
        only=pl.col("value").first(),
        total=(pl.col("value") * pl.col("share")).sum(),
        average=(pl.col("value") * pl.col("weight")).sum() / pl.col("weight").sum(),
        unweighted=pl.col("weight").is_null().any(),
        missing=missing.any(),
        worst=worst(pl.col("status")),
    )
    return _judged(grouped, rounding=rounding).select("key", "written", "row", "year", "variable", "value", "status")


def _judged(grouped: pl.DataFrame, *, rounding: int | None) -> pl.DataFrame:
    alone, whole = pl.col("parts") == 1, ~pl.col("split")
    refused = (
        pl.when(alone & whole)
        .then(pl.lit(False))
        .when(pl.col("rate"))
        .then(~alone & pl.col("unweighted"))
        .otherwise(~pl.col("adds"))
    )
    value = (
        pl.when(pl.col("missing") | pl.col("refused"))
        .then(None)
        .when(alone & (whole | pl.col("rate")))
        .then("only")
        .when(pl.col("rate"))
        .then("average")
        .otherwise("total")
    )
    touched = pl.col("split") | (~alone & (pl.col("rate") | pl.lit(rounding is not None)))
    status = (
        pl.when(pl.col("missing"))
        .then("worst")
        .when(pl.col("refused"))
        .then(pl.lit("unavailable"))
        .when(touched)
        .then(pl.lit("estimated"))
        .otherwise("worst")
    )
    return grouped.with_columns(refused=refused).with_columns(value=value, status=status)


def with_wholes(values: pl.DataFrame, variables: Mapping[str, SourceVariable], *, rounding: int | None) -> pl.DataFrame:
    """Return values (``key year variable value status row written``) with the wholes that a file gives in parts alone.

    Where it says nothing of a whole (the Corse, the Rhône) and gives each of its parts, a variable that adds up has
    their sum, ``estimated`` when figures are rounded. So two sources that write a territory differently still meet.
    """
    adding = [name for name, one in variables.items() if one.adds_up]
    known = values.filter(pl.col("value").is_not_null())
    said = values.filter(
        pl.col("key").is_in(list(PARTS)) & (pl.col("value").is_not_null() | (pl.col("status") == "secret"))
    )
    sums = (
        known.filter(pl.col("variable").is_in(adding))
        .with_columns(whole=pl.col("key").replace_strict(WHOLE, default=None, return_dtype=pl.String))
        .drop_nulls("whole")
        .group_by("whole", "year", "variable", maintain_order=True)
        .agg(pl.col("value").sum(), pl.col("key").n_unique().alias("parts"), pl.col("written").str.join("+"))
        .filter(
            pl.col("parts") == pl.col("whole").replace_strict({whole: len(parts) for whole, parts in PARTS.items()})
        )
        .rename({"whole": "key"})
        .join(said, on=["key", "year", "variable"], how="anti", maintain_order="left")
        .with_columns(
            row=pl.lit(None).cast(values.schema["row"]),
            status=pl.lit("value" if rounding is None else "estimated"),
        )
    )
    kept = values.join(sums, on=["key", "year", "variable"], how="anti", maintain_order="left")
    return pl.concat([kept, sums.select(values.columns)])
