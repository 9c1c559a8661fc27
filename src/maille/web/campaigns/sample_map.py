"""The map of the sample, for the staff only: who was drawn is confidential, and looking at it leaves a trace."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from unicodedata import combining, normalize

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from maille.catalogue import DatasetNotFound, Store
from maille.territory import Shape, load_reference, shapes
from maille.territory.drawing import Drawing, Outline, departement_map, draw_france, france_map, joined
from maille.web.accounts.access import staff
from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.bands import band_label, band_rank
from maille.web.store import open_store
from maille.web.typography import number

WORDS = {"all": "interrogée d’office", "lot": "tirée au sort", "none": "non tirée"}


@dataclass(frozen=True)
class Layer:
    """One frame of the national map: the outline of the départements, the communes drawn by lot and taken all."""

    drawing: Drawing
    ground: str
    lot: str
    all: str


@dataclass(frozen=True)
class Place:
    """One commune of the map of a département."""

    path: str
    css: str
    title: str


@staff
@require_safe
def country(request: HttpRequest) -> HttpResponse:
    store = open_store()
    edition = _edition(store)
    if edition is None:
        return render(request, "campaigns/sample_empty.html", {"section": "echantillon"})
    AuditEvent.record(request.user.get_username(), "consulte l’échantillon", at=timezone.now())
    drawn = _drawn(store, edition, "communes")
    counts = dict(drawn.group_by("departement").len().iter_rows())
    departements = load_reference().departements
    context = _context(store, edition) | {
        "layers": _layers(store.home.as_posix(), store.card(_name(edition, "sample")).checksum),
        "drawn": drawn.height,
        "taken": int(drawn["take_all"].sum()),
        "lot": int((~drawn["take_all"]).sum()),
        "plans": [_plan(store, edition, universe) for universe in ("communes", "epci")],
        "strata": _strata(store, edition),
        "departements": [row | {"count": counts.get(row["code"], 0)} for row in departements.iter_rows(named=True)],
    }
    return render(request, "campaigns/sample.html", context)


@staff
@require_safe
def departement(request: HttpRequest, departement: str) -> HttpResponse:
    store = open_store()
    edition = _edition(store)
    try:
        drawing = departement_map(departement)
    except DatasetNotFound as error:
        raise Http404 from error
    if edition is None:
        raise Http404
    AuditEvent.record(request.user.get_username(), "consulte l’échantillon", at=timezone.now(), unit=departement)
    rows = _of(_drawn(store, edition, "communes"), departement)
    known = {row["unit"]: row for row in rows}
    places = [_place(outline, known.get(outline.code)) for outline in drawing.outlines]
    name = load_reference().departements.filter(pl.col("code") == departement)["name"].item()
    context = _context(store, edition) | {
        "code": departement,
        "name": name,
        "frame": drawing.frame,
        "border": joined(drawing.outlines),
        "places": places,
        "legend": [(css, WORDS[css], sum(place.css == css for place in places)) for css in ("all", "lot", "none")],
        "towns": _towns(drawing, known),
        "rows": rows,
        "epci": _of(_drawn(store, edition, "epci"), departement),
    }
    return render(request, "campaigns/sample_departement.html", context)


urlpatterns = [
    path("gestion/echantillon/", country, name="sample"),
    path("gestion/echantillon/<slug:departement>/", departement, name="sample-departement"),
]


def _name(edition: str, table: str) -> str:
    return f"collected/{edition}/{table}"


def _edition(store: Store) -> str | None:
    editions = [name.split("/")[1] for name in store.names("collected/") if name.endswith("/sample")]
    return max(editions, default=None)


def _context(store: Store, edition: str) -> dict[str, Any]:
    card = store.card(_name(edition, "sample"))
    title = edition.upper().replace("-", " ")
    return {"section": "echantillon", "edition": title, "card": card}


def _drawn(store: Store, edition: str, universe: str) -> pl.DataFrame:
    return store.read(_name(edition, "sample")).table.filter(pl.col("universe") == universe)


def _of(drawn: pl.DataFrame, departement: str) -> list[dict[str, Any]]:
    rows = drawn.filter(pl.col("departement") == departement).iter_rows(named=True)
    return [row | {"band": band_label(row["size_band"])} for row in sorted(rows, key=_alphabetical)]


def _alphabetical(row: Mapping[str, Any]) -> str:
    """Order Écully between Duerne and Eveux."""
    return "".join(letter for letter in normalize("NFD", row["name"]) if not combining(letter)).lower()


def _plan(store: Store, edition: str, universe: str) -> dict[str, Any] | None:
    """Return the public plan of a universe as rows with their names, None before the plan is known."""
    if not store.exists(_name(edition, "precision")):
        return None
    regions = load_reference().regions
    names = dict(zip(regions["code"], regions["name"], strict=True)) | {"ensemble": "Ensemble"}
    design = store.read(_name(edition, "precision")).table.filter(pl.col("universe") == universe)
    order = {"size_band": 0, "region": 1, "total": 2}
    rows = sorted(
        design.iter_rows(named=True), key=lambda row: (order.get(row["domain_type"], 1), band_rank(row["domain"]))
    )
    return {
        "universe": "communes" if universe == "communes" else "intercommunalités",
        "rows": [row | {"name": names.get(row["domain"]) or band_label(row["domain"])} for row in rows],
    }


def _strata(store: Store, edition: str) -> list[dict[str, Any]]:
    if not store.exists(_name(edition, "allocation")):
        return []
    return list(store.read(_name(edition, "allocation")).table.iter_rows(named=True))


@lru_cache(maxsize=2)
def _layers(home: str, checksum: str) -> tuple[Layer, ...]:
    """Draw the national map once a sample; ``checksum`` is what changes with the sample."""
    store = open_store()
    drawn = _drawn(store, _edition(store) or "", "communes")
    taken = dict(zip(drawn["unit"], drawn["take_all"], strict=True))
    reference = load_reference().communes
    place = dict(zip(reference["code"], reference["departement"], strict=True))
    communes = [shape for shape in shapes("communes") if shape.code in taken]

    def departement_of(shape: Shape) -> str:
        return place[shape.code]

    layers = []
    for ground, drawing in zip(france_map(), draw_france(communes, departement_of), strict=True):
        lot = joined(outline for outline in drawing.outlines if not taken[outline.code])
        whole = joined(outline for outline in drawing.outlines if taken[outline.code])
        layers.append(Layer(drawing, joined(ground.outlines), lot, whole))
    return tuple(layers)


def _place(outline: Outline, row: Mapping[str, Any] | None) -> Place:
    css = "none" if row is None else "all" if row["take_all"] else "lot"
    detail = "" if row is None else f", {number(row['population'])} habitants"
    return Place(outline.path, css, f"{outline.name} ({outline.code}) : {WORDS[css]}{detail}")


def _towns(drawing: Drawing, known: Mapping[str, Mapping[str, Any]], most: int = 4) -> list[Outline]:
    """Return the largest towns of the map, far enough from each other for their names."""
    population = dict(load_reference().communes.select("code", "population").iter_rows())
    ranked = sorted(drawing.outlines, key=lambda outline: -(population.get(outline.code) or 0))
    kept: list[Outline] = []
    for outline in ranked[:40]:
        x, y = float(outline.x[:-1]), float(outline.y[:-1])
        if all(abs(x - float(o.x[:-1])) > 20 or abs(y - float(o.y[:-1])) > 6 for o in kept):
            kept.append(outline)
    return kept[:most]
