"""Counts that are changed rather than hidden: noise that repeats itself, and rounding that still adds up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats.arrays import ArrayInvalid
from maille.stats.cellkey import NoiseImpossible, cell_keys, noise, perturb, record_keys
from maille.stats.rounding import RoundingImpossible, round_table
from unit.stats.test_suppression import additive

KEY = b"un secret de trente-deux octets!!"


def test_the_same_units_get_the_same_noise_in_every_table() -> None:
    keys = record_keys([f"{code:05d}" for code in range(500)], key=KEY)
    groups = np.arange(500) % 7
    shuffled = np.random.default_rng(0).permutation(500)
    first = cell_keys(keys, cells=groups, size=7)
    np.testing.assert_array_equal(first, cell_keys(keys[shuffled], cells=groups[shuffled], size=7))
    alone = cell_keys(keys[groups == 3], cells=np.zeros((groups == 3).sum(), dtype=int), size=1)
    assert alone[0] == first[3]


def test_another_secret_gives_another_noise() -> None:
    units = [f"{code:05d}" for code in range(50)]
    assert (record_keys(units, key=KEY) != record_keys(units, key=KEY[::-1])).all()


def test_a_short_key_is_refused() -> None:
    with pytest.raises(NoiseImpossible, match="trop courte"):
        record_keys(["01001"], key=b"secret")


def test_keys_spread_evenly() -> None:
    keys = record_keys([str(code) for code in range(40_000)], key=KEY)
    found = cell_keys(keys, cells=np.arange(40_000) // 4, size=10_000)
    counts = np.histogram(found, bins=20, range=(0, 1))[0]
    assert ((counts - 500) ** 2 / 500).sum() < 43.8, "khi-deux à 19 degrés, un pour mille"


@given(st.floats(0.5, 3.0), st.integers(4, 8))
def test_noise_has_no_bias_its_variance_and_its_bounds(variance: float, reach: int) -> None:
    made = noise(variance=variance, reach=reach)
    np.testing.assert_allclose(made.chances.sum(axis=1), 1.0)
    np.testing.assert_allclose(made.chances @ made.steps, 0.0, atol=1e-8)
    np.testing.assert_allclose(made.chances[1:] @ made.steps**2, variance, atol=1e-7)
    counts = np.arange(len(made.chances))[:, None] + made.steps
    assert (made.chances[counts < 0] == 0).all(), "aucun effectif négatif"
    assert made.chances[0, reach] == 1.0, "un zéro reste un zéro"


def test_small_counts_can_be_made_impossible() -> None:
    made = noise(variance=3.0, reach=5, least=3)
    counts = np.arange(len(made.chances))[:, None] + made.steps
    assert (made.chances[1:][(counts[1:] == 1) | (counts[1:] == 2)] == 0).all()
    np.testing.assert_allclose(made.chances @ made.steps, 0.0, atol=1e-8)


def test_a_variance_that_a_count_of_one_cannot_have_is_refused() -> None:
    with pytest.raises(NoiseImpossible, match="effectif 1"):
        noise(variance=9.0, reach=4)


def test_the_noise_of_many_cells_has_the_mean_and_variance_asked() -> None:
    keys = (np.arange(20_000) + 0.5) / 20_000
    changes = perturb(np.full(20_000, 50), keys=keys, noise=noise(variance=2.0, reach=5)) - 50
    assert abs(changes.mean()) < 1e-3
    assert abs(changes.var() - 2.0) < 1e-2
    assert np.abs(changes).max() == 5


def test_half_a_unit_is_not_a_count() -> None:
    with pytest.raises(ArrayInvalid, match="entier"):
        perturb([2.5], keys=[0.1], noise=noise(variance=2.0, reach=4))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(4, 3), (6, 8), (3, 3, 2)]), st.sampled_from([3, 5, 10]))
def test_a_rounded_table_adds_up_and_stays_near(seed: int, shape: tuple[int, ...], multiple: int) -> None:
    values, equations = additive(np.random.default_rng(seed).poisson(7, shape))
    found = round_table(values, equations=equations, multiple=multiple)
    np.testing.assert_allclose(equations @ found.values, 0.0)
    np.testing.assert_allclose(found.values % multiple, 0.0)
    assert np.abs(found.values - values).max() < multiple * (2 if found.moved else 1)
    if len(shape) == 2:
        assert found.moved == 0


def test_a_multiple_does_not_move() -> None:
    assert round_table([5.0, 10.0, 15.0], equations=[[1, 1, -1]], multiple=5).values.tolist() == [5, 10, 15]


def test_a_table_that_cannot_be_rounded_is_an_error() -> None:
    # Seven equal cells of five make thirty-five: seven tens, or none, are too far from it.
    with pytest.raises(RoundingImpossible, match="multiple de 10"):
        round_table([5.0, 35.0], equations=[[7, -1]], multiple=10)
