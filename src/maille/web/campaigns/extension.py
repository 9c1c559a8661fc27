"""More time for everyone: who it reaches, what it would bring, then every date moved in one act."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from maille.catalogue import DatasetNotFound
from maille.territory import load_reference
from maille.web.accounts.models import AuditEvent, Guest, SignInLink
from maille.web.campaigns.audience import conduct_of
from maille.web.campaigns.bands import band_label, band_rank
from maille.web.campaigns.board import chosen_edition, follow, precisions
from maille.web.campaigns.models import Edition, Event, Unit
from maille.web.campaigns.reminders import SECTION, managers

EXTENDED = "collecte prolongée"
MOST = 120
"""Days that one act may add."""


@dataclass(frozen=True)
class Expected:
    """What more time is expected to bring: answers, and the half-widths of the published domains in points."""

    answers: float
    domains: list[dict[str, Any]]


def expected_precision(edition: Edition, until: date, *, today: date) -> Expected | None:
    """Return what closing at ``until`` is expected to bring; None while the sample plan is not on this machine."""
    try:
        before = follow(edition, today=today)
        after = follow(edition, today=today, until=until)
    except DatasetNotFound:
        return None
    domains = [
        {"label": old["label"], "before": old["closing"], "after": new["closing"], "planned": old["planned"]}
        for old, new in zip(precisions(before), precisions(after), strict=True)
    ]
    return Expected(float(after.strata["forecast"].sum() - before.strata["forecast"].sum()), domains)


def waiting(edition: Edition) -> Any:
    """Return the units that more time reaches: not answered, and nothing says that they will not."""
    stops = conduct_of(edition).stops
    return edition.units.exclude(Q(status=Unit.Status.SUBMITTED) | Q(outcome__in=stops))


def reached_by_size_and_region(edition: Edition) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    units = waiting(edition)
    bands = units.values("universe", "size_band").annotate(count=Count("pk"))
    sizes = sorted(bands, key=lambda row: (row["universe"], *band_rank(row["size_band"])))
    regions = dict(load_reference().regions.select("code", "name").iter_rows())
    counts = units.values("region").annotate(count=Count("pk")).order_by("region")
    kinds = dict(Unit.Universe.choices)
    return (
        [(f"{kinds[row['universe']]}, {band_label(row['size_band']).lower()}", row["count"]) for row in sizes],
        [(regions.get(row["region"], row["region"]), row["count"]) for row in counts],
    )


@dataclass(frozen=True)
class Extended:
    """What an extension did: days added, and how many authorities and people it gave them to."""

    days: int
    waiting: int
    own: int
    guests: int
    links: int

    def __str__(self) -> str:
        return (
            f"{self.days} jours de plus ; sans réponse : {self.waiting}, dont {self.own} au délai propre ;"
            f" invitations prolongées : {self.guests} ; liens : {self.links}"
        )


def running_guests(edition: Edition, at: datetime) -> QuerySet[Guest]:
    return Guest.objects.filter(unit__edition=edition, expires_at__gt=at, revoked_at=None)


@transaction.atomic
def extend(edition: Edition, until: date, *, by: str, at: datetime, guests: bool = False) -> Extended:
    """Move the closing and everything that follows it to ``until``; return what that did.

    Authorities that had more time keep their margin; invitations and links that ended with the collection last as
    long again, and with ``guests`` those that end before, the new closing at most; dates of the calendar counted from
    the closing move unless already sent; the texts read the new date.
    """
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    closed, added = edition.closes, until - edition.closes
    own = edition.units.filter(closes_on__gt=closed).update(closes_on=F("closes_on") + added)
    links = SignInLink.objects.filter(unit__edition=edition, expires_at__gt=at, expires_at__date__gte=closed)
    done = Extended(
        days=added.days,
        waiting=waiting(edition).count(),
        own=own,
        guests=_lengthen(running_guests(edition, at), closed, until=until, early=guests),
        links=links.update(expires_at=F("expires_at") + added),
    )
    _move_events(edition, added, today=timezone.localdate(at))
    edition.closes = until
    edition.contacts_until = edition.contacts_until and edition.contacts_until + added
    edition.save(update_fields=["closes", "contacts_until"])
    detail = f"du {closed:%d/%m/%Y} au {until:%d/%m/%Y}, {done}"
    AuditEvent.record(by, EXTENDED, at=at, unit=edition.pk[:20], detail=detail)
    return done


def _lengthen(running: QuerySet[Guest], closed: date, *, until: date, early: bool) -> int:
    """Lengthen invitations that end with the collection, and with ``early`` the others, capped at the new closing."""
    end = timezone.make_aware(datetime.combine(until, time.max))
    moved = []
    for guest in running:
        at_closing = timezone.localdate(guest.expires_at) >= closed
        if at_closing or early:
            later = guest.expires_at + (until - closed)
            guest.expires_at = later if at_closing else min(later, end)
            moved.append(guest)
    return Guest.objects.bulk_update(moved, ["expires_at"], batch_size=500) if moved else 0


def _move_events(edition: Edition, added: timedelta, *, today: date) -> None:
    anchors = {planned.label: planned.anchor for planned in conduct_of(edition).events}
    events = list(edition.events.all())
    if not events:
        return
    for event in events:
        after = event.on >= edition.closes or anchors.get(event.label) == "closes"
        if after and (event.kind == Event.Kind.CLOSING or (event.on >= today and not event.messages.exists())):
            event.on += added
            event.save(update_fields=["on"])
    rank = max((event.rank for event in events if event.on <= today), default=0) + 1
    for event in reversed(events):
        if event.rank >= rank:
            event.rank += 1
            event.save(update_fields=["rank"])
    written = {"audience": "sans_reponse", "template": "prolongation"}
    Event.objects.create(
        edition=edition, kind=Event.Kind.EXTENSION, label="Annonce du délai", rank=rank, on=today, **written
    )


class ExtensionForm(forms.Form):
    until = forms.DateField(
        label="Nouvelle date de clôture",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choisissez une date.", "invalid": "Cette date n’est pas lisible."},
    )

    guests = forms.BooleanField(label="Prolonger aussi les invitations qui finissent avant la clôture", required=False)

    def __init__(self, *args: Any, edition: Edition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.edition = edition

    def clean_until(self) -> date:
        until = self.cleaned_data["until"]
        first = max(self.edition.closes, timezone.localdate() - timedelta(days=1))
        if until <= first:
            raise forms.ValidationError(f"Choisissez une date après le {first:%d/%m/%Y}.")
        if (until - self.edition.closes).days > MOST:
            raise forms.ValidationError(f"Une prolongation ajoute {MOST} jours au plus.")
        return until


@managers
@require_http_methods(["GET", "HEAD", "POST"])
def extension(request: HttpRequest) -> HttpResponse:
    edition = chosen_edition(request)
    if edition is None:
        return render(request, "campaigns/board-empty.html", SECTION)
    given = request.POST if request.method == "POST" else request.GET
    form = ExtensionForm(given if "until" in given else None, edition=edition)
    asked = form.is_bound and form.is_valid()
    if asked and request.method == "POST":
        said, by = form.cleaned_data, request.user.get_username()
        extend(edition, said["until"], by=by, at=timezone.now(), guests=said["guests"])
        return redirect(f"{reverse('campaigns:extension')}?edition={edition.pk}#deja")
    sizes, regions = reached_by_size_and_region(edition)
    context = SECTION | {
        "here": "prolonger",
        "edition": edition,
        "form": form,
        "has_errors": form.is_bound and not asked,
        "sizes": sizes,
        "regions": regions,
        "waiting": waiting(edition).count(),
        "own": edition.units.filter(closes_on__gt=edition.closes).count(),
        "already": AuditEvent.objects.filter(what=EXTENDED, unit=edition.pk[:20]).order_by("-when"),
    }
    if asked:
        until = form.cleaned_data["until"]
        expected = expected_precision(edition, until, today=timezone.localdate())
        running = running_guests(edition, timezone.now())
        ends = [timezone.localdate(at) for at in running.values_list("expires_at", flat=True)]
        early = sum(day < edition.closes for day in ends)
        context |= {"until": until, "expected": expected, "days": (until - edition.closes).days}
        context |= {"early": early, "at_closing": len(ends) - early}
    return render(request, "campaigns/extension.html", context, status=422 if context["has_errors"] else 200)
