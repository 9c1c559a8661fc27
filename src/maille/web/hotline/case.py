"""What the hotline sees of a questionnaire: states, times and numbers of questions; never a value."""

from dataclasses import dataclass
from datetime import datetime

from maille.specs import Question
from maille.web.accounts.models import AuditEvent
from maille.web.answers.folder import Folder
from maille.web.answers.models import PageEvent, Submission
from maille.web.answers.progress import Progress, SectionProgress
from maille.web.campaigns.models import Message, Unit

_EVENTS = 60


@dataclass(frozen=True)
class Blocked:
    """A question that holds the authority up, and what to say about it: the words of the questionnaire only."""

    number: str
    label: str
    hint: str


@dataclass(frozen=True)
class SectionRow:
    letter: str
    title: str
    state: str
    label: str
    counts: str
    to_correct: tuple[Blocked, ...]
    to_confirm: tuple[Blocked, ...]
    saved_at: datetime | None


@dataclass(frozen=True)
class Happened:
    """A line of the history."""

    at: datetime
    what: str
    who: str
    text: str = ""


def _written(text: str | None) -> str:
    """Return a text of the questionnaire, nothing when it would take in an answer."""
    return "" if text is None or "${" in text else text


def _blocked(question: Question) -> Blocked:
    return Blocked(question.number, _written(question.label), _written(question.hint))


def _row(folder: Folder, progress: SectionProgress) -> SectionRow:
    questions = {question.name: question for question in progress.section.questions}
    state = "todo" if progress.state == "off" else progress.state
    return SectionRow(
        letter=progress.section.letter,
        title=progress.section.title,
        state=state,
        label=progress.label,
        counts=progress.counts,
        to_correct=tuple(_blocked(questions[finding.question]) for finding in progress.wrong),
        to_confirm=tuple(_blocked(questions[finding.question]) for finding in progress.doubts),
        saved_at=progress.saved_at,
    )


def section_rows(unit: Unit) -> list[SectionRow]:
    """Return the state of each section that concerns the authority."""
    folder = Folder.of(unit)
    rows = [_row(folder, progress) for progress in Progress.of(folder).asked]
    del unit.folder
    return rows


def history(unit: Unit) -> list[Happened]:
    """Return what happened, the latest first: acts, notes, messages, sign-ins, saves and sendings."""
    lines = [Happened(e.at, e.what, e.who, e.text) for e in unit.case_events.order_by("-at")[:_EVENTS]]
    signed = AuditEvent.objects.filter(unit=unit.code, what="connexion").order_by("-when")[:_EVENTS]
    lines += [Happened(event.when, "Connexion", "la collectivité") for event in signed]
    lines += [_message(message) for message in Message.objects.filter(unit=unit).order_by("-at")[:_EVENTS]]
    lines += _saves(unit)
    for sent in Submission.objects.filter(unit=unit):
        lines.append(
            Happened(sent.submitted_at, "Questionnaire envoyé", "par téléphone" if sent.mode == "phone" else "")
        )
        if sent.reopened_at:
            lines.append(Happened(sent.reopened_at, "Questionnaire rouvert", ""))
    return sorted(lines, key=lambda line: line.at, reverse=True)[:_EVENTS]


def _message(message: Message) -> Happened:
    kind = "Courrier" if message.kind == "letter" else "Courriel"
    return Happened(message.at, f"{kind} : {message.template}", message.get_status_display(), message.address)


def _saves(unit: Unit) -> list[Happened]:
    """Return one line a section and a day: how often it was saved, and when last."""
    saved = PageEvent.objects.filter(unit=unit, kind=PageEvent.Kind.SAVE).order_by("-at")[:500]
    days: dict[tuple[str, str], list[datetime]] = {}
    for event in saved:
        days.setdefault((event.section, f"{event.at:%Y-%m-%d}"), []).append(event.at)
    names = {section.id: section.letter for section in Folder.of(unit).questionnaire.sections}
    return [
        Happened(times[0], f"Section {names.get(section, section)} enregistrée {len(times)} fois", "")
        for (section, _day), times in days.items()
    ]
