"""The sample: two universes, strata, allocation, one seed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.catalogue import Materials, Store
from maille.collect import draw_sample, frame_of
from maille.specs import load_sample
from maille.stats.allocation import AllocationImpossible
from maille.territory import reference_folder

SPECS = Path(__file__).parents[3] / "specs"
PLAN = load_sample(SPECS / "samples" / "asco-2025.yaml")


@pytest.fixture(scope="module")
def materials() -> Materials:
    store = Store(reference_folder())
    inputs = {name: store.read(name) for name in ("territory/communes-2026", "territory/epci-2026")}
    return Materials(inputs, SPECS, {"seed": "7"})


@pytest.fixture(scope="module")
def drafts(materials) -> dict[str, pl.DataFrame]:
    return {draft.name.rsplit("/", 1)[1]: draft.table for draft in draw_sample("asco-2025", materials)}


def test_it_draws_the_numbers_of_the_plan(drafts):
    sizes = dict(drafts["sample"]["universe"].value_counts().iter_rows())
    assert sizes == {"communes": 10_900, "epci": 1_100}


def test_every_commune_of_ten_thousand_inhabitants_is_taken(drafts, materials):
    frame = frame_of("communes", PLAN.universes["communes"], materials.inputs["territory/communes-2026"].table)
    large = set(frame.filter(pl.col("population") >= 10_000)["unit"])
    assert len(large) > 1_000
    assert large <= set(drafts["sample"]["unit"])


def test_the_weights_of_each_stratum_sum_to_its_size(drafts):
    sums = drafts["sample"].group_by("universe", "stratum").agg(pl.col("weight").sum(), pl.col("stratum_size").first())
    assert np.allclose(sums["weight"], sums["stratum_size"])
    assert (drafts["sample"]["probability"] > 0).all()


def test_no_stratum_is_smaller_than_the_merge_rule_allows(drafts):
    allocation = drafts["allocation"].filter((pl.col("universe") == "communes") & ~pl.col("take_all"))
    assert allocation["stratum_size"].min() >= PLAN.universes["communes"].merge.below


def test_the_minimum_of_the_plan_is_kept_in_every_stratum(drafts):
    allocation = drafts["allocation"].filter(~pl.col("take_all") & (pl.col("universe") == "communes"))
    assert allocation["stratum_sample"].min() >= PLAN.universes["communes"].allocation.minimum


def test_the_allocation_covers_the_whole_field(drafts):
    sizes = drafts["allocation"].group_by("universe").agg(pl.col("stratum_size").sum())
    assert dict(sizes.iter_rows()) == {"communes": 34_869, "epci": 1_255}


def test_the_same_seed_draws_the_same_sample_and_another_seed_another(drafts, materials):
    again = {draft.name.rsplit("/", 1)[1]: draft.table for draft in draw_sample("asco-2025", materials)}
    assert again["sample"].equals(drafts["sample"])
    other = draw_sample("asco-2025", replace(materials, parameters={"seed": "8"}))
    assert not other[0].table["unit"].equals(drafts["sample"]["unit"])


def test_a_small_run_draws_a_fraction(materials):
    small = draw_sample("asco-2025", replace(materials, parameters={"seed": "7", "fraction": "0.1"}))
    assert small[0].table.height == 1_200


def test_expected_precision_gets_better_with_the_sample(drafts, materials):
    small = draw_sample("asco-2025", replace(materials, parameters={"seed": "7", "fraction": "0.2"}))
    widths = [
        table.filter((pl.col("domain_type") == "total") & (pl.col("universe") == "communes"))["expected_half_width"][0]
        for table in (drafts["design"], small[2].table)
    ]
    assert 0 < widths[0] < widths[1] < 10


def test_a_plan_larger_than_its_universe_is_refused(materials):
    with pytest.raises(AllocationImpossible):
        draw_sample("asco-2025", replace(materials, parameters={"seed": "7", "fraction": "4"}))


def test_who_was_drawn_is_secret_and_the_design_is_not(materials):
    levels = {draft.name.rsplit("/", 1)[1]: str(draft.confidentiality) for draft in draw_sample("asco-2025", materials)}
    assert {name for name, level in levels.items() if level == "open"} == {"design"}
    assert set(levels) == {"sample", "allocation", "precision", "design", "numbers"}


def test_everyone_has_a_number_that_the_sample_follows(drafts):
    numbers = drafts["numbers"]
    assert numbers.height == 34_869 + 1_255
    drawn = numbers.filter("selected").join(drafts["sample"], on=["unit", "universe"], suffix="_drawn")
    assert drawn.height == drafts["sample"].height
    assert drawn["random_number"].equals(drawn["random_number_drawn"].rename("random_number"))
