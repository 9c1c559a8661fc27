"""What is secret by itself: shares by their numbers, amounts by who makes them."""

from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from maille.analyse.primary import primary_of
from maille.analyse.protect import hidden_of, system_of
from maille.specs import load_disclosure
from maille.stats.audit import audit

RULES = load_disclosure(Path(__file__).parents[3] / "specs" / "disclosure.yaml")
CELL = {
    "universe": "communes",
    "indicator": "a",
    "measure": "communes",
    "kind": "share",
    "lower": 0,
    "upper": None,
    "region": None,
    "departement": None,
    "estimate": 50.0,
    "yes": 50,
    "nonzero": 50,
    "respondents": 100,
    "top1": 1.0,
    "top2": 1.0,
    "total": 150.0,
    "whole": 300.0,
}


def cells(*changes: dict) -> pl.DataFrame:
    overrides = {"upper": pl.Int64, "region": pl.String, "departement": pl.String, "top1": pl.Float64}
    return pl.DataFrame([{**CELL, **change} for change in changes], schema_overrides=overrides)


def secret(**change) -> bool:
    return bool(primary_of(cells(change), RULES).secret[0])


@pytest.mark.parametrize(("yes", "expected"), [(0, False), (1, True), (4, True), (5, False), (96, True), (100, False)])
def test_a_share_is_secret_on_few_yes_or_few_no(yes, expected):
    assert secret(yes=yes, nonzero=yes) is expected


def test_a_share_of_population_tells_the_answer_of_a_city_that_makes_most_of_it():
    city = {"measure": "population", "top1": 90.0, "top2": 2.0, "total": 100.0, "whole": 120.0}
    assert secret(**city)
    assert not secret(**{**city, "top1": 60.0})
    assert not secret(**{**city, "measure": "communes"})


@pytest.mark.parametrize("kind", ["total", "mean", "ratio", "median"])
def test_an_amount_is_secret_when_few_give_it_when_one_dominates_or_when_the_second_knows(kind):
    amount = {"kind": kind, "total": 1000.0, "whole": 100.0, "top1": 300.0, "top2": 200.0}
    assert not secret(**amount)
    assert secret(**{**amount, "nonzero": 4})
    assert secret(**{**amount, "top1": 860.0, "top2": 10.0})
    assert secret(**{**amount, "top1": 600.0, "top2": 380.0})


def test_an_amount_that_is_none_is_published():
    assert not secret(kind="total", total=0.0, top1=0.0, top2=0.0, nonzero=0, yes=0)


def test_the_rules_may_hide_nobody_and_everybody():
    strict = RULES.model_copy(update={"groups": RULES.groups.model_copy(update={"zeros": "hide", "everybody": "hide"})})
    found = primary_of(cells({"yes": 0}, {"yes": 100}, {"yes": 50}), strict)
    assert found.secret.tolist() == [True, True, False]


def test_amounts_of_opposite_signs_count_by_their_sizes():
    assert secret(kind="total", total=-10.0, top1=500.0, top2=300.0)


def test_a_small_departement_takes_another_of_its_region_with_it():
    places = [(None, None), ("84", None), ("93", None), ("84", "01"), ("84", "69"), ("84", "42"), ("93", "13")]
    yes = [113, 63, 50, 3, 40, 20, 50]
    table = cells(
        *({"region": r, "departement": d, "yes": n, "total": 3.0 * n} for (r, d), n in zip(places, yes, strict=True))
    )
    system = system_of(table, [], RULES)
    found = hidden_of(system)
    assert system.primary.tolist() == [False, False, False, True, False, False, False]
    assert found.hidden[3]
    assert found.secondary.any()
    wanted = system.protection * system.primary
    judged = audit(
        system.values, found.hidden, equations=system.links.equations, protection=wanted, bounds=(0.0, system.most)
    )
    assert not len(judged.unsafe)


def test_a_share_among_units_whose_number_is_hidden_is_not_bounded_by_that_number():
    few = {"yes": 1, "nonzero": 1, "respondents": 1, "whole": 3.0}
    parts = [{**few, "indicator": "b", "total": 3.0}, {**few, "indicator": "c", "yes": 0, "nonzero": 0, "total": 0.0}]
    table = cells({"yes": 1, "nonzero": 1, "total": 3.0}, *parts)
    identity = SimpleNamespace(total="a", parts=("b", "c"))
    system = system_of(table, [SimpleNamespace(universe="communes", identities=[identity])], RULES)
    assert system.most.tolist() == [300.0, 300.0, 300.0]
    found = hidden_of(system)
    assert found.hidden[:2].all()
