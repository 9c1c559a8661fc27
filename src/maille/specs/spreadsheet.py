"""Opening a workbook that someone else wrote: nothing in it is executed, and what could harm is refused unread.

The archive is judged by its table of contents before anything is expanded; the XML is searched for entities before any
parser sees it; formulas, macros and links to other files are refused rather than ignored.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from maille.errors import UserError
from maille.specs.problem import Place

MAXIMUM_BYTES = 5_000_000
MAXIMUM_EXPANDED = 15_000_000
MAXIMUM_RATIO = 150
MAXIMUM_PARTS = 400
MAXIMUM_ROWS = 5_000
MAXIMUM_COLUMNS = 64

_SMALL = 200_000
"""Below this, a part may be as compressed as it likes: a page of empty styles is."""

_LINKS = (re.compile(r"externallinks|connections\.xml|querytables", re.I), "des liens vers d’autres fichiers")
_FORBIDDEN = (
    (re.compile(r"vba|macrosheets|activex|ctrlprops", re.I), "des macros"),
    _LINKS,
    (re.compile(r"embeddings|oleobject", re.I), "des objets incorporés"),
)
_ENTITY = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.I)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*\bref=\"([A-Z]{1,3}\d{1,7})")


class WorkbookRefused(UserError):
    """A file that is not a workbook, or a workbook that holds what must not be opened."""


@dataclass(frozen=True)
class Datum:
    """A cell that holds something: a text, a number, a truth value, a date, or a formula (never its result)."""

    value: object
    place: Place
    formula: bool = False


@dataclass(frozen=True)
class SheetCells:
    """A sheet: its name, whether it is shown, its rows of cells that hold something, the first of each merged block."""

    name: str
    hidden: bool
    rows: dict[int, dict[int, Datum]]
    merged: tuple[Place, ...]

    def formulas(self) -> Iterator[Place]:
        """Yield where the formulas are."""
        for row in self.rows.values():
            yield from (datum.place for datum in row.values() if datum.formula)


def open_spreadsheet(content: bytes, *, rows: int = MAXIMUM_ROWS) -> list[SheetCells]:
    """Return the sheets of a workbook, in order, of ``rows`` at most; raises WorkbookRefused before any harm."""
    from openpyxl import load_workbook

    refuse_harmful(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl says aloud which decorations it drops
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
            try:
                return [_sheet(sheet, rows) for sheet in book.worksheets]
            finally:
                book.close()
    except WorkbookRefused:
        raise
    except Exception as error:
        raise _refused("ce classeur est abîmé et ne peut pas être lu.") from error


def _refused(message: str) -> WorkbookRefused:
    return WorkbookRefused(message, hint="Enregistrer le fichier au format « Classeur Excel (.xlsx) », sans macro.")


def refuse_harmful(content: bytes, *, links: bool = False) -> None:
    """Judge the archive of a workbook before anything reads it; raises WorkbookRefused.

    ``links`` lets by the links to other files that many producers leave in theirs: nothing here ever follows one.
    """
    if len(content) > MAXIMUM_BYTES:
        raise _refused(f"ce fichier dépasse {MAXIMUM_BYTES // 1_000_000} Mo.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_the_contents(archive, forbidden=[item for item in _FORBIDDEN if item != _LINKS or not links])
            _refuse_the_parts(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise _refused("ce fichier n’est pas un classeur Excel (.xlsx).") from error


def _refuse_the_contents(archive: zipfile.ZipFile, *, forbidden: Sequence[tuple[re.Pattern[str], str]]) -> None:
    """Judge the archive by its table of contents, before expanding anything."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "content.xml" in names and "META-INF/manifest.xml" in names:
        raise _refused("ce fichier est un classeur OpenDocument (.ods).")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/workbook") for name in names):
        raise _refused("ce fichier n’est pas un classeur Excel (.xlsx).")
    if len(parts) > MAXIMUM_PARTS or len(names) != len(parts):
        raise _refused("ce classeur contient trop de fichiers.")
    if sum(part.file_size for part in parts) > MAXIMUM_EXPANDED or any(map(_swells, parts)):
        raise _refused("ce classeur est anormalement compressé : il n’est pas ouvert.")
    for name in names:
        for pattern, what in forbidden:
            if pattern.search(name):
                raise _refused(f"ce classeur contient {what} : il n’est pas ouvert.")


def _swells(part: zipfile.ZipInfo) -> bool:
    return part.file_size > _SMALL and part.file_size > MAXIMUM_RATIO * max(part.compress_size, 1)


def _refuse_the_parts(archive: zipfile.ZipFile) -> None:
    """Search the XML for what a parser would obey; a part that is larger than announced is refused by zipfile."""
    left = MAXIMUM_EXPANDED
    for part in archive.infolist():
        if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        with archive.open(part) as opened:
            text = opened.read(left + 1)
        left -= len(text)
        if left < 0:
            raise _refused("ce classeur est anormalement compressé : il n’est pas ouvert.")
        if _ENTITY.search(text) or b"\x00" in text[:200]:
            raise _refused("ce classeur n’est pas écrit comme un classeur Excel : il n’est pas ouvert.")
        if part.filename == "[Content_Types].xml" and b"macroEnabled" in text:
            raise _refused("ce classeur contient des macros : il n’est pas ouvert.")


def _sheet(sheet: Any, most: int) -> SheetCells:
    sheet.reset_dimensions()
    rows: dict[int, dict[int, Datum]] = {}
    number = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=MAXIMUM_COLUMNS + 1), start=1):
        if number > most:
            break
        held = {cell.column: _datum(cell, sheet.title) for cell in cells if cell.value is not None}
        if any(column > MAXIMUM_COLUMNS for column in held):
            raise _refused(f"la feuille « {sheet.title} » est trop large : {MAXIMUM_COLUMNS} colonnes au plus.")
        if held:
            rows[number] = held
    if number > most:
        raise _refused(f"la feuille « {sheet.title} » est trop longue : {most} lignes au plus.")
    return SheetCells(sheet.title, sheet.sheet_state != "visible", rows, _merged(sheet))


def _datum(cell: Any, sheet: str) -> Datum:
    place = Place(cell.row, cell.column, sheet)
    return Datum(cell.value, place, formula=cell.data_type == "f")


def _merged(sheet: Any) -> tuple[Place, ...]:
    from openpyxl.utils import coordinate_to_tuple

    with sheet._get_source() as source:
        found = [match.decode() for match in _MERGED.findall(source.read())]
    return tuple(Place(*coordinate_to_tuple(cell), sheet=sheet.title) for cell in found)
