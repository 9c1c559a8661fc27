"""A questionnaire: its sections, its questions and their choices, in the order in which they are asked."""

from functools import cached_property
from pathlib import Path
from typing import Literal

from maille.errors import InternalError
from maille.specs.document import Frozen
from maille.specs.rule import RuleText

Universe = Literal["communes", "epci"]
UNIVERSES: tuple[Universe, ...] = ("communes", "epci")
"""Every universe, in the order of the datasets."""

QuestionKind = Literal["select_one", "select_multiple", "integer", "decimal", "year", "text"]

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
    ``unit`` is the unit of a number; ``concept`` is the measured concept, shared with the indicators.
    """

    name: str
    number: str
    kind: QuestionKind
    label: str
    hint: str | None = None
    choices: tuple[Choice, ...] = ()
    required: bool = False
    unknown_code: str | None = None
    unit: str | None = None
    relevant: RuleText | None = None
    constraint: RuleText | None = None
    constraint_message: str | None = None
    soft_check: RuleText | None = None
    soft_message: str | None = None
    concept: str | None = None

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


class Section(Frozen):
    """A group of questions, shown on one page; ``minutes`` is the time it takes."""

    id: str
    letter: str
    title: str
    intro: str | None = None
    minutes: int = 1
    relevant: RuleText | None = None
    questions: tuple[Question, ...]


class Questionnaire(Frozen):
    """A questionnaire; ``version`` is the start of the SHA-256 of its file, so that an answer names what was asked.

    ``context`` names what its rules read of the unit besides the answers, among ``CONTEXT``.
    """

    id: str
    title: str
    universe: Universe
    version: str
    reference_year: int
    notice: str | None = None
    context: tuple[str, ...] = ()
    sections: tuple[Section, ...]

    @cached_property
    def _by_name(self) -> dict[str, Question]:
        return {question.name: question for section in self.sections for question in section.questions}

    def variables(self) -> list[Question]:
        """Return every question, in order."""
        return list(self._by_name.values())

    def question(self, name: str) -> Question:
        """Return the question of a variable; raises UnknownVariable."""
        if name not in self._by_name:
            raise UnknownVariable(f"le questionnaire n’a pas de variable « {name} ».", where=self.id)
        return self._by_name[name]

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
    """Return the questionnaire written in a file; raises SpecInvalid listing every mistake with its line and column."""
    from maille.specs.survey import read_questionnaire

    return read_questionnaire(path)[0]
