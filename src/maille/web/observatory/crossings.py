"""Crossings: the figures of the survey by classes of what another source says, and how far the extremes differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from maille.web.observatory import phrases
from maille.web.observatory.drawing import Chart, interval_chart
from maille.web.observatory.pages import NoSuchPage, page, public, published
from maille.web.observatory.records import Cell, edition
from maille.web.typography import number

_CELL = ("indicator", "measure", "domain", "status", "estimate", "standard_error", "ci_low", "ci_high", "respondents")


@dataclass(frozen=True)
class Gap:
    """The difference of the last class to the first: as it is written, and whether it is clear of zero."""

    value: str
    unit: str
    interval: str
    chance: str
    clear: bool
    more: bool
    imprecise: bool


@dataclass(frozen=True)
class Line:
    """One indicator: its figures by class, their drawing, and the gap of the extremes, None when it is not said."""

    label: str
    cells: tuple[Cell, ...]
    chart: Chart
    gap: Gap | None

    @property
    def unit(self) -> str:
        """What the figures are counted in."""
        return self.cells[0].unit

    @property
    def figures(self) -> list[tuple[str, str, bool]]:
        """Each figure with its interval, as the table writes them, and whether it is imprecise."""
        return [
            (phrases.short(cell), phrases.interval(cell) if cell.shown else "", cell.imprecise) for cell in self.cells
        ]


@dataclass(frozen=True)
class Group:
    """A class: its label, the values of the source that it holds, and its territories."""

    label: str
    bounds: str
    territories: int | None


@public
def crossings(request: HttpRequest, edition: str) -> HttpResponse:
    current = _edition(edition)
    name = f"disseminated/{edition}/crossings"
    if not current.published.exists(name) or not published().read(name).table.height:
        raise NoSuchPage("cette édition n'est croisée avec aucune autre source.")
    dataset = published().read(name)
    rows = list(dataset.table.iter_rows(named=True))
    texts = published().json(name, "crossings.json")["crossings"]
    found = [_crossing(text, [row for row in rows if row["crossing"] == text["id"]]) for text in texts]
    return page(
        request,
        "crossings",
        section="resultats",
        edition=current,
        card=dataset.card,
        crossings=[crossing for crossing in found if crossing["lines"]],
    )


def _edition(code: str) -> Any:
    return edition(published(), code)


def _crossing(text: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    lines = [
        _line(label, [row for row in rows if row["indicator"] == name])
        for name, label in text["indicators"].items()
        if any(row["indicator"] == name for row in rows)
    ]
    first = next(iter(text["indicators"]))
    groups = [_group(row, text["unit"]) for row in rows if row["indicator"] == first and row["row"] == "class"]
    return {**text, "lines": lines, "groups": groups, "answer": _answer(lines)}


def _line(label: str, rows: Sequence[Mapping[str, Any]]) -> Line:
    classes = [row for row in rows if row["row"] == "class"]
    cells = tuple(_cell(row) for row in classes)
    gap = next((_gap(row) for row in rows if row["row"] == "difference" and row["ci_low"] is not None), None)
    labels = [row["label"] for row in classes]
    return Line(label, cells, interval_chart(list(zip(labels, cells, strict=True))), gap)


def _cell(row: Mapping[str, Any]) -> Cell:
    known = {name: row[name] for name in _CELL}
    told = {name: row[name] for name in ("kind", "unit", "decimals")}
    return Cell(table=row["crossing"], domain_type="class", flag=row["flag"] or "", **told, **known)


def _gap(row: Mapping[str, Any]) -> Gap:
    clear = row["ci_low"] > 0 or row["ci_high"] < 0
    chance = "moins de 0,1 %" if row["p_value"] < 0.001 else f"{number(100 * row['p_value'], 1)} %"
    low, high, value = (_signed(row[name], row["decimals"]) for name in ("ci_low", "ci_high", "estimate"))
    return Gap(
        value=value,
        unit="points" if row["kind"] == "share" else row["unit"],
        interval=f"[{low} ; {high}]",
        chance=chance,
        clear=clear,
        more=row["estimate"] > 0,
        imprecise=row["flag"] == "low_precision",
    )


def _group(row: Mapping[str, Any], unit: str) -> Group:
    low, high = row["class_low"], row["class_high"]
    bounds = "" if low is None else f"de {number(low, 0)} à {number(high, 0)} {unit}"
    return Group(row["label"], bounds, row["territories"])


def _answer(lines: Sequence[Line]) -> str:
    """Say how many of the gaps are clear of zero, and which way: an association, never a cause."""
    told = [(line.label, line.gap) for line in lines if line.gap]
    clear = [(label, gap) for label, gap in told if gap.clear]
    if not told:
        return "Aucun écart ne peut être publié."
    if not clear:
        return "Non, rien ne le montre : aucun écart n’est plus grand que sa marge d’erreur."
    sides = (
        ("plus bas", [one for one in clear if not one[1].more]),
        ("plus haut", [one for one in clear if one[1].more]),
    )
    said = " ; ".join(f"{side} : {', '.join(map(_named, found))}" for side, found in sides if found)
    gaps = f"{len(told)} écart{'s' if len(told) > 1 else ''}"
    pass_it = "dépassent leur" if len(clear) > 1 else "dépasse sa"
    return f"Sur {gaps}, {len(clear)} {pass_it} marge d’erreur. D’une classe extrême à l’autre, {said}."


def _named(told: tuple[str, Gap]) -> str:
    label, gap = told
    return f"{label} (peu précis)" if gap.imprecise else label


def _signed(value: float, decimals: int) -> str:
    return f"+{number(value, decimals)}" if value > 0 else number(value, decimals).replace("-", "−")
