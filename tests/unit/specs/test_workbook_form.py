"""A questionnaire written as a workbook: the same form, the same version, and refusals that name the cell."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from pyxform.xls2xform import convert

from maille.specs import SpecInvalid, check_specs, load_questionnaire, questionnaire_file
from maille.specs.spreadsheet import MAXIMUM_BYTES, WorkbookRefused, open_spreadsheet
from maille.specs.survey import convert_questionnaire
from unit.specs.tiny import write_specs

SPECS = Path(__file__).parents[3] / "specs"


@pytest.fixture
def petit(tmp_path):
    specs = write_specs(tmp_path / "specs")
    text, workbook = specs / "questionnaires/petit.md", specs / "questionnaires/petit.xlsx"
    convert_questionnaire(text, workbook)
    text.unlink()
    return workbook


@pytest.mark.parametrize("universe", ["communes", "epci"])
def test_a_form_goes_to_a_workbook_and_back_without_losing_a_word(tmp_path, universe):
    text = SPECS / f"questionnaires/asco-2025-{universe}.md"
    workbook, again = tmp_path / "form.xlsx", tmp_path / "again.md"
    assert convert_questionnaire(text, workbook) == load_questionnaire(workbook)
    assert convert_questionnaire(workbook, again) == load_questionnaire(again) == load_questionnaire(text)
    assert convert(workbook).warnings == []
    assert convert(again).warnings == []


def test_a_folder_may_hold_workbooks_but_not_the_same_form_twice(petit):
    specs = petit.parents[1]
    assert check_specs(specs) == []
    assert questionnaire_file(specs, "petit", "communes") == "questionnaires/petit-communes.md"
    petit.rename(petit.with_name("petit-communes.xlsx"))
    assert questionnaire_file(specs, "petit", "communes") == "questionnaires/petit-communes.xlsx"
    convert_questionnaire(petit.with_name("petit-communes.xlsx"), petit.with_name("petit-communes.md"))
    assert [problem.message for problem in check_specs(specs)] == ["ce questionnaire est écrit deux fois."]


def test_it_converts_only_to_a_form_that_it_can_read_again(petit):
    with pytest.raises(SpecInvalid, match=r"ni \.md ni \.xlsx"):
        convert_questionnaire(petit, petit.with_suffix(".csv"))


def edited(path, edit):
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    with pytest.raises(SpecInvalid) as refused:
        load_questionnaire(path)
    return [f"{problem.cell()} : {problem.message}" for problem in refused.value.problems]


def column(book, name):
    header = [cell.value for cell in book["survey"][1]]
    return get_column_letter(header.index(name) + 1)


MISTAKES = {
    "a rule of an unknown variable": (
        lambda book: book["survey"].__setitem__("E6", "${nulle} = 'oui'"),
        "feuille survey, ligne 6, colonne E : variable inconnue « nulle ».",
    ),
    "a formula": (
        lambda book: book["survey"].__setitem__("C4", "=1+1"),
        "feuille survey, ligne 4, colonne C : cette cellule contient une formule.",
    ),
    "merged cells": (
        lambda book: book["choices"].merge_cells("C2:C3"),
        "feuille choices, ligne 2, colonne C : des cellules sont fusionnées.",
    ),
    "an unknown column": (
        lambda book: book["survey"].__setitem__("C1", "libelle"),
        "feuille survey, ligne 1, colonne C : colonne inconnue « libelle ».",
    ),
    "an unknown sheet": (
        lambda book: book.create_sheet("notes").__setitem__("A1", "à lire"),
        "feuille notes, ligne 1, colonne 1 : tableau inconnu « notes ».",
    ),
    "a note beside the table": (
        lambda book: book["survey"].__setitem__("Z4", "à revoir"),
        "feuille survey, ligne 4, colonne Z : cette cellule est hors du tableau.",
    ),
    "two lines in a cell": (
        lambda book: book["survey"].__setitem__("C4", "Agissez-\nvous ?"),
        "feuille survey, ligne 4, colonne C : cette cellule contient plusieurs lignes.",
    ),
    "a truth value": (
        lambda book: book["survey"].__setitem__("D4", True),
        "feuille survey, ligne 4, colonne D : cette cellule ne contient ni texte ni nombre.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_it_refuses_by_sheet_row_and_column(petit, mistake):
    edit, expected = MISTAKES[mistake]
    assert expected.replace("colonne 1 ", "colonne A ") in edited(petit, edit)


def test_a_problem_of_a_workbook_reads_as_excel_says_it(petit):
    book = openpyxl.load_workbook(petit)
    book["survey"]["B4"] = "Action"
    book.save(petit)
    with pytest.raises(SpecInvalid, match=r"petit\.xlsx, feuille survey, ligne 4, colonne B : nom de variable"):
        load_questionnaire(petit)


def test_a_number_typed_in_a_workbook_is_the_text_of_that_number(petit):
    book = openpyxl.load_workbook(petit)
    book["settings"]["D2"] = 2024
    book.save(petit)
    assert load_questionnaire(petit).reference_year == 2024


def archive(**parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as written:
        for name, text in {"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<a/>", **parts}.items():
            written.writestr(name, text)
    return content.getvalue()


HARMFUL = {
    "a text": (b"bonjour", "n’est pas un classeur"),
    "an archive that is not a workbook": (archive()[:40] + b"x" * 50, "n’est pas un classeur"),
    "a zip of anything": (archive(**{"xl/workbook.xml": "<a/>"}).replace(b"xl/work", b"xl/wark"), "pas un classeur"),
    "a file that is too big": (b"PK" + b"0" * MAXIMUM_BYTES, "dépasse 5 Mo"),
    "a bomb": (archive(**{"xl/styles.xml": "<a>" + " " * 9_000_000}), "anormalement compressé"),
    "many small bombs": (
        archive(**{f"xl/s{n}.xml": " " * 190_000 for n in range(90)}),
        "anormalement compressé",
    ),
    "too many parts": (archive(**{f"xl/s{n}.xml": "" for n in range(500)}), "trop de fichiers"),
    "macros": (archive(**{"xl/vbaProject.bin": "x"}), "des macros"),
    "a macro type": (archive(**{"[Content_Types].xml": "<a>macroEnabled</a>"}), "des macros"),
    "links": (archive(**{"xl/externalLinks/externalLink1.xml": "<a/>"}), "des liens vers d’autres fichiers"),
    "an object": (archive(**{"xl/embeddings/oleObject1.bin": "x"}), "des objets incorporés"),
    "an entity": (archive(**{"xl/styles.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'}), "pas écrit comme un classeur"),
    "an entity in another encoding": (
        archive(**{"xl/styles.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")}),
        "pas écrit comme un classeur",
    ),
    "a workbook in pieces": (archive(), "abîmé"),
}


@pytest.mark.parametrize("harm", HARMFUL)
def test_it_does_not_open(harm):
    content, message = HARMFUL[harm]
    with pytest.raises(WorkbookRefused, match=message):
        open_spreadsheet(content)


def test_a_sheet_that_is_too_long_is_refused():
    book = openpyxl.Workbook()
    book.active["A6000"] = "loin"
    content = io.BytesIO()
    book.save(content)
    with pytest.raises(WorkbookRefused, match="trop longue"):
        open_spreadsheet(content.getvalue())
