"""The public map of participation: who answered, by département, never by commune."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.http import HttpRequest, HttpResponse

from maille.territory.drawing import Drawing, Frame, Outline, france_map, region_map
from maille.web.observatory.drawing import Band, classes
from maille.web.observatory.pages import page, public, published
from maille.web.observatory.records import Edition, latest
from maille.web.typography import number, percent

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Area:
    """One territory on the map."""

    path: str
    css: str
    title: str


@dataclass(frozen=True)
class Sheet:
    """One frame of the map with its territories."""

    frame: Frame
    areas: tuple[Area, ...]

    @property
    def border(self) -> str:
        """One path for all, drawn below with a thick line: only its outer half shows, as the border."""
        return "".join(area.path for area in self.areas)


@dataclass(frozen=True)
class LegendRow:
    """One class of the legend."""

    css: str
    label: str
    count: int


@dataclass(frozen=True)
class Choropleth:
    """The map: main frame, insets, legend, and what its territories are called."""

    main: Sheet
    insets: tuple[Sheet, ...]
    legend: tuple[LegendRow, ...]
    secret: int
    absent: int
    nouns: str


@public
def participation(request: HttpRequest) -> HttpResponse:
    current = latest(published())
    rows = read(current)
    if not rows:
        return page(request, "participation", section="resultats", edition=current, choropleth=None)
    name = f"disseminated/{current.code}/participation"  # type: ignore[union-attr]
    departements = [row for row in rows if row["level"] == "departement"]
    card = published().card(name)
    whole = next((row for row in rows if row["level"] == "ensemble"), None)
    return page(
        request,
        "participation",
        section="resultats",
        edition=current,
        choropleth=choropleth(departements),
        departements=departements,
        whole=whole,
        legend_note=f"Ensemble : {percent(whole['rate'])}. " if whole and whole["rate"] is not None else "",
        ends=_ends(departements),
        rounded=any(row["status"] == "estimated" for row in rows),
        card=card,
        has_csv=any(file.name == "participation.csv" for file in card.files),
        unit_word="communes",
        summary=_summary(departements),
    )


def read(current: Edition | None) -> list[dict[str, Any]]:
    """Return the rows of participation of an edition, none when it is not published."""
    name = f"disseminated/{current.code}/participation" if current else ""
    if current is None or not current.published.exists(name):
        return []
    table = current.published.read(name).table
    return list(table.sort(pl.col("code")).iter_rows(named=True))


def choropleth(rows: Sequence[Row], noun: str = "département") -> Choropleth:
    """Colour the map of France by the rates of its départements, or of its régions."""
    drawings = region_map() if noun == "région" else france_map()
    known = {row["code"]: row for row in rows}
    bands = classes([round(row["rate"], 1) for row in rows if row["rate"] is not None])
    main, *insets = (_sheet(drawing, known, bands) for drawing in drawings)
    drawn = {outline.code for drawing in drawings for outline in drawing.outlines}
    return Choropleth(
        main=main,
        insets=tuple(insets),
        legend=tuple(LegendRow(f"c{band.rank}", label(band), band.count) for band in reversed(bands)),
        secret=sum(row["status"] == "secret" for row in rows),
        absent=len(drawn - set(known)) + sum(row["status"] == "unavailable" for row in rows),
        nouns=f"{noun}s",
    )


def label(band: Band) -> str:
    """Write the bounds of a class, both included to the decimal."""
    if band.low is None:
        return f"Moins de {number(band.high, 1)}"
    if band.high is None:
        return f"{number(band.low, 1)} et plus"
    low, high = number(band.low, 1), number(band.high - 0.1, 1)
    return low if low == high else f"{low} à {high}"


def _sheet(drawing: Drawing, known: Mapping[str, Row], bands: Sequence[Band]) -> Sheet:
    return Sheet(drawing.frame, tuple(_area(outline, known.get(outline.code), bands) for outline in drawing.outlines))


def _area(outline: Outline, row: Row | None, bands: Sequence[Band]) -> Area:
    title = _title(outline, row)
    if row is None or row["status"] == "unavailable":
        return Area(outline.path, "absent", title)
    if row["rate"] is None:
        return Area(outline.path, "hidden", title)
    rank = next(band.rank for band in bands if band.holds(round(row["rate"], 1)))
    return Area(outline.path, f"c{rank}", title)


def _title(outline: Outline, row: Row | None) -> str:
    place = f"{outline.name} ({outline.code})"
    if row is not None and "title" in row:
        return str(row["title"])
    if row is None or row["status"] == "unavailable":
        return f"{place} : aucune commune interrogée"
    if row["rate"] is None:
        return f"{place} : secret statistique"
    detail = f"{number(row['responded'])} réponses sur {number(row['sampled'])}"
    return f"{place} : {percent(row['rate'])}, {detail}"


def _ends(rows: Sequence[Row]) -> tuple[Row, Row] | None:
    shown = sorted((row for row in rows if row["rate"] is not None), key=lambda row: row["rate"])
    return (shown[0], shown[-1]) if len(shown) > 1 else None


def _summary(rows: Sequence[Row]) -> str:
    ends = _ends(rows)
    sentence = f"Carte du taux de réponse de {len(rows)} départements."
    if ends:
        low, high = ends
        sentence += f" Il va de {percent(low['rate'])} ({low['name']}) à {percent(high['rate'])} ({high['name']})."
    return sentence + " Le tableau qui suit donne chaque valeur."
