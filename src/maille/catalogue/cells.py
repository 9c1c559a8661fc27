"""Tables as files: no cell that leaves may become a formula in the spreadsheet that opens it."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

import polars as pl

Cell = str | int | float | None

_FORMULA = r"^\s*[=+\-@\t\r\n|%−＝＋－＠]"  # spreadsheets in Japanese take the wide signs for formulas too
_NUMBER = r"^(?:[+\-−]?[0-9]+([.,][0-9]+)?|%)$"  # the minus sign of a French number; « % » alone is a unit
_LOOKS = re.compile(_FORMULA)
_COUNTS = re.compile(_NUMBER.replace("$", r"\Z"))


def inert(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe goes before what looks like one.

    A number keeps its sign, « −12,5 » as well as « -12,5 », and « % » alone is a unit.
    """
    return f"'{text}" if _LOOKS.match(text) and not _COUNTS.match(text) else text


def inert_table(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table whose texts are inert, as ``inert`` writes them."""
    text = pl.col(pl.String)
    looks = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
    return table.with_columns(pl.when(looks).then("'" + text).otherwise(text).name.keep())


def table_csv(table: pl.DataFrame, *, line: str = "\n") -> bytes:
    """Return a CSV as programs read it: UTF-8, commas, decimal points, inert texts."""
    return inert_table(table).write_csv(line_terminator=line).encode()


def table_parquet(table: pl.DataFrame, *, metadata: dict[str, str] | None = None) -> bytes:
    """Return a Parquet file, with what is said of the table in its metadata."""
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", statistics=True, metadata=metadata)
    return buffer.getvalue()


def csv_bytes(columns: Iterable[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a CSV as a French spreadsheet opens it: UTF-8 with its mark, semicolons, decimal commas, inert texts."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([inert(column) for column in columns])
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.15g}".replace(".", ",")
    return inert(cell) if isinstance(cell, str) else str(cell)
