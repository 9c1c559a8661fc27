"""Selective editing: what is expected, what a correction would move, what the first records cover."""

import numpy as np
import pytest

from maille.stats.arrays import ArrayInvalid
from maille.stats.editing import anticipated, global_scores, local_scores, ranked


def test_the_edition_before_foretells_before_the_size_does():
    found = anticipated([10.0, 30.0, 30.0], sizes=[5.0, 10, 10], classes=[0, 0, 0], previous=[np.nan, 12, 0], minimum=1)
    assert found.values.tolist() == [15.0, 12.0, 30.0]
    assert found.from_previous.tolist() == [False, True, False]


def test_a_class_with_few_answers_is_foretold_by_the_whole():
    found = anticipated([1.0, 1, 1, 9], sizes=[1.0] * 4, classes=[0, 0, 0, 1], minimum=2)
    assert found.values.tolist() == [1.0, 1.0, 1.0, 1.0]


def test_nothing_is_foretold_where_nobody_answered():
    assert np.isnan(anticipated([np.nan, 0.0], sizes=[1.0, 2], classes=[0, 0]).values).all()


def test_the_score_is_the_share_of_the_total_that_the_correction_moves():
    """y = (100, 9000), expected (110, 90), w = (2, 4), T = 36 200: 20/36200 and 35640/36200."""
    scores = local_scores([[100.0], [9000.0]], expected=[[110.0], [90.0]], weights=[2.0, 4.0], totals=[36_200.0])
    assert scores[:, 0] == pytest.approx([20 / 36_200, 35_640 / 36_200])


def test_a_value_or_an_expectation_that_is_missing_moves_nothing():
    assert local_scores([[np.nan], [1.0]], expected=[[1.0], [np.nan]], weights=[1.0, 1.0], totals=[1.0]).sum() == 0


def test_suspicion_counts_as_a_chance():
    one = local_scores([[4.0]], expected=[[2.0]], weights=[1.0], totals=[10.0], suspicion=[[0.5]])
    assert one.tolist() == [[0.1]]


@pytest.mark.parametrize(("combine", "score"), [("max", 0.4), ("sum", 0.7), ("euclid", 0.5)])
def test_the_score_of_a_record_is_the_largest_the_sum_or_the_norm(combine, score):
    assert global_scores([[0.3, 0.4]], combine=combine)[0] == pytest.approx(score)


def test_the_first_records_cover_what_is_asked():
    found = ranked([0.1, 0.9, 0.3], corrections=[1.0, 7.0, 2.0])
    assert found.order.tolist() == [1, 2, 0]
    assert [found.first(share) for share in (0.5, 0.7, 0.9, 1.0)] == [1, 1, 2, 3]


def test_nothing_to_correct_is_wholly_covered():
    assert ranked([0.0, 0.0], corrections=[0.0, 0.0]).covered.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("totals", [[0.0], [np.inf], [1.0, 2.0]])
def test_a_total_that_cannot_be_divided_by_is_refused(totals):
    with pytest.raises(ArrayInvalid):
        local_scores([[1.0]], expected=[[2.0]], weights=[1.0], totals=totals)


def test_a_size_of_zero_is_refused():
    with pytest.raises(ArrayInvalid):
        anticipated([1.0], sizes=[0.0], classes=[0])
