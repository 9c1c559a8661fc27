"""Values lent, by whom, and what that adds to the variance."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats.arrays import ArrayInvalid
from maille.stats.design import stratified
from maille.stats.imputation import Deck, Imputed, NoDonor, hot_deck, nearest, ratio
from maille.stats.imputation_variance import imputation_variance
from maille.stats.variance import domain_totals

RNG = np.random.default_rng


def by_ratio(values: np.ndarray, deck: Deck, x: np.ndarray) -> Imputed:
    return ratio(values, deck=deck, auxiliary=x)


def by_neighbour(values: np.ndarray, deck: Deck, x: np.ndarray) -> Imputed:
    return nearest(values, deck=deck, auxiliaries=x)


def by_chance(values: np.ndarray, deck: Deck, x: np.ndarray) -> Imputed:
    return hot_deck(values, deck=deck, rng=RNG(int(x[0] * 1e6) % 2**32))


METHODS: list[Callable[[np.ndarray, Deck, np.ndarray], Imputed]] = [by_ratio, by_neighbour, by_chance]


@pytest.mark.parametrize("impute", METHODS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_every_gap_is_filled_from_its_class_and_every_answer_kept(impute: Callable[..., Imputed], seed: int) -> None:
    rng = RNG(seed)
    values, x = rng.lognormal(3, 1, 120), rng.lognormal(3, 1, 120)
    fine, missing = rng.integers(0, 12, 120), rng.random(120) < 0.3
    deck = Deck(missing, [fine, fine // 4], minimum=4)
    done = impute(np.where(missing, np.nan, values), deck, x)
    np.testing.assert_array_equal(done.values[~missing], values[~missing])
    assert np.isfinite(done.values).all()
    links = done.links
    rebuilt = [
        factor * (links.shares[links.donor_pools == pool] @ values[links.donors[links.donor_pools == pool]])
        for pool, factor in zip(links.pools, links.factors, strict=True)
    ]
    np.testing.assert_allclose(done.values[links.recipients], rebuilt)
    for row, pool, level in zip(links.recipients, links.pools, done.level, strict=True):
        classes = (fine, fine // 4, np.zeros(120))[level]
        lenders = links.donors[links.donor_pools == pool]
        assert (classes[lenders] == classes[row]).all()
        assert not missing[lenders].any()
    assert (links.spread >= 0).all()


def test_a_class_with_too_few_donors_widens() -> None:
    fine = [0, 0, 1, 1, 1, 1]
    deck = Deck([True, False, False, False, False, False], [fine], minimum=2)
    done = hot_deck([np.nan, 100.0, 1.0, 1.0, 1.0, 1.0], deck=deck, rng=RNG(0))
    assert done.level.tolist() == [1]


def test_the_nearest_in_standard_deviations_lends_and_not_the_nearest_in_units() -> None:
    # A thousand inhabitants apart is nothing here; three hospitals apart is a lot.
    inhabitants, hospitals = [0.0, 900.0, 10.0, 9000.0, 5000.0], [0.0, 0.0, 3.0, 1.0, 2.0]
    deck = Deck([True, False, False, False, False], minimum=2)
    done = nearest([np.nan, 1.0, 2.0, 3.0, 4.0], deck=deck, auxiliaries=np.column_stack([inhabitants, hospitals]))
    assert done.values[0] == 1.0


def test_two_neighbours_as_near_give_the_first() -> None:
    deck = Deck([False, False, True, False], minimum=2)
    assert nearest([7.0, 8.0, np.nan, 9.0], deck=deck, auxiliaries=[1.0, 3.0, 2.0, 3.0]).values[2] == 7.0


@pytest.mark.parametrize("impute", [by_neighbour, by_chance])
def test_a_donor_serves_no_more_than_the_limit(impute: Callable[..., Imputed]) -> None:
    missing = np.arange(30) < 20
    x = np.linspace(1, 2, 30)
    done = impute(np.where(missing, np.nan, x), Deck(missing, minimum=2, limit=2), x)
    assert np.bincount(done.links.donors).max() == 2


@pytest.mark.parametrize("impute", [by_neighbour, by_chance])
def test_when_the_limit_leaves_someone_without_a_donor_it_says_how_many(impute: Callable[..., Imputed]) -> None:
    missing = np.arange(10) < 8
    with pytest.raises(NoDonor, match="6 valeur"):
        impute(np.where(missing, np.nan, 1.0), Deck(missing, minimum=2, limit=1), np.linspace(1, 2, 10))


@pytest.mark.parametrize("impute", METHODS)
def test_without_donors_nothing_is_invented(impute: Callable[..., Imputed]) -> None:
    with pytest.raises(NoDonor, match="donneurs"):
        impute(np.full(4, np.nan), Deck(np.ones(4, dtype=bool)), np.ones(4))


@pytest.mark.parametrize("impute", METHODS)
def test_an_answer_that_is_infinite_or_absent_is_refused(impute: Callable[..., Imputed]) -> None:
    with pytest.raises(ArrayInvalid, match="infinies"):
        impute(np.array([1.0, np.inf, np.nan, 2.0]), Deck([False, False, True, False], minimum=2), np.arange(4.0) + 1)


def test_an_auxiliary_that_says_nothing_is_refused() -> None:
    deck = Deck([False, False, True], minimum=2)
    with pytest.raises(ArrayInvalid, match="constantes"):
        nearest([1.0, 2.0, np.nan], deck=deck, auxiliaries=[4.0, 4.0, 4.0])
    with pytest.raises(NoDonor):
        ratio([1.0, 2.0, np.nan], deck=deck, auxiliary=[0.0, 0.0, 4.0])
    with pytest.raises(ArrayInvalid, match="négative"):
        ratio([1.0, 2.0, np.nan], deck=deck, auxiliary=[1.0, 2.0, -4.0])


@pytest.mark.parametrize("wrong", [{"weights": [0.0, 1, 1]}, {"weights": [-1.0, 1, 1]}, {"minimum": 1}, {"limit": 0}])
def test_a_deck_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ArrayInvalid):
        hot_deck([1.0, 2.0, np.nan], deck=Deck([False, False, True], **{"minimum": 2, **wrong}), rng=RNG(0))  # type: ignore[arg-type]


def test_a_variable_that_is_constant_is_imputed_without_adding_variance() -> None:
    missing = np.arange(40) < 10
    design = stratified(np.full(40, 5.0), strata=[0] * 40, stratum_sizes=[200], stratum_samples=[40])
    done = hot_deck(np.where(missing, np.nan, 3.0), deck=Deck(missing), rng=RNG(0))
    assert imputation_variance(done.links, design=design).tolist() == [0.0]


def test_when_nothing_is_missing_nothing_is_added() -> None:
    design = stratified(np.full(9, 5.0), strata=[0] * 9, stratum_sizes=[45], stratum_samples=[9])
    for impute in METHODS:
        done = impute(np.arange(9.0), Deck(np.zeros(9, dtype=bool)), np.arange(9.0) + 1)
        assert imputation_variance(done.links, design=design).tolist() == [0.0]


def test_the_mean_imputed_in_a_simple_random_sample_has_the_variance_of_its_respondents() -> None:
    """N²(1/r − 1/N)σ², whatever was imputed, for a large sample (Särndal 1992, p. 246)."""
    rng = RNG(1)
    count, answered, size = 4000, 2500, 16_000
    values, missing = rng.normal(10, 3, count), np.arange(count) >= answered
    design = stratified(
        np.full(count, size / count), strata=np.zeros(count, int), stratum_sizes=[size], stratum_samples=[count]
    )
    done = ratio(np.where(missing, np.nan, values), deck=Deck(missing), auxiliary=np.ones(count))
    naive = float(domain_totals(done.values, design=design).standard_error[0, 0] ** 2)
    total = naive + float(imputation_variance(done.links, design=design)[0])
    expected = size**2 * (1 / answered - 1 / size) * values[~missing].var(ddof=1)
    assert total == pytest.approx(expected, rel=2e-3)


DRAWS = 400
SIZES, SAMPLES = np.array([900, 500, 120]), np.array([120, 120, 120])


def one_draw(rng: np.random.Generator, impute: Callable[..., Imputed], country: np.ndarray) -> np.ndarray:
    """Estimates, naive and full standard errors (3, D) of the totals of y in two halves, which cut classes."""
    (strata, half), (x, y) = country[[0, 3]].astype(int), country[1:3]
    kept = np.concatenate(
        [rng.choice(np.flatnonzero(strata == h), size, replace=False) for h, size in enumerate(SAMPLES)]
    )
    missing = rng.random(len(kept)) < np.array([0.45, 0.35, 0.3])[strata[kept]]
    weights = (SIZES / SAMPLES)[strata[kept]]
    design = stratified(weights, strata=strata[kept], stratum_sizes=SIZES, stratum_samples=SAMPLES)
    deck = Deck(missing, [strata[kept]], weights=weights)
    done = impute(np.where(missing, np.nan, y[kept]), deck, x[kept] * rng.uniform(1, 1 + 1e-9))
    found = domain_totals(done.values, design=design, domains=half[kept])
    added = imputation_variance(done.links, design=design, domains=half[kept])
    naive = found.standard_error[:, 0]
    return np.stack([found.estimate[:, 0], naive, np.sqrt(naive**2 + added)])


@pytest.mark.parametrize("impute", METHODS)
def test_intervals_cover_with_what_imputation_adds_and_not_without(impute: Callable[..., Imputed]) -> None:
    rng = RNG(20251123)
    strata = np.repeat(np.arange(3), SIZES)
    x = rng.lognormal(2 + strata, 0.3)
    y = 3 * x + np.sqrt(x) * rng.normal(0, 6, len(x))
    half = rng.integers(0, 2, len(x))
    country = np.vstack([strata, x, y, half])
    runs = np.array([one_draw(rng, impute, country) for _ in range(DRAWS)])
    truth = np.bincount(half, y)
    gap = np.abs(runs[:, 0] - truth)
    naive, full = ((gap <= 1.96 * runs[:, row]).mean() for row in (1, 2))
    noise = np.sqrt(0.95 * 0.05 / (2 * DRAWS))
    assert full == pytest.approx(0.95, abs=4 * noise + 0.01)
    assert naive < 0.95 - 5 * noise
    spread = np.sqrt((runs[:, 2] ** 2).mean(axis=0)) / runs[:, 0].std(axis=0)
    assert (np.abs(spread - 1) <= 4 / np.sqrt(2 * DRAWS) + 0.05).all()
