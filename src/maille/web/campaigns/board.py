"""The board of a collection: answers against the plan, the precision to come, whom to call first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from maille.catalogue import DatasetNotFound
from maille.pipeline import Run
from maille.pipeline.follow_up import Calendar, FollowUp, followed
from maille.territory import load_reference
from maille.web.accounts.access import MANAGER, METHODOLOGIST, OBSERVER, has_role, staff_of
from maille.web.campaigns.bands import band_label, band_rank
from maille.web.campaigns.curve import Curve, curve_of
from maille.web.campaigns.models import Edition, Unit
from maille.web.exports import csv_download

DIMENSIONS = {"tranche": "size_band", "region": "region", "departement": "departement", "strate": "stratum"}
TITLES = {"tranche": "taille", "region": "région", "departement": "département", "strate": "strate de tirage"}
SHOWN = 20
"""Authorities to call that the page lists; the export has them all."""
IDLE_DAYS = 15
FRAGILE = 5.0
"""Half-width in points above which a figure would be published with a warning."""
STATES = {"": "Toutes sauf envoyées", "never_opened": "Pas ouvert", "started": "En cours"}


@dataclass(frozen=True)
class Row:
    """One group of authorities against the plan; rates are percentages."""

    label: str
    asked: int
    answers: int
    started: int
    rate: float
    expected: float
    forecast: float

    @property
    def gap(self) -> float:
        return round(self.rate, 1) - round(self.expected, 1)

    @property
    def late(self) -> bool:
        return self.gap < -0.05

    @property
    def lateness(self) -> float:
        return max(0.0, -self.gap)

    @property
    def tick(self) -> str:
        return f"{self.expected:.1f}%"

    @property
    def bar(self) -> str:
        return f"{self.rate:.1f}%"


def statuses(edition: Edition) -> pl.DataFrame:
    """Return what each unit of an edition has done: unit, status, outcome, and the day on which it sent its answers."""
    rows = edition.units.values_list("code", "status", "outcome", "submitted_at")
    kept = [
        (code, status, outcome, timezone.localtime(at).date() if at and status == Unit.Status.SUBMITTED else None)
        for code, status, outcome, at in rows.iterator(chunk_size=20_000)
    ]
    schema = {"unit": pl.String, "status": pl.String, "outcome": pl.String, "sent_on": pl.Date}
    return pl.DataFrame(kept, schema=schema, orient="row")


def follow(edition: Edition, *, today: date, until: date | None = None) -> FollowUp:
    """Return the state of the collection of an edition; raises DatasetNotFound while its sample is not drawn."""
    run = Run(settings.MAILLE_HOME, settings.MAILLE_SPECS)
    calendar = Calendar(edition.opens, edition.closes, today, until or edition.closes)
    return followed(run, edition.survey, statuses(edition), calendar=calendar)


def chosen_edition(request: HttpRequest) -> Edition | None:
    """Return the edition that the address names, else the latest to open."""
    wanted = request.GET.get("edition")
    editions = Edition.objects.order_by("-opens")
    return editions.filter(id=wanted).first() if wanted else editions.first()


def _names(column: str) -> Mapping[str, str]:
    if column not in ("region", "departement"):
        return {}
    table = getattr(load_reference(), f"{column}s")
    return dict(zip(table["code"], table["name"], strict=True))


def _label(column: str, code: str, names: Mapping[str, str]) -> str:
    if column == "size_band":
        return band_label(code)
    if column == "stratum":
        return " × ".join(band_label(part) for part in code.split(" × "))
    return f"{names[code]} ({code})" if code in names else code


def _row(label: str, values: Mapping[str, Any]) -> Row:
    percents = {"rate": "rate", "expected": "expected_rate", "forecast": "forecast_rate"}
    counts = {name: values[name] for name in ("asked", "answers", "started")}
    return Row(label, **counts, **{name: 100 * values[column] for name, column in percents.items()})


def tables(state: FollowUp, by: str) -> list[dict[str, Any]]:
    """Return a table of rows for each universe, by one of the dimensions, and its total."""
    column = DIMENSIONS[by]
    names, found = _names(column), state.by(column)
    totals = {row["universe"]: row for row in state.by("universe").iter_rows(named=True)}
    drawn = []
    for universe in Unit.Universe:
        rows = list(found.filter(pl.col("universe") == universe).iter_rows(named=True))
        if rows:
            rows.sort(key=lambda row: (*band_rank(row[column]), row[column]))
            shown = [_row(_label(column, row[column], names), row) for row in rows]
            drawn.append({"universe": universe, "rows": shown, "total": _row("Ensemble", totals[universe])})
    return drawn


def precisions(state: FollowUp) -> list[dict[str, Any]]:
    """Return the half-widths, in points, of the published domains: planned, today, at closing."""
    rows = sorted(state.precision.iter_rows(named=True), key=lambda row: (row["universe"], *band_rank(row["domain"])))
    return [row | {"label": _domain(row)} for row in rows]


def _domain(row: Mapping[str, str]) -> str:
    if row["domain_type"] == "total":
        return "Ensemble des communes" if row["universe"] == "communes" else "Ensemble des intercommunalités"
    return f"Communes, {band_label(row['domain'])}".replace("Communes, Moins", "Communes, moins")


def to_call(state: FollowUp, asked: Mapping[str, str]) -> pl.DataFrame:
    """Return the authorities that have not answered, the most useful first; ``asked`` filters them."""
    units = state.units.filter(~pl.col("responded"), pl.col("gain") > 0)
    for name, column in (("region", "region"), ("departement", "departement"), ("etat", "status")):
        if asked.get(name):
            units = units.filter(pl.col(column) == asked[name])
    if asked.get("nom"):
        units = units.filter(pl.col("name").str.to_lowercase().str.contains(asked["nom"].lower(), literal=True))
    return units.sort(["gain", "unit"], descending=[True, False])


def _with_activity(edition: Edition, units: pl.DataFrame) -> Iterator[dict[str, Any]]:
    known = {unit.code: unit for unit in edition.units.filter(code__in=units["unit"].to_list())}
    for row in units.iter_rows(named=True):
        unit = known[row["unit"]]
        yield {"unit": unit, "gain": 1000 * row["gain"], "band": band_label(row["size_band"])}


def _state(request: HttpRequest) -> tuple[Edition | None, FollowUp | None]:
    edition = chosen_edition(request)
    if edition is None:
        return None, None
    try:
        return edition, follow(edition, today=timezone.localdate())
    except DatasetNotFound:
        return edition, None


@staff_of(METHODOLOGIST, MANAGER, OBSERVER)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    edition, state = _state(request)
    context = {"section": "collecte", "edition": edition, "now": timezone.now()}
    if edition is None or state is None:
        return render(request, "campaigns/board-empty.html", context)
    by = request.GET.get("par", "tranche")
    if by not in DIMENSIONS:
        raise Http404
    context |= _overview(edition, state) | {
        "by": by,
        "by_title": TITLES[by],
        "dimensions": TITLES,
        "tables": tables(state, by),
        "editions": Edition.objects.order_by("-opens"),
        "named": has_role(request.user, METHODOLOGIST, MANAGER),
    }
    if context["named"]:
        context |= _calls(request, edition, state)
    return render(request, "campaigns/board.html", context)


def _overview(edition: Edition, state: FollowUp) -> dict[str, Any]:
    today = timezone.localdate()
    idle = timezone.now() - timedelta(days=IDLE_DAYS)
    begun = edition.units.filter(status=Unit.Status.STARTED)
    asked = state.units.height
    people, rows = state.population_rate(), precisions(state)
    curve: Curve = curve_of(state.days, edition=edition, today=today)
    return {
        "simulated": edition.simulated,
        "asked": asked,
        "answers": int(state.units["responded"].sum()),
        "rate": 100 * float(state.units["responded"].mean() or 0),
        "expected": 100 * float(state.strata["expected"].sum()) / max(1, asked),
        "population_rate": None if people is None else 100 * people,
        "started": begun.count(),
        "idle": begun.filter(last_activity_at__lt=idle).count(),
        "idle_days": IDLE_DAYS,
        "forecast": 100 * float(state.strata["forecast"].sum()) / max(1, asked),
        "margin": 196 * float((state.strata["deviation"] ** 2).sum()) ** 0.5 / max(1, asked),
        "day": (min(today, edition.closes) - edition.opens).days + 1,
        "days": (edition.closes - edition.opens).days + 1,
        "curve": curve,
        "precisions": rows,
        "fragile": [row for row in rows if row["closing"] is None or row["closing"] > FRAGILE],
        "fragile_from": FRAGILE,
        "out_of_scope": edition.units.count() - asked,
    }


def _calls(request: HttpRequest, edition: Edition, state: FollowUp) -> dict[str, Any]:
    asked = {name: request.GET.get(name, "").strip() for name in ("region", "departement", "etat", "nom")}
    calls = to_call(state, asked)
    return {
        "calls": list(_with_activity(edition, calls.head(SHOWN))),
        "calls_total": calls.height,
        "asked_for": asked,
        "regions": _choices(state, "region"),
        "departements": _choices(state, "departement"),
        "states": STATES,
        "query": request.GET.urlencode(),
    }


def _choices(state: FollowUp, column: str) -> list[tuple[str, str]]:
    names = _names(column)
    codes = state.units[column].drop_nulls().unique().sort()
    return [(code, names.get(code, code)) for code in codes]


@staff_of(METHODOLOGIST, MANAGER, OBSERVER)
@require_safe
def board_csv(request: HttpRequest) -> HttpResponse:
    edition, state = _state(request)
    by = request.GET.get("par", "tranche")
    if edition is None or state is None or by not in DIMENSIONS:
        raise Http404
    columns = ["univers", TITLES[by], "interrogées", "réponses", "en cours", "taux", "taux prévu", "taux à la clôture"]
    rows = [
        [table["universe"], row.label, row.asked, row.answers, row.started, *map(_one, _rates(row))]
        for table in tables(state, by)
        for row in [*table["rows"], table["total"]]
    ]
    return csv_download(f"suivi-{edition.id}-{by}-{timezone.localdate():%Y-%m-%d}.csv", columns, rows)


def _rates(row: Row) -> tuple[float, float, float]:
    return row.rate, row.expected, row.forecast


def _one(value: float) -> float:
    return round(value, 1)


@staff_of(METHODOLOGIST, MANAGER)
@require_safe
def calls_csv(request: HttpRequest) -> HttpResponse:
    edition, state = _state(request)
    if edition is None or state is None:
        raise Http404
    calls = to_call(state, request.GET.dict())
    columns = ["rang", "code", "nom", "univers", "tranche", "département", "population", "état", "gain pour mille"]
    rows = [
        [place, *values[:-1], round(1000 * values[-1], 3)]
        for place, values in enumerate(
            calls.select(
                "unit", "name", "universe", "size_band", "departement", "population", "status", "gain"
            ).iter_rows(),
            start=1,
        )
    ]
    return csv_download(f"relancer-{edition.id}-{timezone.localdate():%Y-%m-%d}.csv", columns, rows)
