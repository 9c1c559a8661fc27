"""A questionnaire as it is read on paper: sections, questions and grids, with what to do and where to go in words."""

import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from maille.forms.skips import Skips
from maille.specs import UNKNOWN_LABEL, Question, Questionnaire, Section
from maille.specs.questionnaire import OWNERS
from maille.specs.typography import french

INSTRUCTIONS = {
    "select_one": "Cochez une seule case.",
    "select_multiple": "Cochez toutes les cases qui conviennent.",
    "integer": "Écrivez un nombre entier ; 0 s’il n’y en a aucun.",
    "decimal": "Écrivez un nombre, avec une virgule au besoin ; 0 s’il n’y en a aucun.",
    "year": "Écrivez l’année en quatre chiffres.",
    "text": "Répondez en quelques mots.",
}
_FIELD = re.compile(r"\$\{[a-z0-9_]+\}")


@dataclass(frozen=True)
class Line:
    """A question: what is asked, how to answer, where to go next. ``condition`` says when it is asked."""

    name: str
    number: str
    kind: str
    label: str
    help: str
    choices: tuple[str, ...]
    unit: str | None
    unknown: str | None
    condition: str | None
    jumps: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A question alone, or a question asked of several rows: then ``label`` is the question and ``lines`` the rows."""

    number: str
    label: str
    help: str
    is_grid: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Part:
    """A section; ``owner`` is the department that it suits."""

    id: str
    letter: str
    title: str
    intro: str | None
    minutes: int
    owner: str | None
    condition: str | None
    blocks: tuple[Block, ...]

    @property
    def questions(self) -> int:
        """How many questions it asks, each row of a grid being one."""
        return sum(len(block.lines) for block in self.blocks)


@dataclass(frozen=True)
class Outline:
    """A whole questionnaire; ``as_json`` is what a page of ``forms/pages`` reads, with French spaces."""

    title: str
    notice: str | None
    version: str
    reference_year: int
    minutes: int
    questions: int
    parts: tuple[Part, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the outline as JSON, its texts with French spaces."""
        typeset: dict[str, Any] = with_french_spaces(asdict(self))
        return typeset


def outline(questionnaire: Questionnaire) -> Outline:
    """Return the outline of a questionnaire."""
    skips = Skips(questionnaire)
    return Outline(
        title=questionnaire.title,
        notice=questionnaire.notice,
        version=questionnaire.version,
        reference_year=questionnaire.reference_year,
        minutes=questionnaire.minutes(),
        questions=len(questionnaire.variables()),
        parts=tuple(_part(section, skips) for section in questionnaire.sections),
    )


def _part(section: Section, skips: Skips) -> Part:
    return Part(
        id=section.id,
        letter=section.letter,
        title=section.title,
        intro=section.intro,
        minutes=section.minutes,
        owner=OWNERS[section.owner] if section.owner else None,
        condition=skips.section_condition(section),
        blocks=tuple(_blocks(section, skips)),
    )


def _blocks(section: Section, skips: Skips) -> list[Block]:
    blocks: list[Block] = []
    for question in section.questions:
        line = _line(question, skips)
        if question.grid is None:
            blocks.append(Block(question.number, line.label, line.help, False, (line,)))
        elif question is next(other for other in section.questions if other.grid == question.grid):
            grid = section.grid(question.grid)
            blocks.append(Block(grid.number, grid.label, _help(question, grid.hint), True, (line,)))
        else:
            blocks[-1] = replace(blocks[-1], lines=(*blocks[-1].lines, line))
    return blocks


def _line(question: Question, skips: Skips) -> Line:
    return Line(
        name=question.name,
        number=question.number,
        kind=question.kind,
        label=_blank(question.label),
        help=_blank(question.hint or "") if question.grid else _help(question, question.hint),
        choices=tuple(choice.label for choice in question.choices),
        unit=question.unit,
        unknown=UNKNOWN_LABEL if question.unknown else None,
        condition=skips.condition(question),
        jumps=tuple(skips.jumps(question)),
    )


def _help(question: Question, hint: str | None) -> str:
    """Return the help of a question, and how to answer when the help does not say it."""
    said = _blank(hint or "")
    already = {"select_multiple": "Cochez", "integer": "Écrivez 0", "decimal": "Écrivez 0", "year": "chiffres"}
    words = already.get(question.kind)
    return said if words and words in said else f"{said} {INSTRUCTIONS[question.kind]}".strip()


def _blank(text: str) -> str:
    """Return a wording for a form that nobody fills yet: what depends on the answers is left blank."""
    return _FIELD.sub("…", text)


def with_french_spaces(value: Any) -> Any:
    """Return what JSON can hold with French spaces in every text."""
    if isinstance(value, dict):
        return {key: with_french_spaces(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [with_french_spaces(inner) for inner in value]
    return french(value) if isinstance(value, str) else value
