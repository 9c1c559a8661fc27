"""The home page: the survey explained to a mayor in ten seconds, with nothing on it that is not real."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from maille.territory.drawing import departement_map, france_map, joined
from maille.web.observatory.drawing import Chart
from maille.web.observatory.pages import page, public, published
from maille.web.observatory.participation import Area, choropleth, read
from maille.web.observatory.plan import plan, whole
from maille.web.observatory.records import Edition, latest
from maille.web.observatory.results import overview

HERO, MARKED = "69", "69243"
TINY = 5


@dataclass(frozen=True)
class Tick:
    """One interval of the small chart."""

    x: str
    low: str
    high: str
    y: int


@public
def home(request: HttpRequest) -> HttpResponse:
    source = published()
    current = latest(source)
    drawing = departement_map(HERO)
    domains = plan(source, current.code if current else None)
    return page(
        request,
        "home",
        section="enquete",
        edition=current,
        communes_plan=whole(domains, "communes"),
        epci_plan=whole(domains, "epci"),
        frame=drawing.frame,
        communes=len(drawing.outlines),
        mesh=joined(drawing.outlines),
        marked=next((outline for outline in drawing.outlines if outline.code == MARKED), None),
        tiny=_tiny(current),
        country=_country(current),
    )


def _tiny(current: Edition | None) -> list[Tick]:
    """Return real figures as a small chart: those of the table whose intervals are the widest, to be seen at all."""
    charts = [overview(current, sheet) for sheet in current.sheets()] if current else []
    if not charts:
        return []
    marks = [mark for mark in max(charts, key=_spread).marks if mark.cell.shown]
    return [Tick(mark.x, mark.low, mark.high, 24 * rank + 18) for rank, mark in enumerate(marks[:TINY])]


def _spread(chart: Chart) -> float:
    ranged = [mark.cell for mark in chart.marks[:TINY] if mark.cell.ranged]
    return sum((cell.ci_high or 0) - (cell.ci_low or 0) for cell in ranged) / chart.end if len(ranged) == TINY else 0


def _country(current: Edition | None) -> list[Area]:
    """Return the départements of the mainland, coloured once the participation is published."""
    rows = [row for row in read(current) if row["level"] == "departement"]
    if rows:
        return list(choropleth(rows).main.areas)
    return [Area(outline.path, "mesh-ground", outline.name) for outline in france_map()[0].outlines]
