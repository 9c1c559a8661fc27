"""The pages that explain: how the survey is drawn and weighted, what it keeps secret, who answers for it."""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from maille.specs.bands import SizeBands, load_bands
from maille.specs.document import SpecInvalid
from maille.web.observatory.pages import page, public, published
from maille.web.observatory.plan import Domain, plan, whole
from maille.web.observatory.records import Cell, Edition, latest

HEADINGS = {"communes": "Les communes interrogées", "epci": "Les intercommunalités interrogées"}


@public
def method(request: HttpRequest) -> HttpResponse:
    source = published()
    current = latest(source)
    domains = plan(source, current.code if current else None)
    cells = [cell for sheet in current.sheets() for cell in current.cells(sheet)] if current else []
    return page(
        request,
        "method",
        section="methode",
        edition=current,
        plans=[plan_table(domains, universe) for universe in HEADINGS if whole(domains, universe)],
        weights=_weights(cells),
        hidden=sum(cell.status == "secret" for cell in cells),
        cells=len(cells),
        sheets=current.sheets() if current else [],
    )


@public
def secrecy(request: HttpRequest) -> HttpResponse:
    current = latest(published())
    counts = _secrecy_counts(current) if current else None
    return page(request, "secrecy", edition=current, counts=counts)


@public
def plain(request: HttpRequest, template: str) -> HttpResponse:
    return page(request, template, edition=latest(published()))


def plan_table(domains: Sequence[Domain], universe: str) -> dict[str, object]:
    """Return the plan of a universe as a table: a row a domain with its French name, bands then the whole."""
    names = domain_names()
    order = {"size_band": 0, "total": 1}
    ranks = {code: rank for rank, code in enumerate(names)}
    kept = [domain for domain in domains if domain.universe == universe]
    rows = [
        {"name": names.get(domain.code, domain.code), "kind": domain.kind, "domain": domain}
        for domain in sorted(kept, key=lambda item: (order.get(item.kind, 1), ranks.get(item.code, 0)))
    ]
    return {"title": HEADINGS[universe], "universe": universe, "rows": rows, "whole": whole(domains, universe)}


def domain_names() -> dict[str, str]:
    """Return the French name of every band, and of the whole."""
    bands = {band.code: band.label for scheme in schemes().values() for band in scheme.bands}
    return {**bands, "ensemble": "Ensemble"}


def schemes() -> dict[str, SizeBands]:
    """Return the schemes of size bands of the specifications, none when they are not at hand."""
    try:
        return load_bands(settings.MAILLE_SPECS / "bands.yaml")
    except (OSError, SpecInvalid):
        return {}


def _weights(cells: Sequence[Cell]) -> dict[str, float] | None:
    known = [cell for cell in cells if cell.weight_min is not None and cell.weight_max is not None]
    if not known:
        return None
    return {
        "low": min(cell.weight_min or 0 for cell in known),
        "high": max(cell.weight_max or 0 for cell in known),
        "effect": max(cell.design_effect or 1 for cell in known),
    }


def _secrecy_counts(current: Edition) -> dict[str, int]:
    cells = [cell for sheet in current.sheets() for cell in current.cells(sheet)]
    return {"all": len(cells), "secret": sum(cell.status == "secret" for cell in cells)}
