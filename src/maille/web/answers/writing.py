"""Writing answers under the lock of their authority: what is replaced goes to the history."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from django.db.models import DateTimeField
from django.db.models.functions import Coalesce

from maille.errors import UserError
from maille.web.answers.folder import Folder, Kept
from maille.web.answers.models import Answer, FormerAnswer, PendingAnswer, SectionState
from maille.web.campaigns.models import Unit
from maille.web.prepared import Insert, Slot, Update
from maille.web.turns import in_turn

_start = Update(
    lambda: Unit.objects.filter(pk=Slot(2)).exclude(status=Unit.Status.SUBMITTED),
    status=Unit.Status.STARTED,
    last_activity_at=Slot(0),
    started_at=Coalesce("started_at", Slot(1, output_field=DateTimeField())),
)
_ANSWER = ("unit", "variable", *Kept._fields)
_add_former = Insert(FormerAnswer, (*_ANSWER, "replaced_at", "fate"))
_put_answer = Insert(Answer, _ANSWER, unique=("unit", "variable"), updated=Kept._fields)
_put_pending = Insert(PendingAnswer, _ANSWER, unique=("unit", "variable", "page"), updated=Kept._fields)
_put_state = Insert(
    SectionState,
    ("unit", "section", "revision", "saved_at"),
    unique=("unit", "section"),
    updated=("revision", "saved_at"),
)


class AlreadySubmitted(UserError):
    """The questionnaire has been sent: its answers no longer change."""


def in_transaction(unit: Unit) -> AbstractContextManager[object]:
    """Open a transaction, unless the authority is already in that of its batch (``together``)."""
    return in_turn() if unit.batch is None else nullcontext()


def lock(unit: Unit, at: datetime) -> None:
    """Hold the authority until the end of the transaction; refuse a questionnaire sent, perhaps a second ago.

    This update is the lock: nobody else saves or sends for this authority until the transaction ends.
    """
    if unit.batch is not None:
        unit.batch.start(unit, at)
        return
    if not _start(at, at, unit.pk):
        raise AlreadySubmitted(
            "Ce questionnaire a déjà été envoyé : ses réponses ne changent plus.",
            where=unit.code,
            hint="Pour corriger une réponse envoyée, rouvrez le questionnaire depuis son accusé de réception.",
        )
    unit.status = Unit.Status.STARTED


def former(folder: Folder, rows: Iterable[tuple[str, Kept]], at: datetime, *, fate: str) -> None:
    """Put values into the history."""
    unit_id, batch = folder.unit.pk, folder.unit.batch
    if batch is not None:
        batch.formers += [
            FormerAnswer(unit_id=unit_id, variable=name, replaced_at=at, fate=fate, **kept._asdict())
            for name, kept in rows
        ]
    else:
        _add_former((unit_id, name, *kept, at, fate) for name, kept in rows)


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
        _put_answer((unit_id, name, *kept) for name, kept in changed.items())
    folder.update(changed)


def bump(folder: Folder, sections: Iterable[str], at: datetime) -> None:
    """Give each of these sections its next revision."""
    unit_id, batch, sections = folder.unit.pk, folder.unit.batch, list(sections)
    for section in sections:
        folder.revisions[section] = folder.revisions.get(section, 0) + 1
    if batch is not None:
        batch.states.update({(unit_id, section): (folder.revisions[section], at) for section in sections})
    else:
        _put_state((unit_id, section, folder.revisions[section], at) for section in sections)


def set_pending(folder: Folder, rows: Mapping[str, Kept], at: datetime) -> None:
    """Keep these values beside the answers until someone chooses, one a page: its former one goes to the history."""
    old = [(name, before) for name, kept in rows.items() if (before := folder.pending.get(name, {}).get(kept.page))]
    former(folder, old, at, fate=FormerAnswer.Fate.DISCARDED)
    _put_pending((folder.unit.pk, name, *kept) for name, kept in rows.items())
    for name, kept in rows.items():
        folder.pending.setdefault(name, {})[kept.page] = kept


def drop_pending(folder: Folder, rows: Iterable[tuple[str, Kept]], at: datetime) -> None:
    """Put pending values into the history: someone chose, or the page that gave them says otherwise now."""
    rows = list(rows)
    former(folder, rows, at, fate=FormerAnswer.Fate.DISCARDED)
    for name, kept in rows:
        PendingAnswer.objects.filter(unit_id=folder.unit.pk, variable=name, page=kept.page).delete()
        del folder.pending[name][kept.page]
