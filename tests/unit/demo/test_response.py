"""Half of the sample answers, at the rates of the plan, without saying much about what it does."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.demo.response import HTTP, SILENT, STARTED, SUBMITTED, plan_response, response_probabilities
from maille.demo.working import load_working
from maille.specs import load_sample

SPECS = Path(__file__).parents[3] / "specs"
PLAN = load_sample(SPECS / "samples" / "asco-2025.yaml").universes["communes"]
RATES = {("communes", band): rate for band, rate in PLAN.expected_response.items()}


@pytest.fixture(scope="module")
def units(communes):
    return communes.select(
        "region", "population", "factor", "action", unit="code", universe=pl.lit("communes")
    ).with_columns(size_band=PLAN.size_bands.assign(communes["population"]))


@pytest.fixture(scope="module")
def plan(units):
    return plan_response(units, RATES, seed=2025, over_http=25)


def test_each_band_answers_at_the_rate_of_the_plan(units):
    mean = (
        units.with_columns(p=response_probabilities(units, RATES, seed=2025))
        .group_by("size_band")
        .agg(pl.col("p").mean())
    )
    assert {band: pytest.approx(p, abs=1e-9) for band, p in mean.iter_rows()} == PLAN.expected_response


def test_about_half_of_the_communes_answer_and_small_ones_less(units, plan):
    answered = plan.join(units, on="unit").with_columns(yes=pl.col("outcome") == SUBMITTED)
    assert 0.45 < answered["yes"].mean() < 0.55
    by_band = dict(answered.group_by("size_band").agg(pl.col("yes").mean()).iter_rows())
    rates = [by_band[band] for band in PLAN.size_bands.codes()]
    assert rates == sorted(rates)


def test_given_band_and_region_answering_says_almost_nothing_of_the_action(units):
    table = units.with_columns(p=response_probabilities(units, RATES, seed=2025), acts=pl.col("action") == "oui")
    small = table.filter(pl.col("size_band") == "moins_500")
    gaps = small.group_by("region").agg(
        gap=pl.col("p").filter("acts").mean() - pl.col("p").filter(~pl.col("acts")).mean(), n=pl.len()
    )
    large = gaps.filter(pl.col("n") > 500)
    assert large.height >= 8
    assert large["gap"].abs().max() < 0.12


def test_regions_differ(units):
    table = units.with_columns(p=response_probabilities(units, RATES, seed=2025))
    means = table.filter(pl.col("size_band") == "moins_500").group_by("region").agg(pl.col("p").mean())
    assert means["p"].max() - means["p"].min() > 0.05


def test_some_begin_without_sending_and_most_others_stay_silent(plan):
    counts = dict(plan["outcome"].value_counts().iter_rows())
    assert set(counts) == {SUBMITTED, STARTED, SILENT}
    assert 0.05 < counts[STARTED] / (counts[STARTED] + counts[SILENT]) < 0.12


def test_a_few_of_those_that_submit_go_through_the_pages(plan):
    over_http = plan.filter(pl.col("mode") == HTTP)
    assert over_http.height == 25
    assert set(over_http["outcome"]) == {SUBMITTED}


def test_answers_arrive_on_weekdays_inside_the_collection(plan):
    first, last = datetime(2025, 9, 15, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC)
    assert plan["started_at"].min() >= first
    assert plan["finished_at"].max() < last
    assert (plan["started_at"] <= plan["finished_at"]).all()
    assert set(plan["finished_at"].dt.weekday()) == {1, 2, 3, 4, 5}


def test_the_same_seed_gives_the_same_plan(units, plan):
    again = plan_response(units.sample(fraction=1, shuffle=True, seed=9), RATES, seed=2025, over_http=25)
    assert again.equals(plan)
    other = plan_response(units, RATES, seed=2026, over_http=25)
    assert not np.array_equal(other.sort("unit")["outcome"], plan.sort("unit")["outcome"])


def test_the_hidden_tendency_of_a_commune_hardly_changes_its_probability(units):
    linked = response_probabilities(units, RATES, seed=2025)
    unlinked = response_probabilities(units.with_columns(factor=pl.lit(0.0)), RATES, seed=2025)
    assert 0 < np.abs(linked - unlinked).max() < 0.04


def test_the_explanation_says_the_weight_and_the_dates_of_the_working_values():
    values = load_working().response
    text = (SPECS.parent / "docs" / "explications" / "population-simulee.md").read_text(encoding="utf-8")
    assert f"poids {values.commune:g}".replace(".", ",") in text
    assert (values.opens.isoformat(), values.closes.isoformat()) == ("2025-09-15", "2026-01-30")
    assert "du 15 septembre 2025 au 30 janvier 2026" in text
