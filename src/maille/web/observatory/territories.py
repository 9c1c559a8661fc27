"""Where a commune stands: its sheet on the territory reference, and the search that leads to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from maille.catalogue import DatasetNotFound, Store
from maille.territory import Reference, Resolution, UnknownTerritory, load_reference, reference_folder, resolve
from maille.territory.areas import VINTAGE
from maille.territory.drawing import Drawing, Frame, departement_map, joined
from maille.web.observatory.about import schemes
from maille.web.observatory.pages import NoSuchPage, page, public

KINDS = {
    "commune": "ancien nom",
    "deleguee": "commune déléguée",
    "associee": "commune associée",
    "arrondissement": "arrondissement municipal",
    "ancienne": "ancienne commune",
}


@dataclass(frozen=True)
class Candidate:
    """A commune that a search may mean."""

    code: str
    name: str
    place: str


@dataclass(frozen=True)
class Locator:
    """The commune in its département: paths of the others, of its EPCI and of itself."""

    frame: Frame
    others: str
    neighbours: str
    here: str


@public
def search(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:100]
    if not query:
        return _results(request, query, ())
    try:
        found = resolve(query)
    except UnknownTerritory as error:
        return _results(request, query, error.candidates, unknown=True)
    if found.code is None:
        return _results(request, query, found.candidates)
    return redirect(_address(found, query))


@public
def territory(request: HttpRequest, code: str) -> HttpResponse:
    reference = load_reference()
    commune = _row(reference.communes, "code", code)
    if commune is None:
        return redirect(_address(_resolved(code), code))
    epci = _row(reference.epci, "siren", commune["epci"])
    departement = _row(reference.departements, "code", commune["departement"])
    region = _row(reference.regions, "code", commune["region"])
    return page(
        request,
        "territory",
        section="territoires",
        commune=commune,
        epci=epci,
        departement=departement["name"] if departement else "collectivité d’outre-mer",
        region=region["name"] if region else "aucune",
        siblings=reference.communes.filter(pl.col("departement") == commune["departement"]).height,
        band=_band(commune["population"]),
        history=_history(reference, code),
        arrived=_arrived(request.GET.get("depuis", ""), code),
        map=_locator(reference, commune),
        vintage=VINTAGE,
        source=_source(),
    )


def _results(request: HttpRequest, query: str, candidates: Sequence[Any], *, unknown: bool = False) -> HttpResponse:
    reference = load_reference()
    return page(
        request,
        "territories",
        section="territoires",
        query=query,
        candidates=_candidates(reference, candidates),
        unknown=unknown,
        vintage=VINTAGE,
        total=reference.communes.height,
    )


def _resolved(code: str) -> Resolution:
    try:
        found = resolve(code)
    except UnknownTerritory as error:
        raise NoSuchPage("ce territoire est inconnu.") from error
    if found.code is None or found.code == code:
        raise NoSuchPage("ce territoire n'a pas de fiche.")
    return found


def _address(found: Resolution, query: str) -> str:
    address = reverse("observatory:territory", args=[found.code])
    return f"{address}?{urlencode({'depuis': query})}" if found.reason else address


def _arrived(query: str, code: str) -> str:
    """Say why a search led here, checked again so that no address can put words on the page."""
    try:
        found = resolve(query[:100]) if query else None
    except UnknownTerritory:
        return ""
    return (found.reason or "") if found and found.code == code else ""


def _row(table: pl.DataFrame, column: str, value: str | None) -> dict[str, Any] | None:
    rows = table.filter(pl.col(column) == value) if value else table.clear()
    return rows.row(0, named=True) if rows.height else None


@cache
def _source() -> str:
    return Store(reference_folder()).card(f"territory/communes-{VINTAGE}").source


def _band(population: int | None) -> str:
    scheme = schemes().get("general")
    if scheme is None or not population:
        return ""
    return scheme.label_of(str(scheme.assign(pl.Series([population]))[0]))


def _history(reference: Reference, code: str) -> list[Mapping[str, Any]]:
    rows = reference.codes.filter(pl.col("commune") == code)
    current = (pl.col("code") == code) & pl.col("valid_until").is_null()
    return [
        {**row, "nature": KINDS.get(row["kind"], row["kind"])}
        for row in rows.filter(~current).sort("code", "valid_from").iter_rows(named=True)
    ]


def _candidates(reference: Reference, found: Sequence[Any]) -> list[Candidate]:
    names = dict(zip(reference.departements["code"], reference.departements["name"], strict=True))
    places = dict(zip(reference.communes["code"], reference.communes["departement"], strict=True))
    return [Candidate(item.code, item.name, names.get(places.get(item.code, ""), "")) for item in found]


def _locator(reference: Reference, commune: Mapping[str, Any]) -> Locator | None:
    try:
        drawing: Drawing = departement_map(commune["departement"])
    except DatasetNotFound:
        return None
    epci = commune["epci"]
    members = set(reference.communes.filter(pl.col("epci") == epci)["code"]) if epci else set()
    here = [outline for outline in drawing.outlines if outline.code == commune["code"]]
    near = [outline for outline in drawing.outlines if outline.code in members and outline not in here]
    others = [outline for outline in drawing.outlines if outline not in here and outline not in near]
    return Locator(drawing.frame, joined(others), joined(near), joined(here))
