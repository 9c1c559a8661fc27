"""Tables that leave: no cell of theirs starts a formula, none is lost, and no other writer goes round it."""

import csv
import io
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import maille
from maille.catalogue.cells import csv_bytes, inert, inert_table

DANGEROUS = tuple("=+-@\t\r\n|%−＝＋－＠")
SOURCES = Path(maille.__file__).parent


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+33 6", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", " =1", "%0A", "|x", "−cmd", "＝1+1", "−12\n", "+٣"],
)
def test_what_looks_like_a_formula_is_made_inert(text):
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Tarare", "-12", "+3,5", "−12,5", "L’Étang-Salé", "", "'déjà", "%"])
def test_what_is_a_text_or_a_number_stays_as_it_is(text):
    assert inert(text) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_no_cell_of_an_export_starts_a_formula_and_none_is_lost(text):
    read = list(csv.reader(io.StringIO(csv_bytes(["nom"], [[text]]).decode("utf-8-sig"), newline=""), delimiter=";"))
    kept = read[1][0] if len(read) > 1 and read[1] else ""
    assert kept in (text, f"'{text}")
    body = kept.strip(" ")
    harmless = body == "%" or body.lstrip("+-−").replace(",", "").replace(".", "").isdigit()
    assert not body.startswith(DANGEROUS) or harmless


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=5))
def test_a_whole_table_is_made_inert_as_one_cell_is(texts):
    table = pl.DataFrame({"nom": texts, "n": range(len(texts))}, schema={"nom": pl.String, "n": pl.Int64})
    assert inert_table(table)["nom"].to_list() == [inert(text) for text in texts]
    assert inert_table(table)["n"].to_list() == table["n"].to_list()


def test_a_number_keeps_its_digits_and_its_decimal_comma():
    assert csv_bytes(["n"], [[1234567.25], [0.1], [-3], [None]]).decode("utf-8-sig").split() == [
        "n",
        "1234567,25",
        "0,1",
        "-3",
        '""',
    ]


def test_every_table_that_leaves_is_written_by_a_writer_that_makes_it_inert():
    """A new writer of CSV or of workbooks has to go through this room, or to turn formulas off."""
    for path in SOURCES.rglob("*.py"):
        code, name = path.read_text(encoding="utf-8"), path.relative_to(SOURCES).as_posix()
        if name == "catalogue/cells.py":
            continue
        assert not re.search(r"csv\.(Dict)?[wW]riter", code), name
        assert code.count("write_csv(") == code.count("inert_table("), name
        assert "write_excel(" not in code, name
        if "Workbook(" in code:
            assert '"strings_to_formulas": False' in code, name
        assert "write_formula(" not in code, name
