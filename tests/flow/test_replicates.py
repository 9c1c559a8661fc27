"""The demonstration knows the truth: two hundred samples say whether the intervals do."""

from pathlib import Path

import numpy as np
import pytest

from maille.demo.replicates import Replicates, replicate

SPECS = Path(__file__).parents[2] / "specs"
DRAWS = 200
INDICATORS = ("action", "domaine_personnes_agees", "secours", "avances", "cap", "convention_departement", "abs")
MONTE_CARLO = np.sqrt(0.95 * 0.05 / DRAWS)
"""Standard deviation of a coverage of 95 % seen on two hundred draws."""

pytestmark = pytest.mark.xdist_group("replicates")


@pytest.fixture(scope="module")
def replicates() -> Replicates:
    return replicate(SPECS, universe="communes", indicators=INDICATORS, edition="asco-2025", count=DRAWS, seed=20250915)


def test_the_intervals_hold_the_truth_as_often_as_they_say(replicates):
    coverage = replicates.coverage()
    assert abs(coverage.mean() - 0.95) <= 0.02
    # Four Monte Carlo deviations: some forty cells are judged at once.
    assert coverage.min() >= 0.95 - 4 * MONTE_CARLO


def test_the_bias_is_small_against_the_standard_error(replicates):
    bias = np.abs(replicates.relative_bias())
    assert np.median(bias) <= 0.2
    assert bias.max() <= 0.6


def test_the_standard_error_is_that_of_the_draws(replicates):
    ratio = replicates.error_ratio()
    assert 0.93 <= np.nanmedian(ratio) <= 1.12


def test_intervals_would_not_cover_if_errors_were_halved(replicates):
    """The test can fail: intervals half as wide miss the truth far more often."""
    half = (replicates.high - replicates.low) / 4
    middle = (replicates.high + replicates.low) / 2
    coverage = (np.abs(middle - replicates.truth) <= half).mean()
    assert coverage < 0.85
