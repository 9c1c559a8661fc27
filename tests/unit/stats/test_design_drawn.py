"""Designs of unequal, balanced and systematic samples: against their definition, then against real draws."""

from collections.abc import Callable

import numpy as np
import pytest

from maille.stats.arrays import ArrayInvalid
from maille.stats.cube import cube
from maille.stats.design import Design, DesignInvalid, calibrated, stratified
from maille.stats.design_drawn import balanced, successive
from maille.stats.nonresponse import nonresponse_weights
from maille.stats.selection import stratified_probabilities, systematic
from maille.stats.variance import domain_ratios, domain_totals

Sample = dict[str, np.ndarray]


def sample(seed: int, *, constant: bool = False) -> Sample:
    """Forty units drawn in three strata, one of which is certain, who answer by groups that cross strata."""
    rng = np.random.default_rng(seed)
    strata = np.repeat([0, 1, 2], [16, 18, 6])
    chance = np.array([0.3, 0.5, 1.0])[strata]
    if not constant:
        chance = np.where(strata < 2, rng.uniform(0.1, 0.9, 40), 1.0)
        chance[3] = 1.0
    groups = rng.integers(0, 2, 40)
    answered = rng.random(40) < 0.7
    answered[:4] = True
    return {"chance": chance, "strata": strata, "groups": groups, "answered": answered, "x": rng.normal(9, 3, (40, 2))}


def dense(given: Sample, *, balancing: np.ndarray | None) -> np.ndarray:
    """The form of the sample as the article writes it, each entry divided by the chance that both answered."""
    left, strata = 1 - given["chance"], given["strata"]
    z = np.eye(3)[strata]
    c = left.copy()
    for stratum in (0, 1):
        inside = strata == stratum
        c[inside] /= 1 - ((left[inside] / left[inside].sum()) ** 2).sum()
    if balancing is not None:
        whole = np.column_stack([z, balancing / given["chance"][:, None]])
        form = np.diag(c) - (c[:, None] * whole) @ np.linalg.pinv(whole.T @ (c[:, None] * whole)) @ (whole.T * c)
        scale = left.sum() / np.trace(form)
    else:
        form = np.diag(c) - (c[:, None] * z) @ np.linalg.pinv(z.T @ (c[:, None] * z)) @ (z.T * c)
        scale = 1.0
    return scale * form


def answering(given: Sample, form: np.ndarray) -> np.ndarray:
    """The form of respondents of both phases, entry by entry."""
    groups, kept = given["groups"], given["answered"]
    drawn = np.bincount(groups).astype(float)
    replied = np.bincount(groups[kept]).astype(float)
    rate = replied / drawn
    both = np.outer(rate[groups], rate[groups])
    inside = rate * (replied - 1) / (drawn - 1)
    both = np.where(groups[:, None] == groups[None, :], inside[groups][:, None], both)
    np.fill_diagonal(both, rate[groups])
    alone = np.outer(rate[groups], rate[groups])
    second = (both - alone) / both
    return ((form * alone / both) + second)[np.ix_(kept, kept)]


def by_form(form: np.ndarray, weighted: np.ndarray) -> np.ndarray:
    return np.asarray(np.einsum("kv,kl,lv->v", weighted, form, weighted))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("with_x", [False, True])
def test_it_is_the_form_of_the_article_then_of_respondents_in_every_domain(seed: int, with_x: bool) -> None:
    given = sample(seed)
    x = given["x"] if with_x else None
    rng = np.random.default_rng(seed)
    values, domains = rng.normal(5, 2, (40, 70)), rng.integers(0, 3, 40)
    form = dense(given, balancing=x)
    whole = balanced(given["chance"], strata=given["strata"], balancing=x)
    kept = given["answered"]
    partly = balanced(given["chance"], strata=given["strata"], balancing=x, responded=kept, groups=given["groups"])
    cases = [(whole, form, np.ones(40, dtype=bool)), (partly, answering(given, form), kept)]
    for design, wanted, rows in cases:
        found = domain_totals(values[rows], design=design, domains=domains[rows])
        for domain in range(3):
            weighted = values[rows] * (domains[rows] == domain)[:, None] * design.weights[:, None]
            np.testing.assert_allclose(
                found.standard_error[domain] ** 2, np.maximum(by_form(wanted, weighted), 0), rtol=1e-9, atol=1e-9
            )


@pytest.mark.parametrize("seed", range(3))
def test_calibrated_it_is_the_form_of_the_residuals(seed: int) -> None:
    given = sample(seed)
    kept, rng = given["answered"], np.random.default_rng(seed)
    design = balanced(
        given["chance"], strata=given["strata"], balancing=given["x"], responded=kept, groups=given["groups"]
    )
    final = design.weights * rng.uniform(0.8, 1.2, len(design.weights))
    margins, values = rng.random((len(final), 3)), rng.normal(5, 2, (len(final), 4))
    found = domain_totals(values, design=calibrated(design, weights=final, auxiliaries=margins))
    root = np.sqrt(design.weights)[:, None]
    residuals = values - margins @ np.linalg.lstsq(root * margins, root * values, rcond=None)[0]
    wanted = by_form(answering(given, dense(given, balancing=given["x"])), residuals * final[:, None])
    np.testing.assert_allclose(found.standard_error[0] ** 2, wanted, rtol=1e-8)


@pytest.mark.parametrize("silent", [False, True])
def test_constant_chances_without_balancing_are_the_stratified_sample(silent: bool) -> None:
    given = sample(1, constant=True)
    kept = given["answered"] if silent else np.ones(40, dtype=bool)
    groups = given["groups"] if silent else None
    one = balanced(given["chance"], strata=given["strata"], responded=kept, groups=groups)
    samples = np.bincount(given["strata"])
    other = stratified(
        one.weights,
        strata=given["strata"][kept],
        stratum_sizes=samples / np.array([0.3, 0.5, 1.0]),
        stratum_samples=samples,
        groups=None if groups is None else groups[kept],
        group_samples=None if groups is None else np.bincount(groups),
    )
    values, domains = np.random.default_rng(2).normal(5, 2, (kept.sum(), 9)), np.arange(kept.sum()) % 4
    for estimate in (domain_totals, domain_ratios):
        found, wanted = (estimate(values, design=design, domains=domains) for design in (one, other))
        np.testing.assert_allclose(found.standard_error, wanted.standard_error, rtol=1e-12)
    np.testing.assert_allclose(one.unseen, other.unseen, atol=1e-15)


def test_a_variable_that_repeats_others_or_is_constant_does_no_harm() -> None:
    given = sample(3)
    x = given["x"]
    more = np.column_stack([x, x[:, :1] - 2 * x[:, 1:], given["chance"], np.zeros(40)])
    values = np.random.default_rng(3).normal(5, 2, (40, 4))
    plain, repeated = (
        domain_totals(values, design=balanced(given["chance"], strata=given["strata"], balancing=columns))
        for columns in (x, more)
    )
    np.testing.assert_allclose(plain.standard_error, repeated.standard_error, rtol=1e-9)


def test_a_total_that_the_draw_balances_has_no_variance() -> None:
    given = sample(4)
    design = balanced(given["chance"], strata=given["strata"], balancing=given["x"])
    assert domain_totals(given["x"], design=design).standard_error.max() == 0.0


def test_certain_units_and_a_sample_that_is_the_whole_add_nothing() -> None:
    design = balanced([1.0, 1.0, 0.5, 0.5], strata=[0, 1, 1, 1])
    assert domain_totals([7.0, 3.0, 0.0, 0.0], design=design).standard_error[0, 0] == 0.0
    for whole in (balanced([1.0, 1.0], strata=[0, 1], balancing=[1.0, 2.0]), successive([1.0, 1.0], strata=[0, 0])):
        assert domain_totals([7.0, 3.0], design=whole).standard_error[0, 0] == 0.0


def test_units_left_alone_to_chance_are_put_together() -> None:
    chance, strata = [0.5, 1.0, 0.5, 1.0], [0, 0, 1, 1]
    alone = domain_totals([4.0, 9.0, 1.0, 9.0], design=balanced(chance, strata=strata)).standard_error
    together = domain_totals([4.0, 9.0, 1.0, 9.0], design=balanced(chance, strata=[0, 0, 0, 0])).standard_error
    assert alone[0, 0] == pytest.approx(together[0, 0])
    assert alone[0, 0] > 0
    last = domain_totals([4.0, 1.0, 2.0], design=balanced([0.5, 0.5, 0.5], strata=[0, 0, 1])).standard_error
    assert last[0, 0] == pytest.approx(
        domain_totals([4.0, 1.0, 2.0], design=balanced([0.5] * 3, strata=[0] * 3)).standard_error[0, 0]
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"probabilities": [0.0, 0.5], "strata": [0, 0]}, "hors de"),
        ({"probabilities": [0.5, np.nan], "strata": [0, 0]}, "absentes"),
        ({"probabilities": [0.5, 1.0], "strata": [0, 0]}, "Une seule unité"),
        ({"probabilities": [0.5, 0.5], "strata": [0, 0], "responded": [True, False]}, "aucun groupe"),
        (
            {"probabilities": [0.5] * 4, "strata": [0] * 4, "responded": [True] * 3 + [False], "groups": [0, 0, 1, 1]},
            "Une seule",
        ),
    ],
)
@pytest.mark.parametrize("design", [balanced, successive])
def test_a_sample_that_allows_no_variance_is_refused(design: Callable[..., Design], wrong: dict, said: str) -> None:
    given = dict(wrong)
    with pytest.raises((ArrayInvalid, DesignInvalid), match=said):
        design(given.pop("probabilities"), **given)


def test_neighbours_are_those_who_answered_in_the_order_of_the_list() -> None:
    chance, order = np.array([0.5, 0.5, 0.5, 0.5, 1.0]), np.array([3.0, 1.0, 2.0, 4.0, 0.0])
    kept = np.array([True, True, False, True, True])
    design = successive(chance, strata=[0] * 5, order=order, responded=kept, groups=[0] * 5)
    values = np.array([1.0, 5.0, 7.0, 100.0])
    expanded = values / chance[kept]
    # In the order of the list the units answered in are 1, 0, 3, the unit 4 being certain; each stands for 5/4 units.
    first = 3 * 5 / 4 / (2 * 2) * 0.5 * ((expanded[1] - expanded[0]) ** 2 + (expanded[0] - expanded[2]) ** 2)
    rate = 4 / 5
    second = (1 - rate) * 4 * np.var(expanded / rate, ddof=1)
    found = domain_totals(values, design=design).standard_error[0, 0] ** 2
    assert found == pytest.approx(first + second, rel=1e-12)


class Country:
    """Six strata of eighty units; values that grow with a size, do not, or trend along a list."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.rng = rng
        self.strata = np.repeat(np.arange(6), 80)
        size = len(self.strata)
        self.x = rng.lognormal(0, 0.6, size)
        self.groups = np.arange(size) % 3
        self.domains = np.arange(size) % 2
        self.rates = np.array([0.6, 0.75, 0.9])
        self.values = np.column_stack(
            [3 * self.x + rng.normal(0, 1, size) + self.strata, rng.normal(5, 1, size), rng.random(size) < 0.3]
        )

    def judged(self, draw: Callable[[], np.ndarray], designs: dict[str, Callable[..., Design]], *, draws: int, chance):
        """Return, by design, the mean of the variances over the variance of the estimates: totals, then means."""
        estimates: list[np.ndarray] = []
        variances: dict[str, list[np.ndarray]] = {name: [] for name in designs}
        for _ in range(draws):
            rows = draw()
            answered = self.rng.random(len(rows)) < self.rates[self.groups[rows]]
            for name, make in designs.items():
                design = make(rows, chance=chance[rows], responded=answered, groups=self.groups[rows])
                kept = rows[answered]
                total = domain_totals(self.values[kept], design=design)
                mean = domain_ratios(self.values[kept], design=design, domains=self.domains[kept])
                parts = [(one.estimate, one.standard_error) for one in (total, mean)]
                variances[name].append(np.concatenate([error.ravel() ** 2 for _, error in parts]))
            estimates.append(np.concatenate([estimate.ravel() for estimate, _ in parts]))
        real = np.var(estimates, axis=0)
        return {name: np.mean(found, axis=0) / real for name, found in variances.items()}

    def simple(self, rows, *, chance, responded, groups) -> Design:
        """The design as if the sample were simple in each stratum."""
        answer = nonresponse_weights(1 / chance, responded=responded, groups=groups)
        drawn = np.bincount(self.strata[rows])
        return stratified(
            answer.weights[responded], strata=self.strata[rows][responded], stratum_sizes=[80] * 6,
            stratum_samples=drawn, groups=groups[responded], group_samples=answer.sampled,
        )  # fmt: skip


DRAWS = 700
NOISE = 4 * np.sqrt(2 / DRAWS)
"""Four relative standard deviations of a variance seen on so many draws."""


def test_balanced_draws_vary_as_the_formula_says_and_not_as_a_simple_sample() -> None:
    country = Country(1)
    chance = np.full(480, 0.3)

    def draw() -> np.ndarray:
        drawn = cube(chance, balancing=country.x, strata=country.strata, rng=country.rng)
        return np.flatnonzero(drawn.selected)

    def make(rows, *, chance, **answer) -> Design:
        return balanced(chance, strata=country.strata[rows], balancing=country.x[rows], **answer)

    found = country.judged(draw, {"mine": make, "simple": country.simple}, draws=DRAWS, chance=chance)
    assert (np.abs(found["mine"] - 1) <= NOISE).all()
    assert found["simple"][0] > 1 + NOISE


def test_draws_in_proportion_to_a_size_vary_as_the_formula_says_and_not_as_a_simple_sample() -> None:
    country = Country(2)
    country.rates = np.array([0.9, 0.95, 1.0])
    # What only large units have, most of which are certain.
    country.values[:, 2] = country.values[:, 0] * (country.x > 1.5)
    chance = stratified_probabilities(country.x, strata=country.strata, counts=[44] * 6)

    def draw() -> np.ndarray:
        drawn = cube(chance, balancing=np.zeros((480, 0)), strata=country.strata, rng=country.rng)
        return np.flatnonzero(drawn.selected)

    def make(rows, *, chance, **answer) -> Design:
        return balanced(chance, strata=country.strata[rows], **answer)

    found = country.judged(draw, {"mine": make, "simple": country.simple}, draws=DRAWS, chance=chance)
    assert (np.abs(found["mine"] - 1) <= NOISE).all()
    assert np.abs(found["simple"] - 1).max() > 2 * NOISE


def systematic_ratios(order: Callable[[np.random.Generator, np.ndarray], np.ndarray]) -> dict[str, float]:
    """The mean of the variances of a systematic draw, with neighbours and without, over that of the estimates.

    Another population and list each time: the few samples of one list would say nothing of the others.
    """
    country, chance = Country(3), np.full(480, 0.3)
    gaps: list[float] = []
    variances: dict[str, list[float]] = {"mine": [], "simple": []}
    for _ in range(DRAWS):
        size = country.rng.lognormal(0, 0.6, 480)
        listed = order(country.rng, size)
        values = 3 * size + country.rng.normal(0, 1, 480)
        if listed.dtype == np.int64:
            values += 3 * country.rng.normal(0, 1, 8)[listed]
        parts = [np.flatnonzero(country.strata == stratum) for stratum in range(6)]
        rows = np.concatenate(
            [part[systematic(chance[part], order=listed[part], rng=country.rng).selected] for part in parts]
        )
        simple = {"responded": np.ones(len(rows), dtype=bool), "groups": np.zeros(len(rows), dtype=np.int64)}
        plans = {
            "mine": successive(chance[rows], strata=country.strata[rows], order=listed[rows]),
            "simple": country.simple(rows, chance=chance[rows], **simple),
        }
        for name, plan in plans.items():
            found = domain_totals(values[rows], design=plan)
            variances[name].append(found.standard_error[0, 0] ** 2)
        gaps.append(found.estimate[0, 0] - values.sum())
    return {name: float(np.mean(each) / np.var(gaps)) for name, each in variances.items()}


def test_in_a_list_in_random_order_neighbours_and_a_simple_sample_say_the_same() -> None:
    found = systematic_ratios(lambda rng, size: rng.random(len(size)))
    assert abs(found["mine"] - 1) <= NOISE
    assert abs(found["simple"] - 1) <= NOISE


def test_in_a_list_by_territory_neighbours_see_what_a_simple_sample_does_not() -> None:
    found = systematic_ratios(lambda rng, size: rng.integers(0, 8, len(size)))
    assert 1 - NOISE <= found["mine"] <= 1 + NOISE + 0.15
    assert found["simple"] > 1.5


def test_in_a_list_by_what_is_measured_neighbours_say_too_little_and_a_simple_sample_far_too_much() -> None:
    found = systematic_ratios(lambda _rng, size: size)
    assert found["mine"] < 1
    assert found["simple"] > 2
