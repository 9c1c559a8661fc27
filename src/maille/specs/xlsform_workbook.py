"""The workbook form of an XLSForm: read cell by cell with its places, and written from the sheets of another form."""

from collections.abc import Mapping
from pathlib import Path

import xlsxwriter

from maille.specs.problem import Place, SpecInvalid, SpecProblem
from maille.specs.spreadsheet import Datum, SheetCells, WorkbookRefused, open_spreadsheet
from maille.specs.xlsform import SHEETS, Cell, Sheet, SheetReader


def read_workbook(path: Path) -> dict[str, Sheet]:
    """Return the sheets of an ``.xlsx`` questionnaire; raises SpecInvalid naming sheet, row and column."""
    try:
        found = open_spreadsheet(path.read_bytes())
    except OSError as error:
        raise SpecInvalid([SpecProblem(str(path), 1, None, "ce fichier ne peut pas être lu.", str(error))]) from error
    except WorkbookRefused as error:
        raise SpecInvalid([SpecProblem(str(path), 1, None, error.message, error.hint)]) from error
    reader = SheetReader(str(path))
    for sheet in found:
        _read_sheet(reader, sheet)
    problems = [*reader.problems, *reader.missing()]
    if problems:
        raise SpecInvalid(problems)
    return reader.sheets


def _read_sheet(reader: SheetReader, sheet: SheetCells) -> None:
    for place in sheet.merged:
        reader.refuse(place, "des cellules sont fusionnées.", "Les séparer : une cellule par information.")
    name = Cell(sheet.name, Place(1, 1, sheet.name))
    width = max(sheet.rows.get(1, {0: None}))
    header = [_cell(reader, sheet, row=1, column=column) for column in range(1, width + 1)]
    opened = reader.open(name, header)
    for row in sorted(sheet.rows):
        if row > 1:
            values = [_cell(reader, sheet, row=row, column=column) for column in range(1, width + 1)]
            reader.append(opened, Place(row, 1, sheet.name), values)
            for column in (beyond for beyond in sheet.rows[row] if beyond > width):
                reader.refuse(Place(row, column, sheet.name), "cette cellule est hors du tableau.", "La vider.")


def _cell(reader: SheetReader, sheet: SheetCells, *, row: int, column: int) -> Cell:
    place = Place(row, column, sheet.name)
    datum = sheet.rows.get(row, {}).get(column)
    return Cell(_text(reader, datum), place) if datum is not None else Cell("", place)


def _text(reader: SheetReader, datum: Datum) -> str:
    value = datum.value
    if datum.formula:
        reader.refuse(datum.place, "cette cellule contient une formule.", "Écrire le texte, sans signe égal devant.")
    elif isinstance(value, str):
        if "\n" in value.strip():
            reader.refuse(datum.place, "cette cellule contient plusieurs lignes.", "Écrire le texte sur une ligne.")
        return value.strip(" \t\r\n")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if value == int(value) else repr(value)
    else:
        reader.refuse(datum.place, "cette cellule ne contient ni texte ni nombre.", "La mettre au format Texte.")
    return ""


def write_workbook(path: Path, sheets: Mapping[str, Sheet]) -> None:
    """Write the sheets of a questionnaire as a workbook, every cell as a text."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        head, body = book.add_format({"bold": True, "bottom": 2}), book.add_format({"text_wrap": True, "valign": "top"})
        for name in SHEETS:
            sheet, columns = book.add_worksheet(name), [column.text for column in sheets[name].columns]
            sheet.freeze_panes(1, 0)
            for place, column in enumerate(columns):
                sheet.set_column(place, place, _WIDTHS.get(column, 18), body)
                sheet.write_string(0, place, column, head)
            for line, row in enumerate(sheets[name].rows, start=1):
                for place, column in enumerate(columns):
                    if row.text(column):
                        sheet.write_string(line, place, row.text(column))


_WIDTHS = {"label": 60, "hint": 50, "type": 26, "relevant": 30, "constraint": 30, "bind::maille:intro": 40}
