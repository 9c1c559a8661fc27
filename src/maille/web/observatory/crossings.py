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
    interval: str
    chance: str
    clear: bool
    more: bool


@dataclass(frozen=True)
class Line:
    """One indicator: its figures by class, their drawing, and the gap of the extremes, None when it is not said."""

    label: str
    cells: tuple[Cell, ...]
    chart: Chart
    gap: Gap | None

    @property
    def figures(self) -> list[tuple[str, str]]:
        """Each figure with its interval, as the table writes them."""
        return [(phrases.short(cell), phrases.interval(cell) if cell.shown else "") for cell in self.cells]


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
    return Cell(table=row["crossing"], domain_type="class", flag=row["flag"] or "", decimals=row["decimals"], **known)


def _gap(row: Mapping[str, Any]) -> Gap:
    clear = row["ci_low"] > 0 or row["ci_high"] < 0
    chance = "moins de 0,1 %" if row["p_value"] < 0.001 else f"{number(100 * row['p_value'], 1)} %"
    interval = f"[{_signed(row['ci_low'])} ; {_signed(row['ci_high'])}]"
    return Gap(_signed(row["estimate"]), interval, chance, clear, row["estimate"] > 0)


def _group(row: Mapping[str, Any], unit: str) -> Group:
    low, high = row["class_low"], row["class_high"]
    bounds = "" if low is None else f"de {number(low, 0)} à {number(high, 0)} {unit}"
    return Group(row["label"], bounds, row["territories"])


def _answer(lines: Sequence[Line]) -> str:
    """Say how many of the gaps are clear of zero, and which way: an association, never a cause."""
    told = [line for line in lines if line.gap]
    more = [line.label for line in told if line.gap and line.gap.clear and line.gap.more]
    less = [line.label for line in told if line.gap and line.gap.clear and not line.gap.more]
    if not told:
        return "Aucun écart ne peut être publié."
    if not more and not less:
        return "Non, rien ne le montre : aucun écart n’est plus grand que sa marge d’erreur."
    said = []
    if less:
        said.append(f"moins souvent, d’une classe extrême à l’autre : {', '.join(less)}")
    if more:
        said.append(f"plus souvent : {', '.join(more)}")
    clear = len(more) + len(less)
    gaps = f"{len(told)} écart{'s' if len(told) > 1 else ''}"
    pass_it = "dépassent leur" if clear > 1 else "dépasse sa"
    return f"Sur {gaps}, {clear} {pass_it} marge d’erreur ({' ; '.join(said)})."


def _signed(value: float) -> str:
    return f"+{number(value, 1)}" if value > 0 else number(value, 1).replace("-", "−")
