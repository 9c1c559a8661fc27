"""What is wrong, or worth knowing, in the values of a source: duplicates, totals against their parts, coverage."""

from collections.abc import Iterator, Sequence

import polars as pl

from maille.collect.source_file import Finding
from maille.specs.source import WHOLE, Source, SourceTable, SourceTotal
from maille.territory import Reference

_SHOWN = 10
_OVERSEAS = ("97", "98")


def duplicates(values: pl.DataFrame, table: SourceTable) -> Iterator[Finding]:
    """Yield the territories that several rows give for the same year; ``values`` has ``code row year variable``."""
    if table.repeated == "sum":
        return
    rows = values.unique(["code", "year", "row"]).group_by("code", "year", maintain_order=True)
    found = rows.agg(pl.col("row").sort()).filter(pl.col("row").list.len() > 1).sort("code", "year")
    for row in found.head(_SHOWN).iter_rows(named=True):
        lines = ", ".join(map(str, row["row"]))
        said = f"« {row['code']} » a plusieurs lignes pour {row['year']} ({lines})."
        yield Finding("error", said, sheet=table.sheet, row=row["row"][0])
    if found.height > _SHOWN:
        yield Finding("error", f"… et {found.height - _SHOWN} autres territoires répétés.", sheet=table.sheet)


def counted(values: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that add up to the country: a part whose whole is also there is left out.

    ``values`` has ``key year variable``; it is done year by year, since the Rhône has parts after 2015 only.
    """
    wholes = values.select("year", "variable", pl.col("key").alias("whole"), told=pl.col("value").is_not_null())
    marked = values.with_columns(whole=pl.col("key").replace_strict(WHOLE, default=None, return_dtype=pl.String))
    joined = marked.join(wholes, on=["year", "variable", "whole"], how="left", maintain_order="left")
    parts = marked.filter(pl.col("whole").is_not_null(), pl.col("value").is_not_null())
    known = parts.select("year", "variable", key="whole", by_parts=pl.lit(True)).unique()
    joined = joined.join(known, on=["year", "variable", "key"], how="left", maintain_order="left")
    whole_told = pl.col("told").fill_null(False)
    empty_whole = pl.col("by_parts").fill_null(False) & pl.col("value").is_null()
    return joined.filter(~whole_told & ~empty_whole).drop("whole", "told", "by_parts")


def totals(values: pl.DataFrame, printed: pl.DataFrame, table: SourceTable) -> Iterator[Finding]:
    """Yield where a printed total is not the sum of its parts, and by how much.

    ``values`` has ``key year variable value``, ``printed`` the rows of totals, ``written`` their label.
    """
    kinds = {variable.name: variable for variable in table.variables}
    base = counted(values)
    for row in printed.filter(pl.col("value").is_not_null()).iter_rows(named=True):
        if not kinds[row["variable"]].adds_up:
            continue
        mine = base.filter(pl.col("variable") == row["variable"], pl.col("year") == row["year"])
        parts = mine.filter(_inside(table.totals[row["written"]], table.level))
        missing, added = int(parts["value"].null_count()), float(parts["value"].sum())
        gap = row["value"] - added
        if abs(gap) > 0.06 * max(parts.height, 1) and not (missing and gap >= 0):
            said = f"« {row['written']} » {row['year']}, {row['variable']} : {row['value']:g} imprimé, {added:g} sommé"
            absent = f", {missing} valeur(s) absente(s)" if missing else ""
            yield Finding("remark", f"{said} (écart {gap:+g}{absent}).", sheet=table.sheet, row=row["row"])


def _inside(total: SourceTotal, level: str) -> pl.Expr:
    overseas = pl.col("key").is_in(["01", "02", "03", "04", "06"])
    if level != "region":
        overseas = pl.any_horizontal(pl.col("key").str.starts_with(sign) for sign in _OVERSEAS)
    wanted = {"all": pl.lit(True), "metropole": ~overseas, "outremer": overseas}[total.of]
    return wanted & ~pl.col("key").is_in(list(total.without))


def across_levels(values: pl.DataFrame, source: Source) -> Iterator[Finding]:
    """Yield the years in which départements and régions do not add up to the same, parts counted once."""
    adding = {variable.name for _level, variable in source.variables() if variable.adds_up}
    sums = {}
    for level in ("departement", "region"):
        base = counted(values.filter(pl.col("level") == level, pl.col("variable").is_in(sorted(adding))))
        whole = base.group_by("variable", "year").agg(pl.col("value").sum(), absent=pl.col("value").null_count())
        sums[level] = whole.filter(pl.col("value") > 0)
    both = sums["departement"].join(sums["region"], on=["variable", "year"], suffix="_region").sort("variable", "year")
    apart = both.filter((pl.col("value") - pl.col("value_region")).abs() > 0.5)
    for row in apart.head(_SHOWN).iter_rows(named=True):
        said = f"{row['variable']} {row['year']} : {row['value']:g} par département, {row['value_region']:g} par région"
        yield Finding("remark", f"{said}, {row['absent']} département(s) sans valeur.")
    if apart.height > _SHOWN:
        yield Finding("remark", f"… et {apart.height - _SHOWN} autres sommes qui diffèrent d’un niveau à l’autre.")


def absent_communes(keys: Sequence[str], table: SourceTable, reference: Reference) -> list[str]:
    """Return the communes of today without row, in the départements that the source covers."""
    here = reference.communes.filter(pl.col("code").is_in(list(keys)))
    covered = list(table.scope) or here["departement"].drop_nulls().unique().to_list()
    every = reference.communes.filter(pl.col("departement").is_in(covered))
    return sorted(set(every["code"]) - set(keys))
