"""A plan of each kind of drawing, from the draw to the estimates, through the functions that the steps run."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.analyse.estimate import estimate, people_of
from maille.analyse.respondents import respondents
from maille.catalogue import Materials, Store
from maille.collect import draw_sample
from maille.process import weigh
from maille.specs import load_indicators
from maille.specs.problem import SpecInvalid
from maille.specs.sample import Selection, load_sample
from maille.stats.variance import domain_totals
from maille.territory import reference_folder
from research_survey import dataset

SPECS = Path(__file__).parents[3] / "specs"
EDITION = "asco-2025"
LINKS = {"variable": pl.String, "role": pl.String, "unit": pl.String, "pool": pl.Int64}
LINKS |= {"coefficient": pl.Float64, "spread": pl.Float64}
KINDS = {
    "simple": "{kind: simple}",
    "systematic": "{kind: systematic}",
    "neighbours": "{kind: systematic, neighbours: true}",
    "pps": "{kind: pps, power: 0.5}",
    "cube": "{kind: cube, balancing: [population, size_band, departement]}",
}


def plan_of(folder: Path, kind: str) -> Path:
    """The specifications, of which both universes are drawn so and one table is published."""
    shutil.copytree(SPECS, folder, ignore=shutil.ignore_patterns("reports", "crossings"))
    file = folder / "samples" / f"{EDITION}.yaml"
    file.write_text(file.read_text().replace("    allocation:\n", f"    selection: {KINDS[kind]}\n    allocation:\n"))
    for table in (folder / "publications" / EDITION).iterdir():
        if table.stem != "abs":
            table.unlink()
    return folder


def surveyed(specs: Path) -> Materials:
    """A sample that the plan draws, half of which answers at random, weighted."""
    reference = Store(reference_folder())
    known = {name: reference.read(name) for name in ("territory/communes-2026", "territory/epci-2026")}
    for draft in draw_sample(EDITION, Materials(known, specs)):
        known[draft.name] = dataset(draft.name, draft.table)
    rng = np.random.default_rng(1)
    sample = known[f"collected/{EDITION}/sample"].table
    items = load_indicators(specs / "indicators").values()
    for universe in ("communes", "epci"):
        units = sample.filter(pl.col("universe") == universe)["unit"]
        answered = units.to_frame().filter(pl.Series(rng.random(len(units)) < 0.5))
        values = {item.id: rng.random(answered.height).round() for item in items if item.universe == universe}
        made = {
            "responses": answered,
            "indicators": answered.with_columns(**{name: pl.Series(column) for name, column in values.items()}),
            "imputation-links": pl.DataFrame(schema=LINKS),
        }
        for what, table in made.items():
            name = f"processed/{EDITION}/{what}-{universe}"
            known[name] = dataset(name, table)
    for draft in weigh(EDITION, Materials(known, specs)):
        known[draft.name] = dataset(draft.name, draft.table)
    return Materials(known, specs)


@pytest.fixture(scope="module", params=KINDS)
def drawn(request, tmp_path_factory) -> tuple[str, Materials]:
    specs = plan_of(tmp_path_factory.mktemp(request.param) / "specs", request.param)
    return request.param, surveyed(specs)


def test_a_plan_of_each_kind_goes_from_the_draw_to_the_estimates(drawn):
    _, materials = drawn
    table = estimate(EDITION, materials)[0].table.filter(pl.col("flag").is_null())
    assert table.height > 100
    # A share of communes whose trait owes nothing to their weights: about one half, and an error to match.
    shares = table.filter((pl.col("indicator") == "abs") & (pl.col("domain_type") == "total"))
    assert shares["estimate"].to_list() == pytest.approx([50.0] * shares.height, abs=6)
    assert shares["standard_error"].is_between(0.3, 4).all()


def test_the_design_is_that_of_the_draw(drawn):
    kind, materials = drawn
    people = people_of(EDITION, "communes", materials)
    answered = people.sample.filter("responded")
    seen = answered["response_rate"].to_numpy() / answered["design_weight"].to_numpy()
    np.testing.assert_allclose(people.design.start, 1 / seen, rtol=1e-12)
    np.testing.assert_allclose(people.design.unseen, 1 - seen, atol=1e-12)
    weights = answered.group_by("stratum").agg(pl.col("design_weight").n_unique())
    assert (weights["design_weight"] > 1).any() == (kind == "pps")
    # The number of units of a département, which only the cube balances and no margin gives.
    one = (people.table["departement"] == "59").to_numpy().astype(float)[:, None]
    errors = []
    for selection in (
        load_sample(materials.specs / "samples" / f"{EDITION}.yaml").universes["communes"].selection,
        None,
    ):
        like = respondents(
            people.sample,
            indicators=answered.select("unit"),
            margins=materials.inputs[f"processed/{EDITION}/margins-communes"].table,
            frame=people.frame,
            selection=selection or Selection(),
        )
        errors.append(domain_totals(one, design=like.design).standard_error[0, 0])
    mine, simple = errors
    assert mine == domain_totals(one, design=people.design).standard_error[0, 0]
    if kind in ("simple", "systematic"):
        assert mine == simple
    elif kind in ("cube", "neighbours"):
        assert mine < 0.95 * simple
    else:
        assert mine != simple


def test_a_plan_that_asks_for_neighbours_without_a_list_is_refused(tmp_path):
    specs = plan_of(tmp_path / "specs", "simple")
    file = specs / "samples" / f"{EDITION}.yaml"
    file.write_text(file.read_text().replace("kind: simple", "kind: simple, neighbours: true"))
    with pytest.raises(SpecInvalid, match="neighbours"):
        load_sample(file)
