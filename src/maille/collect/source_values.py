"""From the cells of a source to its values: numbers, and absences that keep their kind."""

from collections.abc import Iterator

import polars as pl

from maille.collect.source_file import ROW, Finding, Sheet
from maille.specs.source import Source, SourceTable, SourceVariable

VALUES = pl.Schema(
    {
        "written": pl.String(),
        "row": pl.UInt32(),
        "year": pl.Int64(),
        "variable": pl.String(),
        "value": pl.Float64(),
        "status": pl.String(),
    }
)
WORST = {"value": 0, "zero": 0, "estimated": 1, "not_collected": 2, "unavailable": 3, "secret": 4}
"""When several values make one, the status of the sum is that of the worst of them."""
_SHOWN = 5
_YEAR = "#year"


def worst(status: pl.Expr) -> pl.Expr:
    """Return the worst status of a group."""
    names = {rank: name for name, rank in WORST.items() if name != "zero"}
    return status.replace_strict(WORST, return_dtype=pl.Int64).max().replace_strict(names, return_dtype=pl.String)


def is_total(cells: pl.DataFrame, table: SourceTable) -> pl.Series:
    """Tell which rows give a total that the specification names."""
    texts = [pl.col(name).is_in(list(table.totals)) for name in cells.columns if name != ROW]
    return cells.select(total=pl.any_horizontal(texts) if texts else pl.lit(False))["total"]


def values_of(sheet: Sheet, source: Source, table: SourceTable) -> tuple[pl.DataFrame, list[Finding]]:
    """Return the values of a table (``VALUES``), rows of totals included, and what could not be read.

    ``written`` is the key as it is written; the label of its total for a row of total, where the key is empty.
    """
    year_of = (
        pl.col(table.year_column).cast(pl.Int64, strict=False) if table.year_column else pl.lit(table.year, pl.Int64)
    )
    cells = sheet.cells.filter(_rows_wanted(table.where)).with_columns(year_of.alias(_YEAR), written=_key(table))
    labels = [pl.when(pl.col(name).is_in(list(table.totals))).then(name) for name in sheet.cells.columns if name != ROW]
    cells = cells.with_columns(written=pl.coalesce(*labels, "written"))
    cells = cells.filter(pl.any_horizontal(pl.exclude(ROW, _YEAR, "written") != ""))
    parts: list[pl.DataFrame] = []
    findings: list[Finding] = []
    for variable in table.variables:
        for year, column in _columns(table, variable):
            rows = cells.filter(_rows_wanted(variable.where))
            read = _numbers(rows, column, source=source)
            if variable.minus:
                read = _less(read, _numbers(rows, variable.minus, source=source))
            findings += _faults(read, table, variable, column=column)
            parts.append(read.with_columns(year=year, variable=pl.lit(variable.name)))
    found = pl.concat(parts) if parts else pl.DataFrame(schema=VALUES)
    findings += list(_years(found, table))
    found = found.filter(pl.col("status") != "?").select(VALUES.names()).cast(VALUES)
    return (_summed(found) if table.repeated == "sum" else found), findings


def _rows_wanted(where: dict[str, str]) -> pl.Expr:
    wanted = [
        pl.col(name).str.starts_with(text[:-1]) if text.endswith("*") else pl.col(name) == text
        for name, text in where.items()
    ]
    return pl.all_horizontal(wanted) if wanted else pl.lit(True)


def _key(table: SourceTable) -> pl.Expr:
    texts = [pl.col(name).str.replace_all(r"\s+", " ").str.strip_chars() for name in table.key.columns]
    return pl.concat_str(texts, separator=" ").str.strip_chars()


def _columns(table: SourceTable, variable: SourceVariable) -> Iterator[tuple[pl.Expr, str]]:
    if table.years:
        for year in table.years:
            yield pl.lit(year, pl.Int64), str(year)
    elif variable.column is not None:
        yield pl.col(_YEAR), variable.column


def _numbers(cells: pl.DataFrame, column: str, *, source: Source) -> pl.DataFrame:
    """Read a column: ``text`` as it is written, ``value`` and ``status``, « ? » when it is neither of them."""
    text = pl.col(column).str.strip_chars()
    bare = text.str.replace_all(r"[\s\u00a0\u202f]", "")
    other = "." if source.format.decimal == "," else ","
    number = bare.str.replace(source.format.decimal, ".", literal=True).cast(pl.Float64, strict=False)
    value = pl.when(number.is_finite() & ~bare.str.contains(other, literal=True)).then(number)
    absence = text.replace_strict(source.absences, default="?", return_dtype=pl.String)
    return cells.select(
        "written",
        _YEAR,
        pl.col(ROW).alias("row"),
        text.alias("text"),
        pl.when(absence == "zero").then(0.0).otherwise(value).alias("value"),
        pl.when(value.is_not_null()).then(pl.lit("value")).otherwise(absence).alias("status"),
    )


def _less(read: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    both = read.with_columns(less=taken["value"], other=taken["status"])
    return both.with_columns(
        value=pl.col("value") - pl.col("less"),
        status=pl.when(pl.col("status") == "value").then("other").otherwise("status"),
    ).drop("less", "other")


def _faults(read: pl.DataFrame, table: SourceTable, variable: SourceVariable, *, column: str) -> Iterator[Finding]:
    unread = read.filter(pl.col("status") == "?")
    for row in unread.head(_SHOWN).iter_rows(named=True):
        said = f"« {row['text']} » n’est ni un nombre, ni une absence déclarée (« absences »)."
        yield Finding("error", said, sheet=table.sheet, row=row["row"], column=column)
    if unread.height > _SHOWN:
        said = f"… et {unread.height - _SHOWN} autres cellules illisibles."
        yield Finding("error", said, sheet=table.sheet, column=column)
    if variable.kind == "count":
        for row in read.filter(pl.col("value") < 0).head(_SHOWN).iter_rows(named=True):
            said = f"un nombre de {variable.unit} ne peut pas être négatif : {row['text']}."
            yield Finding("error", said, sheet=table.sheet, row=row["row"], column=column)


def _years(found: pl.DataFrame, table: SourceTable) -> Iterator[Finding]:
    for row in found.filter(pl.col("year").is_null()).unique("row").head(_SHOWN).iter_rows(named=True):
        said = "l’année n’est pas un nombre."
        yield Finding("error", said, sheet=table.sheet, row=row["row"], column=table.year_column)


def _summed(found: pl.DataFrame) -> pl.DataFrame:
    """Add up the rows of one territory; one that is missing makes the sum missing."""
    status = worst(pl.col("status"))
    summed = found.group_by("written", "year", "variable", maintain_order=True).agg(
        pl.col("row").first(), pl.col("value").sum(), status.alias("status")
    )
    known = pl.col("status").is_in(["value", "estimated"])
    return summed.with_columns(value=pl.when(known).then("value")).select(VALUES.names())
