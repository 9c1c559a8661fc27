"""A published table as a formatted workbook, the same bytes each time."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from maille.disseminate.schema import MEASURES, STATUSES
from maille.specs import Indicator, Publication

_SECRET = "s"  # noqa: S105  # the usual mark of statistical secrecy
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
    for measure in publication.measures:
        sheet = book.add_worksheet(MEASURES[measure].split(" (")[0].capitalize()[:31])
        _write_measure(
            sheet,
            cells.filter(pl.col("measure") == measure),
            formats=formats,
            heading=(publication.title, f"{MEASURES[measure].capitalize()}, intervalle de confiance à 95 %"),
            rows={name: indicators[name].title for name in publication.indicators},
            columns=domains,
        )
    _write_long(book.add_worksheet("Données"), cells, formats)
    sheet = book.add_worksheet("Lisez-moi")
    sheet.set_column(0, 0, 110)
    for position, note in enumerate(notes):
        sheet.write_string(position, 0, note, formats["text"])
    book.close()
    return buffer.getvalue()


def _formats(book: xlsxwriter.Workbook) -> dict[str, Format]:
    return {
        "title": book.add_format({**_INK, "bold": True, "font_size": 14}),
        "text": book.add_format({**_INK, "text_wrap": True, "valign": "top"}),
        "head": book.add_format({**_INK, "bold": True, "bottom": 2, "text_wrap": True, "align": "right"}),
        "label": book.add_format({**_INK, "bottom": 1, "bottom_color": "#DAD4C6"}),
        "value": book.add_format(
            {**_INK, "num_format": "0.0", "align": "right", "bottom": 1, "bottom_color": "#DAD4C6"}
        ),
        "interval": book.add_format(
            {**_INK, "font_color": "#434B47", "align": "right", "bottom": 1, "bottom_color": "#DAD4C6"}
        ),
    }


def _write_measure(
    sheet: Worksheet,
    cells: pl.DataFrame,
    *,
    formats: Mapping[str, Format],
    heading: tuple[str, str],
    rows: Mapping[str, str],
    columns: Mapping[str, str],
) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 52)
    sheet.set_column(1, 2 * len(columns), 15)
    sheet.write_string(0, 0, heading[0], formats["title"])
    sheet.write_string(1, 0, heading[1], formats["text"])
    sheet.freeze_panes(4, 1)
    sheet.write_string(3, 0, "Indicateur", formats["head"])
    for position, label in enumerate(columns.values()):
        sheet.write_string(3, 1 + 2 * position, label, formats["head"])
        sheet.write_string(3, 2 + 2 * position, "intervalle", formats["head"])
    found = {(row["indicator"], row["domain"]): row for row in cells.iter_rows(named=True)}
    for line, (indicator, title) in enumerate(rows.items(), start=4):
        sheet.write_string(line, 0, title, formats["label"])
        for position, domain in enumerate(columns):
            _write_cell(sheet, (line, 1 + 2 * position), found.get((indicator, domain)), formats=formats)


def _write_cell(
    sheet: Worksheet, place: tuple[int, int], cell: Mapping[str, Any] | None, *, formats: Mapping[str, Format]
) -> None:
    line, column = place
    if cell is None or cell["estimate"] is None:
        mark = _SECRET if cell is not None and cell["status"] == "secret" else "…"
        sheet.write_string(line, column, mark, formats["value"])
        sheet.write_blank(line, column + 1, None, formats["interval"])
        return
    sheet.write_number(line, column, cell["estimate"], formats["value"])
    interval = f"[{cell['ci_low']:.1f} ; {cell['ci_high']:.1f}]".replace(".", ",")
    sheet.write_string(line, column + 1, interval, formats["interval"])


def _write_long(sheet: Worksheet, cells: pl.DataFrame, formats: Mapping[str, Format]) -> None:
    for column, name in enumerate(cells.columns):
        sheet.write_string(0, column, name, formats["head"])
    for line, row in enumerate(cells.iter_rows(), start=1):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(line, column, value)
    sheet.freeze_panes(1, 0)
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
        "Statuts de la feuille « Données » : " + " ; ".join(f"{code} = {label}" for code, label in STATUSES.items()),
    ]
    return notes
