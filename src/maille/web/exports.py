"""Files that leave the site: no cell of a table may become a formula in the spreadsheet that opens it."""

import io
from collections.abc import Iterable, Sequence

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from xlsxwriter import Workbook

from maille.catalogue.cells import Cell, csv_bytes, inert

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx_bytes(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a workbook of one sheet: texts are written as texts, never as formulas or links."""
    written = io.BytesIO()
    with Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Données")
        for number, row in enumerate([columns, *rows]):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, place, inert(cell))
                elif cell is not None:
                    sheet.write_number(number, place, cell)
    return written.getvalue()


def xlsx_download(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Answer with a workbook to download under that name."""
    return attached(HttpResponse(xlsx_bytes(columns, rows), content_type=XLSX), name)


def csv_download(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """Answer with a CSV to download under that name."""
    return attached(HttpResponse(csv_bytes(columns, rows), content_type="text/csv; charset=utf-8"), name)


def attached(response: HttpResponse, name: str, *, shown: bool = False) -> HttpResponse:
    """Return a response that browsers keep as a file of that name, or open when it is to be ``shown``."""
    response["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{name}"'
    return response


def unless_known(request: HttpRequest, response: HttpResponse, *, checksum: str, kept: str) -> HttpResponse:
    """Return the response with its ETag, or « not modified » to who has it; ``kept`` is how caches may keep it."""
    response["ETag"] = etag = f'"{checksum}"'
    response["Cache-Control"] = kept
    return get_conditional_response(request, etag=etag, response=response) or response
