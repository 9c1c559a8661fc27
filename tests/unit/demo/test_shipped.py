"""The simulation that comes with the code: what it promises of every published figure."""

import polars as pl
import pytest

from maille.catalogue import Store
from maille.demo.shipped import SHIPPED, deposit_simulation

COVERAGE = "simulated/asco-2025/coverage"


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return Store(SHIPPED).read(COVERAGE).table


def test_every_figure_by_band_or_in_total_holds_its_promise_or_says_that_it_is_imprecise(table):
    near = table.filter((pl.col("domain_type") != "region") & (pl.col("state") != "certain"))
    assert near["replicates"].min() >= 1000
    assert near.filter(pl.col("low_precision") < 50)["coverage"].is_between(93, 97).all()
    assert near.filter(pl.col("state") == "outside").is_empty()


def test_no_figure_by_region_fails_by_more_than_chance_without_saying_so(table):
    outside = table.filter(pl.col("state") == "outside")
    assert ((outside["coverage"] - 95).abs() - 2 <= 2 * outside["monte_carlo"]).all()


def test_most_figures_hold_without_the_mention(table):
    flagged = table.filter(pl.col("state") == "flagged")
    assert flagged["low_precision"].min() >= 50
    assert table.filter((pl.col("state") == "within") & (pl.col("low_precision") < 50)).height > flagged.height


def test_it_fits_and_says_how_it_was_made():
    cards = [Store(SHIPPED).check(name) for name in Store(SHIPPED).names("simulated/")]
    assert {card.name.rpartition("/")[2] for card in cards} == {"coverage", "nonresponse", "designs"}
    assert all(card.simulated and "maille simulate" in card.description for card in cards)
    assert sum(file.stat().st_size for file in SHIPPED.rglob("*") if file.is_file()) < 500_000


def test_it_is_given_once_and_never_replaces_one_that_was_made(tmp_path):
    store = Store(tmp_path)
    assert len(deposit_simulation(store)) == 3
    assert deposit_simulation(store) == []
    assert store.check(COVERAGE).simulated
