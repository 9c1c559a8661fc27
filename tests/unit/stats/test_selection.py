import numpy as np
import pytest

from maille.stats.selection import SelectionImpossible, select_stratified

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
