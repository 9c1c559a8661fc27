"""Reading one row of the survey sheet into the fields of a question, noting what is wrong in its cells."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from maille.specs.grammar import RuleInvalid, parse_rule
from maille.specs.problem import Place, SpecProblem, nearest_or_list
from maille.specs.questionnaire import CONTEXT, Choice
from maille.specs.rule import Rule
from maille.specs.xlsform import Row

NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_REFERENCE = re.compile(r"^(?:(?P<survey>[a-z][a-z0-9-]*):)?(?P<variable>[a-z][a-z0-9_]*)$")
_YEAR = re.compile(r"^(19|20)\d\d$")

FRAME = "frame"
SEVERITIES = ("warn", "info")
CONFIDENTIALITIES = ("public", "suppress", "confidential")

Places = Mapping[tuple[str, str], Place]
"""Where each cell of the survey is: (variable or section, column) to its place."""


class Refusals:
    """The mistakes found in a file so far, and the cells whose reading may add one."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[SpecProblem] = []
        self.places: dict[tuple[str, str], Place] = {}

    def refuse(self, row: Row, column: str, message: str, *, hint: str | None = None) -> None:
        """Note something wrong in a cell."""
        self.problems.append(row.place(column).problem(self.file, message, hint))

    def whole(self, row: Row, column: str) -> int:
        """Return a whole number, 0 for an empty cell."""
        text = row.text(column)
        if text and not (text.isascii() and text.isdigit()):
            self.refuse(row, column, f"« {text} » n’est pas un nombre entier.")
            return 0
        return int(text) if text else 0

    def year(self, row: Row, column: str) -> int | None:
        """Return the year of an edition, None for an empty cell."""
        text = row.text(column)
        if text and not _YEAR.match(text):
            self.refuse(row, column, f"« {text} » n’est pas l’année d’une édition.", hint="Par exemple 2025.")
            return None
        return int(text) if text else None

    def yes(self, row: Row, column: str) -> bool:
        """Return True for « yes », False for « no » and an empty cell; anything else is refused."""
        text = row.text(column)
        if text not in ("", "yes", "no"):
            self.refuse(row, column, f"« {text} » n’est ni « yes » ni « no ».")
        return text == "yes"

    def among(self, row: Row, column: str, known: Collection[str]) -> str | None:
        """Return one of the known words, None for an empty cell."""
        text = row.text(column)
        if text and text not in known:
            self.refuse(row, column, f"valeur inconnue « {text} ».", hint=nearest_or_list(text, known))
            return None
        return text or None

    def rule(self, row: Row, column: str) -> Rule | None:
        """Return the rule of a cell, None when it is empty or cannot be parsed."""
        text = row.text(column)
        try:
            return parse_rule(text, row.text("name")) if text else None
        except RuleInvalid as error:
            problem = row.place(column).after(error.offset).problem(self.file, error.message, error.hint)
            if problem not in self.problems:  # the rule of a grid is read again for each of its rows
                self.problems.append(problem)
            return None

    def need(self, row: Row, column: str, other: str) -> None:
        """Refuse a column that is filled without the one that completes it."""
        if row.text(column) and not row.text(other):
            hint = "Écrire la phrase à afficher." if other.endswith("message") else f"Remplir « {other} »."
            self.refuse(row, column, f"« {column} » est rempli sans « {other} ».", hint=hint)


def read_question(
    refusals: Refusals, row: Row, *, choices: Mapping[str, tuple[Choice, ...]], grid: Row | None
) -> dict[str, Any]:
    """Return the fields of a question, all but its number and its grid; ``grid`` is the row of the grid around it."""
    refusals.need(row, "constraint", "constraint_message")
    refusals.need(row, "bind::maille:soft_check", "bind::maille:soft_message")
    refusals.need(row, "bind::maille:severity", "bind::maille:soft_check")
    written = row.text("type").split(" ")[0]
    return {
        "name": row.text("name"),
        "kind": _kind(refusals, row, written),
        "label": row.text("label"),
        "hint": row.text("hint") or None,
        "choices": _choices(refusals, row, choices),
        "required": refusals.yes(row, "required"),
        "unknown_code": _unknown(refusals, row, written),
        "unit": row.text("bind::maille:unit") or None,
        "relevant": _relevant(refusals, row, grid),
        "constraint": refusals.rule(row, "constraint"),
        "constraint_message": row.text("constraint_message") or None,
        "soft_check": refusals.rule(row, "bind::maille:soft_check"),
        "soft_message": row.text("bind::maille:soft_message") or None,
        "severity": refusals.among(row, "bind::maille:severity", SEVERITIES) or "warn",
        "concept": row.text("bind::maille:concept") or None,
        "prefill": _prefill(refusals, row, written),
        "reference_period": row.text("bind::maille:reference_period") or None,
        "sdc": refusals.among(row, "bind::maille:sdc", CONFIDENTIALITIES) or "suppress",
        "since": refusals.year(row, "bind::maille:since"),
        "until": refusals.year(row, "bind::maille:until"),
        "same_as": _same_as(refusals, row),
    }


def _kind(refusals: Refusals, row: Row, kind: str) -> str:
    written = row.text("bind::maille:format")
    if written and (written, kind) != ("year", "integer"):
        refusals.refuse(row, "bind::maille:format", f"format inconnu « {written} ».", hint="Seul « year » existe.")
    return "year" if written == "year" else kind


def _unknown(refusals: Refusals, row: Row, kind: str) -> str | None:
    code = row.text("bind::maille:unknown_code")
    if code and kind not in ("integer", "decimal"):
        hint = "Pour un choix, ajouter une modalité « Je ne sais pas »."
        refusals.refuse(row, "bind::maille:unknown_code", "seul un nombre peut avoir un code d’inconnu.", hint=hint)
    return code or None


def _choices(refusals: Refusals, row: Row, choices: Mapping[str, tuple[Choice, ...]]) -> tuple[Choice, ...]:
    kind, _, name = row.text("type").partition(" ")
    if not kind.startswith("select_"):
        return ()
    if name.strip() not in choices:
        hint = nearest_or_list(name.strip(), choices)
        refusals.refuse(row, "type", f"liste de choix inconnue « {name.strip()} ».", hint=hint)
    return choices.get(name.strip(), ())


def _relevant(refusals: Refusals, row: Row, grid: Row | None) -> Rule | None:
    """Return the condition of a question: that of its grid and its own, both."""
    own = refusals.rule(row, "relevant")
    around = refusals.rule(grid, "relevant") if grid is not None else None
    if around is None:
        return own
    name = row.text("name")
    if grid is not None:
        refusals.places.setdefault((name, "relevant"), grid.place("relevant"))
    text = f"({around.text}) and ({own.text})" if own is not None else around.text
    return parse_rule(text, name)


def _prefill(refusals: Refusals, row: Row, kind: str) -> str | None:
    column = "bind::maille:prefill"
    text = row.text(column)
    if not text:
        return None
    found = _REFERENCE.match(text)
    if not found or not found["survey"]:
        hint = "Écrire « frame:population », ou « asco-2020:variable »."
        refusals.refuse(row, column, f"source de préremplissage inconnue « {text} ».", hint=hint)
    elif found["survey"] == FRAME:
        known = CONTEXT if kind in ("integer", "decimal", "text") else ()
        if found["variable"] not in known:
            hint = nearest_or_list(found["variable"], known) if known else "Une question à choix ne s’y prête pas."
            refusals.refuse(row, column, f"la base de sondage n’a pas « {found['variable']} ».", hint=hint)
        elif (found["variable"] == "name") != (kind == "text"):
            refusals.refuse(row, column, f"« {text} » ne remplit pas une question de type « {kind} ».")
    return text


def _same_as(refusals: Refusals, row: Row) -> str | None:
    column = "bind::maille:same_as"
    text = row.text(column)
    if text and not _REFERENCE.match(text):
        hint = "Écrire l’ancien nom de la variable, ou « asco-2020:variable »."
        refusals.refuse(row, column, f"« {text} » n’est pas une variable.", hint=hint)
    return text or None
