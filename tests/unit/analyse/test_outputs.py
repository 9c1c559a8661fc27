"""What researchers take out: enough units, nobody dominates, and no small case found by subtracting."""

from pathlib import Path

import polars as pl
import pytest

from maille.analyse.outputs import Asked, OutputUnreadable, Request, Shown, judge_output
from maille.specs import load_disclosure

RULES = load_disclosure(Path(__file__).parents[3] / "specs" / "disclosure.yaml")


def rows(*groups):
    """Rows of a file: (region, ccas, how many, depenses)."""
    made = [(region, ccas, spent) for region, ccas, number, spent in groups for _ in range(number)]
    table = pl.DataFrame(made, schema=["region", "ccas", "depenses"], orient="row")
    return table.with_columns(poids=pl.lit(2.0))


def verdicts(table, *cells, measure="count", variable="", earlier=(), secret=()):
    asked = tuple(Asked(conditions, value) for conditions, value in cells)
    request = Request(measure, variable, asked, earlier=earlier, secret=secret)
    return [(one.verdict, one.reason) for one in judge_output(table, request, RULES)]


FILE = rows((1, 1, 12, 10), (1, 2, 8, 10), (2, 1, 9, 10), (2, 2, 3, 10))


def test_figures_of_enough_units_may_leave_weighted_or_not():
    assert verdicts(FILE, ({"region": 1, "ccas": 1}, 12), ({"region": 1}, 40)) == [("ok", ""), ("ok", "")]


def test_a_figure_of_fewer_than_five_units_stays():
    assert verdicts(FILE, ({"region": 2, "ccas": 2}, 3)) == [("refused", "moins de 5 unités")]


def test_a_total_and_all_but_one_of_its_parts_give_the_last_one_away():
    found = verdicts(FILE, ({"region": 2}, 12), ({"region": 2, "ccas": 1}, 9), ({"region": 2, "ccas": 2}, 3))
    assert [verdict for verdict, _ in found] == ["ok", "refused", "refused"]
    assert found[1][1] == "donne une petite case par différence"


def test_what_left_before_counts_whoever_took_it():
    earlier = (Shown("count", "", ({"region": 2},)),)
    assert verdicts(FILE, ({"region": 2, "ccas": 1}, 9), earlier=earlier)[0][0] == "refused"
    assert verdicts(FILE, ({"region": 2, "ccas": 1}, 9))[0][0] == "ok"


def test_margins_that_determine_a_small_case_together_are_found_by_the_linear_programme():
    table = rows((1, 1, 7, 1), (1, 2, 3, 1), (2, 1, 6, 1), (2, 2, 9, 1), (3, 1, 8, 1), (3, 2, 7, 1))
    cells = [({"ccas": 2}, 19), ({"region": 2, "ccas": 2}, 9), ({"region": 3, "ccas": 2}, 7)]
    assert "refused" in [verdict for verdict, _ in verdicts(table, *cells)]
    assert verdicts(table, *cells[1:]) == [("ok", ""), ("ok", "")]


def test_a_secret_of_the_published_tables_stays_secret():
    told = verdicts(FILE, ({"region": 1, "ccas": 1}, 12), secret=({"region": 1, "ccas": 1},))
    assert told == [("refused", "secret dans un tableau publié")]


def test_a_total_that_one_unit_dominates_stays():
    table = pl.concat([rows((1, 1, 9, 10)), rows((1, 1, 1, 10_000))])
    assert verdicts(table, ({"region": 1}, 10_090), measure="sum", variable="depenses") == [
        ("refused", "une unité fait presque tout le montant")
    ]


def test_a_mean_that_the_second_largest_can_undo_stays():
    table = pl.concat([rows((1, 1, 8, 1)), rows((1, 1, 2, 1000))])
    told = verdicts(table, ({"region": 1}, 200.8), measure="mean", variable="depenses")
    assert told == [("refused", "une unité peut retrouver le montant d’une autre")]


def test_a_value_that_the_file_does_not_give_is_left_to_a_person():
    assert verdicts(FILE, ({"region": 1}, 21)) == [("unsure", "valeur non retrouvée dans le fichier")]
    assert verdicts(FILE, ({"region": 1}, 200), measure="sum", variable="depenses") == [("ok", "")]


def test_an_empty_case_may_be_said_and_the_whole_file_too():
    assert verdicts(FILE, ({"region": 9}, 0), ({}, 32)) == [("ok", ""), ("ok", "")]


def test_a_variable_that_the_file_does_not_have_is_refused():
    with pytest.raises(OutputUnreadable, match="variable"):
        verdicts(FILE, ({"code": 1}, 1))
