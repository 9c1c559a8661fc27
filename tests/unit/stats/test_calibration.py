from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats import feasibility
from maille.stats.arrays import ArrayInvalid
from maille.stats.calibration import calibrate
from maille.stats.contradictions import MarginsInfeasible, NotConverged
from maille.stats.feasibility import conflicts
from maille.stats.levels import ClusterMargins, UnitMargins, calibrate_levels
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


def test_a_repeated_margin_is_written_out_with_its_names() -> None:
    weights, margins, totals = sample()
    names = [f"taille={size}" for size in "abcd"] + [f"habitants={size}" for size in "abcd"]
    wide, aim = np.column_stack([margins, margins[:, :4].sum(axis=1)]), np.append(totals, totals[:4].sum())
    result = calibrate(weights, margins=wide, totals=aim, names=[*names, "ensemble"])
    (relation,) = result.relations
    assert {part.split("=", 1)[0] for part in relation.replace(" = ", "|").split("|")[1].split(", ")} >= {"taille"}
    assert "ensemble" in relation
    assert "somme de" in relation


def test_a_total_that_contradicts_its_parts_is_refused_with_the_relation_and_both_totals() -> None:
    margins = np.column_stack([np.eye(2)[[0, 0, 1, 1]], np.ones(4)])
    with pytest.raises(MarginsInfeasible) as error:
        calibrate(np.ones(4), margins=margins, totals=[3, 4, 8], names=["nord", "sud", "ensemble"])
    said = str(error.value)
    assert all(name in said for name in ("nord", "sud", "ensemble"))


def contradictory() -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Each total can be given alone; men and young men cannot be given together. Amounts are innocent."""
    rng = np.random.default_rng(3)
    young, man = rng.random(300) < 0.5, rng.random(300) < 0.5
    other = rng.lognormal(0, 1, (300, 2))
    margins = np.column_stack([young, man, young & man, other]).astype(float)
    totals = np.ones(300) @ margins
    totals[:3] = 0.7 * totals[0], 0.7 * totals[1], 1.3 * totals[2]
    return np.ones(300), margins, totals, ["jeunes", "hommes", "jeunes hommes", "euros", "places"]


def test_margins_that_contradict_one_another_are_told_from_the_innocent_ones() -> None:
    weights, margins, totals, names = contradictory()
    with pytest.raises(MarginsInfeasible) as error:
        calibrate(weights, margins=margins, totals=totals, method="logit", bounds=(0.6, 1.4), names=names)
    assert error.value.where is not None
    named = set(error.value.where.removeprefix("marges ").split(", "))
    assert named in ({"jeunes", "jeunes hommes"}, {"hommes", "jeunes hommes"})


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_smaller_set_of_margins_contradicts_itself(seed: int) -> None:
    rng = np.random.default_rng(seed)
    margins = np.where(rng.random(6) < 0.5, rng.lognormal(0, 1, (60, 6)), rng.random((60, 6)) < 0.4)
    totals = (np.ones(60) @ margins) * rng.uniform(0.8, 1.25, 6)
    limits = (0.7, 1.3)
    for conflict in conflicts(np.ones(60), margins, totals, limits=limits):
        assert conflicts(np.ones(60), margins[:, conflict], totals[list(conflict)], limits=limits)
        for fewer in combinations(range(6), len(conflict) - 1):
            assert not fewer or not conflicts(np.ones(60), margins[:, fewer], totals[list(fewer)], limits=limits)


def test_a_conflict_too_wide_to_be_proved_the_smallest_is_still_irreducible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feasibility, "ROUNDS", 0)
    rng = np.random.default_rng(4)
    margins, limits = rng.lognormal(0, 1, (60, 6)), (0.7, 1.3)
    totals = (np.ones(60) @ margins) * [0.8, 1.2, 0.8, 1.2, 0.8, 1.2]
    (conflict,) = conflicts(np.ones(60), margins, totals, limits=limits)
    assert len(conflict) > 1
    for left in conflict:
        rest = [column for column in conflict if column != left]
        assert not conflicts(np.ones(60), margins[:, rest], totals[rest], limits=limits)


def test_of_several_contradicted_relations_the_shortest_is_told() -> None:
    """The whole is the sum of four parts, and one of the parts of two others: both have a wrong total."""
    parts = np.eye(4)[np.arange(40) % 4]
    margins = np.column_stack([parts, parts.sum(axis=1), parts[:, 0] + parts[:, 1]])
    with pytest.raises(MarginsInfeasible) as error:
        calibrate(np.ones(40), margins=margins, totals=[10, 10, 10, 10, 41, 21], names=[*"abcd", "tout", "deux"])
    assert error.value.where == "deux = somme de a, b"


def test_what_is_refused_is_named_by_its_row_and_its_column() -> None:
    margins = np.ones((3, 2))
    margins[1, 1] = np.nan
    with pytest.raises(ArrayInvalid, match="marges, ligne 1, colonne 1"):
        calibrate(np.ones(3), margins=margins, totals=[3.0, 3.0])
    with pytest.raises(ArrayInvalid, match="poids, ligne 2"):
        calibrate([1.0, 1.0, 0.0], margins=np.ones((3, 1)), totals=[3.0])


@pytest.mark.parametrize("weights", [[0.0, 1.0], [-1.0, 1.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_weights_that_are_not_positive_and_finite_are_refused(weights: list[float]) -> None:
    with pytest.raises(ArrayInvalid):
        calibrate(weights, margins=[[1.0], [1.0]], totals=[2.0])


def test_names_must_be_as_many_as_margins() -> None:
    with pytest.raises(ArrayInvalid, match="nom"):
        calibrate([1.0], margins=[[1.0]], totals=[1.0], names=["a", "b"])


@pytest.mark.parametrize(("method", "bounds"), METHODS)
def test_two_levels_are_given_at_once_with_one_weight_a_cluster(
    method: str, bounds: tuple[float, float] | None
) -> None:
    rng = np.random.default_rng(5)
    belongs = np.sort(rng.integers(0, 80, 600))
    belongs[:80] = np.arange(80)
    own = np.column_stack([np.ones(80), rng.integers(0, 2, 80)]).astype(float)
    people = np.column_stack([np.ones(600), rng.lognormal(6, 1, 600)])
    weights = rng.uniform(2, 6, 80)
    truth = weights * rng.uniform(0.8, 1.25, 80)
    two = calibrate_levels(
        weights,
        clusters=ClusterMargins(own, truth @ own, ["EPCI", "CA"]),
        units=UnitMargins(people, truth[belongs] @ people, belongs, ["communes", "habitants"]),
        method=method,  # type: ignore[arg-type]
        bounds=bounds,
    )
    np.testing.assert_allclose(two.clusters.weights @ own, truth @ own, rtol=1e-10)
    np.testing.assert_allclose(two.unit_weights @ people, truth[belongs] @ people, rtol=1e-10)
    np.testing.assert_array_equal(two.unit_weights, two.clusters.weights[belongs])


def test_a_unit_margin_out_of_reach_of_the_clusters_is_named() -> None:
    with pytest.raises(MarginsInfeasible, match="habitants"):
        calibrate_levels(
            [1.0, 1.0],
            clusters=ClusterMargins([[1.0], [1.0]], [2.0], ["EPCI"]),
            units=UnitMargins([[10.0], [20.0]], [900.0], [0, 1], ["habitants"]),
            method="raking",
        )


def test_bounds_must_hold_one() -> None:
    with pytest.raises(ArrayInvalid, match="bornes"):
        calibrate([1.0], margins=[[1.0]], totals=[1.0], method="logit", bounds=(1.2, 3))


def test_the_summary_gives_kish_design_effect() -> None:
    summary = weights_summary([1.0, 1.0, 4.0, 0.0])
    assert (summary.count, summary.total, summary.ratio) == (3, 6.0, 4.0)
    assert summary.design_effect == pytest.approx(3 * 18 / 36)
