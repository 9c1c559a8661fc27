"""The demonstration knows the truth: two hundred samples say whether the intervals do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.demo.replicate import Ground, measure, replicates, survey
from maille.demo.simulate import asked, simulate
from maille.demo.simulated import coverage
from maille.demo.world import known_world
from maille.pipeline import Run
from maille.specs import load_precision
from maille.specs.sample import Winsorising
from maille.specs.simulation import Drawing

SPECS = Path(__file__).parents[2] / "specs"
DRAWS = 200
INDICATORS = ("action", "domaine_personnes_agees", "secours", "avances", "cap", "convention_departement", "abs")
MONTE_CARLO = 100 * np.sqrt(0.95 * 0.05 / DRAWS)
"""Standard deviation, in points, of a coverage of 95 % seen on two hundred draws."""

pytestmark = pytest.mark.xdist_group("replicates")


@pytest.fixture(scope="module")
def ground() -> Ground:
    world = known_world(
        SPECS, universe="communes", edition="asco-2025", seed=20250915, indicators=frozenset(INDICATORS)
    )
    kept = tuple(lot for lot in world.lots if lot.measure == "communes" and lot.domains.kind != "region")
    return Ground.of(type(world)(**{**vars(world), "lots": kept}), load_precision(SPECS / "precision.yaml"))


@pytest.fixture(scope="module")
def judged(ground):
    table = coverage(ground, replicates(ground, seed=(20250915,), first=0, last=DRAWS))
    return table.filter(table["replicates"] > 0).unique(["indicator", "domain", "truth"])


def test_the_intervals_hold_the_truth_as_often_as_they_say(judged):
    assert abs(judged["coverage"].mean() - 95) <= 2
    # Four Monte Carlo deviations: some forty cells are judged at once.
    assert judged["coverage"].min() >= 95 - 4 * MONTE_CARLO


def test_the_bias_is_small_against_the_standard_error(judged):
    bias = judged["bias_ratio"].abs()
    assert bias.median() <= 0.2
    assert bias.max() <= 0.6


def test_the_standard_error_is_that_of_the_draws(judged):
    assert 0.93 <= judged["error_ratio"].median() <= 1.12


def test_the_truth_is_what_a_census_counts(ground):
    values = ground.world.values["action"].cast(float)
    where = (ground.cells["indicator"] == "action") & (ground.cells["domain"] == "ensemble")
    assert ground.truth[where.to_numpy()] == pytest.approx([100 * values.mean()])


def test_intervals_would_not_cover_if_errors_were_halved(ground):
    """The test can fail: intervals half as wide miss the truth far more often."""
    held = []
    for number in range(30):
        sums = measure(ground, survey(ground.world, np.random.default_rng([1, number])))
        held.append((np.abs(sums["error"]) <= sums["half"] / 2)[sums["count"] > 0].mean())
    assert np.mean(held) < 0.85


@pytest.fixture(scope="module")
def amounts():
    wanted = frozenset(("epci_depenses_total", "epci_aides_total"))
    world = known_world(SPECS, universe="epci", edition="asco-2025", seed=20250915, indicators=wanted)
    return replace(world, lots=tuple(lot for lot in world.lots if lot.domains.kind == "total"))


def test_a_plan_that_cuts_large_amounts_is_simulated_cutting_them(amounts):
    asked = (Winsorising(indicators=("epci_depenses_total",)),)
    cutting = replace(amounts, plan=amounts.plan.model_copy(update={"winsorising": asked}))
    precision = load_precision(SPECS / "precision.yaml")
    plain, cut = (
        measure(ground, survey(ground.world, np.random.default_rng(1)))
        for ground in (Ground.of(world, precision, effects=False) for world in (amounts, cutting))
    )
    cells = amounts.cells()["indicator"].to_list()
    spent, helped = cells.index("epci_depenses_total"), cells.index("epci_aides_total")
    assert cut["error"][spent] < plain["error"][spent]
    assert cut["spread"][spent] != plain["spread"][spent]
    assert cut["error"][helped] == plain["error"][helped]


def test_a_design_that_is_compared_may_draw_otherwise(amounts):
    told = {"total": 400, "allocation": {"kind": "power"}, "selection": {"kind": "pps", "power": 0.5}}
    plan = Drawing.model_validate(told).applied(amounts.plan)
    assert plan.selection.kind == "pps"
    assert Drawing.model_validate({**told, "selection": None}).applied(plan).selection.kind == "pps"
    people = survey(replace(amounts, plan=plan), np.random.default_rng(1))
    assert people.sample.group_by("stratum").agg(pl.col("design_weight").n_unique())["design_weight"].max() > 1


def test_what_nobody_can_give_is_imputed_when_asked_and_is_in_the_truth():
    wanted = frozenset(("epci_depenses_total", "epci_agents_mediane"))
    given, lent = (
        known_world(
            SPECS, universe="epci", edition="asco-2025", seed=20250915, indicators=wanted, imputation=imputation
        )
        for imputation in (False, True)
    )
    spent = "epci_depenses_total"
    known = given.values[spent].is_not_null()
    assert not known.all()
    assert lent.values[spent].is_not_null().all()
    assert lent.values.filter(known)[spent].equals(given.values.filter(known)[spent])
    one, other = (survey(world, np.random.default_rng(1)) for world in (given, lent))
    assert one.table["unit"].equals(other.table["unit"])
    assert one.table[spent].null_count() > 0
    assert other.table[spent].null_count() == 0
    lender = other.imputed.links["depenses"]
    assert other.table[lender.recipients.tolist()]["unit"].is_in(given.values.filter(~known)["unit"].implode()).all()
    assert not other.table[lender.donors.tolist()]["unit"].is_in(given.values.filter(~known)["unit"].implode()).any()


def test_a_simulation_says_that_it_imputes(tmp_path):
    run = Run(tmp_path, SPECS)
    wanted = asked("asco-2025", replicates=2, seed=1, universes=["epci"], workers=1, imputation=True)
    cards = simulate(run, wanted, lambda _what, _done, _total: None)
    assert cards[0].parameters == {"replicates": "2", "seed": "1", "imputation": "true"}
    assert "imputation comprise" in cards[0].description
    assert "--imputation" in cards[0].description
