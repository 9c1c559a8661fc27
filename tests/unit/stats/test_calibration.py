import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats.arrays import ArrayInvalid
from maille.stats.calibration import MarginsInfeasible, NotConverged, calibrate
from maille.stats.weights import weights_summary

METHODS = [("linear", None), ("raking", None), ("logit", (0.3, 3.0)), ("truncated", (0.3, 3.0))]


def sample(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    weights = rng.uniform(1, 5, 400)
    band = rng.integers(0, 4, 400)
    margins = np.column_stack([np.eye(4)[band], np.eye(4)[band] * rng.lognormal(6, 1, 400)[:, None]])
    totals = (weights * rng.uniform(0.6, 1.5, 400)) @ margins
    return weights, margins, totals


@pytest.mark.parametrize(("method", "bounds"), METHODS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_totals_are_given_to_ten_digits_within_bounds(
    method: str, bounds: tuple[float, float] | None, seed: int
) -> None:
    weights, margins, totals = sample(seed)
    result = calibrate(weights, margins=margins, totals=totals, method=method, bounds=bounds)  # type: ignore[arg-type]
    np.testing.assert_allclose(result.weights @ margins, totals, rtol=1e-10)
    assert result.gap <= 1e-10
    if bounds:
        assert bounds[0] <= result.ratios.min()
        assert result.ratios.max() <= bounds[1]
    if method == "raking":
        assert result.weights.min() > 0


@pytest.mark.parametrize(("method", "bounds"), METHODS)
def test_totals_already_right_leave_the_weights_alone(method: str, bounds: tuple[float, float] | None) -> None:
    weights, margins, _ = sample()
    result = calibrate(weights, margins=margins, totals=weights @ margins, method=method, bounds=bounds)  # type: ignore[arg-type]
    np.testing.assert_allclose(result.ratios, 1, atol=1e-9)


@pytest.mark.parametrize(("method", "bounds"), METHODS)
def test_a_margin_that_repeats_others_is_dropped_and_given(method: str, bounds: tuple[float, float] | None) -> None:
    weights, margins, totals = sample()
    wide, aim = np.column_stack([margins, margins[:, :4].sum(axis=1)]), np.append(totals, totals[:4].sum())
    result = calibrate(weights, margins=wide, totals=aim, method=method, bounds=bounds)  # type: ignore[arg-type]
    assert len(result.dropped) == 1
    np.testing.assert_allclose(result.weights @ wide, aim, rtol=1e-10)


def test_a_margin_that_contradicts_others_is_refused_by_name() -> None:
    weights, margins, totals = sample()
    wide, aim = np.column_stack([margins, margins[:, 0]]), np.append(totals, totals[0] * 1.01)
    with pytest.raises(MarginsInfeasible, match="répète"):
        calibrate(weights, margins=wide, totals=aim)


def test_totals_out_of_reach_of_the_bounds_name_the_worst_margin() -> None:
    weights, margins, totals = sample()
    totals[2] = 4 * (weights @ margins)[2]
    totals[6] = 4 * (weights @ margins)[6]
    with pytest.raises(MarginsInfeasible) as error:
        calibrate(weights, margins=margins, totals=totals, method="logit", bounds=(0.3, 3.0))
    assert error.value.where is not None
    assert set(error.value.where.removeprefix("marges ").split(", ")) == {"2", "6"}


def test_a_negative_total_is_out_of_reach_of_raking() -> None:
    weights, margins, totals = sample()
    totals[1] = -5.0
    with pytest.raises(MarginsInfeasible, match="marge"):
        calibrate(weights, margins=margins, totals=totals, method="raking")


def test_a_total_for_an_empty_margin_is_refused() -> None:
    weights, margins, totals = sample()
    with pytest.raises(MarginsInfeasible):
        calibrate(weights, margins=np.column_stack([margins, np.zeros(400)]), totals=np.append(totals, 3.0))


def test_iterations_that_fail_on_a_total_within_reach_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, margins, totals = sample()
    monkeypatch.setattr("maille.stats.calibration.STEPS", 1)
    with pytest.raises(NotConverged):
        calibrate(weights, margins=margins, totals=totals, method="raking")


def test_bounds_must_hold_one() -> None:
    with pytest.raises(ArrayInvalid, match="bornes"):
        calibrate([1.0], margins=[[1.0]], totals=[1.0], method="logit", bounds=(1.2, 3))


def test_the_summary_gives_kish_design_effect() -> None:
    summary = weights_summary([1.0, 1.0, 4.0, 0.0])
    assert (summary.count, summary.total, summary.ratio) == (3, 6.0, 4.0)
    assert summary.design_effect == pytest.approx(3 * 18 / 36)
