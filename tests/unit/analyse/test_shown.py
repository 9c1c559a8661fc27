"""What precision would tell: the attacks that it allows, and that what is published does not."""

from pathlib import Path

import numpy as np
import polars as pl

from maille.analyse.shown import NUMBERS, PRECISION, shown, written
from maille.specs import load_disclosure

RULES = load_disclosure(Path(__file__).parents[3] / "specs" / "disclosure.yaml")


def cell(**change) -> pl.DataFrame:
    whole = {
        "kind": "total",
        "domain_type": "size_band",
        "nonzero": 40,
        "estimate": 1234.56,
        "standard_error": 12.34,
        "ci_low": 1200.0,
        "ci_high": 1270.0,
        "cv": 1.0,
        "design_effect": 1.234,
        "all_observed": False,
        "flag": None,
        "respondents": 63,
        "sampled": 87,
        "weight_min": 1.0,
        "weight_max": 4.0,
        "decimals": 1,
        "secret": False,
    }
    return pl.DataFrame([{**whole, **change}], schema_overrides={"flag": pl.String})


def solved(total: float, standard_error: float, mine: float) -> list[float]:
    """One of three contributors, all drawn with half of the domain, works the two others out of a total and its error.

    V = N² (1 − f) s² / n: the error gives the sum of squares, and two unknowns have two equations.
    """
    sample, population = 3, 6
    mean = total / population
    squares = (standard_error / population) ** 2 * sample / (1 - sample / population) * (sample - 1) + sample * mean**2
    left, product = sample * mean - mine, squares - mine**2
    gap = np.sqrt(max(2 * product - left**2, 0.0))
    return sorted([(left - gap) / 2, (left + gap) / 2])


def test_a_contributor_among_three_works_the_others_out_of_a_total_and_its_error():
    values = np.array([120.0, 340.0, 90.0])
    total = 2 * values.sum()
    error = 6 * np.sqrt((1 - 0.5) * values.var(ddof=1) / 3)
    np.testing.assert_allclose(solved(total, error, mine=120.0), [90.0, 340.0])
    (
        # Rounding the error is not enough.
        np.testing.assert_allclose(solved(total, round(error, 1), mine=120.0), [90.0, 340.0], rtol=0.01),
        "arrondir ne suffit pas",
    )


def test_an_amount_of_few_contributors_is_published_without_its_error():
    few = shown(cell(nonzero=RULES.precision.contributors - 1), RULES)
    assert few["estimate"][0] is not None
    assert all(few[name][0] is None for name in PRECISION)
    many = shown(cell(nonzero=RULES.precision.contributors), RULES)
    assert all(many[name][0] is not None for name in PRECISION)


def test_a_share_of_few_keeps_its_error_which_says_nothing_that_the_share_does_not():
    assert shown(cell(kind="share", nonzero=6), RULES)["standard_error"][0] is not None


def test_a_secret_cell_has_no_number_at_all():
    found = shown(cell(secret=True), RULES)
    assert all(found[name][0] is None for name in (*PRECISION, *NUMBERS, "estimate", "weight_min", "weight_max"))


def test_a_design_effect_and_an_error_tell_how_many_answered():
    respondents, share, effect = 37, 0.42, 1.31
    error = round(100 * np.sqrt(effect * share * (1 - share) / respondents), 1)
    assert abs(effect * share * (1 - share) / (error / 100) ** 2 - respondents) < 1


def test_the_figures_of_a_territory_do_not_tell_how_many_answered_there():
    for territory in ("region", "departement"):
        found = shown(cell(kind="share", domain_type=territory), RULES)
        assert found["standard_error"][0] is not None
        assert all(found[name][0] is None for name in (*NUMBERS, "design_effect", "weight_min", "weight_max"))


def test_a_figure_that_is_too_imprecise_does_not_tell_how_few_answered():
    assert shown(cell(estimate=None, respondents=3), RULES)["respondents"][0] is None


def test_numbers_of_respondents_are_rounded():
    assert shown(cell(), RULES).select(NUMBERS).row(0) == (65, 85)


def test_what_is_in_the_unit_of_the_indicator_has_its_decimals():
    found = written(cell()).row(0, named=True)
    assert (found["estimate"], found["standard_error"], found["design_effect"]) == (1234.6, 12.3, 1.23)
