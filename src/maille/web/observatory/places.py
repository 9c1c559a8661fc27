"""One indicator by région and by département: the map of France, and the table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from maille.web.observatory import phrases
from maille.web.observatory.circles import CircleMap, circle_map
from maille.web.observatory.participation import Choropleth, choropleth
from maille.web.observatory.records import Cell, Edition

TOTALS = "total"
NOUNS = {"region": "région", "departement": "département"}


@dataclass(frozen=True)
class Line:
    """A territory and its figure as the table writes them."""

    name: str
    code: str
    cell: Cell
    value: str
    interval: str


@dataclass(frozen=True)
class Places:
    """The figures of an indicator on one kind of territory; a total is drawn as circles, anything else as colours."""

    noun: str
    lines: tuple[Line, ...]
    choropleth: Choropleth
    circles: CircleMap | None
    summary: str
    low_precision: int


def places(current: Edition, cells: Sequence[Cell]) -> list[Places]:
    """Return what is published by région, then by département, of the cells of one indicator and one measure."""
    found = [(kind, [cell for cell in cells if cell.domain_type == kind]) for kind in NOUNS]
    return [_places(current, kind, part) for kind, part in found if part]


def _places(current: Edition, kind: str, cells: Sequence[Cell]) -> Places:
    lines = tuple(
        Line(current.domain(cell), cell.domain.partition("-")[2], cell, phrases.short(cell), phrases.interval(cell))
        for cell in cells
    )
    return Places(
        NOUNS[kind],
        tuple(sorted(lines, key=lambda line: line.code)),
        _map(kind, lines),
        circle_map(current, kind, cells) if cells[0].kind == TOTALS else None,
        _summary(NOUNS[kind], lines),
        sum(cell.imprecise for cell in cells),
    )


def _map(kind: str, lines: Sequence[Line]) -> Choropleth:
    rows = [
        {
            "code": line.code,
            "rate": line.cell.estimate if line.cell.shown else None,
            "status": line.cell.status,
            "title": f"{line.name} : {line.value} {line.interval}".strip(),
        }
        for line in lines
    ]
    return choropleth(rows, NOUNS[kind])


def _summary(noun: str, lines: Sequence[Line]) -> str:
    shown = sorted((line for line in lines if line.cell.shown), key=lambda line: line.cell.estimate or 0)
    sentence = f"Carte par {noun}, {len(lines)} territoires."
    if len(shown) > 1:
        low, high = shown[0], shown[-1]
        sentence += f" De {low.value} ({low.name}) à {high.value} ({high.name})."
    return sentence + " Le tableau qui suit donne chaque valeur."
