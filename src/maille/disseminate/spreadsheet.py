"""A published table as a formatted workbook, the same bytes each time."""

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from maille.disseminate.schema import DOMAIN_TYPES, FLAGS, MEASURES, STATUSES
from maille.specs import Indicator, Publication
from maille.specs.typography import number

TOTAL_TYPE = "total"
BANDED = ("size_band", TOTAL_TYPE)

_SECRET = "s"  # noqa: S105  # the usual mark of statistical secrecy
_NAMES = {"communes": "Communes", "population": "Population", "epci": "Intercommunalités", "amounts": "Montants"}
_VALUE, _PAGE = 16, 220
"""Widths in signs: of a figure, of what a printed page holds beside the first column."""

_HEAD = 62
_INK = {"font_name": "Calibri", "font_size": 11}


def workbook(
    publication: Publication,
    cells: pl.DataFrame,
    *,
    indicators: Mapping[str, Indicator],
    domains: Mapping[str, str],
    notes: Sequence[str],
) -> bytes:
    """Return the XLSX bytes of a table: one formatted sheet a measure, the long data, and what to know before use.

    ``domains`` gives the labels of the columns in their order, total last; ``notes`` fill the last sheet.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # A fixed creation date: recomputing the workbook must give the same bytes.
    book.set_properties({"title": publication.title, "created": datetime(2000, 1, 1), "author": "Maille"})  # noqa: DTZ001
    formats = _formats(book)
    words = _Words(publication, indicators, domains)
    for measure in publication.measures:
        heading = (publication.title, f"{MEASURES[measure].capitalize()}, intervalle de confiance à 95 %")
        for kind, name in _sheets(publication, measure):
            grid = _grid(cells.filter(pl.col("measure") == measure), kind, words)
            if grid is not None:
                _write_cells(_sheet(book, name), grid, formats=formats, heading=heading)
    _write_long(_sheet(book, "Données"), cells, formats)
    sheet = book.add_worksheet("Lisez-moi")
    sheet.set_column(0, 0, 110)
    for position, note in enumerate(notes):
        sheet.write_string(position, 0, note, formats["text"])
    book.close()
    return buffer.getvalue()


@dataclass(frozen=True)
class _Words:
    """What rows and columns are called: the indicators of a table, and the labels of its domains in their order."""

    publication: Publication
    indicators: Mapping[str, Indicator]
    domains: Mapping[str, str]


@dataclass(frozen=True)
class _Grid:
    """A sheet of figures: what its first column holds, its rows and columns with their labels, its cells.

    ``decimals`` are those of each indicator.
    """

    head: str
    rows: Mapping[str, str]
    columns: Mapping[str, str]
    cells: Mapping[tuple[str, str], Mapping[str, Any]]
    decimals: Mapping[str, int]


def _grid(cells: pl.DataFrame, kind: str, words: _Words) -> _Grid | None:
    """Return the figures of one kind of domain, the whole beside them; None when the table gives none.

    Indicators are in rows, but in columns where territories are many.
    """
    given = cells.filter(pl.col("domain_type") == kind)["indicator"].unique().to_list()
    if not given:
        return None
    here = cells.filter(pl.col("domain_type").is_in([kind, TOTAL_TYPE]), pl.col("indicator").is_in(given))
    found = {(row["indicator"], row["domain"]): row for row in here.iter_rows(named=True)}
    places = {code: label for code, label in words.domains.items() if any(code == domain for _, domain in found)}
    kept = [words.indicators[name] for name in words.publication.indicators if name in given]
    decimals = {item.id: item.decimals for item in kept}
    if kind in BANDED:
        return _Grid("Indicateur", {item.id: _titled(item, item.title) for item in kept}, places, found, decimals)
    turned = {(domain, indicator): row for (indicator, domain), row in found.items()}
    labels = {item.id: _titled(item, item.label) for item in kept}
    return _Grid(DOMAIN_TYPES[kind].capitalize(), places, labels, turned, decimals)


def _sheets(publication: Publication, measure: str) -> Iterator[tuple[str, str]]:
    """Yield the sheets of a measure: what its domains are, and its name, thirty-one signs at most."""
    cuts = publication.cuts
    yield ("size_band" if "size_band" in cuts else TOTAL_TYPE), _NAMES[measure]
    for kind in ("region", "departement"):
        if kind in cuts:
            yield kind, f"{_NAMES[measure]}, {DOMAIN_TYPES[kind]}s"


def _sheet(book: xlsxwriter.Workbook, name: str) -> Worksheet:
    """Return a new sheet that prints on A4 pages as wide as it is."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    return sheet


def _titled(indicator: Indicator, words: str) -> str:
    return words if indicator.kind == "share" else f"{words} ({indicator.unit})"


def _formats(book: xlsxwriter.Workbook) -> dict[str, Format]:
    line = {**_INK, "bottom": 1, "bottom_color": "#DAD4C6", "valign": "top"}
    head = {**_INK, "bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"}
    values = {
        f"value {decimals}": book.add_format(
            {**line, "num_format": f"#,##0.{'0' * decimals}".rstrip("."), "align": "right"}
        )
        for decimals in range(5)
    }
    return {
        "title": book.add_format({**_INK, "bold": True, "font_size": 14}),
        "line": book.add_format(_INK),
        "text": book.add_format({**_INK, "text_wrap": True, "valign": "top"}),
        "first": book.add_format(head),
        "head": book.add_format({**head, "align": "right"}),
        "label": book.add_format(line),
        "interval": book.add_format({**line, "font_color": "#434B47", "align": "right"}),
        **values,
    }


def _write_cells(sheet: Worksheet, grid: _Grid, *, formats: Mapping[str, Format], heading: tuple[str, str]) -> None:
    sheet.hide_gridlines(2)
    wide = 24 if any(cell["flag"] for cell in grid.cells.values()) else 15
    sheet.set_column(0, 0, max(map(len, grid.rows.values())))
    for position in range(len(grid.columns)):
        sheet.set_column(1 + 2 * position, 1 + 2 * position, _VALUE)
        sheet.set_column(2 + 2 * position, 2 + 2 * position, wide)
    sheet.repeat_columns(0)
    sheet.fit_to_pages(math.ceil(len(grid.columns) * (_VALUE + wide) / _PAGE), 0)
    sheet.set_row(3, _HEAD)
    sheet.write_string(0, 0, heading[0], formats["title"])
    sheet.write_string(1, 0, heading[1], formats["line"])
    sheet.freeze_panes(4, 1)
    sheet.repeat_rows(3)
    sheet.write_string(3, 0, grid.head, formats["first"])
    for position, label in enumerate(grid.columns.values()):
        sheet.write_string(3, 1 + 2 * position, label, formats["head"])
        sheet.write_string(3, 2 + 2 * position, "intervalle", formats["head"])
    for line, (name, title) in enumerate(grid.rows.items(), start=4):
        sheet.write_string(line, 0, title, formats["label"])
        for position, column in enumerate(grid.columns):
            decimals = grid.decimals[name if name in grid.decimals else column]
            place = (line, 1 + 2 * position)
            _write_cell(sheet, place, grid.cells.get((name, column)), formats=formats, decimals=decimals)


def _write_cell(
    sheet: Worksheet,
    place: tuple[int, int],
    cell: Mapping[str, Any] | None,
    *,
    formats: Mapping[str, Format],
    decimals: int,
) -> None:
    line, column = place
    if cell is None or cell["estimate"] is None:
        mark = _SECRET if cell is not None and cell["status"] == "secret" else "…"
        sheet.write_string(line, column, mark, formats["value 0"])
        sheet.write_blank(line, column + 1, None, formats["interval"])
        return
    sheet.write_number(line, column, cell["estimate"], formats[f"value {decimals}"])
    bounds = [number(cell[side], decimals) for side in ("ci_low", "ci_high") if cell[side] is not None]
    words = [f"[{' ; '.join(bounds)}]"] if len(bounds) == 2 else []
    words += [FLAGS[cell["flag"]]] if cell["flag"] else []
    sheet.write_string(line, column + 1, " ".join(words), formats["interval"])


def _write_long(sheet: Worksheet, cells: pl.DataFrame, formats: Mapping[str, Format]) -> None:
    for column, name in enumerate(cells.columns):
        sheet.write_string(0, column, name, formats["head"])
    for line, row in enumerate(cells.iter_rows(), start=1):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(line, column, value)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, cells.height, cells.width - 1)
    sheet.set_column(0, cells.width - 1, 16)


def reading_notes(publication: Publication, *, simulated: bool) -> list[str]:
    """Return what to know before using the table, a sentence a line."""
    notes = [publication.title]
    if simulated:
        notes.append("DONNÉES SIMULÉES : ces chiffres ne décrivent aucune collectivité réelle.")
    notes += [
        publication.note,
        f"Version {publication.release.version} du {publication.release.date:%d/%m/%Y}.",
        "s : case couverte par le secret statistique. … : case indisponible.",
        "peu précis : un ordre de grandeur ; l’intervalle est large, ou quelques grandes communes en décident.",
        "Statuts de la feuille « Données » : " + " ; ".join(f"{code} = {label}" for code, label in STATUSES.items()),
    ]
    return notes
