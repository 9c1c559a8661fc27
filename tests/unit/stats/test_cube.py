"""The cube: exact chances, balance, sizes, and what it does of odd inputs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats.arrays import ArrayInvalid
from maille.stats.cube import cube
from maille.stats.selection import SelectionImpossible

DRAWS = 3_000
RNG = np.random.default_rng(11)
CHANCES = np.array([0.1, 0.25, 0.4, 0.5, 0.75, 0.35, 0.65, 0.2, 0.3, 0.5, 1.0, 0.0])
SIZES = np.array([3.0, 9, 1, 7, 2, 12, 5, 4, 8, 6, 30, 2])
STRATA = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1])


def far(often: np.ndarray, chance: np.ndarray, draws: int) -> np.ndarray:
    """Whether a frequency is further from its chance than 4.5 binomial standard deviations."""
    return np.abs(often - chance) > 4.5 * np.sqrt(chance * (1 - chance) / draws) + 1e-12


@pytest.mark.parametrize("landing", ["drop", "program"])
@pytest.mark.parametrize("strata", [None, STRATA])
def test_every_unit_is_drawn_as_often_as_its_probability_says(landing, strata) -> None:
    rng = np.random.default_rng(3)
    draws = DRAWS if landing == "drop" else 400
    many = [
        cube(CHANCES, balancing=np.column_stack([SIZES, SIZES**2]), strata=strata, landing=landing, rng=rng).selected
        for _ in range(draws)
    ]
    assert not far(np.mean(many, axis=0), CHANCES, draws).any()
    assert {int(one.sum()) for one in many} == {5}
    if strata is not None:
        assert {int(one[STRATA == 0].sum()) for one in many} == {2}


def test_without_balancing_it_is_the_pivotal_method_of_fixed_size() -> None:
    rng = np.random.default_rng(5)
    many = [cube(CHANCES, balancing=np.empty((12, 0)), rng=rng).selected for _ in range(DRAWS)]
    assert not far(np.mean(many, axis=0), CHANCES, DRAWS).any()
    assert {int(one.sum()) for one in many} == {5}


def test_a_size_that_is_not_whole_is_rounded_up_or_down_as_often_as_it_should() -> None:
    rng = np.random.default_rng(6)
    sizes = [int(cube(np.full(5, 0.5), balancing=np.empty((5, 0)), rng=rng).selected.sum()) for _ in range(DRAWS)]
    assert set(sizes) == {2, 3}
    assert not far(np.array([np.mean(sizes) - 2]), np.array([0.5]), DRAWS).any()


def test_without_a_fixed_size_the_chances_still_hold() -> None:
    rng = np.random.default_rng(7)
    many = [cube(CHANCES, balancing=SIZES[:, None], fixed_size=False, rng=rng).selected for _ in range(DRAWS)]
    assert not far(np.mean(many, axis=0), CHANCES, DRAWS).any()
    assert len({int(one.sum()) for one in many}) > 1


@settings(max_examples=40, deadline=None)
@given(st.integers(30, 400), st.integers(0, 6), st.integers(0, 2**31))
def test_the_flight_leaves_no_more_units_than_constraints(count: int, variables: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    chances = rng.uniform(0.05, 0.95, count)
    draw = cube(chances, balancing=rng.lognormal(0, 1, (count, variables)), rng=rng)
    assert draw.undecided <= variables + 1
    assert abs(draw.selected.sum() - chances.sum()) < 1


def test_it_is_balanced_where_a_simple_sample_is_not() -> None:
    rng = np.random.default_rng(8)
    sizes, chances = rng.lognormal(6, 0.8, (6_000, 4)), np.full(6_000, 0.2)
    balanced = np.mean([cube(chances, balancing=sizes, rng=rng).gaps ** 2 for _ in range(40)], axis=0)
    drawn = [sizes[rng.permutation(6_000) < 1_200].sum(axis=0) / 0.2 for _ in range(40)]
    simple = np.mean((np.array(drawn) / sizes.sum(axis=0) - 1) ** 2, axis=0)
    assert (balanced < simple / 20).all()


def test_the_landing_gives_up_the_last_variable_first() -> None:
    rng = np.random.default_rng(9)
    chances, sizes = np.full(600, 0.25), rng.lognormal(5, 1, (600, 6))
    gaps = np.mean([np.abs(cube(chances, balancing=sizes, rng=rng).gaps) for _ in range(300)], axis=0)
    assert gaps[0] < gaps[-1] / 2


def test_the_landing_by_programming_is_the_better_balanced() -> None:
    rng = np.random.default_rng(10)
    chances, sizes = np.full(40, 0.3), rng.lognormal(5, 1, (40, 3))
    squares = {
        landing: np.mean(
            [(cube(chances, balancing=sizes, landing=landing, rng=rng).gaps ** 2).sum() for _ in range(200)]
        )
        for landing in ("drop", "program")
    }
    assert squares["program"] < squares["drop"]


def test_each_stratum_has_its_size_and_the_whole_is_balanced() -> None:
    rng = np.random.default_rng(12)
    strata = np.repeat(np.arange(40), 50)
    chances = np.repeat(rng.integers(3, 40, 40) / 50, 50)
    sizes = rng.lognormal(6, 1, (2_000, 3))
    draw = cube(chances, balancing=sizes, strata=strata, rng=rng)
    np.testing.assert_array_equal(
        np.bincount(strata[draw.selected], minlength=40), np.bincount(strata, chances).round().astype(int)
    )
    assert np.abs(draw.gaps).max() < 0.02


def test_a_constant_and_a_repeated_variable_do_no_harm() -> None:
    rng = np.random.default_rng(13)
    sizes = rng.lognormal(4, 1, 500)
    draw = cube(np.full(500, 0.2), balancing=np.column_stack([sizes, np.ones(500), 3 * sizes, np.zeros(500)]), rng=rng)
    assert draw.undecided <= 2
    assert draw.selected.sum() == 100
    assert np.abs(draw.gaps).max() < 0.02


def test_certain_and_impossible_units_stay_so() -> None:
    draw = cube([0.0, 1.0, 0.0, 1.0], balancing=[[1], [2], [3], [4]], rng=RNG)
    assert draw.selected.tolist() == [False, True, False, True]
    assert cube([], balancing=np.empty((0, 2)), rng=RNG).selected.tolist() == []


@pytest.mark.parametrize("chance", [-0.1, 1.2])
def test_it_refuses_a_chance_out_of_its_bounds(chance: float) -> None:
    with pytest.raises(SelectionImpossible, match="unité 1"):
        cube([0.5, chance], balancing=[[1.0], [2.0]], rng=RNG)


def test_it_refuses_infinite_values_and_another_number_of_rows() -> None:
    with pytest.raises(ArrayInvalid, match="absentes ou infinies"):
        cube([0.5, 0.5], balancing=[[1.0], [np.inf]], rng=RNG)
    with pytest.raises(ArrayInvalid, match="absentes ou infinies"):
        cube([0.5, np.nan], balancing=[[1.0], [1.0]], rng=RNG)
    with pytest.raises(ArrayInvalid, match="nombre de lignes"):
        cube([0.5, 0.5], balancing=[[1.0]], rng=RNG)


def test_the_landing_by_programming_refuses_too_many_units() -> None:
    rng = np.random.default_rng(14)
    with pytest.raises(SelectionImpossible, match="programmation linéaire"):
        cube(np.full(200, 0.5), balancing=rng.random((200, 20)), landing="program", rng=rng)
