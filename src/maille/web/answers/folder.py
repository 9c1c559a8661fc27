"""The folder of an authority: its questionnaire, what it has answered so far, and what remains to mend."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from maille.specs import (
    AnswerInvalid,
    Finding,
    Question,
    Questionnaire,
    Section,
    State,
    Value,
    decode_value,
    read_value,
)
from maille.specs.path import Path, section_findings
from maille.specs.previous import compared
from maille.web.accounts.access import Seat
from maille.web.answers.models import Answer, PendingAnswer, SectionState
from maille.web.answers.prefill import Proposal, proposals
from maille.web.campaigns.models import Unit
from maille.web.campaigns.versions import asked_version, compiled, is_compiled
from maille.web.prepared import Rows, Slot

INVALID = Answer.State.INVALID.value
UNDECIDED = "Deux réponses ont été données en même temps : choisissez celle à garder."
ELSEWHERE = "Cette réponse est à rapprocher d’une section que vous ne voyez pas. Est-elle exacte ?"
_NAMED = re.compile(r"\$\{(\w+)\}")


class Kept(NamedTuple):
    """What is kept for a variable."""

    value: str
    state: str
    reason: str
    remark: str
    author: str
    mode: str
    saved_at: datetime
    version: str = ""
    revision: int = 0
    page: str = ""
    prefilled: bool = False


_answers = Rows(lambda: Answer.objects.filter(unit_id=Slot(0)).values_list("variable", *Kept._fields))
_revisions = Rows(lambda: SectionState.objects.filter(unit_id=Slot(0)).values_list("section", "revision"))
_pending = Rows(lambda: PendingAnswer.objects.filter(unit_id=Slot(0)).values_list("variable", *Kept._fields))


def _reads(question: Question) -> set[str]:
    """Return every variable that the checks of a question, or what they say, may show."""
    rules = [rule for rule in (question.constraint, question.soft_check) if rule is not None]
    said = f"{question.constraint_message} {question.soft_message}"
    return {name for rule in rules for name in rule.variables()} | set(_NAMED.findall(said))


def questionnaire_of(unit: Unit) -> Questionnaire:
    """Return the version asked of a unit: that of its edition, or the one that it sent."""
    if unit.is_submitted:
        sent = unit.submissions.order_by("-number").values_list("version", flat=True).first()
        if sent and is_compiled(sent):
            return compiled(sent)
    return compiled(asked_version(unit.edition, unit.universe))


@dataclass
class Folder:
    """The state of one authority, in memory; ``Folder.of(unit)`` reads it once a unit object."""

    unit: Unit
    questionnaire: Questionnaire
    kept: dict[str, Kept] = field(default_factory=dict)

    @classmethod
    def of(cls, unit: Unit) -> "Folder":
        folder = getattr(unit, "folder", None)
        if folder is None:
            kept = {variable: Kept(*rest) for variable, *rest in _answers(unit.pk)}
            folder = unit.folder = cls(unit, questionnaire_of(unit), kept)
        return folder

    @classmethod
    def empty(cls, unit: Unit) -> "Folder":
        """Return the questionnaire of a unit as it was when it was read, without its answers."""
        known = "" if unit.is_submitted else unit.asked_then
        return cls(unit, compiled(known) if known else questionnaire_of(unit))

    @cached_property
    def context(self) -> dict[str, Value]:
        return {"population": self.unit.population, "name": self.unit.name}

    @cached_property
    def values(self) -> dict[str, Value]:
        return {
            question.name: decode_value(question, self.kept[question.name].value)
            for question in self.questionnaire.variables()
            if question.name in self.kept and self.kept[question.name].state == State.ANSWERED
        }

    @cached_property
    def proposals(self) -> dict[str, Proposal]:
        """What is proposed, by variable: a value to confirm or to change."""
        return proposals(self.unit, self.questionnaire)

    @property
    def questions(self) -> dict[str, Question]:
        return self.questionnaire.by_name

    @property
    def section_of(self) -> dict[str, str]:
        return self.questionnaire.section_of

    @cached_property
    def revisions(self) -> dict[str, int]:
        """The revision of each section that was saved."""
        return dict(_revisions(self.unit.pk))

    @cached_property
    def pending(self) -> dict[str, dict[str, Kept]]:
        """By variable then by page, the values given at the same time as another one, until someone chooses."""
        found: dict[str, dict[str, Kept]] = {}
        for variable, *rest in _pending(self.unit.pk):
            kept = Kept(*rest)
            found.setdefault(variable, {})[kept.page] = kept
        return found

    @cached_property
    def states(self) -> dict[str, State]:
        """What the checks know of each answer; a question that was not asked before is as one without an answer."""
        known = set(State) - {State.NOT_APPLICABLE}
        return {name: State(kept.state) for name, kept in self.kept.items() if kept.state in known}

    @cached_property
    def path(self) -> Path:
        return Path(self.questionnaire, {**self.values, **self.context})

    @cached_property
    def on_path(self) -> set[str]:
        return self.path.all()

    def update(self, changed: Mapping[str, Kept]) -> None:
        """Take the new answers in, and forget what was deduced from the former ones."""
        self.kept.update(changed)
        for deduced in ("values", "states", "path", "on_path"):
            self.__dict__.pop(deduced, None)

    def applies(self, section: Section) -> bool:
        return any(self.path.on(question.name) for question in section.questions)

    def next_after(self, section: Section, *, seat: Seat) -> Section | None:
        """Return the next section to open; the review comes after the last one."""
        later = (one for one in self.questionnaire.sections if one.letter > section.letter)
        return next((one for one in later if seat.may_open(one.id) and self.applies(one)), None)

    def sections(self) -> list[Section]:
        """Return the sections that concern this authority, as far as its answers tell."""
        return [section for section in self.questionnaire.sections if self.applies(section)]

    def findings(self, section: Section) -> list[Finding]:
        """Return what remains to correct or to confirm in a section, in the order of its questions."""
        beyond_rules = self._invalid(section.questions) | self._undecided(section.questions)
        found = section_findings(section, self.path, states=self.states)
        found += self._moved(section, {finding.question for finding in found})
        found = [finding for finding in found if finding.question not in beyond_rules] + list(beyond_rules.values())
        order = {question.name: place for place, question in enumerate(section.questions)}
        found = [finding if finding.question in beyond_rules else self._as_told(finding) for finding in found]
        return sorted(found, key=lambda finding: order[finding.question])

    def _moved(self, section: Section, spoken_of: set[str]) -> list[Finding]:
        """Return the numbers that moved too much since the edition before, when nothing else is said of them."""
        now = self.questionnaire.edition_year or self.questionnaire.reference_year
        known = [self.proposals[q.name] for q in section.questions if q.prefill and q.name in self.proposals]
        found = [
            compared(one.question, self.values.get(one.question.name), one.value, years=(one.year, now))
            for one in known
            if one.year is not None and one.question.name not in spoken_of and self.path.on(one.question.name)
        ]
        return [finding for finding in found if finding is not None]

    def _as_told(self, finding: Finding) -> Finding:
        """Say to a guest that an answer does not agree with a section it was not given, never what is in it."""
        given = self.unit.sections_given
        if given is None or (finding.severity == "error" and self.is_empty(finding.question)):
            return finding
        own = {q.name for section in self.questionnaire.sections if section.id in given for q in section.questions}
        if _reads(self.questions[finding.question]) <= own | set(self.context):
            return finding
        return finding.model_copy(update={"message": ELSEWHERE})

    def _invalid(self, questions: Iterable[Question]) -> dict[str, Finding]:
        return {
            question.name: Finding(question=question.name, severity="error", message=self._why(question))
            for question in questions
            if self.state(question.name) == INVALID and self.path.on(question.name)
        }

    def _undecided(self, questions: Iterable[Question]) -> dict[str, Finding]:
        """Two values were given at the same time: a person has to choose before the questionnaire is sent."""
        return {
            question.name: Finding(question=question.name, severity="error", message=UNDECIDED)
            for question in questions
            if self.pending.get(question.name) and self.path.on(question.name)
        }

    def _why(self, question: Question) -> str:
        text = self.kept[question.name].value
        typed = text.split(" ") if question.kind == "select_multiple" else [text]
        for unknown in (False, True):
            try:
                read_value(question, typed, unknown=unknown)
            except AnswerInvalid as refusal:
                return refusal.message
        return "Corrigez cette réponse."

    def state(self, name: str) -> str:
        state = self.kept[name].state if name in self.kept else State.EMPTY.value
        return State.EMPTY.value if state in (Answer.State.PREVIOUS, State.NOT_APPLICABLE) else state

    def is_empty(self, name: str) -> bool:
        return self.state(name) == State.EMPTY

    def is_settled(self, finding: Finding) -> bool:
        """Tell whether a doubt was answered with a reason; what is only to know asks for nothing."""
        if finding.severity == "info":
            return True
        return finding.severity == "warning" and bool(self.kept[finding.question].reason)

    def saved_at(self) -> datetime | None:
        return max((kept.saved_at for kept in self.kept.values()), default=None)
