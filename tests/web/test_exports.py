import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maille.web.exports import csv_bytes, inert

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


@pytest.mark.parametrize("text", ["=1+1", "+33 6", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", " =1", "%0A", "|x"])
def test_what_looks_like_a_formula_is_made_inert(text):
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Tarare", "-12", "+3,5", "L’Étang-Salé", "", "'déjà"])
def test_what_is_a_text_or_a_number_stays_as_it_is(text):
    assert inert(text) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_no_cell_of_an_export_starts_a_formula_and_none_is_lost(text):
    read = list(csv.reader(io.StringIO(csv_bytes(["nom"], [[text]]).decode("utf-8-sig"), newline=""), delimiter=";"))
    kept = read[1][0] if len(read) > 1 and read[1] else ""
    assert kept in (text, f"'{text}")
    body = kept.strip(" ")
    assert not body.startswith(DANGEROUS) or body.lstrip("+-").replace(",", "").replace(".", "").isdigit()
