"""The text form of an XLSForm: three tables in one Markdown file, read cell by cell with their places, and written.

The tables are those of pyxform's Markdown form: the first cell of a table names the sheet, the first cell of each of
its rows is empty. Text outside the tables is for the reader.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from maille.specs.problem import Place, SpecInvalid, SpecProblem
from maille.specs.xlsform import SHEETS, Cell, Sheet, SheetReader

_SEPARATOR = re.compile(r"^[\s|:-]+$")
_PIPE = re.compile(r"(?<!\\)\|")


def _cells(line: str, number: int) -> list[Cell]:
    """Return the cells of a table row: what stands between two bars, without the spaces around it."""
    bars = [match.start() for match in _PIPE.finditer(line)]
    cells = []
    for start, end in pairwise(bars):
        raw = line[start + 1 : end]
        text = raw.strip(" \t")
        indent = len(raw) - len(raw.lstrip(" \t")) if text else 0
        cells.append(Cell(text.replace("\\|", "|"), Place(number, start + 2 + indent)))
    return cells


def read_text(path: Path) -> dict[str, Sheet]:
    """Return the sheets of a Markdown file; raises SpecInvalid for what is not one of the three known tables."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpecInvalid([SpecProblem(str(path), 1, None, "ce fichier ne peut pas être lu.", str(error))]) from error
    reader, current = SheetReader(str(path)), None
    for number, line in enumerate(lines, start=1):
        if not line.strip().startswith("|") or _SEPARATOR.match(line):
            continue
        cells = _cells(line, number)
        if cells and cells[0].text:
            current = reader.open(cells[0], cells[1:])
        elif current is None:
            reader.refuse(Place(number, 1), "cette ligne n’appartient à aucun tableau.", "Nommer d’abord le tableau.")
        else:
            reader.append(current, Place(number, 1), cells[1:])
    problems = [*reader.problems, *reader.missing()]
    if problems:
        raise SpecInvalid(problems)
    return reader.sheets


def write_text(path: Path, sheets: Mapping[str, Sheet]) -> None:
    """Write the sheets of a questionnaire as Markdown: a title, then the three tables."""
    title = " ".join(row.text("form_title") for row in sheets["settings"].rows[:1])
    tables = [_table(sheets[name]) for name in SHEETS]
    path.write_text("\n\n".join([f"# {title}", *tables]) + "\n", encoding="utf-8")


def _table(sheet: Sheet) -> str:
    columns = [column.text for column in sheet.columns]
    lines = [_line(sheet.name, columns), "|" + "---|" * (len(columns) + 1)]
    lines += [_line("", [row.text(column) for column in columns]) for row in sheet.rows]
    return "\n".join(lines)


def _line(first: str, texts: Sequence[str]) -> str:
    cells = [first, *(text.replace("|", "\\|") for text in texts)]
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"
