"""Reading back an offline workbook: the answers, and every cell that cannot be read, by sheet, row and column.

A cell that cannot be read changes nothing: what the site holds for its question stays as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from maille.forms.workbook import ANSWER, KEY, UNKNOWN, is_matrix
from maille.forms.workbook_stamp import Stamp
from maille.specs import AnswerInvalid, Question, Questionnaire, encode_value, read_value
from maille.specs.migration import DraftAnswer
from maille.specs.problem import Place, column_letters
from maille.specs.spreadsheet import Datum, SheetCells

_TICKED = {"x", "✓", "✔", "oui", "1", "vrai", "true"}
_NOT_TICKED = {"", "non", "0", "faux", "false"}


@dataclass(frozen=True)
class CellProblem:
    """A cell that could not be read, as Excel names it, and the question that it answers."""

    sheet: str
    row: int
    column: str
    question: str
    number: str
    message: str

    def where(self) -> str:
        """Return the place, « feuille « B - L’organisation », ligne 12, colonne D »; empty for a row that is gone."""
        if not self.sheet:
            return ""
        return f"feuille « {self.sheet} », ligne {self.row}, colonne {self.column}"


@dataclass(frozen=True)
class WorkbookReading:
    """What a workbook says: its stamp, the answers that could be read, the cells that could not."""

    stamp: Stamp
    answers: Mapping[str, DraftAnswer]
    problems: tuple[CellProblem, ...]


@dataclass
class _Found:
    """The cells of one question: its texts, whether its number is said not to be known, what is wrong."""

    question: Question
    place: Place
    texts: list[str] = field(default_factory=list)
    unknown: bool = False
    faults: list[tuple[Place, str]] = field(default_factory=list)


def read_workbook(sheets: list[SheetCells], questionnaire: Questionnaire, stamp: Stamp) -> WorkbookReading:
    """Return what the sheets of a workbook answer to the version of the questionnaire that it was written for."""
    reader = _Reader(questionnaire)
    for sheet in sheets:
        for row in sorted(sheet.rows) if not sheet.name.startswith("_") else ():
            reader.take(sheet, row)
    return WorkbookReading(stamp, dict(reader.answers()), tuple(reader.problems()))


class _Reader:
    def __init__(self, questionnaire: Questionnaire) -> None:
        self._asked = {question.name: question for question in questionnaire.variables()}
        self._matrices = {name for name, question in self._asked.items() if is_matrix(question)}
        self._found: dict[str, _Found] = {}
        self._rows: set[str] = set()

    def take(self, sheet: SheetCells, row: int) -> None:
        """Read a row, when its key is that of a question."""
        cells = sheet.rows[row]
        key = cells.get(KEY + 1)
        if key is None or key.formula or not isinstance(key.value, str):
            return
        name, _, code = key.value.partition("=")
        matrix = name.endswith("[]")
        question = self._asked.get(name.removesuffix("[]"))
        if question is None or matrix != (question.name in self._matrices):
            return
        place = Place(row, ANSWER + 1, sheet.name)
        found = self._found.setdefault(question.name, _Found(question, place))
        if key.value in self._rows:
            found.faults.append((place, "cette ligne est en double."))
        self._rows.add(key.value)
        if matrix:
            for position, choice in enumerate(question.choices):
                self._tick(found, cells.get(ANSWER + 1 + position), choice.code)
        elif code:
            self._tick(found, cells.get(ANSWER + 1), code)
        else:
            self._single(found, cells)

    def _tick(self, found: _Found, datum: Datum | None, code: str) -> None:
        ticked = self._ticked(found, datum)
        if ticked:
            found.texts.append(code)

    def _ticked(self, found: _Found, datum: Datum | None) -> bool:
        if datum is None:
            return False
        if datum.formula:
            found.faults.append((datum.place, _FORMULA))
            return False
        text = str(datum.value).strip().lower()
        if text not in _TICKED and text not in _NOT_TICKED:
            found.faults.append((datum.place, f"« {_short(text)} » n’est ni x ni une case vide."))
        return text in _TICKED

    def _single(self, found: _Found, cells: dict[int, Datum]) -> None:
        found.unknown = found.question.unknown and self._ticked(found, cells.get(UNKNOWN + 1))
        datum = cells.get(ANSWER + 1)
        if datum is None:
            return
        if datum.formula:
            found.faults.append((datum.place, _FORMULA))
        elif isinstance(datum.value, bool) or not isinstance(datum.value, str | int | float):
            found.faults.append((datum.place, "cette case ne contient ni texte ni nombre (une date ?)."))
        else:
            found.texts.append(self._written(found, datum))

    def _written(self, found: _Found, datum: Datum) -> str:
        value, question = datum.value, found.question
        if isinstance(value, int | float):
            return format(Decimal(repr(value)), "f").removesuffix(".0")
        text = str(value).replace("_x000D_\n", "\n").strip()
        if question.kind != "select_one" or not text:
            return text
        code = _code_of(question, text)
        if code is None:
            found.faults.append((datum.place, f"« {_short(text)} » n’est pas dans la liste."))
        return code or ""

    def answers(self) -> Iterator[tuple[str, DraftAnswer]]:
        """Yield the answer of each question whose cells can be read."""
        for name, found in self._found.items():
            if found.faults or not self._complete(found):
                continue
            try:
                value, state = read_value(found.question, found.texts, unknown=found.unknown)
            except AnswerInvalid as refusal:
                found.faults.append((found.place, refusal.message))
                continue
            yield name, DraftAnswer(encode_value(value), state.value)

    def _complete(self, found: _Found) -> bool:
        question = found.question
        if question.kind != "select_multiple" or question.name in self._matrices:
            return True
        missing = [code for code in question.codes() if f"{question.name}={code}" not in self._rows]
        if missing:
            found.faults.append((found.place, "il manque des lignes à cette question."))
        return not missing

    def problems(self) -> Iterator[CellProblem]:
        """Yield what is wrong, in the order of the questionnaire, questions whose row is gone included."""
        for name, question in self._asked.items():
            if name not in self._found:
                yield CellProblem("", 0, "", name, question.number, "la ligne de cette question n’est plus là.")
                continue
            for place, message in self._found[name].faults:
                column = column_letters(place.column or 1)
                yield CellProblem(place.sheet or "", place.line, column, name, question.number, message)


_FORMULA = "cette case contient une formule : écrivez le nombre lui-même."


def _code_of(question: Question, text: str) -> str | None:
    wanted = " ".join(text.split()).lower()
    for choice in question.choices:
        if wanted in (" ".join(choice.label.split()).lower(), choice.code):
            return choice.code
    return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"
