"""A published table as a formatted workbook, the same bytes each time."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from maille.disseminate.schema import FLAGS, MEASURES, STATUSES
from maille.specs import Indicator, Publication, quantity

TOTAL_TYPE = "total"
BANDED = ("size_band", TOTAL_TYPE)

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
    titles = {name: _titled(indicators[name]) for name in publication.indicators}
    for measure in publication.measures:
        heading = (publication.title, f"{MEASURES[measure].capitalize()}, intervalle de confiance à 95 %")
        for kind, name in _sheets(publication, measure):
            here = cells.filter((pl.col("measure") == measure) & pl.col("domain_type").is_in([kind, TOTAL_TYPE]))
            found = {(row["indicator"], row["domain"]): row for row in here.iter_rows(named=True)}
            kept = {code: label for code, label in domains.items() if any(code == domain for _, domain in found)}
            shown = {code: label for code, label in titles.items() if any(code == row for row, _ in found)}
            rows, columns = (shown, kept) if kind in BANDED else (kept, shown)
            if kind not in BANDED:
                found = {(domain, indicator): row for (indicator, domain), row in found.items()}
            _write_cells(book.add_worksheet(name), found, formats=formats, heading=heading, rows=rows, columns=columns)
    _write_long(book.add_worksheet("Données"), cells, formats)
    sheet = book.add_worksheet("Lisez-moi")
    sheet.set_column(0, 0, 110)
    for position, note in enumerate(notes):
        sheet.write_string(position, 0, note, formats["text"])
    book.close()
    return buffer.getvalue()


def _sheets(publication: Publication, measure: str) -> Iterator[tuple[str, str]]:
    """Yield the sheets of a measure: what its domains are, and its name, thirty-one signs at most."""
    title = MEASURES[measure].split(" (")[0].capitalize()
    cuts = publication.cuts
    yield ("size_band" if "size_band" in cuts else TOTAL_TYPE), title[:31]
    for kind, suffix in (("region", "régions"), ("departement", "départements")):
        if kind in cuts:
            yield kind, f"{title[: 31 - len(suffix) - 3]} - {suffix}"


def _titled(indicator: Indicator) -> str:
    return indicator.title if indicator.kind == "share" else f"{indicator.title} ({indicator.unit})"


def _formats(book: xlsxwriter.Workbook) -> dict[str, Format]:
    return {
        "title": book.add_format({**_INK, "bold": True, "font_size": 14}),
        "text": book.add_format({**_INK, "text_wrap": True, "valign": "top"}),
        "head": book.add_format({**_INK, "bold": True, "bottom": 2, "text_wrap": True, "align": "right"}),
        "label": book.add_format({**_INK, "bottom": 1, "bottom_color": "#DAD4C6"}),
        "value": book.add_format(
            {**_INK, "num_format": "#,##0.0", "align": "right", "bottom": 1, "bottom_color": "#DAD4C6"}
        ),
        "interval": book.add_format(
            {**_INK, "font_color": "#434B47", "align": "right", "bottom": 1, "bottom_color": "#DAD4C6"}
        ),
    }


def _write_cells(
    sheet: Worksheet,
    found: Mapping[tuple[str, str], Mapping[str, Any]],
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
    for line, (name, title) in enumerate(rows.items(), start=4):
        sheet.write_string(line, 0, title, formats["label"])
        for position, column in enumerate(columns):
            _write_cell(sheet, (line, 1 + 2 * position), found.get((name, column)), formats=formats)


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
    bounds = [quantity(cell[side], "").strip() for side in ("ci_low", "ci_high") if cell[side] is not None]
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
        "peu précis : l’intervalle est large, le chiffre est à prendre comme un ordre de grandeur.",
        "Statuts de la feuille « Données » : " + " ; ".join(f"{code} = {label}" for code, label in STATUSES.items()),
    ]
    return notes
