"""What the questionnaire costs those who fill it: minutes by size, where they stop, which checks they overrule."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from maille.specs import Questionnaire
from maille.specs.answer import fill_text
from maille.web.accounts.access import MANAGER, METHODOLOGIST, staff_of
from maille.web.answers.folder import questionnaire_of
from maille.web.answers.models import Answer, PageEvent
from maille.web.campaigns.bands import band_label, band_rank
from maille.web.campaigns.board import chosen_edition
from maille.web.campaigns.models import Edition, Unit

FEWEST = 5
"""Fewer questionnaires than this give no median: it would say how one authority works."""
IDLE = timedelta(days=7)
LONGEST = 3600
"""Seconds of one visit of a page beyond which the page was left open, not filled."""
OFTEN = 0.5
"""A check kept with a reason more often than this is probably a bad check."""

Kind = PageEvent.Kind


def minutes_by_band(edition: Edition) -> list[dict[str, Any]]:
    """Return the median minutes spent by those that sent, by universe and size band; None where they are too few."""
    events = PageEvent.objects.filter(unit__edition=edition, unit__status=Unit.Status.SUBMITTED)
    rows = events.filter(kind__in=[Kind.OPEN, Kind.SAVE, Kind.LEAVE]).order_by("unit_id", "section", "at", "id")
    columns = ("unit_id", "unit__universe", "unit__size_band", "section", "author_kind", "kind", "seconds")
    table = pl.DataFrame(
        rows.values_list(*columns).iterator(chunk_size=20_000),
        schema={
            "unit": pl.Int64,
            "universe": pl.String,
            "band": pl.String,
            "section": pl.String,
            "author": pl.String,
            "kind": pl.String,
            "seconds": pl.Int64,
        },
        orient="row",
    )
    pages = ["unit", "section", "author"]
    visits = (
        table.with_columns(visit=(pl.col("kind") == Kind.OPEN.value).cum_sum().over(pages))
        .group_by(*pages, "universe", "band", "visit")
        .agg(pl.col("seconds").max().clip(0, LONGEST))
    )
    minutes = visits.group_by("unit", "universe", "band").agg(minutes=pl.col("seconds").sum() / 60)
    found = minutes.group_by("universe", "band").agg(pl.len().alias("units"), pl.col("minutes").median())
    ordered = sorted(found.iter_rows(named=True), key=lambda row: (row["universe"], *band_rank(row["band"])))
    return [
        row | {"label": band_label(row["band"]), "minutes": row["minutes"] if row["units"] >= FEWEST else None}
        for row in ordered
    ]


def stops(edition: Edition, questionnaires: dict[str, Questionnaire]) -> list[dict[str, Any]]:
    """Return the last question answered by those that began and have done nothing for a week, most frequent first."""
    limit = timezone.now() - IDLE
    idle = (
        edition.units.filter(status=Unit.Status.STARTED).annotate(last=Max("answers__saved_at")).filter(last__lt=limit)
    )
    places = {
        (universe, question.name): place
        for universe, questionnaire in questionnaires.items()
        for place, question in enumerate(questionnaire.variables())
    }
    last: dict[int, tuple[int, str, str]] = {}
    answers = Answer.objects.filter(unit__in=idle).exclude(state=Answer.State.EMPTY)
    for unit, universe, variable in answers.values_list("unit_id", "unit__universe", "variable").iterator():
        place = places.get((universe, variable))
        if place is not None:
            last[unit] = max(last.get(unit, (-1, "", "")), (place, universe, variable))
    counts: dict[tuple[str, str], int] = {}
    for _, universe, variable in last.values():
        counts[universe, variable] = counts.get((universe, variable), 0) + 1
    return [
        {"universe": universe, "question": questionnaires[universe].question(variable), "units": units}
        for (universe, variable), units in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


@dataclass(frozen=True)
class Check:
    """A check of the questionnaire: authorities to whom it was shown, and that kept their answer with a reason."""

    universe: str
    number: str
    label: str
    message: str
    shown: int
    kept: int

    @property
    def share(self) -> float:
        return 100 * self.kept / self.shown

    @property
    def suspect(self) -> bool:
        return self.shown >= FEWEST and self.kept > OFTEN * self.shown


def checks(edition: Edition, questionnaires: dict[str, Questionnaire]) -> list[Check]:
    """Return the checks that were shown, the most overruled first."""
    counted = (
        PageEvent.objects.filter(unit__edition=edition, kind__in=[Kind.CHECK, Kind.FORCED])
        .values("unit__universe", "question")
        .annotate(shown=Count("unit", distinct=True), kept=Count("unit", distinct=True, filter=Q(kind=Kind.FORCED)))
    )
    found = []
    for row in counted:
        asked = {question.name: question for question in questionnaires[row["unit__universe"]].variables()}
        if (question := asked.get(row["question"])) is not None and question.soft_message:
            about = (row["unit__universe"], question.number, question.label, fill_text(question.soft_message, {}))
            found.append(Check(*about, shown=row["shown"], kept=row["kept"]))
    return sorted(found, key=lambda check: (-check.share, -check.shown, check.number))


def _questionnaires(edition: Edition) -> dict[str, Questionnaire]:
    firsts = (edition.units.filter(universe=universe).first() for universe in Unit.Universe)
    return {unit.universe: questionnaire_of(unit) for unit in firsts if unit is not None}


@staff_of(METHODOLOGIST, MANAGER)
@require_safe
def burden(request: HttpRequest) -> HttpResponse:
    edition = chosen_edition(request)
    context: dict[str, Any] = {"section": "charge", "edition": edition, "fewest": FEWEST, "often": 100 * OFTEN}
    if edition is not None:
        questionnaires = _questionnaires(edition)
        context |= {
            "simulated": edition.simulated,
            "minutes": minutes_by_band(edition),
            "planned": {universe: one.minutes() for universe, one in questionnaires.items()},
            "stops": stops(edition, questionnaires)[:20],
            "checks": checks(edition, questionnaires),
        }
    return render(request, "answers/burden.html", context)
