"""Writing answers under the lock of their authority: what is replaced goes to the history."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from maille.errors import UserError
from maille.web.answers.folder import Folder, Kept
from maille.web.answers.models import Answer, FormerAnswer, PendingAnswer, SectionState
from maille.web.campaigns.models import Unit

_KEPT_FIELDS = list(Kept._fields)


class AlreadySubmitted(UserError):
    """The questionnaire has been sent: its answers no longer change."""


def in_transaction(unit: Unit) -> AbstractContextManager[object]:
    """Open a transaction, unless the authority is already in that of its batch (``together``)."""
    return transaction.atomic() if unit.batch is None else nullcontext()


def lock(unit: Unit, at: datetime) -> None:
    """Hold the authority until the end of the transaction; refuse a questionnaire sent, perhaps a second ago.

    This update is the lock: nobody else saves or sends for this authority until the transaction ends.
    """
    if unit.batch is not None:
        unit.batch.start(unit, at)
        return
    still_open = Unit.objects.filter(pk=unit.pk).exclude(status=Unit.Status.SUBMITTED)
    started = Coalesce(F("started_at"), Value(at))
    if not still_open.update(status=Unit.Status.STARTED, last_activity_at=at, started_at=started):
        raise AlreadySubmitted(
            "Ce questionnaire a déjà été envoyé : ses réponses ne changent plus.",
            where=unit.code,
            hint="Pour corriger une réponse envoyée, rouvrez le questionnaire depuis son accusé de réception.",
        )
    unit.status = Unit.Status.STARTED


def former(folder: Folder, rows: Iterable[tuple[str, Kept]], at: datetime, *, fate: str) -> None:
    """Put values into the history."""
    gone = [
        FormerAnswer(unit_id=folder.unit.pk, variable=name, replaced_at=at, fate=fate, **kept._asdict())
        for name, kept in rows
    ]
    if folder.unit.batch is not None:
        folder.unit.batch.formers += gone
    elif gone:
        FormerAnswer.objects.bulk_create(gone)


def write(folder: Folder, changed: Mapping[str, Kept], at: datetime) -> None:
    """Make these the answers; the former ones go to the history."""
    if not changed:
        return
    replaced = [(name, folder.kept[name]) for name in changed if name in folder.kept]
    former(folder, replaced, at, fate=FormerAnswer.Fate.REPLACED)
    unit_id, batch = folder.unit.pk, folder.unit.batch
    if batch is not None:
        batch.answers.update(((unit_id, name), kept) for name, kept in changed.items())
    else:
        rows = [Answer(unit_id=unit_id, variable=name, **kept._asdict()) for name, kept in changed.items()]
        Answer.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["unit", "variable"], update_fields=_KEPT_FIELDS
        )
    folder.update(changed)


def bump(folder: Folder, sections: Iterable[str], at: datetime) -> None:
    """Give each of these sections its next revision."""
    states = []
    for section in sections:
        folder.revisions[section] = folder.revisions.get(section, 0) + 1
        revision = folder.revisions[section]
        states.append(SectionState(unit_id=folder.unit.pk, section=section, revision=revision, saved_at=at))
    if folder.unit.batch is not None:
        folder.unit.batch.states.update({(one.unit_id, one.section): (one.revision, at) for one in states})
    elif states:
        SectionState.objects.bulk_create(
            states,
            update_conflicts=True,
            unique_fields=["unit", "section"],
            update_fields=["revision", "saved_at"],
        )


def set_pending(folder: Folder, rows: Mapping[str, Kept], at: datetime) -> None:
    """Keep these values beside the answers until someone chooses, one a page: its former one goes to the history."""
    old = [(name, before) for name, kept in rows.items() if (before := folder.pending.get(name, {}).get(kept.page))]
    former(folder, old, at, fate=FormerAnswer.Fate.DISCARDED)
    new = [PendingAnswer(unit_id=folder.unit.pk, variable=name, **kept._asdict()) for name, kept in rows.items()]
    if new:
        PendingAnswer.objects.bulk_create(
            new, update_conflicts=True, unique_fields=["unit", "variable", "page"], update_fields=_KEPT_FIELDS
        )
    for name, kept in rows.items():
        folder.pending.setdefault(name, {})[kept.page] = kept


def drop_pending(folder: Folder, rows: Iterable[tuple[str, Kept]], at: datetime) -> None:
    """Put pending values into the history: someone chose, or the page that gave them says otherwise now."""
    rows = list(rows)
    former(folder, rows, at, fate=FormerAnswer.Fate.DISCARDED)
    for name, kept in rows:
        PendingAnswer.objects.filter(unit_id=folder.unit.pk, variable=name, page=kept.page).delete()
        del folder.pending[name][kept.page]
