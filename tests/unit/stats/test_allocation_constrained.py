"""The smallest sample under maximum coefficients of variation: optimal, whole, priced, and refused when it must be."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.stats.allocation import AllocationImpossible
from maille.stats.allocation_constrained import (
    Constrained,
    ConstraintUnreachable,
    Limits,
    best_precision,
    constrained,
    share_deviations,
)
from maille.stats.arrays import ArrayInvalid
from maille.stats.interior import least_sample

SIZES = np.array([2000, 800, 300, 60])
DEVIATIONS = np.array([[0.5, 0.0], [0.45, 3.0], [0.3, 8.0], [0.2, 20.0]])
LEVELS = np.array([1500.0, 9000.0])
CVS = np.array([0.04, 0.06])


def solve(**changes: object) -> Constrained:
    given = {"deviations": DEVIATIONS, "levels": LEVELS, "cvs": CVS, **changes}
    return constrained(SIZES, **given)  # type: ignore[arg-type]


@st.composite
def problems(draw: st.DrawFn) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    strata, many = draw(st.integers(1, 40)), draw(st.integers(1, 15))
    sizes = rng.integers(2, 1500, strata)
    deviations = rng.uniform(0.1, 0.5, (strata, many)) * (rng.random((strata, many)) < 0.7)
    levels = (sizes[:, None] * rng.uniform(0.2, 1, (strata, many))).sum(axis=0)
    return {"sizes": sizes, "deviations": deviations, "levels": levels, "cvs": rng.uniform(0.01, 0.2, many)}


@settings(max_examples=60, deadline=None)
@given(problems())
def test_the_whole_sample_meets_every_constraint_and_is_hardly_larger_than_the_real_one(problem) -> None:
    found = constrained(problem["sizes"], **{name: value for name, value in problem.items() if name != "sizes"})
    assert (found.cvs <= problem["cvs"] * (1 + 1e-9)).all()
    assert (found.counts >= np.minimum(2, problem["sizes"])).all()
    assert (found.counts <= problem["sizes"]).all()
    assert found.relaxed.sum() - 1e-6 <= found.counts.sum() <= found.relaxed.sum() + len(problem["sizes"]) / 2 + 1


def every_whole_sample(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Return a small problem, all the whole samples of two units a stratum at least, and their coefficients."""
    rng = np.random.default_rng(seed)
    strata, many = rng.integers(2, 5), rng.integers(1, 4)
    sizes = rng.integers(4, 18, strata)
    deviations = rng.random((strata, many)) * (rng.random((strata, many)) < 0.8)
    deviations[rng.integers(strata)] += 0.3
    levels = (sizes[:, None] * rng.uniform(0.5, 1.5, (strata, many))).sum(axis=0)
    samples = np.array(list(product(*(range(2, size + 1) for size in sizes))))
    variance = ((sizes**2 / samples)[:, :, None] * deviations**2).sum(axis=1) - (sizes[:, None] * deviations**2).sum(0)
    problem = {"sizes": sizes, "deviations": deviations, "levels": levels, "cvs": rng.uniform(0.03, 0.15, many)}
    return problem, samples, np.sqrt(np.maximum(variance, 0)) / levels


@pytest.mark.parametrize("seed", range(12))
def test_no_smaller_whole_sample_meets_the_constraints(seed: int) -> None:
    problem, samples, reached = every_whole_sample(seed)
    least = samples[(reached <= problem["cvs"] * (1 + 1e-9)).all(axis=1)].sum(axis=1).min()
    assert constrained(problem.pop("sizes"), **problem).counts.sum() == least


@pytest.mark.parametrize("seed", range(12))
def test_no_other_whole_sample_of_a_size_is_more_precise(seed: int) -> None:
    problem, samples, reached = every_whole_sample(seed)
    total = int(samples.sum(axis=1).mean())
    least = (reached / problem["cvs"]).max(axis=1)[samples.sum(axis=1) == total].min()
    assert best_precision(problem.pop("sizes"), total=total, **problem).factor == pytest.approx(least)


def test_the_whole_sample_of_many_strata_passes_the_real_one_by_two_units_at_most() -> None:
    rng = np.random.default_rng([80, 20])
    sizes = rng.integers(5, 1_500, 80)
    deviations = rng.uniform(0.1, 0.5, (80, 20)) * (rng.random((80, 20)) < 0.3)
    levels = (sizes[:, None] * np.where(deviations > 0, 0.5, 0.0)).sum(axis=0) + 1
    found = constrained(sizes, deviations=deviations, levels=levels, cvs=np.full(20, 0.04))
    assert found.counts.sum() <= np.ceil(found.relaxed.sum()) + 2
    assert (found.cvs <= 0.04 * (1 + 1e-9)).all()


@settings(max_examples=60, deadline=None)
@given(problems())
def test_the_real_sample_is_optimal(problem) -> None:
    """Kuhn and Tucker: a price only where the constraint is met exactly, and n_h = √(Σ λ a) between its bounds."""
    right = (problem["sizes"][:, None] * problem["deviations"] ** 2).sum(axis=0) + (
        problem["cvs"] * problem["levels"]
    ) ** 2
    weight = problem["sizes"][:, None] ** 2 * problem["deviations"] ** 2 / right
    low, high = np.minimum(2.0, problem["sizes"]), problem["sizes"].astype(float)
    counts, price = least_sample(weight, low=low, high=high)
    left = (weight / counts[:, None]).sum(axis=0)
    assert (left <= 1 + 1e-7).all()
    assert (price * (1 - left)).max() <= 1e-6 * counts.sum()
    np.testing.assert_allclose(counts, np.clip(np.sqrt(weight @ price), low, high), rtol=1e-4)


def test_one_constraint_gives_neymans_allocation() -> None:
    spread = SIZES * DEVIATIONS[:, 0]
    found = constrained(SIZES, deviations=DEVIATIONS[:, :1], levels=LEVELS[:1], cvs=[0.04])
    total = spread.sum() ** 2 / ((0.04 * LEVELS[0]) ** 2 + (SIZES * DEVIATIONS[:, 0] ** 2).sum())
    np.testing.assert_allclose(found.relaxed, total * spread / spread.sum(), rtol=1e-6)
    assert found.counts.sum() == np.ceil(total)


@pytest.mark.parametrize("position", [0, 1])
def test_the_price_is_what_relaxing_the_constraint_saves(position: int) -> None:
    found, step = solve(), 1e-5
    looser = solve(cvs=CVS + step * np.eye(2)[position])
    saved = (found.relaxed.sum() - looser.relaxed.sum()) / step
    np.testing.assert_allclose(100 * found.prices_point[position], saved, rtol=1e-2)
    np.testing.assert_allclose(found.prices_percent, found.prices_point * CVS, rtol=1e-12)


def test_a_constraint_that_others_imply_is_free() -> None:
    found = solve(deviations=np.hstack([DEVIATIONS, DEVIATIONS[:, :1]]), levels=[*LEVELS, LEVELS[0]], cvs=[*CVS, 0.3])
    assert found.prices_point[2] < 1e-3 * found.prices_point[0]
    assert found.counts.tolist() == solve().counts.tolist()


def test_a_stratum_whose_optimum_exceeds_its_units_is_drawn_whole() -> None:
    found = solve(cvs=[0.04, 0.01])
    assert found.counts[3] == 60
    assert found.cvs[1] <= 0.01
    assert found.rates[3] == 1.0


def test_bounds_and_take_all_strata_are_kept() -> None:
    found = solve(limits=Limits(minimum=30, maximum=[2000, 100, 300, 60], take_all=[False, False, True, False]))
    assert found.counts[1] <= 100
    assert found.counts[2] == 300
    assert found.counts.min() >= 30
    assert (found.cvs <= CVS * (1 + 1e-9)).all()


def test_nonresponse_asks_for_a_larger_sample() -> None:
    found = solve(limits=Limits(response_rates=0.5))
    assert found.counts.sum() > 1.8 * solve().counts.sum()
    assert (found.cvs <= CVS * (1 + 1e-9)).all()


def test_an_empty_stratum_draws_nobody() -> None:
    found = constrained([1000, 0], deviations=[[0.5], [0.0]], levels=[500.0], cvs=[0.05])
    assert found.counts[1] == 0


def test_nothing_that_varies_needs_only_the_minimum() -> None:
    found = constrained([100, 50], deviations=[[0.0], [0.0]], levels=[10.0], cvs=[0.05])
    assert found.counts.tolist() == [2, 2]
    assert found.cvs.tolist() == found.prices_point.tolist() == [0.0]


@pytest.mark.parametrize("total", [100, 350, 900, 3100])
def test_the_best_precision_of_a_size_is_that_of_the_smallest_sample(total: int) -> None:
    found = best_precision(SIZES, total=total, deviations=DEVIATIONS, levels=LEVELS, cvs=CVS)
    assert found.counts.sum() == total
    assert found.factor == pytest.approx((found.cvs / CVS).max())
    again = constrained(SIZES, deviations=DEVIATIONS, levels=LEVELS, cvs=CVS * found.factor * (1 + 1e-9))
    assert abs(again.counts.sum() - total) <= 2 + 0.02 * total


def test_every_unit_or_only_the_minimum_can_be_asked_for() -> None:
    whole = best_precision(SIZES, total=int(SIZES.sum()), deviations=DEVIATIONS, levels=LEVELS, cvs=CVS)
    assert whole.factor == 0
    least = best_precision(SIZES, total=8, deviations=DEVIATIONS, levels=LEVELS, cvs=CVS)
    assert least.counts.tolist() == [2, 2, 2, 2]


def test_a_precision_out_of_reach_is_named_with_what_can_be_reached() -> None:
    with pytest.raises(ConstraintUnreachable, match="contrainte 1") as refused:
        solve(limits=Limits(response_rates=0.5), cvs=[0.04, 0.001])
    assert refused.value.position == 1
    reached = solve(limits=Limits(response_rates=0.5), cvs=[0.04, refused.value.best * (1 + 1e-7)])
    assert reached.counts[1:].tolist() == SIZES[1:].tolist()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cvs": [0.05, 0.0]}, "position 1 : Un coefficient de variation demandé"),
        ({"cvs": [-0.05, 0.1]}, "position 0 : Un coefficient de variation demandé"),
        ({"levels": [0.0, 1.0]}, "total positif"),
        ({"limits": Limits(response_rates=0.0)}, "taux de réponse"),
        ({"deviations": -DEVIATIONS}, "écart-type est négatif"),
        ({"limits": Limits(minimum=50, maximum=40)}, "strate 0 : Le minimum d’une strate dépasse son maximum"),
    ],
)
def test_it_refuses(changes: dict[str, object], message: str) -> None:
    with pytest.raises(AllocationImpossible, match=message):
        solve(**changes)


def test_it_refuses_infinite_values() -> None:
    with pytest.raises(ArrayInvalid, match="infinies"):
        solve(cvs=[0.05, np.inf])


def test_it_refuses_a_size_that_the_bounds_forbid() -> None:
    with pytest.raises(AllocationImpossible, match="cette taille"):
        best_precision(SIZES, total=4000, deviations=DEVIATIONS, levels=LEVELS, cvs=CVS)


def test_the_deviations_of_a_share_are_those_of_its_linearised_variable() -> None:
    rng = np.random.default_rng(3)
    strata, inside = np.repeat([0, 1], [400, 600]), rng.random(1000) < 0.4
    yes = rng.random(1000) < np.where(strata == 0, 0.3, 0.7)
    parts = [(s, d) for s in (0, 1) for d in (True, False)]
    rows = [(strata == s) & (inside == d) for s, d in parts]
    deviations, level = share_deviations(
        [row.sum() for row in rows],
        shares=[yes[row].mean() for row in rows],
        strata=[s for s, _ in parts],
        inside=[d for _, d in parts],
    )
    centred = inside * (yes - yes[inside].mean())
    np.testing.assert_allclose(deviations, [centred[strata == s].std(ddof=1) for s in (0, 1)])
    assert level == pytest.approx(yes[inside].sum())


@pytest.mark.parametrize("shares", [[0.0], [1.5]])
def test_a_share_of_nothing_has_no_coefficient_of_variation(shares: list[float]) -> None:
    with pytest.raises(AllocationImpossible, match="part anticipée"):
        share_deviations([10], shares=shares, strata=[0], inside=[True])
