"""The figures recomputed aside with the decisions taken so far: long work, done beside the site."""

from math import isfinite
from typing import Any

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from maille.errors import MailleError
from maille.pipeline import Run
from maille.pipeline.preview import moved_figures
from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.models import Edition
from maille.web.editing.deposit import edits_draft
from maille.web.editing.models import Recalculation

SHOWN = 200


def start(edition: Edition, *, by: str) -> Recalculation:
    """Queue a recalculation; one that waits or runs is shown rather than doubled."""
    under_way = edition.recalculations.filter(state__in=(Recalculation.State.WAITING, Recalculation.State.RUNNING))
    if found := under_way.first():
        return found
    now = timezone.now()
    asked = Recalculation.objects.create(edition=edition, by=by, asked_at=now)
    AuditEvent.record(by, "recalcul demandé", at=now, detail=edition.id)
    run_recalculation.enqueue(asked.pk)
    return asked


@task()
def run_recalculation(recalculation_id: int) -> None:
    doing = Recalculation.objects.select_related("edition").get(pk=recalculation_id)
    if doing.is_over:
        return
    draft = edits_draft(doing.edition)
    doing.state, doing.decisions = Recalculation.State.RUNNING, draft.table.height
    doing.save(update_fields=["state", "decisions"])
    try:
        moved = moved_figures(Run(settings.MAILLE_HOME, settings.MAILLE_SPECS), draft, doing.shows)
    except MailleError as error:
        doing.ends(Recalculation.State.FAILED, timezone.now(), error.message)
        return
    doing.moved = [_kept(row) for row in moved.head(SHOWN).iter_rows(named=True)]
    doing.ends(Recalculation.State.DONE, timezone.now())


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON holds it: what is not a number is nothing."""
    return {name: None if isinstance(value, float) and not isfinite(value) else value for name, value in row.items()}
