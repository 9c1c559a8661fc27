"""What is wrong in a specification: the file, the line, and what to do about it."""

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from maille.errors import UserError


@dataclass(frozen=True)
class SpecProblem:
    """One thing to mend in one file; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int | None
    message: str
    hint: str | None = None

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the problem for a program to read."""
        return asdict(self)

    def __str__(self) -> str:
        """Return ``file:line:column : message (hint)``, as editors follow it."""
        place = f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")
        return f"{place} : {self.message}" + (f" {self.hint}" if self.hint else "")


def in_order(problems: Iterable[SpecProblem]) -> list[SpecProblem]:
    """Return problems in the order of the files, lines and columns."""
    return sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column or 0, problem.message))


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
