"""The whole chain on a known population: drawn, half answered, corrected, calibrated, estimated, many times over."""

from dataclasses import dataclass

import numpy as np
import pytest

from maille.stats.calibration import calibrate
from maille.stats.design import calibrated, stratified
from maille.stats.nonresponse import nonresponse_weights
from maille.stats.selection import select_stratified
from maille.stats.variance import domain_shares

DRAWS = 400
SIZES = np.array([1200, 600, 300, 60])
SAMPLES = np.array([150, 150, 120, 60])


@dataclass(frozen=True)
class Runs:
    """(draws, domains, traits) estimates, standard errors, and whether the interval held the truth (2, D, v)."""

    truth: np.ndarray
    estimate: np.ndarray
    error: np.ndarray
    covered: np.ndarray


@pytest.fixture(scope="module")
def runs() -> Runs:
    """Four strata, one taken whole; response by region, which crosses strata; traits common, rare, tied to size."""
    rng = np.random.default_rng(20251122)
    strata = np.repeat(np.arange(4), SIZES)
    region = rng.integers(0, 3, len(strata))
    size = rng.lognormal(strata + 5.0, 0.4)
    chance = np.column_stack([np.full(len(strata), 0.5), 0.2 + 0.2 * strata, np.full(len(strata), 0.04)])
    traits = (rng.random(chance.shape) < chance).astype(float)
    above = np.concatenate([traits, traits * size[:, None]], axis=1)
    below = np.concatenate([np.ones_like(traits), np.repeat(size[:, None], 3, axis=1)], axis=1)
    domains = np.minimum(strata, 2)
    margins = np.column_stack([np.eye(4)[strata], np.eye(4)[strata] * size[:, None]])
    truth = np.array([above[domains == d].sum(axis=0) / below[domains == d].sum(axis=0) for d in range(3)])
    results = []
    for _ in range(DRAWS):
        drawn = select_stratified(strata, counts=SAMPLES, rng=rng)
        kept = np.flatnonzero(drawn.selected)
        answered = rng.random(len(kept)) < np.array([0.45, 0.6, 0.75])[region[kept]]
        response = nonresponse_weights(1 / drawn.probabilities[kept], responded=answered, groups=region[kept])
        units, weights = kept[answered], response.weights[answered]
        design = stratified(
            weights,
            strata=strata[units],
            stratum_sizes=SIZES,
            stratum_samples=SAMPLES,
            groups=region[units],
            group_samples=response.sampled,
        )
        final = calibrate(weights, margins=margins[units], totals=margins.sum(axis=0), method="raking").weights
        design = calibrated(design, weights=final, auxiliaries=margins[units])
        results.append(domain_shares(above[units], design=design, denominators=below[units], domains=domains[units]))
    return Runs(
        truth=truth,
        estimate=np.array([r.estimate for r in results]),
        error=np.array([r.standard_error for r in results]),
        covered=np.array([(r.low <= truth) & (truth <= r.high) for r in results]),
    )


def test_estimates_have_no_bias_that_counts(runs: Runs) -> None:
    spread = runs.estimate.std(axis=0)
    bias = runs.estimate.mean(axis=0) - runs.truth
    # Four Monte Carlo errors, and a tenth of the standard error for the bias of ratios and raking.
    assert (np.abs(bias) <= 4 * spread / np.sqrt(DRAWS) + 0.1 * spread).all()


def test_standard_errors_are_those_of_repeated_samples(runs: Runs) -> None:
    common = [0, 1, 3, 4]
    ratio = np.sqrt((runs.error**2).mean(axis=0)) / runs.estimate.std(axis=0)
    # The relative error of a standard deviation seen DRAWS times is 1/√(2 DRAWS), four of them, plus 5 % of bias.
    assert (np.abs(ratio[:, common] - 1) <= 4 / np.sqrt(2 * DRAWS) + 0.05).all()


def test_intervals_cover_the_truth_as_often_as_they_say(runs: Runs) -> None:
    coverage = runs.covered.mean(axis=0)
    noise = np.sqrt(0.95 * 0.05 / DRAWS)
    assert abs(coverage.mean() - 0.95) <= 0.02
    assert coverage.min() >= 0.95 - 4 * noise
    assert coverage[:, [0, 1, 3, 4]].max() <= 0.95 + 4 * noise
