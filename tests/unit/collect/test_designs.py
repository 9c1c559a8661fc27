"""Other plans than the default: precisions asked for, other selections, coordination between editions."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from maille.catalogue import Materials, Store
from maille.collect import draw, draw_sample, frame_of
from maille.collect.allocation import allocate_strata
from maille.collect.design import design_table
from maille.collect.selection import numbers_of
from maille.specs import UniversePlan, load_sample
from maille.specs.sample import Coordination, Precision, Selection
from maille.stats.allocation import AllocationImpossible
from maille.stats.allocation_constrained import ConstraintUnreachable
from maille.stats.selection import SelectionImpossible
from maille.territory import reference_folder

SPECS = Path(__file__).parents[3] / "specs"
PLAN = load_sample(SPECS / "samples" / "asco-2025.yaml")
COMMUNES = PLAN.universes["communes"]
ASKED = (
    Precision(domain="total", cv=0.012),
    Precision(domain="region", cv=0.1),
    Precision(domain="size_band", cv=0.05),
)


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    table = Store(reference_folder()).read("territory/communes-2026").table
    return frame_of("communes", COMMUNES, table)


def changed(**allocation) -> UniversePlan:
    return COMMUNES.model_copy(update={"allocation": COMMUNES.allocation.model_copy(update=allocation)})


def selecting(**selection) -> UniversePlan:
    return COMMUNES.model_copy(update={"selection": Selection(**selection)})


def test_the_precisions_asked_for_are_met_with_the_smallest_sample_and_priced(frame):
    found = allocate_strata(frame, changed(kind="constrained", precision=ASKED), fraction=1.0)
    table = found.constraints
    assert set(table["domain_type"]) == {"total", "region", "size_band"}
    assert (table["cv_expected"] <= table["cv_asked"] * (1 + 1e-9)).all()
    assert (table["price_point"] >= 0).all()
    assert (table["price_percent"] > 1).any()
    assert found.strata["stratum_sample"].sum() < COMMUNES.total
    assert (found.strata["stratum_sample"] >= found.strata["stratum_size"].clip(upper_bound=20)).all()


def test_the_best_precision_of_the_total_takes_the_whole_total(frame):
    plan = changed(kind="constrained", precision=ASKED, aim="best")
    found = allocate_strata(frame, plan, fraction=1.0)
    assert found.strata["stratum_sample"].sum() == COMMUNES.total
    assert (found.constraints["cv_expected"] <= found.constraints["cv_asked"]).all()
    assert allocate_strata(frame, plan, fraction=0.1).strata["stratum_sample"].sum() == 1_090


def test_a_precision_that_nonresponse_forbids_is_named(frame):
    plan = changed(kind="constrained", precision=(Precision(domain="region", cv=0.001),))
    with pytest.raises(ConstraintUnreachable, match="« secours », region"):
        allocate_strata(frame, plan, fraction=1.0)


def test_a_sample_larger_than_the_total_is_refused_with_the_dearest_constraint(frame):
    plan = changed(kind="constrained", precision=(Precision(domain="total", cv=0.005),))
    with pytest.raises(AllocationImpossible, match="la contrainte qui coûte le plus : « secours », total"):
        allocate_strata(frame, plan, fraction=1.0)


def test_a_band_that_anticipates_nobody_is_named(frame):
    nobody = dict.fromkeys(COMMUNES.size_bands.codes(), 0.0)
    asked = Precision(domain="total", cv=0.1, indicator="secours", share=nobody)
    with pytest.raises(AllocationImpossible, match="allocation, total ensemble"):
        allocate_strata(frame, changed(kind="constrained", precision=(asked,)), fraction=1.0)


@pytest.mark.parametrize(
    "selection",
    [
        {"kind": "systematic"},
        {"kind": "pps", "power": 0.5},
        {"kind": "cube", "balancing": ("population", "departement")},
    ],
    ids=lambda selection: selection["kind"],
)
def test_every_selection_draws_the_numbers_of_each_stratum(frame, selection):
    units, strata = draw(frame, selecting(**selection), fraction=1.0, rng=np.random.default_rng(1))
    drawn = units.filter("selected").group_by("stratum").len().sort("stratum")
    assert drawn["len"].to_list() == strata.sort("stratum")["stratum_sample"].to_list()
    assert units["probability"].sum() == pytest.approx(COMMUNES.total)
    assert (units.filter("selected")["weight"] >= 1 - 1e-12).all()


def test_chances_that_differ_cost_what_many_draws_show(frame):
    """A trait that owes nothing to the chances, where all answer: the spread of its share over many draws."""
    everyone = dict.fromkeys(COMMUNES.size_bands.codes(), 1.0)
    half = dict.fromkeys(COMMUNES.size_bands.codes(), 0.5)
    changes = {"expected_response": everyone, "anticipated_share": half}
    plan = selecting(kind="pps", power=1.0).model_copy(update=changes)
    rng = np.random.default_rng(4)
    units, _ = draw(frame, plan, fraction=0.1, rng=rng)
    table = design_table("communes", plan, drawn=units).filter(pl.col("domain_type") == "total")
    simple = design_table("communes", COMMUNES.model_copy(update=changes), drawn=units)
    chances = units["probability"].to_numpy()
    shares = []
    for _ in range(300):
        # Drawn one by one: a size fixed by stratum would take off what half of a trait has in common.
        drawn = rng.random(len(chances)) < chances
        shares.append(((rng.random(len(chances)) < 0.5) - 0.5)[drawn] @ (1 / chances[drawn]) / len(chances))
    expected = table["expected_standard_error"][0]
    # The population of the trait varies too: its own variance, p (1 − p) / N, is taken off.
    wanted = 100 * np.sqrt(np.var(shares) - 0.25 / len(chances))
    assert expected == pytest.approx(wanted, rel=4 / np.sqrt(2 * 300))
    assert expected > 1.16 * simple.filter(pl.col("domain_type") == "total")["expected_standard_error"][0]
    assert table["sample"][0] == pytest.approx(units["probability"].sum())


def test_a_systematic_draw_has_its_own_start_in_each_stratum(frame):
    plan = selecting(kind="systematic")
    units, _ = draw(frame, plan, fraction=1.0, rng=np.random.default_rng(3))
    listed = units.with_columns(place=pl.Series(plan.selection.places(units))).filter(pl.col("probability") < 0.2)
    starts = (
        listed.sort("place")
        .group_by("stratum")
        .agg(start=pl.col("selected").arg_max() * pl.col("probability").first())
        .get_column("start")
    )
    assert starts.max() < 1
    assert starts.std() > 0.2


def test_a_stratum_without_inhabitants_cannot_be_drawn_by_size_and_is_named(frame):
    stratum = frame.filter(~pl.col("take_all"))["stratum"].sort()[0]
    empty = pl.when(pl.col("stratum") == stratum).then(0).otherwise("population").alias("population")
    with pytest.raises(SelectionImpossible, match=f"strate « {stratum} »"):
        draw(frame.with_columns(empty), selecting(kind="pps"), fraction=1.0, rng=np.random.default_rng(1))


def test_the_cube_balances_the_population_and_the_departements(frame):
    units, _ = draw(
        frame,
        selecting(kind="cube", balancing=("population", "departement")),
        fraction=1.0,
        rng=np.random.default_rng(2),
    )
    drawn = units.filter("selected")
    assert (drawn["population"] * drawn["weight"]).sum() == pytest.approx(units["population"].sum(), rel=1e-3)
    counted = drawn.group_by("departement").agg(pl.col("weight").sum()).sort("departement")
    real = units.group_by("departement").len().sort("departement")
    assert np.abs(counted["weight"].to_numpy() - real["len"].to_numpy()).max() < 12


def coordinated(kind: str, specs: Path, materials: Materials) -> dict[str, pl.DataFrame]:
    """The next edition, drawn after asco-2025."""
    text = (SPECS / "samples" / "asco-2025.yaml").read_text()
    link = f"coordination: {{with: asco-2025, kind: {kind}}}\n"
    (specs / "samples" / "asco-2030.yaml").write_text(link + text.replace("edition: asco-2025", "edition: asco-2030"))
    (specs / "bands.yaml").write_text((SPECS / "bands.yaml").read_text())
    inputs = {name: SimpleNamespace(table=table) for name, table in materials.items()}
    drafts = draw_sample("asco-2030", Materials(inputs, specs, {}))
    return {draft.name.rsplit("/", 1)[1]: draft.table for draft in drafts}


@pytest.fixture(scope="module")
def former() -> dict[str, pl.DataFrame]:
    store = Store(reference_folder())
    inputs = {name: store.read(name) for name in ("territory/communes-2026", "territory/epci-2026")}
    drafts = draw_sample("asco-2025", Materials(inputs, SPECS, {}))
    numbers = next(draft.table for draft in drafts if draft.name.endswith("/numbers"))
    return {name: one.table for name, one in inputs.items()} | {"collected/asco-2025/numbers": numbers}


@pytest.mark.parametrize("kind", ["positive", "negative", "none"])
def test_the_next_edition_keeps_or_spares_those_drawn_before(kind, former, tmp_path):
    (tmp_path / "samples").mkdir()
    tables = coordinated(kind, tmp_path, former)
    row = (
        tables["overlap"]
        .filter((pl.col("universe") == "communes") & (pl.col("domain_type") == "total"))
        .row(0, named=True)
    )
    assert row["overlap"] == pytest.approx(row["overlap_expected"], abs=4.5 * np.sqrt(row["overlap_expected"]))
    if kind == "positive":
        assert row["overlap"] == row["before"] == 10_900
    if kind == "negative":
        assert row["overlap"] < 0.55 * row["before"]
    assert tables["sample"].height == 12_000


def test_a_merged_commune_has_the_number_of_its_largest_member_and_an_epci_that_of_its_siren():
    frame = pl.DataFrame({"unit": ["01015", "01001"]})
    plan = PLAN.model_copy(update={"coordination": Coordination(**{"with": "asco-2014", "kind": "positive"})})
    rows = {
        "unit": ["01015", "01340"],
        "universe": ["communes"] * 2,
        "population": [100, 2_000],
        "random_number": [0.25, 0.75],
        "probability": [0.5, 0.1],
        "selected": [True, False],
    }
    found = numbers_of(frame, "communes", plan, seed=1, former=pl.DataFrame(rows))
    assert found.row(0) == ("01015", 0.75, 0.1, 0.0)
    alone = numbers_of(frame, "communes", PLAN, seed=1, former=None)
    assert found["random_number"][1] == alone["random_number"][1]
