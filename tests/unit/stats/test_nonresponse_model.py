"""The chance of answering, groups of like chances, and the whole chain with groups made of estimated scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from maille.stats.arrays import ArrayInvalid
from maille.stats.design import stratified
from maille.stats.nonresponse import TooFewRespondents, nonresponse_weights
from maille.stats.nonresponse_model import ResponseSeparated, response_model, response_quality, score_groups
from maille.stats.variance import domain_ratios


def sample(seed: int = 1, size: int = 800) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = np.column_stack([rng.lognormal(6, 1, size), rng.integers(0, 2, size)]).astype(float)
    return features, rng.random(size) < expit(-2 + 0.4 * np.log(features[:, 0]) - 0.7 * features[:, 1])


def test_the_coefficients_are_those_of_the_highest_likelihood() -> None:
    features, answered = sample()
    table = np.column_stack([np.ones(800), features / [1000, 1]])

    def loss(b: np.ndarray) -> float:
        return float(np.logaddexp(0, np.where(answered, -1, 1) * (table @ b)).sum())

    best = minimize(loss, np.zeros(3), method="BFGS", tol=1e-10)
    found = response_model(answered, features=features)
    np.testing.assert_allclose(found.coefficients * [1, 1000, 1], best.x, rtol=1e-4)
    np.testing.assert_allclose(found.scores.sum(), answered.sum())


def test_features_that_repeat_others_or_never_vary_change_no_score() -> None:
    features, answered = sample()
    wide = np.column_stack([features, features.sum(axis=1), np.full(800, 7.0)])
    np.testing.assert_allclose(
        response_model(answered, features=wide).scores, response_model(answered, features=features).scores, rtol=1e-6
    )


def test_a_variable_that_tells_exactly_who_answered_is_named_and_a_penalty_is_a_way_out() -> None:
    features, answered = sample()
    telling = np.column_stack([features, answered])
    with pytest.raises(ResponseSeparated, match="internet"):
        response_model(answered, features=telling, names=["taille", "rural", "internet"])
    scores = response_model(answered, features=telling, ridge=1.0).scores
    assert 0 < scores.min() < scores.max() < 1


@pytest.mark.parametrize("answered", [np.ones(5, dtype=bool), np.zeros(5, dtype=bool)])
def test_when_all_or_none_answered_there_is_no_model(answered: np.ndarray) -> None:
    with pytest.raises(TooFewRespondents):
        response_model(answered, features=np.arange(5.0)[:, None])


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_feature_that_is_absent_or_infinite_is_refused(wrong: float) -> None:
    with pytest.raises(ArrayInvalid):
        response_model([True, False], features=[[wrong], [1.0]])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 20), minimum=st.integers(1, 40))
def test_groups_follow_the_scores_and_have_enough_respondents(seed: int, count: int, minimum: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.choice(rng.random(30), 200)
    answered = rng.random(200) < scores
    answered[:minimum] = True
    groups = score_groups(scores, responded=answered, count=count, minimum=minimum)
    assert np.bincount(groups[answered], minlength=groups.max() + 1).min() >= minimum
    order = np.argsort(scores, kind="stable")
    assert (np.diff(groups[order]) >= 0).all()
    assert groups.max() < count


def test_the_r_indicator_falls_when_chances_part() -> None:
    answered = np.arange(400) % 2 == 0
    quality = [
        response_quality(np.where(np.arange(400) < 200, 0.5 - gap, 0.5 + gap), responded=answered,
                         weights=np.ones(400), groups=np.zeros(400, dtype=int))
        for gap in (0.0, 0.1, 0.3)
    ]  # fmt: skip
    assert [round(one.r_indicator, 2) for one in quality] == [1.0, 0.8, 0.4]
    assert quality[0].auc == 0.5


def test_a_model_that_is_right_is_not_rejected_and_a_wrong_one_is() -> None:
    features, answered = sample(size=4000)
    groups = np.zeros(4000, dtype=int)
    right = response_model(answered, features=np.column_stack([np.log(features[:, 0]), features[:, 1]])).scores
    wrong = np.clip(right**3, 0.01, 0.99)
    good, bad = (
        response_quality(scores, responded=answered, weights=np.ones(4000), groups=groups) for scores in (right, wrong)
    )
    assert good.p_value > 0.01
    assert bad.p_value < 1e-6
    assert good.auc == pytest.approx(bad.auc, abs=1e-4)
    assert good.auc > 0.6


@pytest.mark.parametrize("weights", [[0.0, 1.0], [-1.0, 1.0]])
def test_weights_that_are_not_positive_are_refused(weights: list[float]) -> None:
    with pytest.raises(ArrayInvalid):
        response_quality([0.5, 0.5], responded=[True, False], weights=weights, groups=[0, 0])


DRAWS = 400


def test_groups_of_estimated_scores_leave_no_bias_and_intervals_that_cover() -> None:
    """Answering grows with x, and so does y: the respondents alone are far off; the groups bring it back."""
    rng = np.random.default_rng(20251124)
    strata = np.repeat([0, 1], [1500, 500])
    x = rng.normal(0, 1, 2000)
    y = 10 + 2 * x + rng.normal(0, 2, 2000)
    sizes, samples = np.array([1500, 500]), np.array([300, 200])
    runs = []
    for _ in range(DRAWS):
        kept = np.concatenate([rng.choice(np.flatnonzero(strata == h), samples[h], replace=False) for h in (0, 1)])
        answered = rng.random(500) < expit(0.4 + 0.8 * x[kept])
        scores = response_model(answered, features=x[kept][:, None]).scores
        groups = score_groups(scores, responded=answered, count=8, minimum=15)
        done = nonresponse_weights((sizes / samples)[strata[kept]], responded=answered, groups=groups)
        design = stratified(
            done.weights[answered],
            strata=strata[kept][answered],
            stratum_sizes=sizes,
            stratum_samples=samples,
            groups=groups[answered],
            group_samples=done.sampled,
        )
        found = domain_ratios(y[kept][answered], design=design)
        runs.append((found.estimate[0, 0], found.low[0, 0], found.high[0, 0], y[kept][answered].mean()))
    estimate, low, high, alone = np.array(runs).T
    covered = ((low <= y.mean()) & (y.mean() <= high)).mean()
    assert abs(estimate.mean() - y.mean()) < 0.1 * abs(alone.mean() - y.mean())
    assert covered == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / DRAWS))
