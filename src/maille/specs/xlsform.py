"""Reading the text form of an XLSForm: three tables in one Markdown file, cell by cell, with their places.

The tables are those of pyxform's Markdown form: the first cell of a table names the sheet, the first cell of each of
its rows is empty. Text outside the tables is for the reader. An XLSForm reader drops the columns that it does not know
without a word; this one refuses them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from maille.specs.problem import SpecInvalid, SpecProblem, nearest_or_list

SURVEY_COLUMNS = {
    "type": "genre de la ligne (voir les types)",
    "name": "nom de la variable, ou de la section",
    "label": "question posée, ou titre de la section",
    "hint": "aide affichée sous la question",
    "required": "« yes » si une réponse est attendue",
    "relevant": "règle : la question est posée si elle est vraie",
    "constraint": "règle : la réponse est refusée si elle est fausse",
    "constraint_message": "phrase affichée quand la réponse est refusée",
    "bind::maille:intro": "phrase d’introduction d’une section",
    "bind::maille:minutes": "durée estimée d’une section, en minutes",
    "bind::maille:format": "« year » pour une année",
    "bind::maille:unit": "unité d’un nombre",
    "bind::maille:unknown_code": "code de « Je ne peux pas donner ce nombre » ; vide si ce choix n’est pas offert",
    "bind::maille:soft_check": "règle : la réponse est à confirmer si elle est fausse",
    "bind::maille:soft_message": "question posée quand la réponse est à confirmer",
    "bind::maille:concept": "concept mesuré, commun aux questionnaires et aux indicateurs",
}
CHOICES_COLUMNS = {
    "list_name": "liste à laquelle appartient la modalité",
    "name": "code de la modalité",
    "label": "libellé de la modalité",
    "maille_exclusive": "« yes » si la modalité exclut toutes les autres",
}
SETTINGS_COLUMNS = {
    "form_title": "titre du questionnaire",
    "form_id": "identifiant du questionnaire",
    "default_language": "langue des libellés",
    "namespaces": "déclaration de l’espace de noms « maille »",
    "attribute::maille:universe": "univers interrogé : « communes » ou « epci »",
    "attribute::maille:reference_year": "année sur laquelle portent les questions",
    "attribute::maille:notice": "avertissement affiché avec le questionnaire",
}
SHEETS = {"survey": SURVEY_COLUMNS, "choices": CHOICES_COLUMNS, "settings": SETTINGS_COLUMNS}

_SEPARATOR = re.compile(r"^[\s|:-]+$")
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Cell:
    """The text of a cell and where it starts, from 1."""

    text: str
    line: int
    column: int


@dataclass(frozen=True)
class Row:
    """A row of a sheet: its line, and its cells by column."""

    line: int
    cells: dict[str, Cell]

    def text(self, column: str) -> str:
        """Return the text of a cell, empty when the column is absent."""
        return self.cells[column].text if column in self.cells else ""

    def place(self, column: str) -> tuple[int, int]:
        """Return the line and column where a cell starts, those of the row when it is absent."""
        cell = self.cells.get(column)
        return (cell.line, cell.column) if cell else (self.line, 1)


@dataclass
class Sheet:
    """A table: its name, the line of its header, its columns and its rows."""

    name: str
    line: int
    columns: tuple[Cell, ...]
    rows: list[Row] = field(default_factory=list)


def _cells(line: str, number: int) -> list[Cell]:
    """Return the cells of a table row: what stands between two bars, without the spaces around it."""
    bars = [match.start() for match in _PIPE.finditer(line)]
    cells = []
    for start, end in pairwise(bars):
        raw = line[start + 1 : end]
        text = raw.strip(" \t")
        indent = len(raw) - len(raw.lstrip(" \t")) if text else 0
        cells.append(Cell(text.replace("\\|", "|"), number, start + 2 + indent))
    return cells


def read_sheets(path: Path) -> dict[str, Sheet]:
    """Return the sheets of a questionnaire file; raises SpecInvalid for what is not one of the three known tables."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SpecInvalid([SpecProblem(str(path), 1, None, "ce fichier ne peut pas être lu.", str(error))]) from error
    reader = _SheetReader(str(path))
    for number, line in enumerate(lines, start=1):
        if line.strip().startswith("|") and not _SEPARATOR.match(line):
            reader.add(_cells(line, number))
    problems = [*reader.problems, *_missing(str(path), reader.sheets)]
    if problems:
        raise SpecInvalid(problems)
    return reader.sheets


def _missing(file: str, sheets: dict[str, Sheet]) -> Iterator[SpecProblem]:
    for name in SHEETS:
        if name not in sheets:
            yield SpecProblem(file, 1, None, f"le tableau « {name} » manque.", "Les trois tableaux sont obligatoires.")


class _SheetReader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.sheets: dict[str, Sheet] = {}
        self.problems: list[SpecProblem] = []
        self._current: Sheet | None = None

    def add(self, cells: list[Cell]) -> None:
        """Take the next row of the file in."""
        if cells and cells[0].text:
            self._open(cells)
        elif self._current is None:
            line = cells[0].line if cells else 1
            self._refuse(Cell("", line, 1), "cette ligne n’appartient à aucun tableau.", "Nommer d’abord le tableau.")
        else:
            self._append(self._current, cells)

    def _open(self, cells: list[Cell]) -> None:
        name = cells[0]
        if name.text not in SHEETS:
            self._refuse(name, f"tableau inconnu « {name.text} ».", nearest_or_list(name.text, SHEETS))
        if name.text in self.sheets:
            self._refuse(name, f"le tableau « {name.text} » est écrit deux fois.", None)
        self._current = Sheet(name.text, name.line, tuple(cells[1:]))
        self.sheets[name.text] = self._current
        self._check_columns(self._current)

    def _check_columns(self, sheet: Sheet) -> None:
        known, seen = SHEETS.get(sheet.name, {}), set()
        for column in sheet.columns:
            if known and column.text not in known:
                self._refuse(column, f"colonne inconnue « {column.text} ».", nearest_or_list(column.text, known))
            if column.text in seen:
                self._refuse(column, f"la colonne « {column.text} » est écrite deux fois.", None)
            seen.add(column.text)

    def _append(self, sheet: Sheet, cells: list[Cell]) -> None:
        values = cells[1:]
        if len(values) != len(sheet.columns):
            wanted = f"{len(sheet.columns)} cellules attendues, {len(values)} trouvées"
            self._refuse(cells[0], f"cette ligne n’a pas le bon nombre de cellules : {wanted}.", None)
            return
        named = {column.text: cell for column, cell in zip(sheet.columns, values, strict=True) if cell.text}
        if named:
            sheet.rows.append(Row(cells[0].line, named))

    def _refuse(self, cell: Cell, message: str, hint: str | None) -> None:
        self.problems.append(SpecProblem(self.file, cell.line, cell.column, message, hint))
