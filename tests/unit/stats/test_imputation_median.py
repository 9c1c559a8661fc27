"""What imputation adds to the variance of a share under a value, and so to that of a median."""

from collections.abc import Callable

import numpy as np
import pytest

from maille.stats.arrays import ArrayInvalid
from maille.stats.design import Design, stratified
from maille.stats.imputation import Deck, Imputed, hot_deck, nearest, ratio
from maille.stats.imputation_variance import imputation_variance, imputed_share_variance
from maille.stats.quantiles import domain_quantiles
from maille.stats.variance import domain_ratios

DRAWS = 400
SIZES, SAMPLES = np.array([900, 500, 120]), np.array([120, 120, 120])
Impute = Callable[[np.ndarray, Deck, np.ndarray], Imputed]


def by_ratio(values: np.ndarray, deck: Deck, x: np.ndarray) -> Imputed:
    return ratio(values, deck=deck, auxiliary=x)


def by_neighbour(values: np.ndarray, deck: Deck, x: np.ndarray) -> Imputed:
    return nearest(values, deck=deck, auxiliaries=x)


def by_chance(values: np.ndarray, deck: Deck, x: np.ndarray) -> Imputed:
    return hot_deck(values, deck=deck, rng=np.random.default_rng(len(values) + int(1e6 * x[0])))


class Country:
    """Three strata of amounts that follow a size, in two halves, of which a third is missing in each sample."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(7)
        self.strata = np.repeat(np.arange(3), SIZES)
        self.x = self.rng.lognormal(2 + 0.5 * self.strata, 0.5)
        self.y = 3 * self.x + np.sqrt(self.x) * self.rng.normal(0, 3, len(self.x))
        self.half = self.rng.integers(0, 2, len(self.x))
        self.median = np.array(
            [np.quantile(self.y[self.half == place], 0.5, method="inverted_cdf") for place in (0, 1)]
        )

    def drawn(self, impute: Impute) -> tuple[Imputed, Design, np.ndarray]:
        parts = [
            self.rng.choice(np.flatnonzero(self.strata == h), size, replace=False) for h, size in enumerate(SAMPLES)
        ]
        kept = np.concatenate(parts)
        strata, missing = self.strata[kept], self.rng.random(len(kept)) < 0.35
        weights = (SIZES / SAMPLES)[strata]
        design = stratified(weights, strata=strata, stratum_sizes=SIZES, stratum_samples=SAMPLES)
        deck = Deck(missing, [strata], weights=weights)
        return impute(np.where(missing, np.nan, self.y[kept]), deck, self.x[kept]), design, self.half[kept]


def adding(done: Imputed, design: Design, domains: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """What imputation adds to the variance of the share of each domain."""
    whole = np.bincount(domains, design.weights)

    def added(at: np.ndarray) -> np.ndarray:
        found = imputed_share_variance(done.links, done.values, at=at[:, 0], design=design, domains=domains)
        return (found / whole**2)[:, None]

    return added


@pytest.mark.parametrize(("impute", "most"), [(by_ratio, 1.0), (by_neighbour, 0.85), (by_chance, 0.75)])
def test_the_interval_of_a_median_covers_with_what_imputation_adds(impute: Impute, most: float) -> None:
    country = Country()
    shares, naive, full, held, held_before = [], [], [], [], []
    for _ in range(DRAWS):
        done, design, half = country.drawn(impute)
        added = adding(done, design, half)
        under = domain_ratios(done.values <= country.median[half], design=design, domains=half)
        shares.append(under.estimate[:, 0])
        naive.append(under.standard_error[:, 0] ** 2)
        full.append(naive[-1] + added(country.median[:, None])[:, 0])
        for kept, lent in ((held, added), (held_before, None)):
            found = domain_quantiles(done.values, design=design, domains=half, imputation=lent)
            kept.append((found.low[:, 0] <= country.median) & (country.median <= found.high[:, 0]))
    noise = np.sqrt(0.95 * 0.05 / (2 * DRAWS))
    assert np.mean(held) == pytest.approx(0.95, abs=4 * noise + 0.01)
    assert np.mean(held_before) < np.mean(held) - 0.01
    real = np.var(shares, axis=0)
    assert (np.abs(np.mean(full, axis=0) / real - 1) <= 4 * np.sqrt(2 / DRAWS)).all()
    assert (np.mean(naive, axis=0) / real).mean() < most


PLAN = stratified([5.0] * 40, strata=[0] * 40, stratum_sizes=[200], stratum_samples=[40])


def lent(impute: Impute, *, missing: int = 10) -> Imputed:
    rng = np.random.default_rng(4)
    x = rng.lognormal(1, 0.5, 40)
    return impute(
        np.where(np.arange(40) < missing, np.nan, 3 * x + rng.normal(0, 1, 40)), Deck(np.arange(40) < missing), x
    )


def under(done: Imputed, at: float, **more) -> float:
    zeros = np.zeros(40, dtype=int)
    return float(imputed_share_variance(done.links, done.values, at=[at], design=PLAN, domains=zeros, **more)[0])


@pytest.mark.parametrize("impute", [by_ratio, by_neighbour, by_chance])
def test_a_value_that_nobody_may_have_is_not_in_doubt(impute: Impute) -> None:
    done = lent(impute)
    middle = float(np.median(done.values))
    assert under(done, middle) > 0
    assert under(done, 1e6) == pytest.approx(0, abs=1e-9)
    assert under(done, -1e6) == pytest.approx(0, abs=1e-9)
    assert under(lent(impute, missing=0), middle) == 0


@pytest.mark.parametrize("impute", [by_ratio, by_neighbour, by_chance])
def test_an_amount_per_inhabitant_is_that_of_the_amount(impute: Impute) -> None:
    done = lent(impute)
    middle = float(np.median(done.values))
    assert under(done, middle / 4, per=np.full(40, 4.0)) == pytest.approx(under(done, middle), rel=1e-12)
    plain, divided = (imputation_variance(done.links, design=PLAN, per=per)[0] for per in (None, np.full(40, 4.0)))
    assert divided == pytest.approx(plain / 16, rel=1e-12)


def test_inhabitants_that_differ_are_those_of_each_recipient_and_donor() -> None:
    """One recipient, who takes the value of the next: the terms written out."""
    done = nearest(
        [np.nan, 6.0, 9.0, 2.0], deck=Deck([True, False, False, False], minimum=2), auxiliaries=[1.0, 1.1, 5, 9]
    )
    design = stratified([2.0] * 4, strata=[0] * 4, stratum_sizes=[8], stratum_samples=[4])
    per, spread = np.array([3.0, 4.0, 1.0, 1.0]), done.links.spread
    imputation = 4 * spread[1] / 9 + 4 * spread[0] / 9
    mixed = 2 * 1 * spread[1] / (3 * 4) - 2 * 1 * spread[0] / 9
    difference = 0.5 * 4 * (spread[0] / 9 - spread[1] / 9)
    found = imputation_variance(done.links, design=design, per=per)[0]
    assert found == pytest.approx(imputation + 2 * mixed + difference, rel=1e-12)


def test_a_divisor_of_zero_is_refused() -> None:
    with pytest.raises(ArrayInvalid, match="positif"):
        under(lent(by_ratio), 1.0, per=np.zeros(40))
