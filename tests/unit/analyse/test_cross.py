"""Crossings: classes count each territory once, and hide what they would give back of the tables."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.analyse.cross import CROSSED
from maille.analyse.cross import _columns as columns
from maille.analyse.cross import _differences as differences
from maille.analyse.cross import _doubted as doubted
from maille.analyse.cross_protect import _earlier as kept_by_readers
from maille.analyse.cross_protect import _judged as judged
from maille.analyse.respondents import Respondents
from maille.specs import Indicator, SpecInvalid, check_specs, load_disclosure, load_indicators
from maille.specs.crossing import Crossing, load_crossing
from maille.specs.crossing import _misfits as misfits
from maille.specs.source_value import Classes, classes_of
from maille.stats.design import stratified
from maille.stats.differences import domain_differences
from maille.stats.variance import domain_ratios
from maille.territory import load_reference

ROOT = Path(__file__).parents[3]
RULES = load_disclosure(ROOT / "specs" / "disclosure.yaml")
FRAME = load_reference().communes.filter(pl.col("in_survey"))
SPENT = {"01": 100.0, "69": 900.0, "69D": 200.0, "69M": 700.0, "20": 300.0, "75": 400.0}


def crossing(**changed) -> Crossing:
    known = load_crossing(ROOT / "specs" / "crossings" / "asco-2025" / "departements.yaml")
    return Crossing.model_validate({**known.model_dump(), "per": None, **changed})


def source(values: dict[str, float | None], variable="depense_aide_sociale", level="departement"):
    rows = [
        {"level": level, "key": key, "year": 2023, "variable": variable, "value": value}
        for key, value in values.items()
    ]
    return {"collected/sources/simulation_departements": pl.DataFrame(rows)}


def of(found, departement, college=None):
    there = FRAME.with_columns(found.units["class"], found.units["key"])
    there = there.filter(pl.col("departement") == departement, pl.col("college") == (college or departement))
    return set(there["key"]), set(there["class"])


def test_a_commune_takes_what_is_said_of_its_own_collectivity_and_never_of_two():
    found = classes_of(crossing(), source(SPENT), FRAME)
    assert of(found, "69", "69M") == ({"69M"}, {2})
    assert of(found, "69", "69D") == ({"69D"}, {0})
    assert of(found, "2A")[0] == of(found, "2B")[0] == {"20"}
    assert found.units.height == FRAME.height


def test_the_rhone_as_a_whole_serves_where_its_parts_are_not_told():
    found = classes_of(crossing(), source({"01": 1.0, "69": 2.0, "2A": 3.0}), FRAME)
    assert of(found, "69", "69M")[0] == of(found, "69", "69D")[0] == {"69"}


def test_those_of_whom_the_source_says_nothing_are_a_class_and_are_not_left_out():
    found = classes_of(crossing(), source({**SPENT, "02": None}), FRAME)
    assert found.names == ("classe_1", "classe_2", "classe_3", "inconnu")
    assert of(found, "02") == ({None}, {3})


def test_quantiles_have_as_many_territories_each_and_thresholds_are_in_the_class_above():
    codes = FRAME["departement"].unique().drop_nulls().sort().to_list()
    every = {code: float(place) for place, code in enumerate(codes)}
    found = classes_of(crossing(), source(every), FRAME).units.unique("key")["class"].value_counts()
    assert set(found["count"]) <= {len(codes) // 3, len(codes) // 3 + 1}
    cut = classes_of(crossing(quantiles=None, thresholds=(200.0, 700.0)), source(SPENT), FRAME)
    assert of(cut, "69", "69D")[1] == {1}
    assert of(cut, "69", "69M")[1] == {2}


def test_a_value_is_divided_by_that_of_the_same_territory():
    both = source(SPENT)["collected/sources/simulation_departements"]
    people = source({"01": 10.0, "69D": 100.0, "69M": 100.0, "20": 0.0}, variable="population")
    table = pl.concat([both, people["collected/sources/simulation_departements"]])
    per = {"source": "simulation_departements", "variable": "population", "year": 2023}
    found = classes_of(crossing(per=per), {"collected/sources/simulation_departements": table}, FRAME)
    assert of(found, "01") == ({"01"}, {2})
    assert of(found, "2A") == ({None}, {3})


def two_classes(kind: str) -> tuple[list[Indicator], Classes, Respondents]:
    words = {"universe": "communes", "title": "A", "label": "A", "question": "a", "concept": "a", "id": "x"}
    said = {"kind": kind, "value": "1", "unit": "euros", "sentences": {"amounts": "{valeur}"}}
    item = Indicator.model_validate(words | said | ({"below": "1"} if kind == "ratio" else {}))
    table = pl.DataFrame({"x": [0.0, 2, 4, 8, 16, 1, 3, 5], "x__below": [2.0] * 8, "population": [9] * 8})
    placed = table.with_columns(pl.Series("#class", [0, 0, 0, 0, 1, 1, 1, 1]))
    design = stratified([3.0] * 8, strata=[0] * 8, stratum_sizes=[24], stratum_samples=[8])
    return [item], Classes(pl.DataFrame(), ("classe_1", "classe_2"), 2), Respondents(placed, placed, placed, design)


@pytest.mark.parametrize(("kind", "scale"), [("mean", 1.0), ("ratio", 2.0)])
def test_the_gap_of_amounts_has_the_error_of_both_classes_with_what_imputation_adds(kind, scale):
    items, classes, people = two_classes(kind)
    where = people.table["#class"].to_numpy()
    below = people.table["x__below"].to_numpy() if kind == "ratio" else np.ones(8)
    alone = domain_differences(
        people.table["x"].to_numpy(), design=people.design, pairs=[[1, 0]], domains=where, denominators=below
    )
    sampled = domain_ratios(people.table["x"].to_numpy(), design=people.design, denominators=below, domains=where)
    gap = differences(items, classes, measure="amounts", people=people, errors=sampled.standard_error)["x"]
    assert gap["estimate"].item() == pytest.approx(2.75 / scale)
    assert gap["standard_error"].item() == pytest.approx(float(alone.standard_error[0, 0]))
    imputed = np.sqrt(sampled.standard_error**2 + [[0.4], [0.5]])
    wider = differences(items, classes, measure="amounts", people=people, errors=imputed)["x"]
    assert wider["standard_error"].item() ** 2 == pytest.approx(gap["standard_error"].item() ** 2 + 0.9)
    assert wider["p_value"].item() > gap["p_value"].item()


def test_a_gap_is_imprecise_with_either_of_its_classes():
    rows = crossed([30, 40, 50]).with_columns(
        flag=pl.when(pl.col("domain") == "classe_3").then(pl.lit("low_precision")),
    )
    known = Classes(pl.DataFrame(), ("classe_1", "classe_2", "classe_3"), 3)
    found = dict(doubted(rows, known).select("domain", "flag").iter_rows())
    assert found["difference"] == "low_precision"
    middle = rows.with_columns(flag=pl.when(pl.col("domain") == "classe_2").then(pl.lit("low_precision")))
    assert dict(doubted(middle, known).select("domain", "flag").iter_rows())["difference"] is None


def test_a_total_is_not_crossed_and_says_why():
    indicators = load_indicators(ROOT / "specs" / "indicators")
    said = [message for message, _ in misfits(crossing(), "depenses_total", indicators)]
    assert said == [
        "« depenses_total » n’est ni une part, ni une moyenne, ni un rapport : il ne se compare pas entre classes."
    ]
    assert not list(misfits(crossing(), "depenses_par_habitant", indicators))


def figures(rows: list[dict], **known) -> pl.DataFrame:
    table = pl.DataFrame(
        [{"lower": 0, "upper": None, "region": None, "departement": None, "respondents": 100, **row} for row in rows],
        infer_schema_length=None,
    )
    return table.with_columns(
        *(pl.lit(value).alias(name) for name, value in known.items()),
        universe=pl.lit("communes"),
        measure=pl.lit("communes"),
        kind=pl.lit("share"),
        indicator=pl.lit("a"),
        estimate=pl.lit(50.0),
        decimals=pl.lit(1),
        nonzero=pl.col("yes"),
        top1=pl.lit(1.0),
        top2=pl.lit(1.0),
        total=pl.col("yes") * 3.0,
        whole=pl.col("respondents") * 3.0,
    )


def crossed(yes: list[int]) -> pl.DataFrame:
    cells = figures(
        [{"yes": count, "domain": f"classe_{place}", "row": "class"} for place, count in enumerate(yes, start=1)],
        crossing="essai",
    )
    gap = cells.head(1).with_columns(domain=pl.lit("difference"), row=pl.lit("difference"))
    return columns(pl.concat([cells, gap]), CROSSED)


def tables(by_departement: dict[str, int], hidden=()) -> pl.DataFrame:
    cells = [{"yes": count, "region": "84", "departement": code} for code, count in by_departement.items()]
    total = {"yes": sum(by_departement.values()), "respondents": 100 * len(by_departement)}
    table = figures([*cells, {**total, "region": "84"}, total])
    return columns(table, CROSSED).with_columns(hidden=pl.col("departement").is_in(list(hidden)).fill_null(False))


def members(classes: dict[str, str]) -> pl.DataFrame:
    rows = [
        {"crossing": "essai", "domain": name, "region": "84", "departement": code} for code, name in classes.items()
    ]
    return pl.DataFrame(rows)


def secret(rows, told, classes, *, releases=()) -> dict[str, bool]:
    earlier = kept_by_readers(rows.filter(pl.col("row") == "class"), releases)
    found = judged(rows, told, classes, rules=RULES, publications=[], earlier=earlier)
    return dict(found.select("domain", "secret").iter_rows())


ALONE = {"01": "classe_1", "07": "classe_2", "26": "classe_3"}


def test_classes_with_enough_answers_are_published_with_their_difference():
    told = tables({"01": 30, "07": 40, "26": 50})
    found = secret(crossed([30, 40, 50]), told, members(ALONE))
    assert not any(found.values())


def test_a_class_that_is_one_departement_is_hidden_when_its_table_hides_it():
    told = tables({"01": 1, "07": 40, "26": 50}, hidden=("01", "07"))
    found = secret(crossed([1, 40, 50]), told, members(ALONE))
    assert found["classe_1"]
    assert found["classe_2"]
    assert not found["classe_3"]
    assert found["difference"]


def test_a_secret_class_takes_another_with_it_so_that_the_total_does_not_give_it_back():
    told = tables({"01": 30, "07": 40, "26": 50}).filter(pl.col("departement").is_null())
    found = secret(crossed([1, 59, 60]), told, members({"01": "classe_1"}))
    assert found["classe_1"]
    assert found["classe_2"], "celle du milieu, qui ne sert à aucun écart"
    assert not found["classe_3"]


def released(rows, *, hidden=()) -> pl.DataFrame:
    status = pl.when(pl.col("domain").is_in(list(hidden))).then(pl.lit("secret")).otherwise(pl.lit("value"))
    return rows.with_columns(status=status)


def test_a_class_that_a_release_hid_stays_hidden_and_takes_another_with_it():
    told = tables({"01": 30, "07": 40, "26": 50}).filter(pl.col("departement").is_null())
    rows = crossed([30, 40, 50])
    found = secret(rows, told, members({"01": "classe_1"}), releases=[released(rows, hidden=["classe_1"])])
    assert found["classe_1"]
    assert found["difference"]


def test_a_class_that_a_release_gave_and_that_has_not_moved_hides_nothing_any_more():
    told = tables({"01": 30, "07": 40, "26": 50}).filter(pl.col("departement").is_null())
    rows = crossed([1, 59, 60])
    found = secret(rows, told, members({"01": "classe_1"}), releases=[released(rows)])
    assert not any(found.values()), "toutes sont connues depuis la première version"
    moved = released(rows).with_columns(estimate=pl.col("estimate") + 10)
    assert secret(rows, told, members({"01": "classe_1"}), releases=[moved])["classe_1"]


def test_a_class_that_is_a_departement_whose_figure_the_tables_give_does_not_stop_the_publication():
    """The tables give what larger figures say already: that all of its communes do, for instance."""
    told = tables({"01": 1, "07": 40, "26": 50})
    found = secret(crossed([1, 40, 50]), told, members(ALONE))
    assert found["classe_1"], "trop peu y répondent : elle reste cachée, sans rien cacher d’autre"
    assert not found["classe_2"]
    assert not found["classe_3"]


def test_a_departement_in_two_classes_ties_them_together_only():
    both = pl.concat([members(ALONE), members({"07": "classe_1"})])
    told = tables({"01": 30, "07": 40, "26": 1}, hidden=("26", "07"))
    found = secret(crossed([35, 35, 1]), told, both)
    assert found["classe_3"]
    assert found["difference"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("quantiles: 3", "quantiles: 4", "4 libellés"),
        ("quantiles: 3", "thresholds: [3, 1]\n", "monter"),
        ("level: departement", "level: region", "de leur département"),
        ("id: departements", "id: autre", "nom du fichier"),
    ],
)
def test_a_wrong_crossing_is_refused_with_its_line(tmp_path, before, after, said):
    path = tmp_path / "asco-2025" / "departements.yaml"
    path.parent.mkdir()
    text = (ROOT / "specs" / "crossings" / "asco-2025" / "departements.yaml").read_text()
    path.write_text(text.replace(before, after))
    with pytest.raises(SpecInvalid, match=said):
        load_crossing(path)


def test_a_crossing_that_names_an_unknown_indicator_or_variable_is_found(tmp_path):
    folder = tmp_path / "specs"
    (folder / "crossings" / "asco-2025").mkdir(parents=True)
    (folder / "sources").mkdir()
    name = "simulation_departements.yaml"
    (folder / "sources" / name).write_text((ROOT / "specs" / "sources" / name).read_text())
    text = (ROOT / "specs" / "crossings" / "asco-2025" / "departements.yaml").read_text()
    text = text.replace("variable: population", "variable: popluation")
    (folder / "crossings" / "asco-2025" / "departements.yaml").write_text(text)
    said = [problem.message for problem in check_specs(folder) if "crossings" in problem.file]
    assert "variable inconnue « popluation »." in said
    assert "indicateur inconnu « sans_action »." in said
