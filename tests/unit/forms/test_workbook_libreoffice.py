"""The offline workbook in LibreOffice: what it saves is read as what was typed, and its rows are as high as they need.

How the stored workbooks were made is told beside them.
"""

import io
import math
import zipfile
from pathlib import Path

import openpyxl
import pytest

from maille.forms.workbook_reading import read_workbook
from maille.forms.workbook_stamp import read_stamp
from maille.specs.spreadsheet import WorkbookRefused, open_spreadsheet
from unit.forms.test_workbook import KEY, asco, written

SAVED = Path(__file__).parent / "libreoffice"
TYPED = {
    "ccas": ("oui", "answered"),
    "budget": ("non", "answered"),
    "creation": ("1986", "answered"),
    "domaines": ("logement enfance", "answered"),
    "places_logement": ("1234", "answered"),
    "places_creche": ("", "unknown"),
    "etp": ("2.5", "answered"),
    "pourquoi": ("", "empty"),
    "depenses": ("1234567", "answered"),
    "autre": ("", "empty"),
    "remarques": ("« Élan »\nsur deux lignes", "answered"),
}


@pytest.mark.parametrize("name", ["xlsx", "ods-then-xlsx"])
def test_what_is_typed_in_libreoffice_is_read_and_nothing_else_changes(questionnaire, name):
    sheets = open_spreadsheet((SAVED / f"{name}.xlsx").read_bytes())
    reading = read_workbook(sheets, questionnaire, read_stamp(sheets, key=KEY))
    assert {name: (answer.value, answer.state) for name, answer in reading.answers.items()} == TYPED
    assert not reading.problems


def test_a_workbook_left_as_ods_is_refused_by_its_name():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for part in ("mimetype", "content.xml", "META-INF/manifest.xml"):
            archive.writestr(part, "<a/>")
    with pytest.raises(WorkbookRefused, match="OpenDocument") as refusal:
        open_spreadsheet(content.getvalue())
    assert ".xlsx" in (refusal.value.hint or "")


@pytest.mark.parametrize("universe", ["communes", "epci"])
def test_no_row_is_lower_than_its_text(universe):
    book = openpyxl.load_workbook(io.BytesIO(written(questionnaire=asco(universe))), rich_text=True)
    for sheet in book.worksheets[:-2]:
        for (cell,) in sheet.iter_rows(min_row=4, min_col=3, max_col=3):
            if not cell.value:
                continue
            paragraphs = str(cell.value).split("\n")
            least = 13 * sum(max(1, math.ceil(len(text) / 100)) for text in paragraphs)
            assert sheet.row_dimensions[cell.row].height >= least, (sheet.title, cell.row, cell.value)


def test_every_sheet_prints_on_a4_and_its_name_ends_with_a_word():
    book = openpyxl.load_workbook(io.BytesIO(written()))
    names = [sheet.title for sheet in book.worksheets]
    assert {sheet.page_setup.paperSize for sheet in book.worksheets[:-2]} == {9}
    assert "D - Qui agit sur votre…" in names
    assert max(map(len, names)) <= 31
