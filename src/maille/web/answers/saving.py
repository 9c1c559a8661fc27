"""Save a section, send the questionnaire: the one way in, for the pages as for the demonstration."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from maille.errors import UserError
from maille.specs import AnswerInvalid, Finding, Question, State, Value, encode_value, read_value
from maille.web.accounts.models import AuditEvent
from maille.web.answers.folder import INVALID, Folder, Kept
from maille.web.answers.models import Answer, FormerAnswer, Submission
from maille.web.campaigns.models import Unit

_KEPT_FIELDS = list(Kept._fields)


class AlreadySubmitted(UserError):
    """The questionnaire has been sent: its answers no longer change."""


class NotReady(UserError):
    """Answers are still missing or to be corrected; ``missing`` lists them."""

    def __init__(self, missing: Sequence[Finding]) -> None:
        names = ", ".join(finding.question for finding in missing)
        super().__init__("Il reste des réponses à donner ou à corriger.", got=names)
        self.missing = tuple(missing)


@dataclass(frozen=True)
class SectionResult:
    """What a section holds once saved, and what remains to correct or to confirm in it."""

    values: Mapping[str, Value]
    states: Mapping[str, str]
    findings: Sequence[Finding]


def unknown_field(name: str) -> str:
    """Return the name of the box « Je ne peux pas donner ce nombre » of a variable; it is ticked with ``1``."""
    return f"{name}__unknown"


def reason_field(name: str) -> str:
    return f"{name}__reason"


def remark_field(name: str) -> str:
    return f"{name}__remark"


def _read(question: Question, posted: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """Return the text and the state to keep; what cannot be read is kept as it was typed."""
    typed = posted.get(question.name, ())
    try:
        value, state = read_value(question, typed, unknown=bool(posted.get(unknown_field(question.name))))
    except AnswerInvalid:
        return " ".join(typed)[:4000], INVALID
    return encode_value(value), state.value


def _received(question: Question, posted: Mapping[str, Sequence[str]], stamp: tuple[str, str, datetime]) -> Kept:
    reason = (posted.get(reason_field(question.name)) or ("",))[0]
    remark = (posted.get(remark_field(question.name)) or ("",))[0].strip()[:300]
    reason = reason if reason in Answer.Reason.values else ""
    return Kept(*_read(question, posted), reason, remark if reason else "", *stamp)


def _write(folder: Folder, changed: Mapping[str, Kept], at: datetime) -> None:
    unit_id = folder.unit.pk
    former = [
        FormerAnswer(
            unit_id=unit_id,
            variable=name,
            value=old.value,
            state=old.state,
            author=old.author,
            mode=old.mode,
            saved_at=old.saved_at,
            replaced_at=at,
        )
        for name in changed
        if (old := folder.kept.get(name)) is not None
    ]
    if former:
        FormerAnswer.objects.bulk_create(former)
    rows = [Answer(unit_id=unit_id, variable=name, **kept._asdict()) for name, kept in changed.items()]
    if rows:
        Answer.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["unit", "variable"], update_fields=_KEPT_FIELDS
        )
    folder.update(changed)


def _mark_started(unit: Unit) -> None:
    """Refuse a questionnaire already sent, perhaps by someone else a second ago."""
    still_open = Unit.objects.filter(pk=unit.pk).exclude(status=Unit.Status.SUBMITTED)
    if not still_open.update(status=Unit.Status.STARTED):
        raise AlreadySubmitted(
            "Ce questionnaire a déjà été envoyé : ses réponses ne changent plus.",
            where=unit.code,
            hint="Pour corriger une réponse envoyée, appelez l’assistance.",
        )
    unit.status = Unit.Status.STARTED


def save_section(
    unit: Unit, section_id: str, posted: Mapping[str, Sequence[str]], *, author: str, mode: str, at: datetime
) -> SectionResult:
    """Save the answers of a section; nothing that is wrong prevents saving."""
    with transaction.atomic():
        _mark_started(unit)
        folder = Folder.of(unit)
        section = folder.questionnaire.section(section_id)
        received = {question.name: _received(question, posted, (author, mode, at)) for question in section.questions}
        changed = {
            name: kept
            for name, kept in received.items()
            if not kept.says_the_same_as(folder.kept.get(name)) and (name in folder.kept or kept.state != State.EMPTY)
        }
        _write(folder, changed, at)
    names = [question.name for question in section.questions]
    return SectionResult(
        values={name: folder.values.get(name) for name in names},
        states={name: folder.state(name) for name in names},
        findings=folder.findings(section),
    )


def remaining(folder: Folder) -> list[Finding]:
    """Return what prevents sending, in the order of the questionnaire."""
    found = (finding for section in folder.sections() for finding in folder.findings(section))
    return [finding for finding in found if finding.severity == "error"]


def fingerprint(folder: Folder) -> str:
    """Return the SHA-256 of what is sent: unit, version of the questionnaire, then every answer in order."""
    lines = [f"{folder.unit.edition_id} {folder.unit.code} {folder.questionnaire.version}"]
    for question in folder.questionnaire.variables():
        kept = folder.kept[question.name]
        lines.append(f"{question.name}\t{kept.state}\t{kept.value}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _completed(folder: Folder, stamp: tuple[str, str, datetime]) -> dict[str, Kept]:
    """Say of every variable without an answer whether it was left empty or was not asked."""
    empty = Kept("", State.EMPTY.value, "", "", *stamp)
    off_path = empty._replace(state=State.NOT_APPLICABLE.value)
    names = [question.name for question in folder.questionnaire.variables()]
    wanted = {name: off_path for name in names if name not in folder.on_path}
    wanted |= {name: empty for name in names if name in folder.on_path and name not in folder.kept}
    return wanted


def submit(unit: Unit, *, author: str, mode: str, at: datetime) -> Submission:
    """Send the questionnaire; raises NotReady when answers are missing or to be corrected."""
    with transaction.atomic():
        _mark_started(unit)
        folder = Folder.of(unit)
        missing = remaining(folder)
        if missing:
            raise NotReady(missing)
        _write(folder, _completed(folder, (author, mode, at)), at)
        submission = Submission.objects.create(
            unit=unit,
            questionnaire=folder.questionnaire.id,
            version=folder.questionnaire.version,
            author=author,
            mode=mode,
            submitted_at=at,
            fingerprint=fingerprint(folder),
        )
        unit.status, unit.submitted_at = Unit.Status.SUBMITTED, at
        unit.save(update_fields=["status", "submitted_at"])
        AuditEvent.record(author, "envoi", at=at, unit=unit.code)
    return submission
