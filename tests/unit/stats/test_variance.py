import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats.arrays import ArrayInvalid
from maille.stats.calibration import calibrate
from maille.stats.design import Design, DesignInvalid, calibrated, stratified
from maille.stats.variance import domain_shares, domain_totals

SIZES = np.array([60, 30, 8, 1])
SAMPLES = np.array([12, 10, 8, 1])


def plan(seed: int, silent: float = 0.0) -> tuple[Design, np.random.Generator]:
    """A design with two sampled strata, two taken whole (one of a single unit), and perhaps nonresponse."""
    rng = np.random.default_rng(seed)
    strata = np.repeat(np.arange(4), SAMPLES)
    weights = (SIZES / SAMPLES)[strata]
    if not silent:
        return stratified(weights, strata=strata, stratum_sizes=SIZES, stratum_samples=SAMPLES), rng
    groups = np.arange(31) % 2
    answered = rng.random(31) > silent
    answered[:4] = True
    rates = np.bincount(groups[answered]) / np.bincount(groups)
    design = stratified(
        (weights / rates[groups])[answered],
        strata=strata[answered],
        stratum_sizes=SIZES,
        stratum_samples=SAMPLES,
        groups=groups[answered],
        group_samples=np.bincount(groups),
    )
    return design, rng


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.4]))
def test_all_domains_at_once_are_each_domain_alone(seed: int, silent: float) -> None:
    design, rng = plan(seed, silent)
    n = len(design.weights)
    design = calibrated(design, weights=design.weights * rng.uniform(0.8, 1.2, n), auxiliaries=rng.random((n, 3)))
    values, domains = rng.normal(5, 2, (n, 70)), rng.integers(0, 4, n)
    together = domain_totals(values, design=design, domains=domains)
    for domain in range(domains.max() + 1):
        alone = domain_totals(values * (domains == domain)[:, None], design=design)
        if (domains == domain).any():
            np.testing.assert_allclose(together.estimate[domain], alone.estimate[0])
            np.testing.assert_allclose(together.standard_error[domain], alone.standard_error[0], rtol=1e-8, atol=1e-8)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.4]), st.floats(0, 1))
def test_intervals_hold_the_share_inside_the_unit_and_are_never_empty(seed: int, silent: float, chance: float) -> None:
    design, rng = plan(seed, silent)
    n = len(design.weights)
    domains = rng.integers(0, 3, n)
    result = domain_shares((rng.random((n, 5)) < chance) * 1.0, design=design, domains=domains)
    known = ~np.isnan(result.estimate)
    for low, share, high in ((result.low[known], result.estimate[known], result.high[known]),):
        assert ((low >= 0) & (low <= share) & (share <= high) & (high <= 1)).all()
    np.testing.assert_array_equal((result.high - result.low)[known] == 0, result.all_observed[known])


def test_a_stratum_taken_whole_with_one_unit_adds_nothing() -> None:
    design, _ = plan(0)
    value = np.zeros(31)
    value[-1] = 100.0
    assert domain_totals(value, design=design).standard_error[0, 0] == 0.0


def test_a_stratum_taken_whole_still_carries_nonresponse() -> None:
    design = stratified(
        [2.0] * 4, strata=[0] * 4, stratum_sizes=[8], stratum_samples=[8], groups=[0] * 4, group_samples=[8]
    )
    # A census of eight that four answer is a simple random sample of four among eight.
    simple = stratified([2.0] * 4, strata=[0] * 4, stratum_sizes=[8], stratum_samples=[4])
    values = [1.0, 2.0, 4.0, 9.0]
    ours, theirs = (domain_totals(values, design=d).standard_error[0, 0] for d in (design, simple))
    assert ours == pytest.approx(theirs)


def test_a_total_that_calibration_gives_has_no_variance() -> None:
    design, rng = plan(3)
    margins = np.column_stack([np.ones(31), rng.random(31)])
    calibrated_design = calibrated(design, weights=design.weights, auxiliaries=margins)
    assert domain_totals(margins, design=calibrated_design).standard_error.max() < 1e-5


def test_a_trait_that_nobody_showed_keeps_an_interval() -> None:
    design, _ = plan(0)
    result = domain_shares(np.zeros(31), design=design)
    assert result.estimate[0, 0] == 0
    assert 0.05 < result.high[0, 0] < 0.25
    assert not result.all_observed[0, 0]


def test_a_domain_seen_whole_is_a_point_unless_its_frame_is_larger() -> None:
    design, _ = plan(0)
    strata = np.repeat(np.arange(4), SAMPLES)
    trait = (np.arange(31) % 2).astype(float)
    whole = domain_shares(trait, design=design, domains=strata)
    assert whole.all_observed[:, 0].tolist() == [False, False, True, True]
    assert whole.low[2, 0] == whole.high[2, 0] == whole.estimate[2, 0]
    partial = domain_shares(trait, design=design, domains=strata, domain_sizes=[60, 30, 9, 1])
    assert partial.all_observed[:, 0].tolist() == [False, False, False, True]
    assert partial.low[2, 0] < partial.high[2, 0]


def test_an_empty_domain_or_an_empty_sub_population_has_no_estimate() -> None:
    design, _ = plan(0)
    result = domain_shares(np.zeros(31), design=design, denominators=np.zeros(31), domains=np.full(31, 1))
    assert np.isnan(result.estimate).all()
    assert np.isnan(result.low).all()
    assert result.respondents.tolist() == [[0], [0]]


def test_a_share_of_population_weighs_units_by_their_size() -> None:
    design, _ = plan(0)
    size, trait = np.arange(1.0, 32.0), (np.arange(31) > 20).astype(float)
    result = domain_shares(trait * size, design=design, denominators=size)
    assert result.estimate[0, 0] == pytest.approx((design.weights * trait) @ size / (design.weights @ size))


def test_a_lone_unit_standing_for_others_is_refused() -> None:
    with pytest.raises(DesignInvalid, match="strate 0"):
        stratified([5.0], strata=[0], stratum_sizes=[5], stratum_samples=[1])


def test_nonrespondents_without_response_groups_are_refused() -> None:
    with pytest.raises(DesignInvalid, match="groupe de réponse"):
        stratified([5.0, 5.0], strata=[0, 0], stratum_sizes=[15], stratum_samples=[3])


def test_an_absent_value_is_refused_with_a_hint() -> None:
    design, _ = plan(0)
    with pytest.raises(ArrayInvalid, match="absentes"):
        domain_totals(np.full(31, np.nan), design=design)


def test_a_numerator_above_its_denominator_is_not_a_share() -> None:
    design, _ = plan(0)
    with pytest.raises(ArrayInvalid, match="numérateur"):
        domain_shares(np.full(31, 2.0), design=design)


def test_the_residual_of_a_unit_that_draws_the_regression_through_itself_is_that_of_the_jackknife() -> None:
    rng = np.random.default_rng(5)
    size = np.append(rng.lognormal(3, 0.5, 59), 100.0)
    values = np.append(size[:-1] * rng.uniform(0.5, 1.5, 59), 20.0)
    margins, totals = np.column_stack([np.ones(60), size]), np.array([6000.0, 100 * size.sum()])

    def final(units: np.ndarray) -> np.ndarray:
        return calibrate(np.full(len(units), 6000 / len(units)), margins=margins[units], totals=totals).weights

    units = np.arange(60)
    others = [np.delete(units, k) for k in units]
    without = np.array([final(rest) @ values[rest] for rest in others])
    jackknife = 59 / 60 * ((without - without.mean()) ** 2).sum()
    plan = stratified(np.full(60, 100.0), strata=np.zeros(60, int), stratum_sizes=[1e9], stratum_samples=[60])
    plain, lifted = (
        domain_totals(values, design=calibrated(plan, weights=final(units), auxiliaries=margins, leverage=leverage))
        for leverage in (False, True)
    )
    assert lifted.estimate == plain.estimate
    assert lifted.standard_error[0, 0] ** 2 == pytest.approx(jackknife, rel=0.05)
    assert plain.standard_error[0, 0] ** 2 < 0.6 * jackknife
