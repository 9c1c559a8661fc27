"""Where an authority stands, section by section."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from maille.specs import Finding, Section
from maille.web.answers.folder import Folder

LABELS = {"done": "Terminée", "started": "En cours", "todo": "À faire", "error": "À corriger", "off": "Sans objet"}
_NUMBERS = ("zéro", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze")
_ORDINALS = (
    "première", "deuxième", "troisième", "quatrième", "cinquième", "sixième",
    "septième", "huitième", "neuvième", "dixième", "onzième", "douzième",
)  # fmt: skip


def in_words(count: int) -> str:
    """Write a small count of sections in words, feminine."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def ordinal(place: int) -> str:
    return _ORDINALS[place - 1] if place <= len(_ORDINALS) else f"{place}e"


@dataclass(frozen=True)
class SectionProgress:
    """The state of a section and the words for it."""

    section: Section
    state: str
    asked: int
    answered: int
    wrong: tuple[Finding, ...]
    doubts: tuple[Finding, ...]
    missing: tuple[Finding, ...]
    saved_at: datetime | None

    @property
    def label(self) -> str:
        if self.state == "error":
            return "1 réponse à corriger" if len(self.wrong) == 1 else f"{len(self.wrong)} réponses à corriger"
        return LABELS[self.state]

    @property
    def minutes_left(self) -> int:
        """The time of the section, less the share of its questions that have an answer."""
        left = 1 - self.answered / self.asked if self.asked else 0
        return max(1, round(self.section.minutes * left))

    @property
    def counts(self) -> str:
        questions = "1 question" if self.asked == 1 else f"{self.asked} questions"
        if self.state == "todo":
            minutes = "1 minute" if self.section.minutes == 1 else f"{self.section.minutes} minutes"
            return f"{questions}, environ {minutes}"
        answers = "1 réponse" if self.answered == 1 else f"{self.answered} réponses"
        return answers if self.state == "done" else f"{answers} sur {self.asked}"


def _state(applies: bool, *, touched: bool, wrong: bool, missing: bool) -> str:
    if not applies:
        return "off"
    if wrong:
        return "error"
    if not touched:
        return "todo"
    return "started" if missing else "done"


def section_progress(folder: Folder, section: Section) -> SectionProgress:
    asked = [question.name for question in section.questions if question.name in folder.on_path]
    findings = folder.findings(section) if asked else []
    errors = [finding for finding in findings if finding.severity == "error"]
    missing = tuple(finding for finding in errors if folder.is_empty(finding.question))
    wrong = tuple(finding for finding in errors if finding not in missing)
    doubts = tuple(f for f in findings if f.severity == "warning" and not folder.is_settled(f))
    kept = [folder.kept[name] for name in asked if name in folder.kept]
    return SectionProgress(
        section=section,
        state=_state(bool(asked), touched=bool(kept), wrong=bool(wrong), missing=bool(missing)),
        asked=len(asked),
        answered=sum(not folder.is_empty(name) for name in asked),
        wrong=wrong,
        doubts=doubts,
        missing=missing,
        saved_at=max((one.saved_at for one in kept), default=None),
    )


@dataclass(frozen=True)
class Progress:
    """The whole questionnaire at a glance."""

    rows: tuple[SectionProgress, ...]

    @classmethod
    def of(cls, folder: Folder) -> "Progress":
        return cls(tuple(section_progress(folder, section) for section in folder.questionnaire.sections))

    def only(self, sections: Collection[str]) -> "Progress":
        """Return the progress of these sections, in the order of the questionnaire."""
        return Progress(tuple(row for row in self.rows if row.section.id in sections))

    @property
    def asked(self) -> tuple[SectionProgress, ...]:
        return tuple(row for row in self.rows if row.state != "off")

    @property
    def left(self) -> tuple[SectionProgress, ...]:
        return tuple(row for row in self.asked if row.state != "done")

    @property
    def done(self) -> int:
        return len(self.asked) - len(self.left)

    @property
    def minutes(self) -> int:
        return sum(row.minutes_left for row in self.left)

    @property
    def is_new(self) -> bool:
        return all(row.state == "todo" for row in self.asked)
