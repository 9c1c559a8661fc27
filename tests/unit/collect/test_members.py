"""The file of the communes of each EPCI, as an operator brings it."""

import gzip

import pytest
from openpyxl import Workbook

from maille.collect.members import read_members
from maille.collect.previous import PreviousRefused
from maille.collect.source_file import SourceRefused

ROWS = [("01001", "200069193"), ("69123", "246900245"), ("22016", "ZZZZZZZZZ"), ("01340", "200069193")]
READ = [("01001", "200069193"), ("01340", "200069193"), ("22016", None), ("69123", "246900245")]


def written(tmp_path, text, name="epci.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def lines(*rows, separator=";"):
    return "".join(separator.join(row) + "\n" for row in rows)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_two_columns_of_a_csv_file_are_read_whatever_stands_around_them(tmp_path, separator):
    table = [("annee", "CODGEO", "LIBGEO", "EPCI"), *(("2014", code, "Là-bas", epci) for code, epci in ROWS)]
    draft = read_members(written(tmp_path, lines(*table, separator=separator)), "asco-2015")
    assert draft.name == "collected/asco-2015/members"
    assert draft.table.rows() == READ


def test_a_compressed_file_is_read_as_it_is(tmp_path):
    path = tmp_path / "epci.csv.gz"
    path.write_bytes(gzip.compress(lines(("code", "epci"), *ROWS).encode()))
    assert read_members(path, "asco-2015").table.rows() == READ


def test_the_workbook_of_insee_is_read_below_its_titles_on_the_sheet_that_has_the_communes(tmp_path):
    book = Workbook()
    first = book.active
    first.append(["EPCI", "LIBEPCI"])
    sheet = book.create_sheet("Composition_communale")
    for row in (["Composition communale des EPCI"], [], ["Code", "Libellé", "Code de l’EPCI"]):
        sheet.append(row)
    sheet.append(["CODGEO", "LIBGEO", "EPCI"])
    for code, epci in ROWS:
        sheet.append([code, "Là-bas", int(epci) if epci.isdigit() else epci])
    book.save(tmp_path / "epci.xlsx")
    assert read_members(tmp_path / "epci.xlsx", "asco-2015").table.rows() == READ


def test_every_wrong_cell_is_named_by_its_row_and_column(tmp_path):
    rows = [("CODGEO", "EPCI"), ("1001", "200069193"), ("01001", "2000691"), ("69123", ""), ("69123", "246900245")]
    with pytest.raises(PreviousRefused) as refusal:
        read_members(written(tmp_path, lines(*rows)), "asco-2015")
    for said in (
        "epci.csv",
        "ligne 2, colonne CODGEO : « 1001 » n’a jamais été le code d’une commune",
        "ligne 3, colonne EPCI : « 2000691 » n’est pas un SIREN",
        "ligne 5, colonne CODGEO : « 69123 » est déjà donnée, ligne 4",
    ):
        assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("commune;groupement\n01001;200069193\n", "colonnes absentes : CODGEO et EPCI"),
        ("", "colonnes absentes"),
        ("CODGEO;EPCI\n", "aucune commune"),
        ("CODGEO;EPCI\n01001;200069193\n69123", "ligne 3"),
    ],
)
def test_a_file_without_its_columns_its_rows_or_its_end_is_refused(tmp_path, text, said):
    with pytest.raises(PreviousRefused, match=said):
        read_members(written(tmp_path, text), "asco-2015")


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    latin = tmp_path / "latin.csv"
    latin.write_bytes("CODGEO;LIBGEO;EPCI\n01001;L’Abergement-Clémenciat\n".replace("’", "'").encode("latin-1"))
    with pytest.raises(PreviousRefused, match="UTF-8"):
        read_members(latin, "asco-2015")
    old = tmp_path / "epci.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    with pytest.raises(PreviousRefused, match=r"ancien format Excel"):
        read_members(old, "asco-2015")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(lines(("code", "epci"), *ROWS).encode())[:-9])
    with pytest.raises(SourceRefused, match="tronqué"):
        read_members(cut, "asco-2015")


def test_an_edition_without_a_year_has_no_communes_of_its_time(tmp_path):
    with pytest.raises(PreviousRefused, match="ne dit pas son année"):
        read_members(written(tmp_path, lines(("code", "epci"), *ROWS)), "essai")
