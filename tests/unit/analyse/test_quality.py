"""What is measured of the quality, and what of it is too small to be said."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from maille.analyse.participation import hidden_outcomes
from maille.analyse.quality import burden, item_nonresponse, outcomes_of, precision, response


def units(**outcomes: int) -> pl.DataFrame:
    names = [name for name, count in outcomes.items() for _ in range(count)]
    return pl.DataFrame(
        {
            "unit": [str(place) for place in range(len(names))],
            "size_band": ["moins_500" if place % 2 else "10000_plus" for place in range(len(names))],
            "design_weight": [10.0 if place % 2 else 1.0 for place in range(len(names))],
            "outcome": names,
        }
    )


def found(rows, measure: str, domain: str = "ensemble") -> dict:
    return next(row for row in rows if row["measure"] == measure and row.get("domain", "ensemble") == domain)


def test_who_answered_is_a_respondent_whatever_the_team_noted():
    sample = pl.DataFrame({"unit": ["a", "b", "c", "d", "e"], "size_band": "moins_500"})
    weights = pl.DataFrame({"unit": sample["unit"], "responded": [True] + [False] * 4, "design_weight": 1.0})
    said = ["refusal", "refusal", "merged", "", ""]
    outcomes = pl.DataFrame({"unit": sample["unit"], "outcome": said, "partial": [False] * 3 + [True, False]})
    assert outcomes_of(sample, weights, outcomes)["outcome"].to_list() == [
        "responded",
        "refusal",
        "out_of_scope",
        "partial",
        "silent",
    ]


def test_response_rates_are_given_among_the_drawn_among_those_in_scope_and_weighted():
    rows = list(response(units(responded=60, silent=30, out_of_scope=10)))
    assert found(rows, "response_rate")["value"] == pytest.approx(60.0)
    assert found(rows, "eligible_response_rate")["value"] == pytest.approx(100 * 60 / 90)
    assert found(rows, "out_of_scope_rate")["value"] == pytest.approx(10.0)
    assert found(rows, "weighted_response_rate")["value"] == pytest.approx(60.0)
    assert found(rows, "response_rate", "moins_500")["of"] == 50


def test_a_question_that_was_not_asked_does_not_count_as_missing():
    states = ["answered"] * 36 + ["unknown"] * 3 + ["empty"] * 1 + ["not_applicable"] * 60
    answers = pl.DataFrame({"variable": ["depenses"] * 100, "state": states})
    row = next(iter(item_nonresponse(answers)))
    assert (row["count"], row["of"], row["value"]) == (4, 40, 10.0)


def test_minutes_are_the_longest_time_of_each_visit_added_up():
    start = datetime(2025, 10, 1, tzinfo=UTC)
    events = [("open", 0, None), ("leave", 1, 300), ("leave", 2, 360), ("open", 3, None), ("leave", 4, 9000)]
    paradata = pl.DataFrame(
        [
            {"unit": "a", "section": "s", "author_kind": "owner", "kind": kind, "seconds": seconds,
             "at": start + timedelta(hours=hour)}
            for kind, hour, seconds in events
        ],
        schema_overrides={"seconds": pl.Int64},
    )  # fmt: skip
    rows = list(burden(paradata, pl.DataFrame({"unit": ["a"]})))
    assert found(rows, "minutes") == {"measure": "minutes", "of": 1, "value": 6 + 60}


def test_precision_counts_what_is_secret_flagged_and_how_wide():
    cells = pl.DataFrame(
        {
            "table": "abs",
            "kind": ["share", "share", "share", "total"],
            "status": ["value", "value", "secret", "value"],
            "estimate": [50.0, 20.0, None, 100.0],
            "ci_low": [48.0, 10.0, None, 90.0],
            "ci_high": [52.0, 30.0, None, 110.0],
            "all_observed": [False, False, None, False],
            "flag": [None, "low_precision", None, None],
            "cv": [2.0, 25.0, None, 5.1],
        }
    )
    rows = list(precision(cells))
    assert found(rows, "secret")["value"] == 25.0
    assert found(rows, "imprecise")["value"] == pytest.approx(100 / 3)
    assert found(rows, "half_width")["value"] == 6.0
    assert found(rows, "variation", "abs")["value"] == 5.1


def hidden(**counts: int) -> set[str]:
    table = pl.DataFrame({"domain": list(counts), "count": list(counts.values())})
    return set(np.array(list(counts))[hidden_outcomes(table, threshold=5, minimum=5)].tolist())


def test_a_small_outcome_is_hidden_with_another_but_never_with_what_is_published_elsewhere():
    secret = hidden(responded=572, silent=474, partial=40, refusal=3)
    assert "refusal" in secret
    assert len(secret) >= 2
    assert "responded" not in secret


def test_outcomes_that_are_all_large_are_all_published():
    assert hidden(responded=572, silent=474, refusal=30) == set()


def test_nothing_is_said_of_a_handful_of_units():
    assert hidden(responded=2, silent=1) == {"responded", "silent"}
