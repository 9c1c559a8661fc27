import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats.allocation import AllocationImpossible, allocate, expected_precision, neyman_goal, power_goal


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=20), st.integers(0, 5), st.floats(0, 1), st.data())
def test_counts_sum_to_the_total_within_minimum_and_size(
    sizes: list[int], minimum: int, power: float, data: st.DataObject
) -> None:
    array = np.array(sizes)
    floor = np.minimum(array, minimum)
    total = data.draw(st.integers(int(floor.sum()), int(array.sum())))
    result = allocate(array, total=total, goal=power_goal(array + 1.0, power=power), minimum=minimum)
    assert result.counts.sum() == total
    assert (result.counts >= floor).all()
    assert (result.counts <= array).all()


def test_a_sample_of_everybody_takes_everybody() -> None:
    """The scale that fills every stratum is found by rounding a hair short of it."""
    assert allocate([16], total=16, goal=power_goal([17.0], power=0.86), minimum=0).counts.tolist() == [16]


def test_a_full_stratum_gives_its_surplus_to_the_others() -> None:
    assert allocate([10, 1000, 1000], total=210, goal=[100, 50, 50]).counts.tolist() == [10, 100, 100]


def test_a_stratum_taken_whole_is_drawn_whole() -> None:
    counts = allocate([50, 500, 500], total=150, take_all=[True, False, False]).counts
    assert counts.tolist() == [50, 50, 50]


def test_neyman_is_the_most_precise_of_the_three() -> None:
    sizes, share = np.array([5000, 2000, 500]), np.array([0.05, 0.4, 0.5])
    deviations = np.sqrt(share * (1 - share))
    goals = [sizes, power_goal(sizes), neyman_goal(sizes, deviations=deviations)]
    errors = [
        expected_precision(
            sizes, samples=allocate(sizes, total=600, goal=goal).counts, response_rates=1, share=share, domains=[0] * 3
        ).standard_error[0]
        for goal in goals
    ]
    assert errors[2] < errors[0]
    assert errors[2] < errors[1]


def test_it_refuses_a_sample_larger_than_the_universe() -> None:
    with pytest.raises(AllocationImpossible, match="dépasse l’univers"):
        allocate([10, 10], total=21)


def test_it_refuses_minimums_larger_than_the_sample() -> None:
    with pytest.raises(AllocationImpossible, match="minimum par strate"):
        allocate([10, 10], total=5, minimum=3)


def test_it_refuses_a_goal_that_cannot_reach_the_total() -> None:
    with pytest.raises(AllocationImpossible, match="objectif"):
        allocate([10, 10], total=18, goal=[1, 0])


def test_the_expected_precision_is_that_of_repeated_samples() -> None:
    rng = np.random.default_rng(4)
    population = np.repeat([0.0, 1.0], [700, 300])
    draws = [rng.choice(population, 60, replace=False).mean() for _ in range(4000)]
    expected = expected_precision([1000], samples=[120], response_rates=[0.5], share=0.3, domains=[0])
    assert abs(np.std(draws) / expected.standard_error[0] - 1) < 4 / np.sqrt(2 * 4000)
    assert expected.respondents.tolist() == [60.0]


def test_a_domain_where_nobody_is_expected_has_no_precision() -> None:
    result = expected_precision([10, 10], samples=[0, 10], response_rates=1, share=0.5, domains=[0, 1])
    assert np.isnan(result.standard_error[0])
    assert result.standard_error[1] == 0
