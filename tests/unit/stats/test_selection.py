import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats.selection import SelectionImpossible, merge_small, select_stratified

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


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=25), st.integers(1, 8))
def test_merged_strata_keep_to_their_block_and_reach_the_minimum(rows: list[tuple[int, int]], minimum: int) -> None:
    sizes, blocks = (np.array(column) for column in zip(*rows, strict=True))
    merged = merge_small(sizes, blocks=blocks, order=np.arange(len(sizes)), minimum=minimum)
    np.testing.assert_array_equal(blocks[merged], blocks)
    for block in np.unique(blocks):
        inside = merged[blocks == block]
        totals = np.array([sizes[merged == stratum].sum() for stratum in np.unique(inside)])
        assert (totals >= minimum).all() or len(totals) == 1
