"""The calendar of an edition: planned from the conduct of the survey, its order checked."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from django.db import transaction

from maille.web.campaigns.audience import conduct_of
from maille.web.campaigns.models import Edition, Event
from maille.web.typography import french

FIXED = {Event.Kind.OPENING: "opens", Event.Kind.CLOSING: "closes"}


@transaction.atomic
def plan_calendar(edition: Edition) -> list[Event]:
    """Write the calendar that the conduct of the survey plans; an edition that has one keeps it."""
    kept = list(edition.events.all())
    if kept:
        return kept
    conduct = conduct_of(edition)
    edition.weekly_cap = conduct.weekly_cap
    edition.contacts_until = edition.closes + timedelta(days=conduct.contacts_kept_days)
    edition.save(update_fields=["weekly_cap", "contacts_until"])
    return Event.objects.bulk_create(
        Event(
            edition=edition,
            kind=planned.kind,
            label=planned.label,
            rank=rank,
            on=getattr(edition, planned.anchor) + timedelta(days=planned.days),
            audience=planned.audience or "",
            template=planned.template or "",
        )
        for rank, planned in enumerate(conduct.events, start=1)
    )


def order_problems(edition: Edition, events: Sequence[Event]) -> list[tuple[Event, str]]:
    """Return what is wrong in the order of a calendar, each with the event to move."""
    problems = [
        (after, f"« {after.label} » ({_day(after.on)}) est avant « {before.label} » ({_day(before.on)}).")
        for before, after in pairwise(sorted(events, key=lambda event: event.rank))
        if after.on < before.on
    ]
    for event in events:
        edge = FIXED.get(event.kind)
        if edge and event.on != getattr(edition, edge):
            word = "ouvre" if edge == "opens" else "ferme"
            problems.append(
                (event, f"L’édition {word} le {_day(getattr(edition, edge))} : cette date n’en change pas.")
            )
    return [(event, french(problem)) for event, problem in problems]


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def next_event(events: Sequence[Event], today: date) -> Event | None:
    """Return the next event that sends something, today included."""
    return next((event for event in events if event.template and event.on >= today), None)
