"""What the explorer shows, to take away: the same cells in CSV and XLSX, the same drawing in SVG."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from maille.catalogue.cells import Cell as Written
from maille.web.exports import attached, csv_download, xlsx_download
from maille.web.observatory.explorer import choropleth_of, circles_of, citation, panels
from maille.web.observatory.pages import CONTOURS, NoSuchPage, public, published
from maille.web.observatory.records import Edition, edition
from maille.web.observatory.selection import Selection, read_selection

COLUMNS = (
    "tableau",
    "indicateur",
    "libelle",
    "mesure",
    "type_de_domaine",
    "domaine",
    "nom_du_domaine",
    "estimation",
    "borne_basse",
    "borne_haute",
    "unite",
    "statut",
    "precision",
    "version",
)
WIDTH, LABEL, VALUE, ROW = 900, 270, 230, 32


@public
def selection_file(request: HttpRequest, *, edition: str, ending: str, version: str | None = None) -> HttpResponse:
    current = _edition(edition, version)
    chosen = read_selection(current, request.GET)
    name = _named(f"{chosen.sheet.code}-selection.{ending}", edition, version)
    rows = list(_rows(current, chosen))
    return xlsx_download(name, COLUMNS, rows) if ending == "xlsx" else csv_download(name, COLUMNS, rows)


@public
def drawing_file(request: HttpRequest, *, edition: str, what: str, version: str | None = None) -> HttpResponse:
    current = _edition(edition, version)
    chosen = read_selection(current, request.GET)
    found = _chart(current, chosen) if what == "graphique" else _map(current, chosen)
    found |= {"chosen": chosen, "edition": current, "citation": citation(current, chosen)}
    response = render(request, f"observatory/explorer-{what}.svg", found, content_type="image/svg+xml; charset=utf-8")
    return attached(response, _named(f"{chosen.sheet.code}-{what}.svg", edition, version))


def _named(file: str, edition: str, version: str | None) -> str:
    return "-".join(part for part in ("maille", edition, version, file) if part)


def _rows(current: Edition, chosen: Selection) -> Iterator[tuple[Written, ...]]:
    for cell in chosen.cells:
        yield (
            cell.table,
            cell.indicator,
            current.indicators[cell.indicator].label,
            current.measure(cell.measure),
            cell.domain_type,
            cell.domain,
            current.domain(cell),
            cell.estimate if cell.shown else None,
            cell.ci_low if cell.ranged else None,
            cell.ci_high if cell.ranged else None,
            cell.unit,
            cell.status,
            "peu précis" if cell.imprecise else "",
            chosen.sheet.version,
        )


def _chart(current: Edition, chosen: Selection) -> dict[str, object]:
    """Return the panels with the heights at which each is drawn, in units of the drawing."""
    top, placed = 84, []
    for panel in panels(current, chosen):
        marks = panel.chart.marks
        rows = [(mark, ROW * rank + ROW // 2) for rank, mark in enumerate(marks)]
        height = ROW * len(marks)
        title = f"{panel.title[:1].upper()}{panel.title[1:]}. {panel.unit}"
        places = {"head": top + 14, "start": top + 28, "height": height, "title": title}
        placed.append({**places, "chart": panel.chart, "marks": rows})
        top += height + 80
    if not placed:
        raise NoSuchPage("cette sélection n'a pas de graphique.")
    size = {"width": WIDTH, "height": top + 24, "left": LABEL, "plot": WIDTH - LABEL - VALUE, "foot": top + 6}
    return {"placed": placed, **size}


def _map(current: Edition, chosen: Selection) -> dict[str, object]:
    """Return the frames with their boxes (x, y, width, height, foot) and the keys with their heights."""
    places, circles = choropleth_of(current, chosen), circles_of(current, chosen)
    drawn = circles or (places.choropleth if places else None)
    if drawn is None:
        raise NoSuchPage("cette sélection n'a pas de carte.")
    boxes = [(24, 90, 700, 690, 0), *((24 + 160 * rank, 810, 120, 120, 950) for rank in range(len(drawn.insets)))]
    keys = drawn.keys if circles else drawn.legend
    step = 76 if circles else 28
    return {
        "circles": circles,
        "sheets": list(zip([drawn.main, *drawn.insets], boxes, strict=True)),
        "keys": [(key, 140 + step * rank) for rank, key in enumerate(keys)],
        "last": 150 + step * len(keys),
        "contours": CONTOURS,
    }


def _edition(code: str, version: str | None) -> Edition:
    return edition(published(), code, version)
