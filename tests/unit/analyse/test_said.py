"""What larger cells already say of a small one is not hidden for nothing; what they do not say stays hidden."""

from pathlib import Path

import polars as pl

from maille.analyse.protect import _hidden, _judge, _said_by, system_of
from maille.specs import load_disclosure

RULES = load_disclosure(Path(__file__).parents[3] / "specs" / "disclosure.yaml")
PARIS = ("communes", "a", 0, None, "11", "75")
COUNTRY = ("communes", "a", 0, None, None, None)
LARGE = ("communes", "a", 10000, None, None, None)


def communes(large_without: int = 0, small_with: int = 50) -> pl.DataFrame:
    """Paris, sixty large communes and a hundred small ones, in two régions; all the large have the trait but a few."""
    places = [("11", "77"), ("24", "18")]
    rows = [("11", "75", 2_100_000, True)]
    rows += [(*places[number % 2], 20_000, number >= large_without) for number in range(60)]
    rows += [(*places[number % 2], 300, number < small_with) for number in range(100)]
    return pl.DataFrame(rows, schema=["region", "departement", "population", "a"], orient="row")


def cells(frame: pl.DataFrame) -> pl.DataFrame:
    """The population concerned, by size band, région and département, as if everybody had answered."""
    domains = [(0, 10000, None, None), (10000, None, None, None), (0, None, None, None), (0, None, "11", None)]
    domains += [(0, None, "24", None), (0, None, "11", "75"), (0, None, "11", "77"), (0, None, "24", "18")]
    rows = []
    for lower, upper, region, departement in domains:
        inside = frame.filter(
            pl.col("population").is_between(lower, upper or 10**9, closed="left"),
            pl.col("region").eq(region) if region else True,
            pl.col("departement").eq(departement) if departement else True,
        )
        concerned = inside.filter("a")["population"].sort(descending=True)
        rows.append(
            {
                **{"universe": "communes", "measure": "population", "kind": "share", "indicator": "a"},
                **{"lower": lower, "upper": upper, "region": region, "departement": departement, "estimate": 50.0},
                **{"yes": len(concerned), "nonzero": len(concerned), "respondents": inside.height},
                **{"total": float(concerned.sum()), "whole": float(inside["population"].sum())},
                **{"top1": float([*concerned, 0][0]), "top2": float([*concerned, 0, 0][1])},
            }
        )
    return pl.DataFrame(rows, schema_overrides={"upper": pl.Int64, "region": pl.String, "departement": pl.String})


def hidden(frame: pl.DataFrame) -> set:
    system = system_of(cells(frame), [], RULES, frames={"communes": frame})
    _systems, keys = _hidden({("population",): system})
    _judge("population", system, keys)
    return keys - system.links.unseen


def test_a_city_of_a_band_where_all_answer_alike_hides_nothing_else():
    assert not hidden(communes())


def test_a_city_of_a_band_where_answers_differ_is_hidden_and_its_region_with_it():
    found = hidden(communes(large_without=20))
    assert {PARIS, (*COUNTRY[:4], "11", None)} <= found


def test_a_band_that_is_hidden_says_nothing_any_more():
    frame = communes()
    system = system_of(cells(frame), [], RULES, frames={"communes": frame})
    place = system.links.position[PARIS]
    assert not system.primary[place]
    assert _said_by(system, {LARGE}).primary[place]
    assert _said_by(system, {COUNTRY}) is system


def test_rules_that_keep_unanimity_back_leave_the_city_hidden():
    strict = RULES.model_copy(update={"groups": RULES.groups.model_copy(update={"everybody": "hide"})})
    frame = communes()
    system = system_of(cells(frame), [], strict, frames={"communes": frame})
    assert system.primary[system.links.position[PARIS]]


def test_without_the_sizes_of_its_communes_nothing_is_said_of_a_territory():
    system = system_of(cells(communes()), [], RULES)
    assert system.primary[system.links.position[PARIS]]


def test_a_large_territory_whose_band_is_hidden_is_no_more_secret_than_before():
    frame = communes().filter(pl.col("population") >= 10_000)
    system = system_of(cells(frame), [], RULES, frames={"communes": frame})
    cher = ("communes", "a", 0, None, "24", "18")
    assert not _said_by(system, {LARGE}).primary[system.links.position[cher]]
