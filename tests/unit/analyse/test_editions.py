"""Two editions whose answers are both here: who answered twice narrows the interval of what changed."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.analyse import steps
from maille.analyse.editions import BY_MEMBERS, compare_editions, compared_inputs
from maille.analyse.evolve import evolve
from maille.catalogue import Draft, Materials
from maille.specs import load_publications
from maille.territory import load_reference
from research_survey import dataset

SPECS = Path(__file__).parents[3] / "specs"
NOW, BEFORE = "asco-2025", "asco-2014"
SIZE, DRAWN = 400, 100
PUBLISHED = load_publications(SPECS / "publications" / NOW)


@pytest.fixture(scope="module")
def specs(tmp_path_factory) -> Path:
    """The specifications, where the edition before has its own sample plan."""
    folder = tmp_path_factory.mktemp("specs") / "specs"
    shutil.copytree(SPECS, folder)
    plan = (folder / "samples" / f"{NOW}.yaml").read_text().replace(NOW, BEFORE)
    (folder / "samples" / f"{BEFORE}.yaml").write_text(plan)
    return folder


def frame(universe: str) -> pl.DataFrame:
    code = "code" if universe == "communes" else "siren"
    return pl.DataFrame(
        {
            code: [f"{number:05}" for number in range(SIZE)],
            "name": ["x"] * SIZE,
            "population": [300] * SIZE,
            "region": ["84"] * SIZE,
            "departement": ["01"] * SIZE,
            "in_survey": [True] * SIZE,
        }
    )


def answers(edition: str, drawn: list[int], says: np.ndarray) -> dict[str, pl.DataFrame]:
    """A simple sample of 400 communes, all of which answer ``says``; one margin, their number."""
    units = [f"{number:05}" for number in drawn]
    weight = SIZE / len(drawn)
    common = {"unit": units, "population": [300] * len(drawn), "region": ["84"] * len(drawn)}
    weights, samples, found = [], [], {}
    for universe in ("communes", "epci"):
        fixed = {
            "universe": universe,
            "stratum": "une",
            "stratum_size": SIZE,
            "stratum_sample": len(drawn),
            "responded": True,
            "group": 0,
            "group_sample": len(drawn),
            "response_rate": 1.0,
            "design_weight": weight,
            "nonresponse_weight": weight,
            "weight": weight,
        }
        weights.append(pl.DataFrame(common).with_columns(pl.lit(value).alias(name) for name, value in fixed.items()))
        samples.append(pl.DataFrame(common).with_columns(departement=pl.lit("01"), universe=pl.lit(universe)))
        indicator = "ccas" if universe == "communes" else "epci_cias"
        values = pl.DataFrame({"unit": units, indicator: says[drawn].astype(np.float64)})
        found[f"processed/{edition}/indicators-{universe}"] = values
        found[f"processed/{edition}/margins-{universe}"] = pl.DataFrame({"unit": units, "all": [1.0] * len(drawn)})
        found[f"processed/{edition}/responses-{universe}"] = pl.DataFrame({"unit": units})
        links = {"variable": pl.String, "role": pl.String, "unit": pl.String, "pool": pl.Int64}
        links |= {"coefficient": pl.Float64, "spread": pl.Float64}
        found[f"processed/{edition}/imputation-links-{universe}"] = pl.DataFrame(schema=links)
    numbers = [
        frame("communes").select(unit="code", stratum=pl.lit("une"), universe=pl.lit(universe))
        for universe in ("communes", "epci")
    ]
    found[f"processed/{edition}/weights"] = pl.concat(weights)
    found[f"collected/{edition}/sample"] = pl.concat(samples)
    found[f"collected/{edition}/numbers"] = pl.concat(numbers)
    return found


def compared(
    specs: Path, now: list[int], before: list[int], *, says: tuple[np.ndarray, np.ndarray]
) -> dict[str, object]:
    tables = {**answers(NOW, now, says[0]), **answers(BEFORE, before, says[1])}
    tables |= {f"territory/{universe}-2026": frame(universe) for universe in ("communes", "epci")}
    inputs = {name: dataset(name, table) for name, table in tables.items()}
    (draft,) = compare_editions(NOW, Materials(inputs, specs))
    rows = draft.table.filter(pl.col("indicator") == "ccas", pl.col("measure") == "communes")
    return rows.filter(pl.col("domain_type") == "total").row(0, named=True)


def sirens(tables: dict[str, pl.DataFrame], names: list[str]) -> dict[str, pl.DataFrame]:
    """The same tables, whose EPCI have these SIREN instead of numbers."""
    codes = {f"{number:05}": name for number, name in enumerate(names)}
    ours = {name for name in tables if name.endswith("-epci")}
    found = {}
    for name, table in tables.items():
        mine = pl.lit(True) if name in ours else pl.col("universe") == "epci"
        named = pl.when(mine).then(pl.col("unit").replace(codes)).otherwise(pl.col("unit"))
        touched = name in ours or "universe" in table.columns
        found[name] = table.with_columns(named.alias("unit")) if touched else table
    return found


def compared_epci(specs: Path, members: pl.DataFrame | None) -> tuple[dict[str, object], str]:
    """Every second EPCI changed its SIREN since; the same hundred answer the same to both editions."""
    now = load_reference().epci["siren"][:SIZE].to_list()
    then = [former(siren) if place % 2 else siren for place, siren in enumerate(now)]
    says_once = says(0.4, 1)
    tables = sirens(answers(NOW, list(range(DRAWN)), says_once), now)
    tables |= sirens(answers(BEFORE, list(range(DRAWN)), says_once), then)
    tables |= {"territory/communes-2026": frame("communes"), "territory/epci-2026": frame("epci")}
    tables |= {} if members is None else {f"collected/{BEFORE}/members": members}
    inputs = {name: dataset(name, table) for name, table in tables.items()}
    (draft,) = compare_editions(NOW, Materials(inputs, specs))
    rows = draft.table.filter(pl.col("indicator") == "epci_cias", pl.col("domain_type") == "total")
    return rows.row(0, named=True), draft.description


def former(siren: str) -> str:
    return f"9{siren[1:]}"


def says(share: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(SIZE) < share


def test_the_same_communes_that_say_the_same_have_not_moved_and_nothing_is_in_doubt(specs):
    everyone = says(0.4, 1)
    row = compared(specs, list(range(DRAWN)), list(range(DRAWN)), says=(everyone, everyone))
    assert row["difference"] == 0
    assert row["common"] == DRAWN
    assert row["standard_error"] == pytest.approx(0.0, abs=0.2)


def test_an_epci_that_answered_twice_is_found_by_its_communes_whatever_its_siren(specs):
    known = load_reference()
    renamed = [former(siren) for siren in known.epci["siren"][1:SIZE:2]]
    codes = pl.col("epci").replace(dict(zip(known.epci["siren"][1:SIZE:2], renamed, strict=True)))
    members = known.communes.select("code", codes)
    row, told = compared_epci(specs, members)
    assert row["common"] == DRAWN
    assert row["standard_error"] == pytest.approx(0.0, abs=0.2)
    assert "par ses communes" in told


def test_an_epci_that_kept_its_siren_with_other_communes_shares_nothing_with_what_it_was(specs):
    known = load_reference()
    kept = known.epci["siren"][0:SIZE:2]
    row, _told = compared_epci(
        specs, known.communes.filter(pl.col("epci").is_in(kept[1:].implode())).select("code", "epci")
    )
    assert row["common"] == DRAWN // 2 - 1


def test_without_their_communes_epci_are_found_by_their_siren_and_the_note_says_so(specs):
    row, told = compared_epci(specs, None)
    assert row["common"] == DRAWN // 2
    assert "par son SIREN" in told


def test_two_samples_without_a_common_commune_add_their_errors(specs):
    row = compared(specs, list(range(DRAWN)), list(range(200, 200 + DRAWN)), says=(says(0.4, 1), says(0.6, 2)))
    assert row["common"] == 0
    assert row["covariance"] == 0
    alone = np.sqrt((1 - DRAWN / SIZE) / (DRAWN - 1)) / (1 - 1 / DRAWN)
    shares = row["after"] / 100, row["before"] / 100
    wanted = 100 * alone * np.sqrt(sum(share * (1 - share) for share in shares))
    assert row["standard_error"] == pytest.approx(wanted, rel=0.01)
    assert row["difference"] == pytest.approx(row["after"] - row["before"])


def test_the_error_is_that_which_many_pairs_of_samples_show(specs):
    """A panel kept for half: the spread of a thousand differences, against the mean of the variances of twelve."""
    before = says(0.5, 3)
    now = np.where(np.random.default_rng(4).random(SIZE) < 0.8, before, ~before)
    rng = np.random.default_rng(5)
    gaps, variances = [], []
    for number in range(1000):
        order = rng.permutation(SIZE)
        one, two = np.sort(order[:DRAWN]), np.sort(order[DRAWN // 2 : DRAWN + DRAWN // 2])
        gaps.append(100 * (now[two].mean() - before[one].mean()))
        if number < 12:
            row = compared(specs, two.tolist(), one.tolist(), says=(now, before))
            assert row["common"] == DRAWN // 2
            assert row["covariance"] > 0
            variances.append(row["standard_error"] ** 2)
    assert np.mean(variances) == pytest.approx(np.var(gaps), rel=0.15)


def cells(**status: str) -> pl.DataFrame:
    row = {"table": "organisation", "indicator": "ccas", "measure": "communes", "kind": "share"}
    rows = [
        {**row, "domain_type": "total" if domain == "ensemble" else "size_band", "domain": domain, "status": said}
        for domain, said in status.items()
    ]
    shown = pl.when(pl.col("status") == "value").then(40.0).alias("estimate")
    numbers = [pl.lit(None, pl.Float64).alias(name) for name in ("standard_error", "ci_low", "ci_high")]
    return pl.DataFrame(rows).with_columns(shown, *numbers)


def evolutions(specs: Path, now: pl.DataFrame, before: pl.DataFrame) -> Draft:
    rows = [
        {"indicator": "ccas", "measure": "communes", "domain_type": "total", "domain": domain, "difference": 1.26}
        | {"before": 38.7, "after": 40.0, "standard_error": 0.84, "ci_low": -0.4, "ci_high": 2.9}
        for domain in ("ensemble", "moins_500", "500_1499")
    ]
    tables = {
        f"protected/{NOW}/cells": now,
        f"protected/{BEFORE}/cells": before,
        f"analysed/{NOW}/editions-compared": pl.DataFrame(rows),
    }
    inputs = {name: dataset(name, table) for name, table in tables.items()}
    card = inputs[f"analysed/{NOW}/editions-compared"].card.model_copy(update={"description": BY_MEMBERS})
    inputs[f"analysed/{NOW}/editions-compared"] = replace(inputs[f"analysed/{NOW}/editions-compared"], card=card)
    (draft,) = evolve(NOW, Materials(inputs, specs))
    return draft


def evolved(specs: Path, now: pl.DataFrame, before: pl.DataFrame) -> dict[str, dict[str, object]]:
    draft = evolutions(specs, now, before)
    return {row["domain"]: row for row in draft.table.iter_rows(named=True) if row["indicator"] == "ccas"}


def test_the_evolutions_of_answers_say_how_an_intercommunalite_is_recognised(specs):
    open_ = cells(ensemble="value")
    assert evolutions(specs, open_, open_).description.endswith(
        "c’est la même quand au moins 90 % des habitants de chacune sont dans l’autre."
    )


def test_an_evolution_is_published_where_both_editions_publish_their_figure(specs):
    open_ = cells(ensemble="value", moins_500="value")
    row = evolved(specs, open_, open_)["ensemble"]
    assert (row["difference"], row["standard_error"], row["precision"]) == (1.3, 0.8, "both")
    assert row["source"] == f"Maille, édition {BEFORE}"


def test_what_this_edition_hides_the_evolution_does_not_tell(specs):
    open_, closed = cells(ensemble="value", moins_500="value"), cells(ensemble="value", moins_500="secret")
    row = evolved(specs, closed, open_)["moins_500"]
    assert row["status"] == "secret"
    assert [row[name] for name in ("after", "difference", "standard_error", "ci_low", "ci_high")] == [None] * 5


def test_what_the_edition_before_hides_makes_no_line(specs):
    open_, closed = cells(ensemble="value", moins_500="value"), cells(ensemble="value", moins_500="secret")
    assert evolved(specs, open_, closed).keys() == {"ensemble"}


def test_a_figure_that_one_edition_does_not_have_makes_no_line(specs):
    assert "500_1499" not in evolved(specs, cells(ensemble="value", **{"500_1499": "value"}), cells(ensemble="value"))


def test_without_the_answers_of_the_edition_before_nothing_is_compared(specs):
    (draft,) = compare_editions(NOW, Materials({}, specs))
    assert draft.table.is_empty()
    assert compared_inputs(NOW, SPECS) == ()
    assert "analyse.compare" not in {step.name for step in steps(NOW, SPECS)}
    assert "analyse.compare" in {step.name for step in steps(NOW, specs)}
