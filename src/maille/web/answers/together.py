"""Many questionnaires filled in one transaction, by the same rules: what each writes is held, then written at once."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from maille.specs import Questionnaire
from maille.web.accounts.models import AuditEvent
from maille.web.answers.folder import Folder, Kept, questionnaire_of
from maille.web.answers.models import Answer, FormerAnswer, SectionState, Submission
from maille.web.campaigns.models import Unit

_KEPT_FIELDS = list(Kept._fields)
_UNIT_FIELDS = ("status", "started_at", "last_activity_at", "submitted_at")


@dataclass
class Batch:
    """What a group of authorities writes, until the end of their transaction."""

    units: dict[int, Unit] = field(default_factory=dict)
    answers: dict[tuple[int, str], Kept] = field(default_factory=dict)
    formers: list[FormerAnswer] = field(default_factory=list)
    states: dict[tuple[int, str], tuple[int, datetime]] = field(default_factory=dict)
    submissions: list[Submission] = field(default_factory=list)
    events: list[AuditEvent] = field(default_factory=list)

    def start(self, unit: Unit, at: datetime) -> None:
        """Say that an authority is at work."""
        unit.status, unit.last_activity_at = Unit.Status.STARTED, at
        unit.started_at = unit.started_at or at
        self.units[unit.pk] = unit

    def write(self) -> None:
        """Write everything."""
        Unit.objects.bulk_update(self.units.values(), _UNIT_FIELDS, batch_size=200)
        FormerAnswer.objects.bulk_create(self.formers, batch_size=1000)
        Answer.objects.bulk_create(
            (Answer(unit_id=unit, variable=name, **kept._asdict()) for (unit, name), kept in self.answers.items()),
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["unit", "variable"],
            update_fields=_KEPT_FIELDS,
        )
        SectionState.objects.bulk_create(
            (
                SectionState(unit_id=unit, section=section, revision=revision, saved_at=at)
                for (unit, section), (revision, at) in self.states.items()
            ),
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["unit", "section"],
            update_fields=["revision", "saved_at"],
        )
        Submission.objects.bulk_create(self.submissions, batch_size=1000)
        AuditEvent.objects.bulk_create(self.events, batch_size=1000)


@contextmanager
def together(units: Iterable[Unit]) -> Iterator[None]:
    """Let these authorities of one edition save and send in one transaction, and write it all at its end.

    The caller alone has these units: nobody else is saving for them.
    """
    batch, held = Batch(), list(units)
    asked: dict[str, Questionnaire] = {}
    with transaction.atomic():
        for unit in held:
            unit.batch = batch
            if unit.status == Unit.Status.NEVER_OPENED:
                if unit.universe not in asked:
                    asked[unit.universe] = questionnaire_of(unit)
                unit.folder = Folder(unit, asked[unit.universe])
                unit.folder.revisions, unit.folder.pending = {}, {}
        yield
        batch.write()
    for unit in held:
        unit.batch = None
