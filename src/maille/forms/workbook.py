"""The questionnaire as a workbook to fill offline: one sheet a section, lists, locked cells, a stamp.

Nothing in it is computed but the grey of what is not asked. Column A, hidden, says what each row is: ``variable``,
``variable=code`` for a choice among several, ``variable[]`` for a row whose columns are the choices. Every text is
written as a text: a sign at its beginning never makes it a formula.
"""

import io
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from maille.forms.skips import Skips
from maille.forms.workbook_notes import Recipient, explain, notes
from maille.forms.workbook_rules import answer_name, asked_name, conditions
from maille.forms.workbook_stamp import STAMP_SHEET, Stamp
from maille.forms.workbook_styles import height, styles
from maille.specs import UNKNOWN_LABEL, Question, Questionnaire, Section, decode_value
from maille.specs.migration import DraftAnswer

KEY, NUMBER, LABEL, ANSWER, UNKNOWN, UNIT = range(6)
TICK = "x"
_LISTS = "_listes"
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_WIDTHS = {KEY: 2, NUMBER: 7, LABEL: 72, ANSWER: 30, UNKNOWN: 19, UNIT: 19}
_MATRIX_WIDTH = 18
_OPEN_TEXT = 62.0
"""The height of a row whose answer is written freely, in points."""
_A4 = 9


def is_matrix(question: Question) -> bool:
    """Tell whether a question is a row whose columns are the choices."""
    return question.grid is not None and question.kind == "select_multiple"


def sheet_name(section: Section) -> str:
    """Return the name of the sheet of a section: its letter and its title, as Excel takes them."""
    title = _FORBIDDEN_IN_NAMES.sub(" ", section.title)
    return textwrap.shorten(f"{section.letter} - {title}", 31, placeholder="…")


def write_workbook(
    questionnaire: Questionnaire,
    *,
    recipient: Recipient,
    answers: Mapping[str, DraftAnswer],
    stamp: Stamp,
    key: bytes,
) -> bytes:
    """Return the XLSX bytes of a questionnaire for one authority, filled with what it has answered so far."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": questionnaire.title, "author": "Maille", "comments": f"Version {stamp.version}"})
    _Writer(book, questionnaire, recipient, answers=answers).write()
    _write_stamp(book, questionnaire, stamp=stamp, key=key)
    book.close()
    return buffer.getvalue()


def _write_stamp(book: Any, questionnaire: Questionnaire, *, stamp: Stamp, key: bytes) -> None:
    sheet = book.add_worksheet(STAMP_SHEET)
    for row, (name, text) in enumerate((("marque", stamp.text()), ("sceau", stamp.seal(key)))):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, text)
    heading = ("variable", "numéro", "question", "codes")
    for column, text in enumerate(heading):
        sheet.write_string(3, column, text)
    asked = ((section, question) for section in questionnaire.sections for question in section.questions)
    for row, (section, question) in enumerate(asked, start=4):
        codes = ", ".join(f"{choice.code} = {choice.label}" for choice in question.choices)
        for column, text in enumerate((question.name, question.number, section.wording(question), codes)):
            sheet.write_string(row, column, text)
    sheet.protect("", {})
    sheet.very_hidden()


class _Writer:
    def __init__(
        self, book: Any, questionnaire: Questionnaire, recipient: Recipient, *, answers: Mapping[str, DraftAnswer]
    ) -> None:
        self._book = book
        self._questionnaire = questionnaire
        self._recipient = recipient
        self._answers = answers
        self._styles = styles(book)
        self._skips = Skips(questionnaire)
        self._lists: dict[tuple[str, ...], str] = {}
        self._conditions = conditions(questionnaire, {"population": recipient.population, "name": recipient.name})
        self._sheet: Worksheet = None
        self._row = 0

    def write(self) -> None:
        """Write every sheet."""
        self._write_notes()
        for section in self._questionnaire.sections:
            self._section(section)
        for name, formula in self._conditions.items():
            self._book.define_name(asked_name(self._questionnaire.question(name)), f"={formula}")
        self._write_lists()

    def _write_notes(self) -> None:
        sheet = self._book.add_worksheet("À lire")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 3)
        sheet.set_column(1, 1, 100)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        for row, (style, text) in enumerate(notes(self._questionnaire, self._recipient)):
            sheet.set_row(row, height(style, text, width=100))
            sheet.write_string(row, 1, text, self._styles[style])
        sheet.protect("", _FREEDOMS)

    def _section(self, section: Section) -> None:
        name = sheet_name(section)
        self._sheet, self._row = self._book.add_worksheet(name), 0
        self._prepare(section)
        for kind, question in _blocks(section):
            if kind == "grid":
                self._grid_head(section, question)
            elif kind == "choices":
                self._choices(question)
            elif kind == "matrix":
                self._matrix(question)
            else:
                self._single(question)
        self._sheet.protect("", _FREEDOMS)

    def _prepare(self, section: Section) -> None:
        sheet, look = self._sheet, self._styles
        widest = max((len(q.choices) for q in section.questions if is_matrix(q)), default=0)
        headings = {NUMBER: "N°", LABEL: "Question", ANSWER: "Votre réponse"}
        if any(question.unknown for question in section.questions):
            headings[UNKNOWN] = UNKNOWN_LABEL
        if any(question.unit for question in section.questions):
            headings[UNIT] = "Unité"
        for column in range(max(UNIT + 1, ANSWER + widest)):
            told = column <= ANSWER or column in headings
            width = _WIDTHS[column] if told else (_MATRIX_WIDTH if widest > column - ANSWER else 2)
            sheet.set_column(column, column, width, look["locked"], {"hidden": column == KEY})
        self._print(section)
        title = self._line((NUMBER, f"{section.letter}. {section.title}", "title"))
        sheet.set_row(title, 26)
        for text in filter(None, [section.intro, self._skips.section_condition(section)]):
            sheet.merge_range(self._row, NUMBER, self._row, ANSWER, "", look["intro"])
            sheet.set_row(self._row, height("intro", text, width=sum(_WIDTHS[c] for c in (LABEL, ANSWER))))
            self._line((NUMBER, text, "intro"))
        row = self._line(*((column, text, "head") for column, text in headings.items()))
        sheet.set_row(row, height("head", *headings.values(), width=_WIDTHS[UNKNOWN]))
        sheet.repeat_rows(row)
        sheet.freeze_panes(self._row, 0)

    def _print(self, section: Section) -> None:
        sheet = self._sheet
        sheet.hide_gridlines(2)
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        name = self._recipient.name.replace("&", "&&")
        sheet.set_footer(f"&L&9{name} - section {section.letter}&R&9&P / &N")

    def _line(self, *cells: tuple[int, str, str]) -> int:
        for column, text, style in cells:
            self._sheet.write_string(self._row, column, text, self._styles[style])
        self._row += 1
        return self._row - 1

    def _grid_head(self, section: Section, first: Question) -> None:
        grid = section.grid(first.grid or "")
        row = self._line((KEY, "", "locked"), (NUMBER, grid.number, "question"))
        heads = [choice.label for choice in first.choices] if is_matrix(first) else []
        least = height("head", *heads, width=_MATRIX_WIDTH)
        self._told(row, grid.label, [grid.hint or ""], style="question", least=least)
        if is_matrix(first):
            for place, choice in enumerate(first.choices):
                self._sheet.write_string(row, ANSWER + place, choice.label, self._styles["head"])

    def _single(self, question: Question) -> None:
        row = self._line((KEY, question.name, "locked"), (NUMBER, question.number, "number"))
        labels = [choice.label for choice in question.choices]
        least = _OPEN_TEXT if question.kind == "text" else height("row", *labels, width=_WIDTHS[ANSWER] - 2)
        self._told(row, question.label, explain(question, self._skips, self._recipient), style="row", least=least)
        self._cell(row, ANSWER, question)
        if question.unknown:
            ticked = TICK if self._answer(question).state == "unknown" else ""
            self._tick(row, UNKNOWN, ticked)
            self._grey(row, UNKNOWN, question)
        if question.unit:
            self._sheet.write_string(row, UNIT, question.unit, self._styles["unit"])

    def _choices(self, question: Question) -> None:
        row = self._line((NUMBER, question.number, "question"))
        self._told(row, question.label, explain(question, self._skips, self._recipient), style="question")
        for choice in question.choices:
            row = self._line((KEY, f"{question.name}={choice.code}", "locked"), (LABEL, choice.label, "choice"))
            self._sheet.set_row(row, height("row", choice.label, width=_WIDTHS[LABEL] - 2))
            self._option(row, ANSWER, question, code=choice.code)

    def _matrix(self, question: Question) -> None:
        row = self._line((KEY, f"{question.name}[]", "locked"), (NUMBER, question.number, "number"))
        self._told(row, question.label, explain(question, self._skips, self._recipient), style="row")
        for place, choice in enumerate(question.choices):
            self._option(row, ANSWER + place, question, code=choice.code)

    def _option(self, row: int, column: int, question: Question, *, code: str) -> None:
        given = self._answer(question)
        ticked = given.state == "answered" and code in given.value.split(" ")
        self._tick(row, column, TICK if ticked else "")
        self._name(row, column, answer_name(question, code))
        self._grey(row, column, question)

    def _tick(self, row: int, column: int, text: str) -> None:
        self._sheet.write_string(row, column, text, self._styles["tick"])
        message = {"error_title": "Case à cocher", "error_message": "Écrivez x pour cocher, ou laissez vide."}
        self._sheet.data_validation(row, column, row, column, {"validate": "list", "source": [TICK], **message})

    def _told(self, row: int, label: str, more: list[str], *, style: str, least: float = 0) -> None:
        """Write a question and what is said under it, in a row as high as it needs: LibreOffice fits none by itself."""
        told, look = [text for text in more if text], self._styles
        width = _WIDTHS[LABEL]
        tall = height(style, label, width=width) + (height("help", "\n".join(told), width=width) if told else 0)
        self._sheet.set_row(row, max(tall, least))
        if told:
            parts = (look[f"{style} text"], label, look["help"], "\n" + "\n".join(told))
            self._sheet.write_rich_string(row, LABEL, *parts, look[style])
        else:
            self._sheet.write_string(row, LABEL, label, look[style])

    def _cell(self, row: int, column: int, question: Question) -> None:
        given = self._answer(question)
        look = self._styles[_LOOKS.get(question.kind, "text")]
        number = exact_number(question, given)
        if number is not None:
            self._sheet.write_number(row, column, number, look)
        elif question.choices and given.state == "answered":
            self._sheet.write_string(row, column, question.label_of(given.value), look)
        else:
            self._sheet.write_string(row, column, shown_text(question, given), look)
        self._sheet.data_validation(row, column, row, column, self._validation(question))
        self._name(row, column, answer_name(question))
        self._grey(row, column, question)

    def _validation(self, question: Question) -> dict[str, Any]:
        if question.kind == "select_one":
            message = "Choisissez une réponse dans la liste."
            rule: dict[str, Any] = {"validate": "list", "source": f"={self._list(question)}"}
        elif question.kind == "text":
            message, rule = "", {"validate": "any"}
        else:
            message = "Écrivez un nombre en chiffres, sans unité ; 0 s’il n’y en a aucun."
            kind = "decimal" if question.kind == "decimal" else "integer"
            rule = {"validate": kind, "criteria": "between", "minimum": 0, "maximum": 10**12 - 1}
        return rule | ({"error_title": "Réponse à vérifier", "error_message": message} if message else {})

    def _list(self, question: Question) -> str:
        labels = tuple(choice.label for choice in question.choices)
        return self._lists.setdefault(labels, f"liste_{len(self._lists) + 1}")

    def _write_lists(self) -> None:
        sheet = self._book.add_worksheet(_LISTS)
        for column, (labels, name) in enumerate(self._lists.items()):
            for row, label in enumerate(labels):
                sheet.write_string(row, column, label)
            last = xl_rowcol_to_cell(len(labels) - 1, column, row_abs=True, col_abs=True)
            first = xl_rowcol_to_cell(0, column, row_abs=True, col_abs=True)
            self._book.define_name(name, f"={_LISTS}!{first}:{last}")
        sheet.very_hidden()

    def _name(self, row: int, column: int, name: str) -> None:
        cell = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
        self._book.define_name(name, f"='{self._sheet.get_name()}'!{cell}")

    def _grey(self, row: int, column: int, question: Question) -> None:
        if question.name in self._conditions:
            rule = {"type": "formula", "criteria": f"=NOT({asked_name(question)})", "format": self._styles["off"]}
            self._sheet.conditional_format(row, column, row, column, rule)

    def _answer(self, question: Question) -> DraftAnswer:
        return self._answers.get(question.name, DraftAnswer("", "empty"))


_LOOKS = {"integer": "whole", "decimal": "decimal", "year": "year", "select_one": "choice answer"}
_FREEDOMS = {"format_columns": True, "format_rows": True, "select_locked_cells": True}


def _blocks(section: Section) -> Iterator[tuple[str, Question]]:
    """Yield what a sheet is made of, in order: the head of a grid, then its rows; questions one by one."""
    grid = None
    for question in section.questions:
        if question.grid and question.grid != grid:
            yield "grid", question
        grid = question.grid
        if question.kind != "select_multiple":
            yield "single", question
        else:
            yield ("matrix" if grid else "choices"), question


def exact_number(question: Question, given: DraftAnswer) -> float | None:
    """Return the number of an answer when a workbook keeps it exactly: it writes sixteen digits."""
    if given.state != "answered" or question.kind not in ("integer", "decimal", "year"):
        return None
    value = decode_value(question, given.value)
    if not isinstance(value, int | float) or float(f"{value:.15G}") != value:
        return None
    return value


def shown_text(question: Question, given: DraftAnswer) -> str:
    """Return what is written in the cell of an answer that is not a number of a cell."""
    if given.state not in ("answered", "invalid"):
        return ""
    return given.value.replace(".", ",") if question.kind == "decimal" else given.value
