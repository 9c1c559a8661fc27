"""How a collection is followed: against the plan, by day, with the precision to come and whom to call first."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from maille.collect.follow_up import Calendar, follow_up, planned_share
from maille.specs import load_sample

PLAN = load_sample(Path(__file__).parents[3] / "specs/samples/asco-2025.yaml")
OPENS, CLOSES = date(2025, 9, 15), date(2026, 1, 30)
MIDDLE = OPENS + (CLOSES - OPENS) / 2


def sample(count=400, *, big=20):
    """A small survey: small communes drawn one in five, large ones all."""
    small = [
        (f"{place:05d}", "communes", f"C{place}", "moins_500", "84", 100 + place % 300, "moins_500 × 84", 2000, 5.0)
        for place in range(count)
    ]
    large = [
        (
            f"9{place:04d}",
            "communes",
            f"G{place}",
            "10000_plus",
            "84",
            10_000 * (place + 1),
            "10000_plus × 84",
            big,
            1.0,
        )
        for place in range(big)
    ]
    names = ["unit", "universe", "name", "size_band", "region", "population", "stratum", "stratum_size", "weight"]
    return pl.DataFrame([*small, *large], schema=names, orient="row")


def statuses(table, **known):
    rows = [known.get(f"u{unit}", ("never_opened", "", None)) for unit in table["unit"]]
    kept = pl.DataFrame(rows, schema={"status": pl.String, "outcome": pl.String, "sent_on": pl.Date}, orient="row")
    return kept.with_columns(unit=table["unit"])


def sent(day=MIDDLE):
    return ("submitted", "", day)


def followed(table, *, today=MIDDLE, until=CLOSES, **known):
    calendar = Calendar(opens=OPENS, closes=CLOSES, today=today, until=until)
    return follow_up(table, statuses(table, **known), plan=PLAN, calendar=calendar)


def half_answered(table):
    return {f"u{unit}": sent() for unit in table["unit"].gather_every(3)}


def test_units_that_should_not_have_been_asked_leave_the_rates():
    table = sample()
    state = followed(table, u90000=("never_opened", "merged", None), u90001=sent())
    row = state.by("size_band").filter(pl.col("size_band") == "10000_plus").row(0, named=True)
    assert (row["asked"], row["answers"], row["rate"]) == (19, 1, 1 / 19)


def test_the_plan_is_followed_along_its_curve_and_goes_on_at_half_pace_after_the_closing():
    curve = PLAN.collection.curve
    assert planned_share(curve, 0) == 0
    assert planned_share(curve, 1) == 1
    assert planned_share(curve, 1.2) == pytest.approx(1 + 0.2 * (1 - planned_share(curve, 0.8)) / 0.2 / 2)


def test_more_answers_narrow_the_interval_expected_today_and_the_forecast_lies_between():
    table = sample()
    few, many = followed(table, u90000=sent(), u00000=sent()), followed(table, **half_answered(table))
    for before, after in zip(few.precision.iter_rows(named=True), many.precision.iter_rows(named=True), strict=True):
        assert before["now"] > after["now"] > after["closing"] > 0


def test_a_domain_without_any_answer_has_no_precision_today():
    state = followed(sample())
    assert state.precision["now"].to_list() == [None] * 3
    assert None not in state.precision["closing"].to_list()


def test_the_forecast_never_passes_the_sample_nor_goes_under_what_is_in():
    table = sample()
    for known in ({}, half_answered(table), {f"u{unit}": sent() for unit in table["unit"]}):
        strata = followed(table, until=CLOSES + timedelta(days=400), **known).strata
        assert (strata["forecast"] <= strata["asked"]).all()
        assert (strata["forecast"] >= strata["responded"]).all()


def test_an_extension_is_expected_to_bring_answers_and_precision():
    table = sample()
    known, late = half_answered(table), CLOSES
    short = followed(table, today=late, until=CLOSES, **known)
    long = followed(table, today=late, until=CLOSES + timedelta(days=30), **known)
    assert long.strata["forecast"].sum() > short.strata["forecast"].sum()
    assert long.precision["closing"].max() < short.precision["closing"].max()


def test_the_largest_commune_that_is_silent_is_called_first_and_one_that_refused_never():
    table = sample()
    state = followed(table, **half_answered(table), u90019=("never_opened", "refusal", None))
    ranked = state.units.sort("gain", descending=True)
    assert ranked["name"][0] == "G18"  # G19 refused
    assert state.units.filter(pl.col("unit") == "90019")["gain"].item() == 0
    assert state.units.filter("responded")["gain"].max() == 0


def test_who_has_begun_is_worth_a_call_before_who_never_opened():
    table = sample()
    state = followed(table, u00001=("started", "", None), **half_answered(table))
    gains = dict(state.units.select("unit", "gain").iter_rows())
    assert gains["00001"] > gains["00002"] > 0


def test_days_run_from_the_opening_to_the_closing_and_the_future_is_unknown():
    table = sample()
    days = followed(table, **half_answered(table)).days
    assert (days["day"].min(), days["day"].max()) == (OPENS, CLOSES)
    assert days.filter(pl.col("day") == MIDDLE)["rate"].item() == pytest.approx(140 / 420, abs=0.01)
    assert days.filter(pl.col("day") > MIDDLE)["rate"].is_null().all()


def test_the_population_rate_counts_people_not_communes():
    table = sample()
    state = followed(
        table, **{f"u{unit}": sent() for unit in table.filter(pl.col("size_band") == "10000_plus")["unit"]}
    )
    assert state.population_rate() > 0.5 > state.by("region")["rate"].item()
