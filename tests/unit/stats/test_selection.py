import numpy as np
import pytest

from maille.stats.arrays import ArrayInvalid
from maille.stats.selection import (
    SelectionImpossible,
    inclusion_probabilities,
    select_by_number,
    select_stratified,
    stratified_probabilities,
    systematic,
)

STRATA = np.repeat([0, 1, 2], [10, 5, 3])


def test_the_same_seed_draws_the_same_units() -> None:
    first, again = (select_stratified(STRATA, counts=[4, 2, 3], rng=np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first.selected, again.selected)
    assert np.bincount(STRATA[first.selected]).tolist() == [4, 2, 3]


def test_every_unit_is_drawn_as_often_as_its_probability_says() -> None:
    rng = np.random.default_rng(8)
    draws = [select_stratified(STRATA, counts=[4, 2, 3], rng=rng) for _ in range(4000)]
    often = np.mean([draw.selected for draw in draws], axis=0)
    chance = draws[0].probabilities
    assert (np.abs(often - chance) <= 4.5 * np.sqrt(chance * (1 - chance) / 4000) + 1e-12).all()


def test_it_refuses_to_draw_more_than_there_are() -> None:
    with pytest.raises(SelectionImpossible, match="strate 2"):
        select_stratified(STRATA, counts=[1, 1, 4], rng=np.random.default_rng(0))


def test_the_least_numbers_of_each_stratum_are_drawn() -> None:
    draw = select_by_number([0.9, 0.2, 0.5, 0.1, 0.3], strata=[0, 0, 0, 1, 1], counts=[2, 1])
    assert draw.selected.tolist() == [False, True, True, True, False]


def test_a_stratum_without_a_unit_draws_nobody() -> None:
    draw = select_by_number([0.5, 0.2], strata=[0, 2], counts=[1, 0, 1])
    assert draw.selected.all()
    with pytest.raises(SelectionImpossible, match="strate 1"):
        select_by_number([0.5, 0.2], strata=[0, 2], counts=[1, 1, 1])


def test_chances_proportional_to_size_sum_to_the_count_and_keep_their_ratios() -> None:
    size = np.random.default_rng(2).lognormal(0, 2, 500)
    chance = inclusion_probabilities(size, count=120)
    inside = chance < 1
    assert abs(chance.sum() - 120) < 1e-9
    assert 0 < inside.sum() < 500
    np.testing.assert_allclose(chance[inside] / size[inside], (chance[inside] / size[inside])[0])
    assert size[~inside].min() >= size[inside].max()


def test_chances_are_proportional_inside_each_stratum() -> None:
    chance = stratified_probabilities([1, 1, 2, 50, 1, 1], strata=[0, 0, 0, 1, 1, 1], counts=[2, 2])
    assert chance.round(6).tolist() == [0.5, 0.5, 1.0, 1.0, 0.5, 0.5]


@pytest.mark.parametrize(
    ("measure", "count"), [([1, 2, 0], 3), ([1, -1, 2], 1), ([1, 2], 3), ([1, 2], -1)], ids=["zero", "<0", ">N", "n<0"]
)
def test_it_refuses_a_measure_that_cannot_give_the_count(measure, count) -> None:
    with pytest.raises(SelectionImpossible, match="mesure de taille"):
        inclusion_probabilities(measure, count=count)


def test_the_refusal_names_the_stratum() -> None:
    with pytest.raises(SelectionImpossible, match="strate 1"):
        stratified_probabilities([1, 1, 1, 0], strata=[0, 0, 1, 1], counts=[1, 2])


def test_it_refuses_an_infinite_measure() -> None:
    with pytest.raises(ArrayInvalid, match="infinies"):
        inclusion_probabilities([1, np.inf], count=1)


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_systematic_sample_has_the_chances_and_the_size_given(shuffled: bool) -> None:
    rng = np.random.default_rng(9)
    chance = inclusion_probabilities([5, 1, 9, 3, 2, 7, 40], count=4)
    order = (lambda: rng.random(7)) if shuffled else (lambda: None)
    draws = [systematic(chance, rng=rng, order=order()).selected for _ in range(4000)]
    often = np.mean(draws, axis=0)
    assert (np.abs(often - chance) <= 4.5 * np.sqrt(chance * (1 - chance) / 4000) + 1e-12).all()
    assert {int(draw.sum()) for draw in draws} == {4}


def test_a_systematic_sample_spreads_along_its_order() -> None:
    place = np.random.default_rng(4).permutation(100).astype(float)
    draw = systematic(np.full(100, 0.1), rng=np.random.default_rng(1), order=place)
    assert np.diff(np.sort(place[draw.selected])).tolist() == [10.0] * 9


def test_it_refuses_chances_out_of_their_bounds() -> None:
    with pytest.raises(SelectionImpossible, match="unité 1"):
        systematic([0.5, 1.5], rng=np.random.default_rng(0))
    with pytest.raises(SelectionImpossible, match="un nombre entre 0 et 1 par unité"):
        systematic([[0.5], [0.5]], rng=np.random.default_rng(0))
