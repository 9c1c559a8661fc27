"""Sentences follow the number."""

import pytest

from maille.specs import INTERVAL, fill_sentence, percent


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (33.4, "Un tiers"),
        (49.2, "La moitié"),
        (66.0, "Deux tiers"),
        (79.1, "Quatre cinquièmes"),
        (78.9, "79\u202f%"),
        (98.0, "98\u202f%"),
        (0.0, "0\u202f%"),
        (2.0, "2\u202f%"),
    ],
)
def test_a_share_is_said_in_words_only_when_it_is_close_to_a_fraction(estimate, words):
    assert fill_sentence("{Fraction} des communes", estimate=estimate) == f"{words} des communes"


def test_an_interval_is_written_with_one_decimal_and_a_comma():
    said = fill_sentence(INTERVAL, estimate=34.56, low=30.24, high=38.66)
    assert said.endswith("entre 30,2\u202f% et 38,7\u202f%.")
    assert percent(34.56) == "34,6\u202f%"
