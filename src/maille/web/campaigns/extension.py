"""More time for everyone: who it reaches, what it would bring, then every date moved in one act."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Count, F, Q
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


@transaction.atomic
def extend(edition: Edition, until: date, *, by: str, at: datetime) -> int:
    """Move the closing and everything that follows it to ``until``; return how many days were added.

    Authorities that had more time keep their margin; invitations and links that ended with the collection last as
    long again; dates of the calendar counted from the closing move unless already sent; the texts read the new date.
    """
    edition = Edition.objects.select_for_update().get(pk=edition.pk)
    closed, added = edition.closes, until - edition.closes
    edition.units.filter(closes_on__gt=closed).update(closes_on=F("closes_on") + added)
    for model in (Guest, SignInLink):
        model.objects.filter(unit__edition=edition, expires_at__gt=at, expires_at__date__gte=closed).update(
            expires_at=F("expires_at") + added
        )
    _move_events(edition, added, today=timezone.localdate(at))
    edition.closes = until
    edition.contacts_until = edition.contacts_until and edition.contacts_until + added
    edition.save(update_fields=["closes", "contacts_until"])
    AuditEvent.record(by, f"prolongée {closed:%d/%m/%Y} → {until:%d/%m/%Y}", at=at)
    return added.days


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
        extend(edition, form.cleaned_data["until"], by=request.user.get_username(), at=timezone.now())
        return redirect(f"{reverse('campaigns:reminders')}?edition={edition.pk}")
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
        "guests": Guest.objects.filter(unit__edition=edition, expires_at__gt=timezone.now(), revoked_at=None).count(),
    }
    if asked:
        until = form.cleaned_data["until"]
        expected = expected_precision(edition, until, today=timezone.localdate())
        context |= {"until": until, "expected": expected, "days": (until - edition.closes).days}
    return render(request, "campaigns/extension.html", context, status=422 if context["has_errors"] else 200)
