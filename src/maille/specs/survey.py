"""From the three sheets of a questionnaire file to the questionnaire, refusing what is not in the profile."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from maille.specs.problem import SpecInvalid, SpecProblem, nearest_or_list
from maille.specs.questionnaire import CONTEXT, OWNERS, Choice, Grid, Question, Questionnaire, Section
from maille.specs.survey_check import RULE_COLUMNS, SECTION, check_questionnaire
from maille.specs.survey_row import NAME, Places, Refusals, read_question
from maille.specs.xlsform import Row, Sheet
from maille.specs.xlsform_text import read_text, write_text
from maille.specs.xlsform_workbook import read_workbook, write_workbook

__all__ = ["GRID", "RULE_COLUMNS", "SECTION", "TYPES", "Places", "read_questionnaire"]

TYPES = {
    "begin_group": "début d’une section, ou d’une grille dans une section",
    "end_group": "fin d’une section ou d’une grille",
    "select_one": "un seul choix dans une liste (« select_one oui_non »)",
    "select_multiple": "plusieurs choix dans une liste (« select_multiple domaines »)",
    "integer": "nombre entier",
    "decimal": "nombre à virgule",
    "text": "texte libre",
    "hidden": "renseignement sur la collectivité, connu d’avance, que les règles peuvent lire",
}
GRID = "grille_"
"""What the name of a grid starts with, left out of its identifier."""

RESERVED = frozenset({"before", "csrfmiddlewaretoken", "dataset", "elements", "page", "revision", "suite"})
"""What no question is named: the fields that the page adds to its form, and what its script reads of the form."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class _Asked(NamedTuple):
    question: Question
    row: Row


@dataclass
class _Group:
    """A section that is being read: its row, its grids, its questions; ``grid`` is the row of the open grid."""

    row: Row
    letter: str
    grid: Row | None = None
    grids: list[Grid] = field(default_factory=list)
    questions: list[_Asked] = field(default_factory=list)
    left_out: int = 0
    numbered: int = 0

    def next_number(self) -> str:
        """Return the number of the next question: C4, or C3b for the second row of a grid."""
        if self.grid is None:
            self.numbered += 1
            return f"{self.letter}{self.numbered}"
        rows = sum(asked.question.grid == self.grids[-1].id for asked in self.questions)
        return f"{self.grids[-1].number}{_LETTERS[rows % 26].lower()}"


class _Builder(Refusals):
    def __init__(self, file: str, year: int | None) -> None:
        super().__init__(file)
        self.choices: dict[str, tuple[Choice, ...]] = {}
        self.sections: list[Section] = []
        self.context: list[str] = []
        self.group: _Group | None = None
        self._year = year

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
        if not NAME.match(name):
            hint = "Un nom s’écrit en minuscules sans accent, chiffres et « _ », et commence par une lettre."
            self.refuse(row, "name", f"nom de variable invalide « {name} ».", hint=hint)
            return False
        if name in RESERVED or "__" in name:
            hint = "Choisir un autre nom : la page de saisie se sert de celui-ci."
            self.refuse(row, "name", f"le nom « {name} » est réservé.", hint=hint)
            return False
        if (name, "name") in self.places:
            line = self.places[name, "name"].line
            self.refuse(row, "name", f"le nom « {name} » est déjà pris, ligne {line}.", hint="Choisir un autre nom.")
            return False
        self.places.update({(name, column): row.place(column) for column in ("name", *row.cells)})
        if not row.text("label") and row.text("type") != "hidden":
            self.refuse(row, "label", f"« {name} » n’a pas de libellé.")
        return True

    def _begin_group(self, row: Row) -> None:
        if row.text("name").startswith(GRID):
            self._begin_grid(row)
            return
        if self.group is not None:
            self.refuse(row, "type", "une section ne peut pas en contenir une autre.", hint="Fermer par end_group.")
        if not row.text("name").startswith(SECTION):
            hint = f"Une section commence par « {SECTION} », une grille par « {GRID} »."
            self.refuse(row, "name", f"le nom d’une section commence par « {SECTION} ».", hint=hint)
        self.group = _Group(row, _LETTERS[len(self.sections) % 26])

    def _begin_grid(self, row: Row) -> None:
        group, name = self.group, row.text("name").removeprefix(GRID)
        if group is None or group.grid is not None:
            hint = "Une grille s’ouvre dans une section, et jamais dans une autre grille."
            self.refuse(row, "type", f"la grille « {name} » n’est pas à sa place.", hint=hint)
            return
        number = group.next_number()
        group.grid = row
        group.grids.append(Grid(id=name, number=number, label=row.text("label"), hint=row.text("hint") or None))

    def _end_group(self, row: Row) -> None:
        if self.group is None:
            self.refuse(row, "type", "cette fin de section ne ferme aucune section.")
        elif self.group.grid is not None:
            self._end_grid(self.group)
        else:
            self._end_section(self.group)
            self.group = None

    def _end_grid(self, group: _Group) -> None:
        grid, row = group.grids[-1], group.grid
        group.grid = None
        rows = [asked for asked in group.questions if asked.question.grid == grid.id]
        if not rows:
            group.grids.pop()
            if not group.left_out and row is not None:
                self.refuse(row, "name", f"la grille « {grid.id} » n’a aucune ligne.")
            return
        for asked in rows[1:]:
            if asked.row.text("type") != rows[0].row.text("type") or asked.question.kind != rows[0].question.kind:
                hint = f"Écrire « {rows[0].row.text('type')} »."
                self.refuse(asked.row, "type", "les lignes d’une grille ont le même type et la même liste.", hint=hint)

    def _end_section(self, group: _Group) -> None:
        row, name = group.row, group.row.text("name")
        if not group.questions:
            if not group.left_out:
                self.refuse(row, "name", f"la section « {name} » n’a aucune question.")
            return
        fields: dict[str, Any] = {
            "id": name.removeprefix(SECTION),
            "letter": group.letter,
            "title": row.text("label"),
            "intro": row.text("bind::maille:intro") or None,
            "minutes": self.whole(row, "bind::maille:minutes") or 1,
            "owner": self.among(row, "bind::maille:section_owner", OWNERS),
            "relevant": self.rule(row, "relevant"),
            "grids": tuple(group.grids),
            "questions": tuple(asked.question for asked in group.questions),
        }
        self.sections.append(Section(**fields))

    def _context(self, row: Row) -> None:
        name = row.text("name")
        if name not in CONTEXT:
            self.refuse(row, "name", f"renseignement inconnu « {name} ».", hint=nearest_or_list(name, CONTEXT))
        self.context.append(name)

    def _question(self, row: Row) -> None:
        group = self.group
        if group is None:
            self.refuse(row, "name", f"« {row.text('name')} » n’a pas de section.", hint="Ouvrir par begin_group.")
            return
        fields = read_question(self, row, choices=self.choices, grid=group.grid)
        if not self._asked_in_edition(row, fields):
            group.left_out += 1
            return
        grid = group.grids[-1].id if group.grid is not None else None
        group.questions.append(_Asked(Question(**fields, number=group.next_number(), grid=grid), row))

    def _asked_in_edition(self, row: Row, fields: dict[str, Any]) -> bool:
        since, until = fields["since"], fields["until"]
        if since is None and until is None:
            return True
        if since is not None and until is not None and since > until:
            self.refuse(row, "bind::maille:since", f"la question commence en {since} et finit en {until}.")
        if self._year is None:
            column = "bind::maille:since" if since is not None else "bind::maille:until"
            hint = "Donner à form_id la forme « asco-2025-communes »."
            self.refuse(row, column, "l’année de l’édition n’est pas dans l’identifiant du questionnaire.", hint=hint)
            return True
        return (since is None or since <= self._year) and (until is None or self._year <= until)

    def close(self) -> None:
        """Refuse a section that is still open at the end of the sheet."""
        if self.group is not None:
            row = self.group.grid or self.group.row
            what = "grille" if self.group.grid else "section"
            self.refuse(row, "type", f"cette {what} n’est pas fermée.", hint="Ajouter une ligne end_group.")


def _read_choices(sheet: Sheet, builder: _Builder) -> None:
    lists: dict[str, dict[str, Choice]] = {}
    for row in sheet.rows:
        known, code = lists.setdefault(row.text("list_name"), {}), row.text("name")
        if not NAME.match(code):
            builder.refuse(row, "name", f"code de modalité invalide « {code} ».", hint="Minuscules, chiffres et « _ ».")
        if code in known:
            builder.refuse(row, "name", f"la modalité « {code} » est écrite deux fois dans cette liste.")
        if not row.text("label"):
            builder.refuse(row, "label", f"la modalité « {code} » n’a pas de libellé.")
        if row.text("label") in (choice.label for choice in known.values()):
            builder.refuse(row, "label", f"le libellé « {row.text('label')} » est écrit deux fois dans cette liste.")
        exclusive = builder.yes(row, "maille_exclusive")
        known[code] = Choice(code=code, label=row.text("label"), exclusive=exclusive)
    builder.choices.update({name: tuple(known.values()) for name, known in lists.items()})


_SETTINGS = ("form_title", "form_id", "attribute::maille:universe", "attribute::maille:reference_year")


def _read_settings(sheet: Sheet, refusals: Refusals) -> dict[str, Any]:
    row = sheet.rows[0] if sheet.rows else Row(sheet.start, {})
    for column in _SETTINGS:
        if not row.text(column):
            refusals.refuse(row, column, f"le réglage « {column} » manque dans le tableau settings.")
    title, form_id, universe, _ = (row.text(column) for column in _SETTINGS)
    if universe and universe not in ("communes", "epci"):
        refusals.refuse(row, "attribute::maille:universe", f"univers inconnu « {universe} ».", hint="communes ou epci.")
    year = refusals.whole(row, "attribute::maille:reference_year")
    notice = row.text("attribute::maille:notice") or None
    return {"id": form_id, "title": title, "universe": universe, "reference_year": year, "notice": notice}


def _edition_year(settings: dict[str, Any]) -> int | None:
    named = Questionnaire.model_construct(id=settings["id"], universe=settings["universe"])
    return named.edition_year


def build_questionnaire(file: str, sheets: dict[str, Sheet]) -> tuple[Questionnaire, Places]:
    """Return the questionnaire of three sheets and the place of each of its cells; raises SpecInvalid."""
    heading = Refusals(file)
    settings = _read_settings(sheets["settings"], heading)
    builder = _Builder(file, _edition_year(settings))
    _read_choices(sheets["choices"], builder)
    for row in sheets["survey"].rows:
        builder.add(row)
    builder.close()
    problems = [*heading.problems, *builder.problems]
    if problems:
        raise SpecInvalid(problems)
    settings |= {"context": tuple(builder.context), "sections": tuple(builder.sections)}
    draft = Questionnaire(**settings, version="")
    questionnaire = draft.model_copy(update={"version": draft.digest()})
    problems = list(dict.fromkeys(check_questionnaire(file, questionnaire, builder.places)))
    if problems:
        raise SpecInvalid(problems)
    return questionnaire, builder.places


def read_questionnaire(path: Path) -> tuple[Questionnaire, Places]:
    """Return the questionnaire of a file and the place of each of its cells; raises SpecInvalid."""
    return build_questionnaire(str(path), read_sheets(path))


def read_sheets(path: Path) -> dict[str, Sheet]:
    """Return the three sheets of a questionnaire, whichever of its two forms the file has; raises SpecInvalid."""
    return read_workbook(path) if path.suffix == ".xlsx" else read_text(path)


def convert_questionnaire(source: Path, target: Path) -> Questionnaire:
    """Write a questionnaire in its other form, ``.md`` or ``.xlsx``, and return it; raises SpecInvalid.

    The two files have the same version. What is written outside the tables of a text is not carried.
    """
    if target.suffix not in (".md", ".xlsx"):
        hint = "Donner un nom qui finit par .md ou .xlsx."
        raise SpecInvalid([SpecProblem(str(target), 1, None, "ce fichier n’est ni .md ni .xlsx.", hint)])
    sheets = read_sheets(source)
    questionnaire = build_questionnaire(str(source), sheets)[0]
    write = write_workbook if target.suffix == ".xlsx" else write_text
    write(target, sheets)
    return questionnaire
