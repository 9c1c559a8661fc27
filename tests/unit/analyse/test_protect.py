"""Secrecy: small cells are hidden, and nothing published gives them back."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from maille.analyse.participation import COUNTS, _counted, _hidden
from maille.analyse.protect import _judge, hidden_of, system_of
from maille.specs import load_disclosure

ROOT = Path(__file__).parents[3]
RULES = load_disclosure(ROOT / "specs" / "disclosure.yaml")
BANDS = ((0, 500), (500, 1500), (1500, 5000), (5000, 10000), (10000, None))


def estimates(yes: list[int], respondents: int = 100, weight: float = 3.0) -> pl.DataFrame:
    """One indicator by five bands and in total: ``yes`` respondents of each band have the trait."""
    rows = [
        {"lower": lower, "upper": upper, "yes": count, "respondents": respondents}
        for (lower, upper), count in zip(BANDS, yes, strict=True)
    ]
    rows.append({"lower": 0, "upper": None, "yes": sum(yes), "respondents": 5 * respondents})
    table = pl.DataFrame(rows, schema_overrides={"upper": pl.Int64})
    return table.with_columns(
        universe=pl.lit("communes"),
        measure=pl.lit("communes"),
        kind=pl.lit("share"),
        indicator=pl.lit("a"),
        region=pl.lit(None, pl.String),
        departement=pl.lit(None, pl.String),
        estimate=pl.lit(50.0),
        nonzero=pl.col("yes"),
        top1=pl.lit(1.0),
        top2=pl.lit(1.0),
        total=pl.col("yes") * weight,
        whole=pl.col("respondents") * weight,
    )


def hidden_in(table: pl.DataFrame) -> np.ndarray:
    system = system_of(table, [], RULES)
    found = hidden_of(system)
    keys = {key for key, place in system.links.position.items() if found.hidden[place]}
    _judge("communes", system, keys)
    return found.hidden


def test_a_table_without_small_cells_is_published_whole():
    assert not hidden_in(estimates([20, 30, 40, 50, 60])).any()


def test_a_cell_under_the_threshold_takes_another_with_it():
    hidden = hidden_in(estimates([20, 30, 40, 50, 2]))
    assert hidden[4]
    assert hidden.sum() >= 2


def test_all_but_a_few_is_as_secret_as_a_few():
    assert hidden_in(estimates([20, 30, 40, 50, 98]))[4]


def test_everybody_or_nobody_is_published():
    assert not hidden_in(estimates([20, 30, 40, 100, 0])).any()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 100), min_size=5, max_size=5))
def test_an_intruder_never_narrows_a_small_cell_below_its_protection(yes):
    table = estimates(yes)
    hidden = hidden_in(table)
    values = table["total"].to_numpy()
    small = [place for place, count in enumerate(yes) if 0 < count < 5 or 0 < 100 - count < 5]
    for place in small:
        assert hidden[place]
        low, high = intruder(values, hidden, place)
        assert low <= max(values[place] - 15, 0) + 1e-6
        assert high >= min(values[place] + 15, 300) - 1e-6


def intruder(values, hidden, place) -> tuple[float, float]:
    """What subtraction gives, written apart from the room: published cells are fixed, the total is the sum."""
    bounds = [(0.0, 300.0) if h else (v, v) for v, h in zip(values[:5], hidden[:5], strict=True)]
    total = (0.0, 1500.0) if hidden[5] else (values[5], values[5])
    goal = np.zeros(6)
    goal[place] = 1.0
    found = [
        linprog(sign * goal, A_eq=[[1, 1, 1, 1, 1, -1]], b_eq=[0], bounds=[*bounds, total], method="highs")
        for sign in (1, -1)
    ]
    return float(found[0].x[place]), float(found[1].x[place])


def units(counts: dict[str, tuple[str, int, int]]) -> pl.DataFrame:
    rows = [
        (departement, region, number < responded)
        for departement, (region, sampled, responded) in counts.items()
        for number in range(sampled)
    ]
    return pl.DataFrame(rows, schema=["departement", "region", "responded"], orient="row")


def participation(counts) -> tuple[pl.DataFrame, np.ndarray]:
    names = pl.DataFrame({"code": list(counts), "name": list(counts), "region": [c[0] for c in counts.values()]})
    regions = sorted({c[0] for c in counts.values()})
    rows = _counted(units(counts), names, names=pl.DataFrame({"code": regions, "name": regions}))
    return rows, _hidden(rows, threshold=5, minimum=5)


def test_a_departement_with_one_commune_drawn_hides_another_of_its_region():
    counts = {
        "75": ("11", 1, 1),
        "92": ("11", 30, 15),
        "93": ("11", 40, 20),
        "69": ("84", 60, 30),
        "42": ("84", 50, 22),
    }
    rows, hidden = participation(counts)
    names = rows["name"].to_list()
    assert hidden[names.index("75")].all()
    assert hidden[names.index("92")].all() or hidden[names.index("93")].all()
    assert not hidden[names.index("69")].any()


def test_participation_without_small_numbers_is_published_whole():
    _rows, hidden = participation({"92": ("11", 30, 15), "93": ("11", 40, 20), "69": ("84", 60, 30)})
    assert not hidden.any()


@pytest.mark.parametrize("alone", [1, 2, 3, 4])
def test_silent_communes_under_the_threshold_are_secret_too(alone):
    rows, hidden = participation({"92": ("11", 30, 30 - alone), "93": ("11", 40, 20), "69": ("84", 60, 30)})
    assert COUNTS == ("sampled", "responded", "silent")
    assert hidden[rows["name"].to_list().index("92")].all()
