"""What another source says of communes, as margins to calibrate on and as auxiliaries to impute with."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from answer_rows import answer_rows
from maille.process.from_sources import SourceLacking, measured, unmatched
from maille.process.impute_numbers import fill
from maille.process.impute_tables import OUTLIERS, Asked, class_column
from maille.process.weight import frame_margins, margin_classes, margins, weigh_sample
from maille.specs import SpecInvalid, load_bands, load_questionnaire, load_sample
from maille.specs.check import check_specs
from maille.specs.editing import Imputation, UniverseEditing
from maille.specs.sample import SourceMargin

SPECS = Path(__file__).parents[3] / "specs"
PLAN = load_sample(SPECS / "samples" / "asco-2025.yaml").universes["communes"]
DATASET = "collected/sources/menages"
OF = {"source": "menages", "variable": "menages", "year": 2021}
MENAGES = {"id": "menages", "level": "commune", "of": OF}


def plan(*items: dict[str, object]):
    """The plan of communes, its margins by size only, with margins of sources too."""
    sources = tuple(SourceMargin.model_validate(item) for item in items)
    changed = {"sources": sources, "margins": PLAN.calibration.margins[:1], "method": "linear", "bounds": None}
    return PLAN.model_copy(update={"calibration": PLAN.calibration.model_copy(update=changed)})


def country() -> pl.DataFrame:
    """Two departements of 150 communes, in five sizes."""
    sizes = [200, 900, 3000, 7000, 20000]
    rows = [
        {
            "code": f"{departement}{number:03}",
            "name": f"Commune {number}",
            "region": "84",
            "departement": departement,
            "college": departement,
            "epci": None,
            "population": sizes[number % 5] + number,
            "in_survey": True,
        }
        for departement in ("01", "07")
        for number in range(150)
    ]
    return pl.DataFrame(rows)


def deposited(
    values: dict[str, float | None], *, level="commune", status="secret", year=2021
) -> dict[str, pl.DataFrame]:
    rows = [
        {
            "level": level,
            "key": key,
            "year": year,
            "variable": "menages",
            "value": value,
            "status": status if value is None else "value",
        }
        for key, value in values.items()
    ]
    return {DATASET: pl.DataFrame(rows, schema_overrides={"value": pl.Float64})}


HOUSEHOLDS = {
    code: 0.4 * size + (7 * place) % 31
    for place, (code, size) in enumerate(country().select("code", "population").rows())
}


def drawn(frame: pl.DataFrame) -> pl.DataFrame:
    """Two communes in three, six sevenths of which answer, of all sizes."""
    units = frame.with_row_index("rank").filter(pl.col("rank") % 3 < 2)
    columns = ["code", "name", "region", "departement", "population", "size_band", "in_survey"]
    return units.select(*columns, "rank").with_columns(
        unit="code",
        universe=pl.lit("communes"),
        stratum=pl.lit("une"),
        stratum_size=pl.lit(300),
        stratum_sample=pl.lit(200),
        weight=pl.lit(1.5),
        responded=pl.col("rank") % 7 > 0,
    )


def calibrated(item: dict[str, object], sources: dict[str, pl.DataFrame]):
    one = plan(item)
    frame = frame_margins(country(), one, sources)
    weighted, auxiliaries, _ = weigh_sample(drawn(frame), one, frame=frame)
    return frame, weighted.filter("responded"), auxiliaries


def test_the_weights_give_the_total_of_the_source_over_the_universe():
    _, respondents, auxiliaries = calibrated(MENAGES, deposited(HOUSEHOLDS))
    total = sum(HOUSEHOLDS.values())
    assert (respondents["weight"] * auxiliaries["menages:amount"]).sum() == pytest.approx(total, rel=1e-9)
    mine = respondents["unit"].replace_strict(HOUSEHOLDS, return_dtype=pl.Float64)
    assert (respondents["weight"] * mine).sum() == pytest.approx(total, rel=1e-9)
    assert (respondents["design_weight"] * mine).sum() != pytest.approx(total, rel=1e-3), (
        "le calage y est pour quelque chose"
    )


def test_communes_of_which_the_source_says_nothing_are_refused_by_name():
    holes = {**HOUSEHOLDS, "01003": None, "07010": None}
    with pytest.raises(SourceLacking, match="2 collectivité") as refused:
        frame_margins(country(), plan(MENAGES), deposited(holes))
    assert "01003 Commune 3" in str(refused.value)
    assert "missing: class" in str(refused.value)


def test_or_they_are_counted_apart_and_listed_with_the_reason():
    silent = [f"01{number:03}" for number in range(0, 150, 3)]
    holes = {code: None if code in silent else value for code, value in HOUSEHOLDS.items() if code != "07010"}
    item = {**MENAGES, "missing": "class"}
    sources = deposited(holes)
    frame, respondents, auxiliaries = calibrated(item, sources)
    known = sum(value for value in holes.values() if value is not None)
    assert (respondents["weight"] * auxiliaries["menages:amount"]).sum() == pytest.approx(known, rel=1e-9)
    assert (respondents["weight"] * auxiliaries["menages=inconnu:units"]).sum() == pytest.approx(51)
    lost = unmatched(frame, plan(item), sources, universe="communes")
    assert lost.height == 51
    reasons = dict(lost.select("unit", "reason").rows())
    assert reasons["01000"] == "couvert par le secret statistique"
    assert reasons["07010"] == "aucune ligne dans la source"


def test_too_few_unknown_to_be_a_margin_of_their_own_still_calibrate():
    frame, respondents, auxiliaries = calibrated(
        {**MENAGES, "missing": "class"}, deposited({**HOUSEHOLDS, "01001": None})
    )
    assert [name for name in auxiliaries.columns if name.startswith("menages=")] == ["menages=connu+inconnu:units"]
    assert respondents["weight"].sum() == pytest.approx(frame.height)


def test_classes_of_a_source_are_margins_of_units_and_population():
    item = {**MENAGES, "quantiles": 3, "totals": ["units", "population"]}
    frame, respondents, auxiliaries = calibrated(item, deposited(HOUSEHOLDS))
    counted = frame.group_by("menages").agg(pl.len(), pl.col("population").sum()).rows()
    assert {row[0] for row in counted} == {"classe_1", "classe_2", "classe_3"}
    for name, units, population in counted:
        assert (respondents["weight"] * auxiliaries[f"menages={name}:units"]).sum() == pytest.approx(units)
        assert (respondents["weight"] * auxiliaries[f"menages={name}:population"]).sum() == pytest.approx(population)


def test_a_territory_gives_its_class_to_its_communes_and_those_without_one_have_their_own():
    item = {**MENAGES, "level": "departement", "thresholds": [10.0], "totals": ["units"], "missing": "class"}
    frame = frame_margins(country(), plan(item), deposited({"01": 4.0}, level="departement"))
    assert dict(frame.group_by("departement").agg(pl.col("menages").unique().first()).rows()) == {
        "01": "classe_1",
        "07": "inconnu",
    }


def test_margins_of_the_frame_are_what_they_were():
    frame = frame_margins(country(), plan())
    classes = margin_classes(frame, drawn(frame), plan=plan())
    assert {name.split("=")[0] for name, _ in margins(frame, plan(), classes=classes)} == {"size_band"}


def test_a_source_that_is_not_deposited_is_asked_for_by_name():
    with pytest.raises(SourceLacking, match="maille source add FICHIER --as menages"):
        frame_margins(country(), plan(MENAGES), {})


def test_a_year_that_the_source_has_not_is_refused_with_those_that_it_has():
    with pytest.raises(SourceLacking, match="menages 2019"):
        frame_margins(country(), plan(MENAGES), deposited(HOUSEHOLDS, year=2019))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"quantiles": 3}, "avec des classes"),
        ({"totals": ["units"]}, "avec des classes"),
        ({"per": OF}, "ne s’additionne pas"),
        ({"id": "region"}, "déjà un niveau"),
        ({"quantiles": 3, "thresholds": [1.0], "totals": ["units"]}, "l’un ou l’autre"),
        ({"thresholds": [3.0, 1.0], "totals": ["units"]}, "monter"),
    ],
)
def test_a_margin_that_makes_no_sense_is_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        SourceMargin.model_validate({**MENAGES, **changed})


def written(folder: Path, margin: str) -> Path:
    shutil.copytree(SPECS, folder)
    path = folder / "samples" / "asco-2025.yaml"
    text = path.read_text()
    path.write_text(text.replace("      margins:\n", f"      sources: [{margin}]\n      margins:\n", 1))
    return path


FILOSOFI = "source: insee_filosofi_2021_communes, variable: {}, year: 2021"


@pytest.mark.parametrize(
    ("margin", "said"),
    [
        ("{id: a, level: commune, of: {source: inventee, variable: b, year: 2021}}", "source inconnue"),
        (f"{{id: a, level: commune, of: {{{FILOSOFI.format('menage')}}}}}", "menages"),
        (f"{{id: a, level: commune, of: {{{FILOSOFI.format('taux_pauvrete')}}}}}", "ne s’additionne pas"),
    ],
)
def test_a_plan_that_names_what_a_source_has_not_is_refused_with_its_line(tmp_path, margin, said):
    written(tmp_path / "specs", margin)
    found = [problem for problem in check_specs(tmp_path / "specs") if problem.file.endswith("asco-2025.yaml")]
    assert len(found) == 1
    assert said in f"{found[0].message} {found[0].hint}"
    assert found[0].line == 39


def test_an_amount_of_departements_is_no_total_of_communes(tmp_path):
    path = written(tmp_path / "specs", "{id: a, level: departement, of: {source: b, variable: c, year: 2023}}")
    with pytest.raises(SpecInvalid, match="se coupe en classes"):
        load_sample(path)


def test_a_plan_may_name_the_households_of_a_source(tmp_path):
    path = written(
        tmp_path / "specs", f"{{id: menages, level: commune, of: {{{FILOSOFI.format('menages')}}}, missing: class}}"
    )
    assert check_specs(tmp_path / "specs") == []
    assert load_sample(path).universes["communes"].calibration.sources[0].id == "menages"


QUESTIONNAIRE = load_questionnaire(SPECS / "questionnaires" / "asco-2025-communes.md")
NOBODY = pl.DataFrame(schema={variable.name: pl.String for variable in OUTLIERS})


def asked(staff: list[float | None], households: list[float | None], item: dict[str, object]) -> Asked:
    """Communes with so much staff and so many households, to impute with this item."""
    table = answer_rows(QUESTIONNAIRE, [{"action": "oui", "population": 1000, "etp": one} for one in staff])
    units = table.select("unit", "population", "name").with_columns(region=pl.lit("84"), weight=pl.lit(2.0))
    imputation = Imputation.model_validate({"questions": ["etp"], "minimum": 2, **item})
    sources = {"menages": SourceMargin.model_validate({**MENAGES, "thresholds": [100.0], "totals": ["units"]})}
    editing = UniverseEditing(
        size_bands=load_bands(SPECS / "bands.yaml")["general"], imputations=(imputation,), sources=sources
    )
    plain = Asked("communes", QUESTIONNAIRE, table.drop("population", "name"), units, editing, seed=1)
    values = {unit: value for unit, value in zip(table["unit"], households, strict=True) if value is not None}
    frame = pl.DataFrame({"code": table["unit"], "name": table["unit"]})
    found = measured(sources["menages"], deposited(values), frame, where="auxiliaire")
    told = found.select("unit", pl.col("value").alias("menages"), pl.col("class").alias(class_column("menages")))
    return replace(plain, told=told)


def test_a_number_is_imputed_by_its_ratio_to_what_a_source_says():
    given = asked([2.0, 4.0, 6.0, None], [10.0, 20.0, 30.0, 40.0], {"method": "ratio", "auxiliaries": ["menages"]})
    assert fill(given, NOBODY).table["etp"].to_list() == [2.0, 4.0, 6.0, 8.0]


def test_the_nearest_commune_is_that_of_the_source_not_of_the_population():
    given = asked([2.0, 4.0, 60.0, None], [10.0, 20.0, 300.0, 290.0], {"method": "nearest", "auxiliaries": ["menages"]})
    assert fill(given, NOBODY).table["etp"].to_list() == [2.0, 4.0, 60.0, 60.0]


def test_without_a_value_in_the_source_the_number_stays_missing_and_the_summary_says_so():
    given = asked([2.0, 4.0, 6.0, None], [10.0, 20.0, 30.0, None], {"method": "ratio", "auxiliaries": ["menages"]})
    done = fill(given, NOBODY)
    assert done.table["etp"].to_list() == [2.0, 4.0, 6.0, None]
    assert done.summary.row(0, named=True)["left"] == 1


def test_a_class_of_the_source_is_a_class_of_donors():
    rows = [2.0, 2.0, 60.0, 60.0, None, None]
    given = asked(rows, [10.0, 20.0, 300.0, 400.0, 30.0, 500.0], {"method": "hot_deck", "classes": ["menages"]})
    assert fill(given, NOBODY).table["etp"].to_list() == [2.0, 2.0, 60.0, 60.0, 2.0, 60.0]
    assert np.isnan(given.numbers(("etp",), given.table)[-1, 0])
