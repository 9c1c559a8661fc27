"""Totals on a map: circles whose areas are the numbers, never a colour that a large territory would make heavy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maille.territory import load_reference
from maille.territory.drawing import Frame, france_map
from maille.web.observatory import phrases
from maille.web.observatory.drawing import axis
from maille.web.observatory.records import Cell, Edition

LARGEST = 30.0
HIDDEN = 4.0


@dataclass(frozen=True)
class Circle:
    """One territory: its centre in per cent of the frame, its radius in pixels; ``css`` says when it is hidden."""

    x: str
    y: str
    r: str
    css: str
    title: str


@dataclass(frozen=True)
class CircleSheet:
    """One frame of the map: the ground, and the circles, the largest first so that none is covered whole."""

    frame: Frame
    ground: str
    circles: tuple[Circle, ...]


@dataclass(frozen=True)
class Key:
    """One circle of the legend."""

    r: str
    label: str


@dataclass(frozen=True)
class CircleMap:
    """The map: main frame, insets, legend, how many territories have no published number, and the map in words."""

    main: CircleSheet
    insets: tuple[CircleSheet, ...]
    keys: tuple[Key, ...]
    unsaid: int
    summary: str


def circle_map(current: Edition, kind: str, cells: Sequence[Cell]) -> CircleMap:
    """Draw one circle a territory; a région has its circle amid its départements."""
    places = [cell for cell in cells if cell.domain_type == kind]
    top = max((abs(cell.estimate or 0) for cell in places if cell.shown), default=0.0)
    titles = {cell.domain: _title(current, cell) for cell in places}
    members = _members(kind, places)
    sheets = []
    for drawing in france_map():
        where = {outline.code: (outline.x, outline.y) for outline in drawing.outlines}
        marks = [
            _circle(cell, _centre(where, members[cell.domain]), top=top, title=titles[cell.domain])
            for cell in sorted(places, key=lambda cell: -abs(cell.estimate or 0))
            if any(code in where for code in members[cell.domain])
        ]
        # The enlarged inner Paris repeats départements: a région has no circle of its own there.
        kept = () if kind == "region" and drawing.frame.key == "paris" else tuple(marks)
        ground = "".join(outline.path for outline in drawing.outlines)
        sheets.append(CircleSheet(drawing.frame, ground, kept))
    return CircleMap(
        sheets[0],
        tuple(sheets[1:]),
        _keys(top, places),
        unsaid=sum(not cell.shown for cell in places),
        summary=f"Carte en cercles de {len(places)} territoires. Le tableau qui suit donne chaque valeur.",
    )


def _members(kind: str, places: Sequence[Cell]) -> dict[str, list[str]]:
    codes = {cell.domain: cell.domain.partition("-")[2] for cell in places}
    if kind != "region":
        return {domain: [code] for domain, code in codes.items()}
    table = load_reference().departements
    owners = dict(zip(table["code"], table["region"], strict=True))
    return {domain: [dep for dep, region in owners.items() if region == code] for domain, code in codes.items()}


def _centre(where: Mapping[str, tuple[str, str]], members: Sequence[str]) -> tuple[str, str]:
    found = [where[code] for code in members if code in where]
    x, y = (sum(float(point[axis].rstrip("%")) for point in found) / len(found) for axis in (0, 1))
    return f"{x:.2f}%", f"{y:.2f}%"


def _circle(cell: Cell, centre: tuple[str, str], *, top: float, title: str) -> Circle:
    radius = _radius(abs(cell.estimate or 0), top) if cell.shown else HIDDEN
    css = "circle" if cell.shown else "circle-hidden"
    return Circle(*centre, f"{radius:.1f}", css, title)


def _radius(value: float, top: float) -> float:
    return max(1.0, LARGEST * (value / top) ** 0.5) if top else 1.0


def _keys(top: float, places: Sequence[Cell]) -> tuple[Key, ...]:
    """Return three round values, with the circle of each."""
    shown = next((cell for cell in places if cell.shown), None)
    if shown is None or not top:
        return ()
    step = axis(top, least=1e-4)[0]
    values = [value for value in (step, step / 2, step / 4, step / 10) if value <= top * 1.001][:3]
    return tuple(Key(f"{_radius(value, top):.1f}", phrases.measure_of(shown, value)) for value in values)


def _title(current: Edition, cell: Cell) -> str:
    return f"{current.domain(cell)} : {phrases.value(cell)} {phrases.interval(cell)}".strip()
