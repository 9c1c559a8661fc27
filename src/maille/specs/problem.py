"""What is wrong in a specification: the file, the line, and what to do about it."""

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from maille.errors import UserError


@dataclass(frozen=True)
class Place:
    """Where something is written: line and column from 1, and the sheet when the file is a workbook."""

    line: int
    column: int | None = None
    sheet: str | None = None

    def after(self, offset: int) -> "Place":
        """Return the place ``offset`` characters further; in a workbook, the cell stays the place."""
        if self.sheet or self.column is None:
            return self
        return Place(self.line, self.column + offset)

    def problem(self, file: str, message: str, hint: str | None = None) -> "SpecProblem":
        """Return a problem at this place."""
        return SpecProblem(file, self.line, self.column, message, hint, self.sheet)


@dataclass(frozen=True)
class SpecProblem:
    """One thing to mend in one file; ``line`` and ``column`` count from 1, ``sheet`` is that of a workbook."""

    file: str
    line: int
    column: int | None
    message: str
    hint: str | None = None
    sheet: str | None = None

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the problem for a program to read."""
        return asdict(self)

    def __str__(self) -> str:
        """Return ``file:line:column : message (hint)``, as editors follow it; a cell of a workbook as Excel says it."""
        column = f":{self.column}" if self.column else ""
        place = f"{self.file}, {self.cell()}" if self.sheet else f"{self.file}:{self.line}{column}"
        return f"{place} : {self.message}" + (f" {self.hint}" if self.hint else "")

    def cell(self) -> str:
        """Return the place inside a workbook: « feuille survey, ligne 12, colonne G »."""
        column = f", colonne {column_letters(self.column)}" if self.column else ""
        return f"feuille {self.sheet}, ligne {self.line}{column}"


def column_letters(number: int) -> str:
    """Return the letters of a column counted from 1: 7 is G, 28 is AB."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def in_order(problems: Iterable[SpecProblem]) -> list[SpecProblem]:
    """Return problems in the order of the files, lines and columns."""
    return sorted(
        problems,
        key=lambda problem: (problem.file, problem.sheet or "", problem.line, problem.column or 0, problem.message),
    )


class SpecInvalid(UserError):
    """A specification that cannot be used; ``problems`` lists everything found in it."""

    def __init__(self, problems: Iterable[SpecProblem]) -> None:
        self.problems = tuple(in_order(problems))
        first = self.problems[0]
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(
            f"la spécification n’est pas valide.\n{lines}",
            where=f"{first.file}:{first.line}",
            hint="corriger le fichier, puis relancer « maille check ».",
        )


class AnswerInvalid(UserError):
    """An answer that a question cannot take; the message is written for the respondent."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return a French hint naming the candidate that looks most like ``word``, None when nothing does."""
    known = sorted(set(candidates))
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Vouliez-vous dire « {close[0]} » ?" if close else None


def nearest_or_list(word: str, candidates: Iterable[str]) -> str:
    """Return the nearest candidate as a hint, or the list of all of them when none is near."""
    known = sorted(set(candidates))
    return nearest(word, known) or "Valeurs connues : " + ", ".join(known) + "."
