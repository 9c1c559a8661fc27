"""A questionnaire: its sections, its questions and their choices, in the order in which they are asked."""

import hashlib
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import ValidationInfo, field_validator

from maille.errors import InternalError
from maille.specs.document import Frozen
from maille.specs.grammar import parse_rule
from maille.specs.rule import Rule, RuleText

Universe = Literal["communes", "epci"]
UNIVERSES: tuple[Universe, ...] = ("communes", "epci")
"""Every universe, in the order of the datasets."""

QuestionKind = Literal["select_one", "select_multiple", "integer", "decimal", "year", "text"]
Owner = Literal["social", "finance", "hr", "general"]
OWNERS: dict[Owner, str] = {
    "social": "action sociale",
    "finance": "finances",
    "hr": "ressources humaines",
    "general": "direction générale",
}
"""The department of an authority that a section is meant for: name of each."""

Severity = Literal["warn", "info"]
Confidentiality = Literal["public", "suppress", "confidential"]

UNKNOWN_LABEL = "Je ne peux pas donner ce nombre"

CONTEXT = {
    "population": "population municipale de la commune ou de l’intercommunalité, en habitants",
    "name": "nom de la commune ou de l’intercommunalité",
}
"""What a questionnaire may know of the unit, in a row of type « hidden »: label of each."""


class UnknownVariable(InternalError):
    """The code asked a questionnaire for a question or a section that it does not have."""


class Choice(Frozen):
    """A modality; ``exclusive`` means that it excludes all the others (« Aucun de ces domaines »)."""

    code: str
    label: str
    exclusive: bool = False


class Question(Frozen):
    """A question: its variable, its number on the page, its wording, its rules.

    ``unknown_code`` is what is recorded for « Je ne peux pas donner ce nombre », None when this way out is not offered.
    ``unit`` is the unit of a number; ``concept`` is the measured concept, shared with the indicators. ``grid`` is the
    grid of the section that the question is a row of. ``prefill`` is where a value to confirm comes from:
    ``frame:population`` or ``asco-2020:variable``. ``severity`` tells whether the soft check asks for a reason. ``sdc``
    is how the answer may be published. ``since`` and ``until`` are years of editions, both asked; ``same_as`` is the
    former name of the variable, or the variable of another survey.
    """

    name: str
    number: str
    kind: QuestionKind
    label: str
    hint: str | None = None
    grid: str | None = None
    choices: tuple[Choice, ...] = ()
    required: bool = False
    unknown_code: str | None = None
    unit: str | None = None
    relevant: RuleText | None = None
    constraint: RuleText | None = None
    constraint_message: str | None = None
    soft_check: RuleText | None = None
    soft_message: str | None = None
    severity: Severity = "warn"
    concept: str | None = None
    prefill: str | None = None
    reference_period: str | None = None
    sdc: Confidentiality = "suppress"
    since: int | None = None
    until: int | None = None
    same_as: str | None = None

    @field_validator("relevant", "constraint", "soft_check", mode="before")
    @classmethod
    def _of_this_question(cls, written: object, info: ValidationInfo) -> object:
        return parse_rule(written, info.data["name"]) if isinstance(written, str) else written

    @property
    def unknown(self) -> bool:
        """Tell whether « Je ne peux pas donner ce nombre » is offered."""
        return self.unknown_code is not None

    def codes(self) -> tuple[str, ...]:
        """Return the codes of the choices, in order."""
        return tuple(choice.code for choice in self.choices)

    def label_of(self, code: str) -> str:
        """Return the label of a choice."""
        return next(choice.label for choice in self.choices if choice.code == code)


class Grid(Frozen):
    """A question that is asked of several rows: ``label`` is the question, each row is a question of the section."""

    id: str
    number: str
    label: str
    hint: str | None = None


class Section(Frozen):
    """A group of questions, shown on one page; ``minutes`` is the time it takes, ``owner`` the department it suits."""

    id: str
    letter: str
    title: str
    intro: str | None = None
    minutes: int = 1
    owner: Owner | None = None
    relevant: RuleText | None = None
    grids: tuple[Grid, ...] = ()
    questions: tuple[Question, ...]

    def grid(self, grid_id: str) -> Grid:
        """Return a grid by its identifier; raises UnknownVariable."""
        for grid in self.grids:
            if grid.id == grid_id:
                return grid
        raise UnknownVariable(f"la section n’a pas de grille « {grid_id} ».", where=self.id)

    def wording(self, question: Question) -> str:
        """Return what is asked, in full: the question of the grid before the row, when there is a grid."""
        return f"{self.grid(question.grid).label} {question.label}" if question.grid else question.label


class Questionnaire(Frozen):
    """A questionnaire; ``version`` is the start of the SHA-256 of its content, so that an answer names what was asked.

    The same form written as text or as a workbook has the same version. ``context`` names what its rules read of the
    unit besides the answers, among ``CONTEXT``.
    """

    id: str
    title: str
    universe: Universe
    version: str
    reference_year: int
    notice: str | None = None
    context: tuple[str, ...] = ()
    sections: tuple[Section, ...]

    def digest(self) -> str:
        """Return the version that this content has: the first 12 hexadecimal digits of its SHA-256."""
        content = self.model_dump(mode="json", exclude={"version"}, exclude_defaults=True)
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    @property
    def survey(self) -> str:
        """Return the survey: ``asco-2025`` for the questionnaire ``asco-2025-communes``."""
        return self.id.removesuffix(f"-{self.universe}")

    @property
    def edition_year(self) -> int | None:
        """Return the year at the end of the survey's identifier, None when there is none."""
        found = re.search(r"(?:^|-)(\d{4})$", self.survey)
        return int(found[1]) if found else None

    @cached_property
    def by_name(self) -> dict[str, Question]:
        """Every question by its variable, in order."""
        return {question.name: question for section in self.sections for question in section.questions}

    @cached_property
    def section_of(self) -> dict[str, str]:
        """The section of each variable."""
        return {question.name: section.id for section in self.sections for question in section.questions}

    @cached_property
    def conditions(self) -> dict[str, tuple[Rule, ...]]:
        """The rules that have to be true for each question to be asked: that of its section, then its own."""
        return {
            question.name: tuple(rule for rule in (section.relevant, question.relevant) if rule is not None)
            for section in self.sections
            for question in section.questions
        }

    def variables(self) -> list[Question]:
        """Return every question, in order."""
        return list(self.by_name.values())

    def question(self, name: str) -> Question:
        """Return the question of a variable; raises UnknownVariable."""
        if name not in self.by_name:
            raise UnknownVariable(f"le questionnaire n’a pas de variable « {name} ».", where=self.id)
        return self.by_name[name]

    def section(self, section_id: str) -> Section:
        """Return a section by its identifier; raises UnknownVariable."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise UnknownVariable(f"le questionnaire n’a pas de section « {section_id} ».", where=self.id)

    def minutes(self) -> int:
        """Return the time that the whole questionnaire takes, in minutes."""
        return sum(section.minutes for section in self.sections)


def load_questionnaire(path: Path) -> Questionnaire:
    """Return the questionnaire written in a ``.md`` or ``.xlsx`` file; raises SpecInvalid listing every mistake."""
    from maille.specs.survey import read_questionnaire

    return read_questionnaire(path)[0]


def questionnaire_file(specs: Path, survey: str, universe: str) -> str:
    """Return the file of a questionnaire inside the folder of specifications: the text form, else the workbook."""
    names = [f"questionnaires/{survey}-{universe}{suffix}" for suffix in (".md", ".xlsx")]
    return next((name for name in names if (specs / name).exists()), names[0])
