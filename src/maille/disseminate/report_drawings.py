"""The charts and the maps of a report as rows and positions; every chart is also a table of the annex."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeGuard

from maille.disseminate.report_figures import Figure, Figures, Unsaid, interval, value, widest
from maille.disseminate.schema import STATUSES
from maille.specs import TOTAL, Publication
from maille.specs.report import Chart, Map
from maille.specs.report_text import Reference
from maille.specs.typography import french, number, uncrowded
from maille.territory.drawing import Drawing, region_map

CLASSES = 5
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SERIES = {
    "communes": "part des communes",
    "population": "part de la population",
    "epci": "part des intercommunalités",
    "amounts": "montant",
}
_HIDDEN = {"unavailable": "trop peu de réponses", "secret": "secret", "not_collected": "non collecté"}
_LEGEND = {"secret": "Secret statistique", "absent": "Trop peu de réponses"}
_COLOURS = ("#E3EDC8", "#AED4AC", "#66AF9B", "#2B7F88", "#14496A")


@dataclass(frozen=True)
class Drawer:
    """Draws what a report asks for, from its figures and the words of the tables."""

    figures: Figures
    publications: Mapping[str, Publication]
    domains: Mapping[str, Mapping[str, str]]

    def chart(self, spec: Chart) -> dict[str, Any]:
        """Return a chart: its axis, and one row a domain or an indicator with one mark a measure, in per cent."""
        lines = [
            (
                label,
                total,
                [self._figure(Reference(spec.table, indicator, measure, domain)) for measure in spec.measures],
            )
            for label, total, indicator, domain in self._lines(spec)
        ]
        if len(spec.indicators) > 1:
            lines.sort(key=lambda line: -_height(line[2][0]))
        ticks = _graduations(widest(figure for _, _, marks in lines for figure in marks if _drawn(figure)))
        unit = self.figures.indicators[spec.indicators[0]].unit
        rows = [
            {"label": label, "total": total, "marks": [_mark(figure, ticks[-1]) for figure in marks]}
            for label, total, marks in lines
        ]
        return {
            "rows": rows,
            "ticks": [
                {"x": _percent(100 * tick / ticks[-1]), "label": label}
                for tick, label in zip(ticks, uncrowded([number(tick, _places(ticks)) for tick in ticks]), strict=True)
            ],
            "series": [_SERIES[measure] for measure in spec.measures],
            "unit": unit,
            "alt": _told(rows, ticks[-1], unit),
            "about": self._about(spec.table),
            "where": "" if len(spec.indicators) == 1 else self.domains[spec.table][spec.domain].lower(),
            "label": self.figures.indicators[spec.indicators[0]].title,
            "first": "Indicateur" if len(spec.indicators) > 1 else "Domaine",
        }

    def map(self, spec: Map) -> dict[str, Any]:
        """Return a map of France: the colour of each région, the legend, the SVG of each frame, and the rows."""
        places = {code: name for code, name in self.domains[spec.table].items() if code.startswith("REG-")}
        found = {code: self._figure(Reference(spec.table, spec.indicator, spec.measure, code)) for code in places}
        values = [figure.row["estimate"] for figure in found.values() if figure is not None and _drawn(figure)]
        bands = _classes(values)
        ranks = {code.removeprefix("REG-"): _rank(figure, bands) for code, figure in found.items()}
        ordered = sorted(found.items(), key=lambda item: -_height(item[1]))
        rows = [
            {"label": places[code], "code": code[4:], "total": False, "marks": [_mark(figure, 100.0)]}
            for code, figure in ordered
        ]
        whole = self._figure(Reference(spec.table, spec.indicator, spec.measure, TOTAL))
        rows.append({"label": self.domains[spec.table][TOTAL], "total": True, "marks": [_mark(whole, 100.0)]})
        frames = region_map()
        return {
            "rows": rows,
            "legend": list(_legend(values, ranks)),
            "sheets": [{"name": sheet.frame.name, "svg": _svg(sheet, ranks)} for sheet in frames],
            "ranks": ranks,
            "series": [_SERIES[spec.measure]],
            "unit": self.figures.indicators[spec.indicator].unit,
            "alt": french("Carte par région. " + " ; ".join(_row(row) for row in rows) + "."),
            "about": self._about(spec.table),
            "where": "",
            "first": "Région",
            "label": self.figures.indicators[spec.indicator].title,
            "kilometres": frames[0].frame.kilometres,
            "scale": frames[0].frame.scale,
        }

    def _lines(self, spec: Chart) -> Iterator[tuple[str, bool, str, str]]:
        """Yield the label of each row, whether it is the whole, its indicator and its domain."""
        if len(spec.indicators) > 1:
            for name in spec.indicators:
                yield self.figures.indicators[name].label, False, name, spec.domain
            return
        for code, label in self.domains[spec.table].items():
            if not code.startswith(("REG-", "DEP-")):
                yield label, code == TOTAL, spec.indicators[0], code

    def _figure(self, reference: Reference) -> Figure | None:
        try:
            return self.figures.figure(reference)
        except Unsaid:
            return None

    def _about(self, table: str) -> dict[str, str]:
        publication = self.publications[table]
        return {
            "table": table,
            "number": publication.number,
            "field": publication.field,
            "version": publication.release.version,
            "date": publication.release.date.isoformat(),
        }


def _drawn(figure: Figure | None) -> TypeGuard[Figure]:
    return figure is not None and figure.row["estimate"] is not None and figure.row["status"] in STATUSES


def _height(figure: Figure | None) -> float:
    """Return what rows are sorted by: the estimate, and nothing for what is hidden, which comes last."""
    return figure.row["estimate"] if _drawn(figure) else -1.0


def _mark(figure: Figure | None, end: float) -> dict[str, Any]:
    if not _drawn(figure):
        why = "non publié" if figure is None else _HIDDEN.get(figure.row["status"], "non publié")
        return {"kind": "hidden", "value": why, "interval": "", "cell": str(figure.reference) if figure else None}
    row = figure.row
    whole = bool(row["all_observed"]) or row["ci_low"] is None
    low, high = (row["estimate"],) * 2 if whole else (row["ci_low"], row["ci_high"])
    return {
        "kind": "whole" if whole else "interval",
        "imprecise": row["flag"] == "low_precision",
        "x": _percent(100 * row["estimate"] / end),
        "low": _percent(100 * low / end),
        "high": _percent(100 * high / end),
        "value": value(figure),
        "interval": interval(figure),
        "bounds": [number(bound, row["decimals"]) for bound in (low, high)],
        "cell": str(figure.reference),
    }


def _percent(position: float) -> str:
    """Write a position in per cent, always with a point."""
    return f"{min(position, 100.0):.2f}".rstrip("0").rstrip(".") + "%"


def _graduations(highest: float) -> list[float]:
    """Return three to six round graduations from zero that hold ``highest``."""
    power = 10.0 ** math.floor(math.log10(max(highest, 0.1) / 5))
    step = next(power * step for step in _STEPS if power * step * 5 >= highest)
    return [rank * step for rank in range(max(3, math.ceil(highest / step)) + 1)]


def _places(ticks: Sequence[float]) -> int:
    return 0 if all(float(tick).is_integer() for tick in ticks) else 1


def _told(rows: Sequence[Mapping[str, Any]], end: float, unit: str) -> str:
    """Return the chart in words, for who does not see it."""
    scale = f"Graphique de 0 à {number(end)} {unit}. "
    return french(scale + " ; ".join(_row(row) for row in rows) + ".")


def _row(row: Mapping[str, Any]) -> str:
    return f"{row['label']} " + ", ".join(f"{mark['value']} {mark['interval']}".strip() for mark in row["marks"])


def _classes(values: Sequence[float]) -> list[float]:
    """Return the bounds between at most five classes of equal and round width."""
    if not values:
        return []
    low, high = min(values), max(values)
    steps = (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))
    cuts = ([step * rank for rank in range(math.floor(low / step) + 1, math.ceil(high / step))] for step in steps)
    return next([float(bound) for bound in bounds] for bounds in cuts if len(bounds) < CLASSES)


def _rank(figure: Figure | None, bounds: Sequence[float]) -> str:
    if not _drawn(figure):
        return "secret" if figure is not None and figure.row["status"] == "secret" else "absent"
    return f"c{1 + sum(figure.row['estimate'] >= bound for bound in bounds)}"


def _between(low: float | None, high: float | None, values: Sequence[float]) -> str:
    """Return the words of a class; the only class goes from the least value to the greatest."""
    if low is None and high is None:
        least, most = number(min(values), 1), number(max(values), 1)
        return least if least == most else f"{least} à {most}"
    if low is None:
        return f"Moins de {number(high)}"
    return f"{number(low)} et plus" if high is None else f"{number(low)} à moins de {number(high)}"


def _legend(values: Sequence[float], ranks: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the classes, the highest first, then what has no number, each with how many régions it holds."""
    held = list(ranks.values())
    edges = [None, *_classes(values), None]
    for rank, (low, high) in reversed(list(enumerate(pairwise(edges), start=1))):
        if f"c{rank}" not in held:
            continue
        label = _between(low, high, values)
        yield {"css": f"c{rank}", "label": label, "count": held.count(f"c{rank}"), "colour": _COLOURS[rank - 1]}
    apart = [css for css in _LEGEND if css in held]
    for css in apart:
        words = {"css": css, "label": _LEGEND[css], "count": held.count(css)}
        yield words | {"colour": None, "first": css == apart[0]}


def _svg(sheet: Drawing, ranks: Mapping[str, str]) -> str:
    """Return a frame as an SVG without text; the secret is dotted, what has too few answers is hatched."""
    frame = sheet.frame
    unit = 4.0 if frame.width > 500 else 6.5
    fills = {f"c{rank}": colour for rank, colour in enumerate(_COLOURS, start=1)}
    fills |= {"secret": "url(#dots)", "absent": "url(#lines)"}
    border = "".join(outline.path for outline in sheet.outlines)
    areas = "".join(
        f'<path d="{outline.path}" fill="{fills[ranks.get(outline.code, "absent")]}"/>' for outline in sheet.outlines
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{frame.view_box}" width="{frame.width}" '
        f'height="{frame.height}"><defs>'
        f'<pattern id="dots" width="{5 * unit}" height="{5 * unit}" patternUnits="userSpaceOnUse">'
        f'<rect width="{5 * unit}" height="{5 * unit}" fill="#DAD4C6"/>'
        f'<circle cx="{2 * unit}" cy="{2 * unit}" r="{0.8 * unit}" fill="#5C635E"/></pattern>'
        f'<pattern id="lines" width="{4 * unit}" height="{4 * unit}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="{4 * unit}" height="{4 * unit}" fill="#FFFFFF"/>'
        f'<rect width="{unit}" height="{4 * unit}" fill="#7B776A"/></pattern></defs>'
        f'<path d="{border}" fill="none" stroke="#18211E" stroke-width="{1.4 * unit}"/>'
        f'<g stroke="#FFFFFF" stroke-width="{0.5 * unit}">{areas}</g></svg>'
    )
