"""Permanent random numbers: kept, spared or independent, with the overlap that was expected."""

import numpy as np
import pytest

from maille.stats.arrays import ArrayInvalid
from maille.stats.coordination import expected_overlap, inherited, keyed_numbers, shifted
from maille.stats.selection import select_by_number

CODES = [f"{code:05d}" for code in range(20_000)]


def test_a_number_depends_on_the_key_and_the_code_only() -> None:
    numbers = keyed_numbers(CODES, key="7")
    np.testing.assert_array_equal(keyed_numbers(CODES[::-1], key="7")[::-1], numbers)
    assert not np.isclose(keyed_numbers(CODES, key="8"), numbers).any()


def test_numbers_are_uniform_and_those_of_two_keys_independent() -> None:
    first, second = (keyed_numbers(CODES, key=key) for key in ("7", "8"))
    counts = np.bincount((first * 20).astype(int), minlength=20)
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8  # the 99.9 % quantile of χ² with 19 degrees
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(len(CODES))


def test_a_merger_keeps_the_number_of_its_most_populous_member() -> None:
    found = inherited([0.1, 0.2, 0.3], successors=[0, 0, 2, 0], former=[0.5, 0.6, 0.7, 0.8], sizes=[10, 900, 5, 900])
    assert found.tolist() == [0.6, 0.2, 0.7]


@pytest.mark.parametrize("kind", ["positive", "negative", "none"])
def test_the_overlap_is_the_one_expected(kind) -> None:
    """Two stratified samples, the second with other strata: mean overlap over draws of the numbers."""
    rng = np.random.default_rng(2)
    before, after = rng.integers(0, 4, 6_000), rng.integers(0, 3, 6_000)
    first_counts = (np.bincount(before) * [0.1, 0.3, 0.5, 0.7]).astype(int)
    second_counts = (np.bincount(after) * [0.2, 0.4, 0.6]).astype(int)
    overlaps, chances = [], np.zeros(6_000)
    for _ in range(400):
        numbers = rng.random(6_000)
        first = select_by_number(numbers, strata=before, counts=first_counts)
        again = {
            "positive": numbers,
            "negative": shifted(numbers, origin=first.probabilities),
            "none": rng.random(6_000),
        }
        second = select_by_number(again[kind], strata=after, counts=second_counts)
        overlaps.append((first.selected & second.selected).sum())
        chances += second.selected
        expected = expected_overlap(first.probabilities, after=second.probabilities, kind=kind).sum()
    frequency = second.probabilities
    assert (np.abs(chances / 400 - frequency) < 5 * np.sqrt(frequency * (1 - frequency) / 400)).all()
    assert np.mean(overlaps) == pytest.approx(expected, rel=0.02, abs=40)


def test_a_unit_spared_comes_after_all_those_that_were_not_drawn() -> None:
    numbers = keyed_numbers(CODES, key="1")
    first = select_by_number(numbers, strata=np.zeros(20_000, dtype=int), counts=[6_000])
    again = shifted(numbers, origin=first.probabilities)
    second = select_by_number(again, strata=np.zeros(20_000, dtype=int), counts=[13_000])
    assert (first.selected & second.selected).sum() < 200


def test_it_refuses_what_is_not_between_zero_and_one() -> None:
    with pytest.raises(ArrayInvalid, match="probabilités, unité 1"):
        expected_overlap([0.5, 0.5], after=[0.5, 1.5], kind="positive")
    with pytest.raises(ArrayInvalid, match="infinies"):
        shifted([np.nan], origin=0.0)
