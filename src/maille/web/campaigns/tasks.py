"""Long work of a campaign, done beside the site: it shows how far it is, and goes on where it stopped."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError
from django.utils import timezone
from django_tasks import task

from maille.errors import MailleError
from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.audience import Reach, reached, still_in
from maille.web.campaigns.mail import WeekFull, send, template_of
from maille.web.campaigns.models import Event, Mailing
from maille.web.campaigns.printing import print_letters

SHOWN_EVERY = 50


def start_mailing(event: Event, *, by: str, at: datetime) -> Mailing:
    """Queue an event; one that is already on its way is taken up again rather than doubled."""
    mailing = event.mailings.exclude(state__in=(Mailing.State.DONE, Mailing.State.FAILED)).first()
    if mailing is None:
        mailing = Mailing.objects.create(event=event, by=by, asked_at=at)
        AuditEvent.record(by, "envoi demandé", at=at)
    run_mailing.enqueue(mailing.pk)
    return mailing


def take_up_again() -> int:
    """Queue again what a worker that died had begun; return how many."""
    left = Mailing.objects.filter(state=Mailing.State.RUNNING)
    for mailing in left:
        run_mailing.enqueue(mailing.pk)
    return len(left)


@task()
def run_mailing(mailing_id: int) -> None:
    mailing = Mailing.objects.select_related("event__edition").get(pk=mailing_id)
    if mailing.is_over:
        return
    todo = [reach for reach in reached(mailing.event, at=timezone.now()) if not reach.refusal]
    mailing.state, mailing.total = Mailing.State.RUNNING, mailing.done + len(todo)
    mailing.save(update_fields=["state", "total"])
    try:
        is_letter = template_of(mailing.event.edition, mailing.event.template).kind == "letter"
        (_print if is_letter else _send)(mailing, todo)
        mailing.state = Mailing.State.DONE
    except MailleError as error:
        mailing.state, mailing.problem = Mailing.State.FAILED, error.message[:300]
    mailing.finished_at = timezone.now()
    mailing.save(update_fields=["state", "problem", "done", "finished_at"])


def _send(mailing: Mailing, todo: Sequence[Reach]) -> None:
    for place, reach in enumerate(todo, start=1):
        if still_in(reach, mailing.event):
            try:
                send_one(mailing.event, reach)
            except (IntegrityError, WeekFull):
                continue
        _show(mailing, 1, every=place % SHOWN_EVERY == 0)


def send_one(event: Event, reach: Reach) -> None:
    """Write to one authority; raises IntegrityError or WeekFull when another worker has just written to it."""
    send(reach.unit, event.template, to=reach.contact.email, context={}, at=timezone.now(), event=event)


def _print(mailing: Mailing, todo: Sequence[Reach]) -> None:
    for printed in print_letters(mailing.event, todo, at=timezone.now()):
        _show(mailing, printed, every=True)


def _show(mailing: Mailing, more: int, *, every: bool) -> None:
    mailing.done += more
    if every:
        mailing.save(update_fields=["done"])
