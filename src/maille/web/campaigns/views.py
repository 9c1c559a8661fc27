"""The staff see how the collection goes."""

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from maille.web.accounts.access import staff
from maille.web.campaigns.bands import band_label, band_rank
from maille.web.campaigns.models import Edition, Unit

STARTED, SUBMITTED = Unit.Status.STARTED, Unit.Status.SUBMITTED


def _counted(units: QuerySet[Unit]) -> dict[str, int]:
    return {
        "drawn": Count("id"),
        "started": Count("id", filter=Q(status=STARTED)),
        "submitted": Count("id", filter=Q(status=SUBMITTED)),
    }


def _rate(row: dict[str, object]) -> dict[str, object]:
    return row | {"rate": 100 * row["submitted"] / row["drawn"] if row["drawn"] else None}


def _tables(edition: Edition) -> list[dict[str, object]]:
    """Count the units of each universe: one row a size band, one for the whole."""
    tables = []
    for universe in Unit.Universe:
        units = edition.units.filter(universe=universe)
        rows = list(units.values("size_band").annotate(**_counted(units)))
        rows.sort(key=lambda row: band_rank(row["size_band"]))
        total = units.aggregate(**_counted(units))
        bands = [_rate(row | {"label": band_label(row["size_band"])}) for row in rows]
        if bands:
            tables.append({"universe": universe, "rows": bands, "total": _rate(total)})
    return tables


@staff
def overview(request: HttpRequest) -> HttpResponse:
    edition = Edition.objects.order_by("-opens").first()
    context = {"section": "collecte", "edition": edition, "now": timezone.now()}
    if edition is not None:
        units = edition.units.all()
        context |= {"simulated": edition.simulated, "tables": _tables(edition)}
        context["total"] = _rate(units.aggregate(**_counted(units)))
    return render(request, "campaigns/overview.html", context)
