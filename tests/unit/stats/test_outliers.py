import numpy as np
import pytest

from maille.stats.arrays import ArrayInvalid
from maille.stats.outliers import Limits, cutoffs, hidiroglou_berthelot, winsorise


def amounts() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    before = rng.lognormal(8, 1.2, 300)
    return before, before * rng.lognormal(0.05, 0.15, 300)


def test_an_amount_in_thousands_of_euros_is_found_among_amounts_in_euros() -> None:
    before, now = amounts()
    now[7] /= 1000
    now[9] *= 1000
    found = hidiroglou_berthelot(now, against=before, limits=Limits(c=20))
    assert found.flagged[[7, 9]].all()
    assert found.flagged.sum() <= 8


def test_an_increase_and_the_same_decrease_count_the_same() -> None:
    before = np.full(101, 50.0)
    now = np.concatenate([np.linspace(45, 55, 99), [50.0 * 3, 50.0 / 3]])
    found = hidiroglou_berthelot(now, against=before, limits=Limits(u=0))
    assert found.effects[99] == pytest.approx(-found.effects[100], rel=0.02)
    assert found.flagged[[99, 100]].all()


def test_the_same_ratio_counts_for_more_in_a_large_unit_as_u_says() -> None:
    before = np.concatenate([np.full(98, 100.0), [10.0, 100_000.0]])
    now = before * np.concatenate([np.linspace(0.9, 1.1, 98), [1.3, 1.3]])
    assert hidiroglou_berthelot(now, against=before, limits=Limits(u=1)).flagged[98:].tolist() == [False, True]
    assert len(set(hidiroglou_berthelot(now, against=before, limits=Limits(u=0)).effects[98:].round(9))) == 1


def test_each_class_has_its_own_bounds_and_a_small_one_is_judged_with_the_whole() -> None:
    rng = np.random.default_rng(1)
    size = np.full(63, 100.0)
    spent = np.concatenate([rng.normal(100, 3, 30), rng.normal(1000, 30, 30), [1000.0] * 3])
    classes = np.repeat([0, 1, 2], [30, 30, 3])
    judged = hidiroglou_berthelot(spent, against=size, classes=classes, importance="reference", limits=Limits(c=8))
    assert not judged.flagged.any()
    assert judged.high[60] != judged.high[31]


def test_zeros_are_not_tested_and_a_constant_flags_no_one() -> None:
    found = hidiroglou_berthelot([0.0, 5, 5, 5], against=[5.0, 5, 5, 0], limits=Limits(minimum=1))
    assert found.tested.tolist() == [False, True, True, False]
    assert np.isnan(found.ratios[[0, 3]]).all()
    assert not found.flagged.any()


@pytest.mark.parametrize("wrong", [[np.nan, 1.0], [np.inf, 1.0]])
def test_an_absent_or_infinite_value_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ArrayInvalid):
        hidiroglou_berthelot(wrong, against=[1.0, 1.0])


@pytest.mark.parametrize("limits", [Limits(u=2), Limits(a=-1), Limits(c=0), Limits(minimum=0)])
def test_parameters_that_make_no_sense_are_refused(limits: Limits) -> None:
    with pytest.raises(ArrayInvalid, match="sens"):
        hidiroglou_berthelot([1.0], against=[1.0], limits=limits)


def test_the_cut_off_of_kokic_and_bell_solves_its_equation() -> None:
    rng = np.random.default_rng(2)
    values, weights = rng.lognormal(3, 1.5, 200), rng.uniform(1, 20, 200)
    mean = np.full(200, values.mean())
    cuts = cutoffs(values, weights=weights, expected=mean)
    root = ((cuts - mean) * (weights - 1))[0]
    assert root == pytest.approx(np.maximum((weights - 1) * (values - mean) - root, 0).sum())


def test_winsorising_lowers_the_mean_squared_error_of_a_skewed_total() -> None:
    rng = np.random.default_rng(3)
    country = rng.lognormal(2, 2, 5000)
    plain, cut = [], []
    for _ in range(300):
        sample = rng.choice(country, 100, replace=False)
        weights = np.full(100, 50.0)
        cuts = cutoffs(sample, weights=weights, expected=np.full(100, sample.mean()))
        done = winsorise(sample, weights=weights, cuts=cuts)
        plain.append(done.before)
        cut.append(done.after)
    truth = country.sum()
    assert np.mean((np.array(cut) - truth) ** 2) < 0.8 * np.mean((np.array(plain) - truth) ** 2)


def test_a_unit_that_stands_for_itself_is_never_cut() -> None:
    cuts = cutoffs([1.0, 1e9, 2.0], weights=[5.0, 1.0, 5.0], expected=[1.0, 1.0, 1.0])
    assert cuts[1] == np.inf
    assert winsorise([1.0, 1e9, 2.0], weights=[5.0, 1.0, 5.0], cuts=cuts).values[1] == 1e9


def test_a_fixed_cut_off_of_the_first_kind_keeps_nothing_above() -> None:
    done = winsorise([1.0, 50.0, 80.0], weights=[2.0, 2.0, 1.0], cuts=40.0, kind=1)
    assert (done.values.tolist(), done.cut, done.before, done.after) == ([1.0, 40.0, 40.0], 2, 182.0, 122.0)


@pytest.mark.parametrize("weights", [[0.0, 1.0], [-2.0, 1.0]])
def test_weights_that_are_not_positive_are_refused(weights: list[float]) -> None:
    with pytest.raises(ArrayInvalid):
        winsorise([1.0, 2.0], weights=weights, cuts=1.0)
    with pytest.raises(ArrayInvalid):
        cutoffs([1.0, 2.0], weights=weights, expected=[1.0, 1.0])
