"""Opening the file of a source: every cell as a text, every row with its number, nothing executed."""

import csv
import gzip
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from maille.errors import UserError
from maille.specs.problem import nearest_or_list
from maille.specs.source import Source, SourceTable
from maille.specs.spreadsheet import refuse_harmful

MAXIMUM_BYTES = 400_000_000
ROW = "#"
"""The column that holds the number of each row."""
_SHOWN = 10
NO_RESULT = "formule sans résultat enregistré"


class SourceRefused(UserError):
    """The file of a source cannot be read, or has faults that keep it from being deposited."""


@dataclass(frozen=True)
class Finding:
    """Something that a file says otherwise than its specification; an ``error`` keeps it from being deposited."""

    kind: Literal["error", "remark"]
    message: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        """Return the finding in French: where, then what."""
        places = (
            f"feuille « {self.sheet} »" if self.sheet else None,
            f"ligne {self.row}" if self.row else None,
            f"colonne « {self.column} »" if self.column else None,
        )
        where = ", ".join(place for place in places if place)
        return f"{'▲' if self.kind == 'error' else '◇'} {where + ' : ' if where else ''}{self.message}"


@dataclass(frozen=True)
class Sheet:
    """The rows of a table, one text column a heading, ``ROW`` the number of the row; ``findings`` of its heading."""

    cells: pl.DataFrame
    findings: tuple[Finding, ...] = ()


Rows = dict[str | None, list[list[str]]]


def open_source(content: bytes, source: Source) -> Iterator[tuple[SourceTable, Sheet]]:
    """Yield each table of a source with its rows; raises SourceRefused when the file cannot be read at all."""
    if source.format.kind == "csv":
        for table in source.tables:
            yield table, _csv(content, source, table)
        return
    book = workbook(content)
    for table in source.tables:
        yield table, _sheet(book, table)


def read_bytes(path: Path) -> bytes:
    """Return the content of a file as it is; raises SourceRefused."""
    try:
        if path.stat().st_size > MAXIMUM_BYTES:
            raise SourceRefused("ce fichier est trop grand.", where=path.name, expected=f"{MAXIMUM_BYTES} octets")
        return path.read_bytes()
    except OSError as error:
        raise SourceRefused("ce fichier ne peut pas être lu.", where=str(path), got=error.strerror) from error


def plain(text: object) -> str:
    """Return a heading or a key with single spaces.

    >>> plain("Code\\n région ")
    'Code région'
    """
    return re.sub(r"\s+", " ", str(text)).strip()


def _csv(content: bytes, source: Source, table: SourceTable) -> Sheet:
    text = expanded(content)
    try:
        decoded = text.decode(source.format.encoding)
    except UnicodeDecodeError as error:
        hint = "« encoding » de la spécification est utf-8 ou latin-1."
        raise SourceRefused(f"ce fichier n’est pas en {source.format.encoding}.", hint=hint) from error
    ragged = tuple(_ragged(decoded, table, separator=source.format.separator))
    if any(found.kind == "error" for found in ragged):
        return Sheet(pl.DataFrame(), ragged)
    try:
        cells = pl.read_csv(
            decoded.encode(),
            separator=source.format.separator,
            skip_lines=table.header[0] - 1,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as error:
        hint = "vérifiez le séparateur, et que le fichier est arrivé en entier."
        raise SourceRefused("ce fichier n’est pas un tableau.", got=str(error).splitlines()[0], hint=hint) from error
    cells = (
        cells.fill_null("")
        .rename({name: plain(name) for name in cells.columns})
        .with_row_index(ROW, offset=table.header[0] + 1)
    )
    inside = pl.col(ROW).is_between(table.first, table.last or cells.height + table.header[0])
    return Sheet(cells.filter(inside), (*ragged, *_headings(cells.columns, table)))


def _ragged(text: str, table: SourceTable, *, separator: str) -> Iterator[Finding]:
    """Yield the rows that have not as many cells as the heading, and a last row without an end: a file that was cut."""
    width, shown = 0, 0
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1):
            if number == table.header[0]:
                width = len(row)
            elif row and len(row) != width and table.first <= number <= (table.last or number) and shown < _SHOWN:
                shown += 1
                said = f"{len(row)} cellule(s) au lieu de {width} : le fichier est-il arrivé en entier ?"
                yield Finding("error", said, row=number)
    except csv.Error as error:
        raise SourceRefused(
            "ce fichier n’est pas un tableau.", got=str(error), hint="vérifiez les guillemets."
        ) from error
    if text and not text.endswith(("\n", "\r")):
        said = "la dernière ligne n’est pas finie : si le fichier a été coupé, sa dernière valeur l’est peut-être."
        yield Finding("remark", said)


def expanded(content: bytes) -> bytes:
    """Return the content of a gzip file, any other as it is; raises SourceRefused."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            text = file.read(MAXIMUM_BYTES + 1)
    except (OSError, EOFError) as error:
        raise SourceRefused("ce fichier comprimé est tronqué ou abîmé.", hint="téléchargez-le à nouveau.") from error
    if len(text) > MAXIMUM_BYTES:
        raise SourceRefused("ce fichier est anormalement comprimé.", expected=f"{MAXIMUM_BYTES} octets au plus")
    return text


def workbook(content: bytes) -> Rows:
    """Return the rows of each sheet of an XLSX file, every cell a text; raises SourceRefused, WorkbookRefused."""
    from openpyxl import load_workbook

    refuse_harmful(content, links=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl says aloud which decorations it drops
            values, formulas = (
                load_workbook(io.BytesIO(content), read_only=True, data_only=results, keep_links=False)
                for results in (True, False)
            )
            pairs = zip(values.worksheets, formulas.worksheets, strict=True)
            return {value.title: _rows(value, formula) for value, formula in pairs}
    except Exception as error:
        raise SourceRefused("ce classeur est abîmé et ne peut pas être lu.", got=type(error).__name__) from error


def _rows(values: object, formulas: object) -> list[list[str]]:
    rows = []
    pairs = zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=True)  # type: ignore[attr-defined]
    for found, written in pairs:
        rows.append([_text(value, formula) for value, formula in zip(found, written, strict=True)])
    return rows


def _text(value: object, written: object) -> str:
    if value is None:
        return NO_RESULT if isinstance(written, str) and written.startswith("=") else ""
    return repr(value) if isinstance(value, float) else plain(value)


def _sheet(book: Rows, table: SourceTable) -> Sheet:
    if table.sheet not in book:
        hint = nearest_or_list(str(table.sheet), [str(name) for name in book])
        return Sheet(pl.DataFrame(), (Finding("error", f"cette feuille manque. {hint}", sheet=table.sheet),))
    rows = book[table.sheet]
    if len(rows) < table.first:
        said = f"cette feuille n’a que {len(rows)} lignes ; les données commencent à la ligne {table.first}."
        return Sheet(pl.DataFrame(), (Finding("error", said, sheet=table.sheet),))
    names = _named([rows[line - 1] for line in table.header if line <= len(rows)])
    kept = rows[table.first - 1 : table.last]
    width = len(names)
    data = {name: [row[place] for row in kept] for place, name in enumerate(names[:width])}
    cells = pl.DataFrame({ROW: range(table.first, table.first + len(kept)), **data}, schema_overrides={ROW: pl.UInt32})
    return Sheet(cells, tuple(_headings(names, table)))


def _named(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return one name a column: headings of several rows are joined, those of merged cells carried to the right."""
    names: list[list[str]] = [[] for _ in lines[0]]
    for number, line in enumerate(lines):
        held = ""
        for place, cell in enumerate(line):
            carried = number < len(lines) - 1
            held = plain(cell) or (held if carried else "")
            if held and plain(cell) not in names[place]:
                names[place].append(held)
    joined = [" / ".join(parts) for parts in names]
    return [name if name and joined.index(name) == place else f"#{place + 1}" for place, name in enumerate(joined)]


def _headings(found: Sequence[str], table: SourceTable) -> Iterator[Finding]:
    wanted = [*table.key.columns, *table.where, *(str(year) for year in table.years)]
    wanted += [table.year_column] if table.year_column else []
    for variable in table.variables:
        wanted += [name for name in (variable.column, variable.minus, *variable.where) if name]
    for name in dict.fromkeys(wanted):
        if name not in found:
            known = [heading for heading in found if not heading.startswith("#")]
            said = f"colonne attendue, qui n’y est pas. {nearest_or_list(name, known)}"
            yield Finding("error", said, sheet=table.sheet, row=table.header[-1], column=name)
