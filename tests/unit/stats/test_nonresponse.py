import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats.nonresponse import TooFewRespondents, cross, nonresponse_weights, response_groups


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_every_group_has_enough_respondents(seed: int, minimum: int) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 4, 200)
    answered = rng.random(200) < rng.random(4)[coarse]
    answered[:minimum] = True
    groups = response_groups(answered, levels=[cross(coarse, rng.integers(0, 6, 200)), coarse], minimum=minimum)
    assert np.bincount(groups[answered], minlength=groups.max() + 1).min() >= minimum


def test_a_group_large_enough_stays_as_it_was() -> None:
    level = np.repeat([0, 1, 2], 5)
    groups = response_groups(np.ones(15, dtype=bool), levels=[level], minimum=5)
    np.testing.assert_array_equal(groups, level)


def test_respondents_weigh_as_much_as_the_sampled_units_of_equal_weight() -> None:
    result = nonresponse_weights(
        np.full(6, 4.0), responded=[True, False, True, True, True, False], groups=[0] * 2 + [1] * 4
    )
    assert result.weights.tolist() == [8.0, 0.0, 16 / 3, 16 / 3, 16 / 3, 0.0]
    assert result.sampled.tolist() == [2, 4]
    assert result.rates.tolist() == [0.5, 0.75]


def test_it_refuses_a_sample_where_hardly_anyone_answered() -> None:
    with pytest.raises(TooFewRespondents):
        response_groups([True, False], levels=[[0, 0]], minimum=2)


def test_it_refuses_a_group_without_respondents() -> None:
    with pytest.raises(TooFewRespondents, match="groupe 1"):
        nonresponse_weights([1.0, 1.0], responded=[True, False], groups=[0, 1])
