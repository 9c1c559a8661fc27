"""Medians, differences, exact intervals: what they are on data where the answer is known by hand or by simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maille.stats.arrays import ArrayInvalid
from maille.stats.bootstrap import bootstrap_weights
from maille.stats.design import DesignInvalid, calibrated, stratified
from maille.stats.differences import Overlap, domain_differences, edition_differences
from maille.stats.intervals import exact, wilson
from maille.stats.quantiles import domain_quantiles
from maille.stats.variance import Estimates, domain_ratios, domain_totals, observed_whole

STRATA = np.repeat([0, 1, 2], [40, 30, 20])
SIZES = np.array([400.0, 90.0, 20.0])
PLAN = stratified((SIZES / [40, 30, 20])[STRATA], strata=STRATA, stratum_sizes=SIZES, stratum_samples=[40, 30, 20])
AMOUNTS = np.random.default_rng(3).lognormal(3 + STRATA, 1.0)


def test_a_weighted_median_leaves_half_of_the_weight_on_each_side():
    found = domain_quantiles(AMOUNTS, design=PLAN, domains=STRATA)
    for stratum in range(3):
        values, weights = AMOUNTS[stratum == STRATA], PLAN.weights[stratum == STRATA]
        median = found.estimate[stratum, 0]
        assert weights[values < median].sum() <= weights.sum() / 2 <= weights[values <= median].sum()
        assert found.low[stratum, 0] <= median <= found.high[stratum, 0]


def test_the_quantiles_of_all_domains_are_those_of_each_alone():
    together = domain_quantiles(AMOUNTS, design=PLAN, domains=STRATA, probability=0.25)
    for stratum in range(3):
        alone = domain_quantiles(AMOUNTS, design=PLAN, counted=stratum == STRATA, probability=0.25)
        assert alone.estimate[0, 0] == together.estimate[stratum, 0]
        assert alone.low[0, 0] == together.low[stratum, 0]


def test_a_value_shared_by_most_units_is_a_median_without_doubt():
    values = np.where(np.arange(90) % 4 == 0, AMOUNTS, 0.0)
    found = domain_quantiles(values, design=PLAN)
    assert (found.estimate[0, 0], found.low[0, 0], found.high[0, 0]) == (0.0, 0.0, 0.0)


def test_a_domain_without_weight_or_without_anyone_has_no_median():
    design = stratified(np.zeros(4), strata=[0] * 4, stratum_sizes=[8], stratum_samples=[4])
    found = domain_quantiles([1.0, 2.0, 3.0, 4.0], design=design, domains=[0, 0, 2, 2])
    assert np.isnan(found.estimate).all()
    empty = domain_quantiles(np.ones(90), design=PLAN, counted=np.zeros(90, dtype=bool))
    assert np.isnan(empty.estimate).all()
    assert empty.respondents[0, 0] == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_missing_or_infinite_value_is_refused(bad):
    values = AMOUNTS.copy()
    values[3] = bad
    for estimate in (domain_quantiles, domain_totals, domain_ratios):
        with pytest.raises(ArrayInvalid, match="absentes ou infinies"):
            estimate(values, design=PLAN)


def test_a_probability_of_zero_is_refused():
    with pytest.raises(ArrayInvalid, match="probabilité"):
        domain_quantiles(AMOUNTS, design=PLAN, probability=0.0)


def test_a_constant_has_no_error_whatever_it_is_estimated_by():
    constant = np.full(90, 7.0)
    for found in (domain_quantiles(constant, design=PLAN), domain_ratios(constant, design=PLAN)):
        assert found.estimate[0, 0] == pytest.approx(7.0)
        assert found.standard_error[0, 0] == pytest.approx(0.0, abs=1e-9)


def test_a_stratum_of_one_unit_that_stands_for_others_is_refused():
    with pytest.raises(DesignInvalid, match="seule unité"):
        stratified([2.0], strata=[0], stratum_sizes=[2], stratum_samples=[1])
    with pytest.raises(DesignInvalid, match="seule unité"):
        bootstrap_weights([2.0], strata=[0], stratum_sizes=[2], replicates=2, rng=np.random.default_rng(0))


def test_a_domain_is_seen_whole_only_if_all_its_units_were_drawn_and_answered():
    seen = observed_whole(np.ones((90, 1)), design=PLAN, domains=STRATA, domain_sizes=SIZES)
    assert seen[:, 0].tolist() == [False, False, True]


def test_the_bootstrap_finds_the_linearised_errors_of_totals_means_and_ratios():
    rng = np.random.default_rng(11)
    other = AMOUNTS * rng.uniform(0.5, 1.5, 90)
    weights = bootstrap_weights(PLAN.weights, strata=STRATA, stratum_sizes=SIZES, replicates=4000, rng=rng)
    totals, sizes, others = AMOUNTS @ weights, weights.sum(axis=0), other @ weights
    expected = [
        (domain_totals(AMOUNTS, design=PLAN), totals),
        (domain_ratios(AMOUNTS, design=PLAN), totals / sizes),
        (domain_ratios(AMOUNTS, design=PLAN, denominators=other), totals / others),
    ]
    for found, drawn in expected:
        assert found.standard_error[0, 0] == pytest.approx(drawn.std(ddof=1), rel=0.06)


def test_the_bootstrap_finds_the_error_of_a_difference_between_domains():
    domains = np.arange(90) % 2
    rng = np.random.default_rng(12)
    weights = bootstrap_weights(PLAN.weights, strata=STRATA, stratum_sizes=SIZES, replicates=4000, rng=rng)
    means = [(AMOUNTS[domains == d] @ weights[domains == d]) / weights[domains == d].sum(axis=0) for d in (0, 1)]
    found = domain_differences(AMOUNTS, design=PLAN, pairs=[[1, 0]], domains=domains)
    assert found.estimate[0, 0] == pytest.approx(np.mean(means[1] - means[0]), rel=0.2)
    assert found.standard_error[0, 0] == pytest.approx((means[1] - means[0]).std(ddof=1), rel=0.07)


def test_domains_of_different_strata_are_independent():
    found = domain_differences(AMOUNTS, design=PLAN, pairs=[[0, 1], [2, 1]], domains=STRATA)
    alone = domain_ratios(AMOUNTS, design=PLAN, domains=STRATA).standard_error[:, 0]
    assert found.covariance == pytest.approx(0.0, abs=1e-9)
    assert found.standard_error[:, 0] == pytest.approx([np.hypot(alone[0], alone[1]), np.hypot(alone[2], alone[1])])


def test_a_difference_with_an_empty_domain_has_no_estimate_nor_error():
    found = domain_differences(AMOUNTS, design=PLAN, pairs=[[2, 0], [2, 1]], domains=2 * (np.arange(90) % 2))
    assert np.isfinite(found.standard_error[0, 0])
    for values in (found.estimate, found.standard_error, found.low, found.high, found.covariance):
        assert np.isnan(values[1, 0])


def test_a_domain_is_not_compared_with_itself():
    with pytest.raises(ArrayInvalid, match="lui-même"):
        domain_differences(AMOUNTS, design=PLAN, pairs=[[1, 1]], domains=STRATA)


def test_a_calibrated_difference_counts_the_margins():
    size = STRATA + 1.0
    design = calibrated(PLAN, weights=PLAN.weights, auxiliaries=np.column_stack([np.ones(90), size]))
    domains = np.arange(90) % 2
    plain = domain_differences(size, design=PLAN, pairs=[[1, 0]], domains=domains)
    helped = domain_differences(size, design=design, pairs=[[1, 0]], domains=domains)
    assert helped.standard_error[0, 0] <= plain.standard_error[0, 0] * (1 + 1e-9)


def _edition(values: np.ndarray) -> Estimates:
    return domain_ratios(values, design=PLAN)


def _shared(before: np.ndarray, after: np.ndarray) -> Overlap:
    linear = [(values - found.estimate[0, 0]) / SIZES.sum() for values, found in
              ((before, _edition(before)), (after, _edition(after)))]  # fmt: skip
    drawn = np.column_stack([[40, 30, 20], [40, 30, 20]])
    return Overlap(linear[0][:, None], linear[1][:, None], STRATA, SIZES, drawn)


def test_the_same_units_twice_differ_as_one_sample_of_differences():
    after = AMOUNTS * 1.1 + np.random.default_rng(5).normal(0, 2, 90)
    found = edition_differences(_edition(after), _edition(AMOUNTS), overlap=_shared(AMOUNTS, after))
    once = domain_ratios(after - AMOUNTS, design=PLAN)
    assert found.estimate[0, 0] == pytest.approx(once.estimate[0, 0])
    assert found.standard_error[0, 0] == pytest.approx(once.standard_error[0, 0], rel=1e-9)


def test_without_the_overlap_the_interval_of_a_change_is_the_wider():
    after = AMOUNTS * 1.1
    known = edition_differences(_edition(after), _edition(AMOUNTS), overlap=_shared(AMOUNTS, after))
    unknown = edition_differences(_edition(after), _edition(AMOUNTS))
    assert unknown.standard_error[0, 0] > known.standard_error[0, 0]


@given(st.floats(0, 1), st.floats(5, 500))
def test_the_exact_interval_holds_the_share_and_wilsons_is_not_wider_in_the_middle(share, size):
    args = {"size": np.array([size]), "freedom": np.array([np.inf]), "level": 0.95}
    low, high = exact(np.array([share]), **args)
    assert 0 <= low[0] <= share <= high[0] <= 1
    shorter = wilson(np.array([share]), **args)
    if 0.2 < share < 0.8:
        assert high[0] - low[0] >= shorter[1][0] - shorter[0][0] - 1e-9
