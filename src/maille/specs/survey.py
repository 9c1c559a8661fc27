"""From the three tables of a questionnaire file to the questionnaire, refusing what is not in the profile."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maille.catalogue import sha256
from maille.specs.grammar import RuleInvalid, parse_rule
from maille.specs.problem import SpecInvalid, SpecProblem, nearest_or_list
from maille.specs.questionnaire import CONTEXT, Choice, Question, Questionnaire, Section
from maille.specs.rule import Rule
from maille.specs.xlsform import Row, Sheet, read_sheets

TYPES = {
    "begin_group": "début d’une section",
    "end_group": "fin d’une section",
    "select_one": "un seul choix dans une liste (« select_one oui_non »)",
    "select_multiple": "plusieurs choix dans une liste (« select_multiple domaines »)",
    "integer": "nombre entier",
    "decimal": "nombre à virgule",
    "text": "texte libre",
    "hidden": "renseignement sur la collectivité, connu d’avance, que les règles peuvent lire",
}
RULE_COLUMNS = ("relevant", "constraint", "bind::maille:soft_check")

SECTION = "section_"
"""What the name of a group starts with, left out of the section's identifier."""

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Places = Mapping[tuple[str, str], tuple[int, int]]
"""Where each cell of the survey is: (variable or section, column) to (line, column)."""


@dataclass
class _Builder:
    file: str
    choices: dict[str, tuple[Choice, ...]]
    problems: list[SpecProblem]
    sections: list[Section] = field(default_factory=list)
    places: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    group: Row | None = None
    questions: list[Question] = field(default_factory=list)
    context: list[str] = field(default_factory=list)

    def refuse(self, row: Row, column: str, message: str, *, hint: str | None = None) -> None:
        """Note something wrong in a cell."""
        line, start = row.place(column)
        self.problems.append(SpecProblem(self.file, line, start, message, hint))

    def add(self, row: Row) -> None:
        """Take the next row of the survey in."""
        kind = row.text("type").split(" ")[0]
        if kind not in TYPES:
            self.refuse(row, "type", f"type inconnu « {row.text('type')} ».", hint=nearest_or_list(kind, TYPES))
        elif kind == "end_group":
            self._end_group(row)
        elif self._named(row):
            add = {"begin_group": self._begin_group, "hidden": self._context}.get(kind, self._question)
            add(row)

    def _named(self, row: Row) -> bool:
        name = row.text("name")
        if not _NAME.match(name):
            hint = "Un nom s’écrit en minuscules sans accent, chiffres et « _ », et commence par une lettre."
            self.refuse(row, "name", f"nom de variable invalide « {name} ».", hint=hint)
            return False
        if (name, "name") in self.places:
            line = self.places[name, "name"][0]
            self.refuse(row, "name", f"le nom « {name} » est déjà pris, ligne {line}.", hint="Choisir un autre nom.")
            return False
        self.places.update({(name, column): row.place(column) for column in ("name", *row.cells)})
        if not row.text("label") and row.text("type") != "hidden":
            self.refuse(row, "label", f"« {name} » n’a pas de libellé.")
        return True

    def _begin_group(self, row: Row) -> None:
        if self.group is not None:
            self.refuse(row, "type", "une section ne peut pas en contenir une autre.", hint="Fermer par end_group.")
        if not row.text("name").startswith(SECTION):
            hint = f"Une section et une variable ne peuvent pas avoir le même nom : ajouter « {SECTION} »."
            self.refuse(row, "name", f"le nom d’une section commence par « {SECTION} ».", hint=hint)
        self.group, self.questions = row, []

    def _end_group(self, row: Row) -> None:
        if self.group is None:
            self.refuse(row, "type", "cette fin de section ne ferme aucune section.")
            return
        group, name = self.group, self.group.text("name")
        self.group = None
        if not self.questions:
            self.refuse(group, "name", f"la section « {name} » n’a aucune question.")
            return
        self.sections.append(
            Section(
                id=name.removeprefix(SECTION),
                letter=_LETTERS[len(self.sections)],
                title=group.text("label"),
                intro=group.text("bind::maille:intro") or None,
                minutes=self._whole(group, "bind::maille:minutes", 1),
                relevant=self._rule(group, "relevant"),
                questions=tuple(self.questions),
            )
        )

    def _whole(self, row: Row, column: str, default: int) -> int:
        text = row.text(column)
        if text and not text.isdigit():
            self.refuse(row, column, f"« {text} » n’est pas un nombre entier.")
            return default
        return int(text) if text else default

    def _context(self, row: Row) -> None:
        name = row.text("name")
        if name not in CONTEXT:
            self.refuse(row, "name", f"renseignement inconnu « {name} ».", hint=nearest_or_list(name, CONTEXT))
        self.context.append(name)

    def _question(self, row: Row) -> None:
        kind = row.text("type").split(" ")[0]
        if self.group is None:
            self.refuse(row, "name", f"« {row.text('name')} » n’a pas de section.", hint="Ouvrir par begin_group.")
            return
        optional = ("constraint_message", "bind::maille:soft_message", "bind::maille:unit", "bind::maille:concept")
        message, soft, unit, concept = (row.text(column) or None for column in optional)
        self._need(row, "constraint", "constraint_message")
        self._need(row, "bind::maille:soft_check", "bind::maille:soft_message")
        fields: dict[str, Any] = {
            "name": row.text("name"),
            "number": f"{_LETTERS[len(self.sections)]}{len(self.questions) + 1}",
            "kind": self._kind(row, kind),
            "label": row.text("label"),
            "hint": row.text("hint") or None,
            "choices": self._choices(row, kind),
            "required": self._yes(row, "required"),
            "unknown_code": self._unknown(row, kind),
            "unit": unit,
            "relevant": self._rule(row, "relevant"),
            "constraint": self._rule(row, "constraint"),
            "constraint_message": message,
            "soft_check": self._rule(row, "bind::maille:soft_check"),
            "soft_message": soft,
            "concept": concept,
        }
        self.questions.append(Question(**fields))

    def _need(self, row: Row, column: str, other: str) -> None:
        if row.text(column) and not row.text(other):
            self.refuse(row, column, f"« {column} » est rempli sans « {other} ».", hint="Écrire la phrase à afficher.")

    def _kind(self, row: Row, kind: str) -> str:
        written = row.text("bind::maille:format")
        if written and (written, kind) != ("year", "integer"):
            self.refuse(row, "bind::maille:format", f"format inconnu « {written} ».", hint="Seul « year » existe.")
        return "year" if written == "year" else kind

    def _unknown(self, row: Row, kind: str) -> str | None:
        code = row.text("bind::maille:unknown_code")
        if code and kind not in ("integer", "decimal"):
            hint = "Pour un choix, ajouter une modalité « Je ne sais pas »."
            self.refuse(row, "bind::maille:unknown_code", "seul un nombre peut avoir un code d’inconnu.", hint=hint)
        return code or None

    def _choices(self, row: Row, kind: str) -> tuple[Choice, ...]:
        if not kind.startswith("select_"):
            return ()
        name = row.text("type").removeprefix(kind).strip()
        if name not in self.choices:
            self.refuse(row, "type", f"liste de choix inconnue « {name} ».", hint=nearest_or_list(name, self.choices))
        return self.choices.get(name, ())

    def _yes(self, row: Row, column: str) -> bool:
        return yes_or_no(self, row, column)

    def _rule(self, row: Row, column: str) -> Rule | None:
        text = row.text(column)
        try:
            return parse_rule(text, row.text("name")) if text else None
        except RuleInvalid as error:
            line, start = row.place(column)
            self.problems.append(SpecProblem(self.file, line, start + error.offset, error.message, error.hint))
            return None


def yes_or_no(builder: _Builder, row: Row, column: str) -> bool:
    """Return True for « yes », False for « no » and an empty cell; anything else is refused."""
    text = row.text(column)
    if text not in ("", "yes", "no"):
        builder.refuse(row, column, f"« {text} » n’est ni « yes » ni « no ».")
    return text == "yes"


def _read_choices(sheet: Sheet, builder: _Builder) -> None:
    lists: dict[str, dict[str, Choice]] = {}
    for row in sheet.rows:
        known, code = lists.setdefault(row.text("list_name"), {}), row.text("name")
        if not _NAME.match(code):
            builder.refuse(row, "name", f"code de modalité invalide « {code} ».", hint="Minuscules, chiffres et « _ ».")
        if code in known:
            builder.refuse(row, "name", f"la modalité « {code} » est écrite deux fois dans cette liste.")
        if not row.text("label"):
            builder.refuse(row, "label", f"la modalité « {code} » n’a pas de libellé.")
        exclusive = yes_or_no(builder, row, "maille_exclusive")
        known[code] = Choice(code=code, label=row.text("label"), exclusive=exclusive)
    builder.choices.update({name: tuple(known.values()) for name, known in lists.items()})


_SETTINGS = ("form_title", "form_id", "attribute::maille:universe", "attribute::maille:reference_year")


def _read_settings(sheet: Sheet, builder: _Builder) -> dict[str, Any]:
    row = sheet.rows[0] if sheet.rows else Row(sheet.line, {})
    for column in _SETTINGS:
        if not row.text(column):
            builder.refuse(row, column, f"le réglage « {column} » manque dans le tableau settings.")
    title, form_id, universe, _ = (row.text(column) for column in _SETTINGS)
    if universe and universe not in ("communes", "epci"):
        builder.refuse(row, "attribute::maille:universe", f"univers inconnu « {universe} ».", hint="communes ou epci.")
    year = builder._whole(row, "attribute::maille:reference_year", 0)
    notice = row.text("attribute::maille:notice") or None
    return {"id": form_id, "title": title, "universe": universe, "reference_year": year, "notice": notice}


def read_questionnaire(path: Path) -> tuple[Questionnaire, Places]:
    """Return the questionnaire of a file and the place of each of its cells; raises SpecInvalid."""
    sheets = read_sheets(path)
    builder = _Builder(str(path), {}, [])
    _read_choices(sheets["choices"], builder)
    settings = _read_settings(sheets["settings"], builder)
    for row in sheets["survey"].rows:
        builder.add(row)
    if builder.group is not None:
        builder.refuse(builder.group, "type", "cette section n’est pas fermée.", hint="Ajouter une ligne end_group.")
    if builder.problems:
        raise SpecInvalid(builder.problems)
    version = sha256(path.read_bytes())[:12]
    settings |= {"context": tuple(builder.context), "sections": tuple(builder.sections)}
    questionnaire = Questionnaire(**settings, version=version)
    return questionnaire, builder.places
