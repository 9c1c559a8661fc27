"""Send the questionnaire, reopen it to correct it: what was sent stays valid until it is sent again."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from maille.errors import UserError
from maille.specs import Finding, State
from maille.web.accounts.models import AuditEvent
from maille.web.answers.folder import Folder, Kept, questionnaire_of
from maille.web.answers.migrating import migrate_unit
from maille.web.answers.models import Answer, FormerAnswer, Submission
from maille.web.answers.writing import in_transaction, lock, write
from maille.web.campaigns.models import Unit
from maille.web.campaigns.versions import compiled, is_compiled


class NotReady(UserError):
    """Answers are still missing or to be corrected; ``missing`` lists them."""

    def __init__(self, missing: Sequence[Finding]) -> None:
        names = ", ".join(finding.question for finding in missing)
        super().__init__("Il reste des réponses à donner ou à corriger.", got=names)
        self.missing = tuple(missing)


class ReopeningRefused(UserError):
    """The questionnaire cannot be reopened: it was not sent, no reason is given, or the survey is closed."""


def remaining(folder: Folder) -> list[Finding]:
    """Return what prevents sending, in the order of the questionnaire."""
    return [finding for finding in _findings(folder) if finding.severity == "error"]


def _findings(folder: Folder) -> list[Finding]:
    return [finding for section in folder.sections() for finding in folder.findings(section)]


def fingerprint(folder: Folder) -> str:
    """Return the SHA-256 of what is sent: unit, version of the questionnaire, then every answer in order."""
    lines = [f"{folder.unit.edition_id} {folder.unit.code} {folder.questionnaire.version}"]
    for question in folder.questionnaire.variables():
        kept = folder.kept[question.name]
        lines.append(f"{question.name}\t{kept.state}\t{kept.value}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _completed(folder: Folder, stamp: tuple[str, str, datetime]) -> dict[str, Kept]:
    """Say of every variable without an answer whether it was left empty, not confirmed, or not asked."""
    empty = Kept("", State.EMPTY.value, "", "", *stamp, folder.questionnaire.version)
    off_path = empty._replace(state=State.NOT_APPLICABLE.value)
    wanted = {}
    for name in folder.questions:
        state = folder.kept[name].state if name in folder.kept else ""
        if name not in folder.on_path and state != State.NOT_APPLICABLE:
            wanted[name] = off_path
        elif name in folder.on_path and name in folder.proposals and folder.is_empty(name):
            wanted[name] = empty._replace(value=folder.proposals[name].code, state=Answer.State.PREVIOUS)
        elif name in folder.on_path and state in ("", State.NOT_APPLICABLE):
            wanted[name] = empty
    return wanted


def _needless_reasons(folder: Folder, findings: Sequence[Finding], at: datetime) -> dict[str, Kept]:
    """Return, without their reason, the answers that no check doubts any more."""
    doubted = {finding.question for finding in findings}
    explained = {name: kept for name, kept in folder.kept.items() if kept.reason and name in folder.on_path}
    return {
        name: kept._replace(reason="", remark="", saved_at=at, page="")
        for name, kept in explained.items()
        if name not in doubted
    }


def submit(unit: Unit, *, author: str, mode: str, at: datetime) -> Submission:
    """Send the questionnaire; raises NotReady when answers are missing or to be corrected."""
    with in_transaction(unit):
        lock(unit, at)
        folder = Folder.of(unit)
        findings = _findings(folder)
        missing = [finding for finding in findings if finding.severity == "error"]
        if missing:
            raise NotReady(missing)
        write(folder, _needless_reasons(folder, findings, at) | _completed(folder, (author, mode, at)), at)
        submission = Submission(
            unit=unit,
            number=1 if unit.batch is not None else unit.submissions.count() + 1,
            questionnaire=folder.questionnaire.id,
            version=folder.questionnaire.version,
            author=author,
            mode=mode,
            submitted_at=at,
            fingerprint=fingerprint(folder),
        )
        unit.status, unit.submitted_at = Unit.Status.SUBMITTED, at
        if unit.batch is not None:
            unit.batch.submissions.append(submission)
            unit.batch.events.append(AuditEvent(who=author, what="envoi", when=at, unit=unit.code))
        else:
            submission.save()
            unit.save(update_fields=["status", "submitted_at"])
            AuditEvent.record(author, "envoi", at=at, unit=unit.code)
    return submission


def reopen(unit: Unit, *, author: str, reason: str, at: datetime) -> Submission:
    """Open a questionnaire that was sent; what was sent stays valid until it is sent again. Raises ReopeningRefused."""
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise ReopeningRefused("Dites en quelques mots ce que vous voulez corriger.", where=unit.code)
    if not unit.is_open(timezone.localdate(at)):
        raise ReopeningRefused(
            f"L’enquête est close depuis le {unit.closing:%d/%m/%Y} : vos réponses ne changent plus.",
            where=unit.code,
            hint="Prévenez l’assistance si une réponse est fausse.",
        )
    with transaction.atomic():
        sent = Unit.objects.filter(pk=unit.pk, status=Unit.Status.SUBMITTED)
        if not sent.update(status=Unit.Status.STARTED, last_activity_at=at):
            raise ReopeningRefused("Ce questionnaire n’est pas envoyé : il est déjà ouvert.", where=unit.code)
        submission = unit.submissions.order_by("number").last()
        submission.reopened_at, submission.reopened_by, submission.reopening_reason = at, author, reason
        submission.save(update_fields=["reopened_at", "reopened_by", "reopening_reason"])
        AuditEvent.record(author, "réouverture", at=at, unit=unit.code)
        unit.status = Unit.Status.STARTED
        now = questionnaire_of(unit)
        if submission.version != now.version and is_compiled(submission.version):
            migrate_unit(unit, compiled(submission.version), now, at=at)
    return submission


def sent_answers(submission: Submission) -> Mapping[str, Kept]:
    """Return the answers as they were when the questionnaire was sent, whatever changed since."""
    at = submission.submitted_at
    then = Q(unit_id=submission.unit_id, saved_at__lte=at)
    current = Answer.objects.filter(then).values_list("variable", *Kept._fields)
    replaced = FormerAnswer.objects.filter(then, replaced_at__gt=at).exclude(fate=FormerAnswer.Fate.DISCARDED)
    rows = [*replaced.order_by(F("replaced_at").desc()).values_list("variable", *Kept._fields), *current]
    return {variable: Kept(*rest) for variable, *rest in rows}


def sent_folder(submission: Submission) -> Folder:
    """Return the folder of an authority as it was sent."""
    unit, version = submission.unit, submission.version
    questionnaire = compiled(version) if is_compiled(version) else questionnaire_of(unit)
    return Folder(unit, questionnaire, dict(sent_answers(submission)))
