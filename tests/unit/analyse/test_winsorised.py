"""A plan may have the largest amounts cut: what it does to each total is told, and protected."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.analyse.participation import protect_measures
from maille.analyse.quality import SCHEMA, winsorising
from maille.analyse.respondents import Respondents
from maille.analyse.winsorised import winsorised
from maille.catalogue import Materials
from maille.specs import load_bands
from maille.specs.check import check_specs
from maille.specs.sample import Winsorising
from maille.stats.design import stratified
from research_survey import dataset

SPECS = Path(__file__).parents[3] / "specs"
BANDS = load_bands(SPECS / "bands.yaml")["general"]
ASKED = Winsorising(indicators=("depenses_total",), minimum=5)


def people(values: list[float | None], *, weight: float = 5.0) -> Respondents:
    """Small communes that spend so much, one in ``weight`` of them."""
    count = len(values)
    table = pl.DataFrame(
        {"unit": [str(one) for one in range(count)], "population": [200] * count, "depenses_total": values},
        schema_overrides={"depenses_total": pl.Float64},
    )
    design = stratified(
        np.full(count, weight), strata=np.zeros(count, int), stratum_sizes=[count * weight], stratum_samples=[count]
    )
    return Respondents(table, table, table, design)


def cut(values, *asked: Winsorising, weight: float = 5.0):
    return winsorised(people(values, weight=weight), asked, universe="communes", bands=BANDS)


def test_one_enormous_amount_is_brought_down_and_the_others_are_left():
    done, effect = cut([*[100.0] * 19, 5000.0], ASKED)
    values = done.table["depenses_total"].to_list()
    assert values[:19] == [100.0] * 19
    assert 1000 < values[19] < 5000, "elle compte encore pour elle-même"
    row = effect.row(0, named=True)
    assert (row["cut"], row["respondents"], row["before"]) == (1, 20, 5 * (1900 + 5000))
    assert row["after"] == pytest.approx(5 * sum(values))
    assert row["effect"] == pytest.approx(100 * (row["after"] - row["before"]) / row["before"])
    assert row["effect"] < -20


def test_a_commune_that_stands_for_itself_only_is_not_touched():
    done, effect = cut([*[100.0] * 19, 5000.0], ASKED, weight=1.0)
    assert done.table["depenses_total"].to_list()[19] == 5000.0
    assert effect["cut"].to_list() == [0]


def test_a_commune_that_does_not_count_still_does_not():
    done, effect = cut([None, *[100.0] * 19, 5000.0], ASKED)
    assert done.table["depenses_total"][0] is None
    assert effect["respondents"].to_list() == [20]


def test_without_anything_asked_nothing_moves():
    done, effect = cut([1.0, 2.0, 300.0])
    assert done.table["depenses_total"].to_list() == [1.0, 2.0, 300.0]
    assert effect.is_empty()


def test_nobody_at_all_is_no_fault():
    done, effect = cut([None, None], ASKED)
    assert done.table["depenses_total"].to_list() == [None, None]
    assert effect.row(0, named=True)["effect"] is None


@pytest.mark.parametrize(("cuts", "status"), [(1, "secret"), (6, "value"), (0, "value")])
def test_the_effect_of_cutting_a_few_is_secret_for_it_would_tell_their_amounts(cuts, status):
    effects = pl.DataFrame({"indicator": ["depenses_total"], "cut": [cuts], "respondents": [50], "effect": [-3.21]})
    rows = [{"universe": "communes", **row} for row in winsorising(effects)]
    measures = pl.DataFrame(rows, schema=SCHEMA)
    name = "analysed/asco-2025/quality-measures"
    materials = Materials({name: dataset(name, measures)}, SPECS)
    shown = protect_measures("asco-2025", materials)[0].table.row(0, named=True)
    assert shown["status"] == status
    assert shown["value"] == (-3.2 if status == "value" else None)


@pytest.mark.parametrize(
    ("asked", "said"), [("depense_inconnue", "indicateur inconnu"), ("ccas", "ne se winsorise pas")]
)
def test_a_plan_that_cuts_what_is_no_amount_is_refused(tmp_path, asked, said):
    shutil.copytree(SPECS, tmp_path / "specs")
    path = tmp_path / "specs" / "samples" / "asco-2025.yaml"
    anchor = "    frame:\n      dataset: territory/communes-2026"
    path.write_text(path.read_text().replace(anchor, f"    winsorising: [{{indicators: [{asked}]}}]\n{anchor}", 1))
    found = [problem for problem in check_specs(tmp_path / "specs") if problem.file == str(path)]
    assert len(found) == 1
    assert said in found[0].message
