"""The editing queue: what an answer would move, which answers are doubted, who comes first."""

from pathlib import Path

import polars as pl
import pytest

from answer_rows import answer_rows
from maille.process.impute_tables import Asked
from maille.process.queue import SCHEMA, _ranked
from maille.process.queue_effects import Counted, effects
from maille.process.queue_findings import expected_values, findings
from maille.specs import load_bands, load_indicators, load_questionnaire
from maille.specs.editing import UniverseEditing

SPECS = Path(__file__).parents[3] / "specs"
QUESTIONNAIRE = load_questionnaire(SPECS / "questionnaires" / "asco-2025-communes.md")
INDICATORS = load_indicators(SPECS / "indicators")
BANDS = load_bands(SPECS / "bands.yaml")["general"]
NOBODY = {"universe": pl.String, "unit": pl.String, "variable": pl.String}
APART = {"kind": pl.String, "other": pl.String, "other_variable": pl.String, "value": pl.String}
APART |= {"other_value": pl.String, "rule": pl.String, "resolved": pl.Boolean, **NOBODY}
FAR = {**NOBODY, "against": pl.String, "effect": pl.Float64, "high": pl.Float64}
CHECKS = dict.fromkeys(("unit", "universe", "question", "severity", "message", "rule"), pl.String)


def figure(indicator, kind="share", **more):
    known = {"table": "t", "indicator": indicator, "kind": kind, "unit": "%", "measure": "communes", "lower": 0}
    known |= {"domain_type": "total", "domain": "ensemble", "upper": None, "region": None, "departement": None}
    return {**known, "estimate": 50.0, "standard_error": 2.0, **more}


def counted(answers, figures):
    table = answer_rows(QUESTIONNAIRE, answers)
    units = table.select("unit", "population", "name").with_columns(
        weight=10.0, region=pl.lit("84"), departement=pl.lit("69")
    )
    strings = dict.fromkeys(("region", "departement"), pl.String)
    estimates = pl.DataFrame(figures, schema_overrides={"upper": pl.Int64, **strings}, infer_schema_length=None)
    wanted = {row["indicator"]: INDICATORS[row["indicator"]] for row in figures}
    return Counted(QUESTIONNAIRE, table.drop("population", "name"), units, wanted, estimates)


def changes(*rows):
    return pl.DataFrame(rows, schema=["unit", "variable", "after"], orient="row").with_row_index("key")


def test_a_share_moves_by_the_weight_of_the_authority():
    """Ten communes of weight 10, five act: one more is 60 % instead of 50 %, five standard errors of two points."""
    answers = [{"action": "oui" if n < 5 else "non", "population": 900} for n in range(10)]
    whole = counted(answers, [figure("action", total=50.0, whole=100.0)])
    row = effects(whole, changes(("7", "action", "oui"))).row(0, named=True)
    assert (row["effect"], row["score"], row["figure_unit"]) == (pytest.approx(10.0), pytest.approx(5.0), "%")


def test_a_share_of_the_population_moves_by_the_inhabitants():
    answers = [{"action": "oui", "population": 100}, {"action": "non", "population": 300}]
    whole = counted(answers, [figure("action", measure="population", total=1000.0, whole=4000.0)])
    assert effects(whole, changes(("1", "action", "oui")))["effect"][0] == pytest.approx(75.0)


def test_a_total_moves_by_the_weighted_difference_and_a_mistake_of_a_thousand_is_seen():
    item = INDICATORS["depenses_total"]
    answers = [{"action": "oui", "depenses": 61_000_000, "population": 900}]
    whole = counted(answers, [figure("depenses_total", kind="total", unit=item.unit, total=610.0, whole=10.0)])
    row = effects(whole, changes(("0", "depenses", "61000"))).row(0, named=True)
    assert row["effect"] == pytest.approx(-609.39)


@pytest.mark.parametrize(
    ("domain", "moves"),
    [
        ({"domain_type": "size_band", "lower": 500, "upper": 1500}, True),
        ({"domain_type": "size_band", "lower": 1500, "upper": None}, False),
        ({"domain_type": "region", "region": "84"}, True),
        ({"domain_type": "region", "region": "11"}, False),
        ({"domain_type": "departement", "departement": "69"}, True),
        ({"domain_type": "departement", "departement": "01"}, False),
        ({"standard_error": 0.0}, False),
        ({"estimate": None}, False),
        ({"kind": "median"}, False),
    ],
)
def test_an_answer_moves_only_published_figures_of_its_own_domains(domain, moves):
    whole = counted([{"action": "non", "population": 900}], [figure("action", total=0.0, whole=10.0, **domain)])
    assert (effects(whole, changes(("0", "action", "oui"))).height == 1) is moves


def test_what_changes_nothing_has_no_effect():
    whole = counted([{"action": "oui", "population": 900}], [figure("action", total=10.0, whole=10.0)])
    assert effects(whole, changes(("0", "action", "oui"), ("0", "remarques", "rien"))).is_empty()


def found(checks=(), outliers=(), decided=()):
    return findings(
        "communes",
        checks=pl.DataFrame(checks, schema=CHECKS, orient="row"),
        outliers=pl.DataFrame(outliers, schema=FAR, orient="row"),
        contradictions=pl.DataFrame(schema=APART),
        decided=pl.DataFrame(decided, schema=NOBODY, orient="row"),
    )


def test_several_doubts_on_one_answer_are_one_line_the_most_serious_first():
    doubts = found(
        checks=[
            ("0", "communes", "etp", "warning", "Est-ce exact ?", ". < 100"),
            ("0", "communes", "depenses", "warning", "A triplé.", "écart avec asco-2015:depenses"),
            ("1", "epci", "etp", "warning", "Ailleurs.", ". < 100"),
        ],
        outliers=[("communes", "0", "etp", "population", 900.0, 12.0)],
        decided=[("communes", "0", "depenses"), ("communes", "0", "ccas")],
    )
    assert doubts.select("variable", "kind").rows() == [
        ("ccas", "decided"),
        ("depenses", "previous"),
        ("etp", "outlier"),
    ]
    assert "Est-ce exact" in doubts["message"][2]
    assert "bien au-dessus" in doubts["message"][2]


def test_what_is_expected_comes_from_the_edition_before_else_from_the_size():
    rows = [{"action": "oui", "depenses": 20 * 900, "population": 900} for _ in range(6)]
    table = answer_rows(QUESTIONNAIRE, [*rows, {"action": "oui", "depenses": 9_000_000, "population": 450}])
    former = {"unit": ["0"], "variable": ["depenses"], "value": ["17000"], "survey": ["asco-2015"]}
    units = table.select("unit", "population", "name")
    plan = UniverseEditing(size_bands=BANDS)
    answers = table.drop("population", "name")
    asked = Asked("communes", QUESTIONNAIRE, answers, units, plan, seed=1, previous=pl.DataFrame(former))
    wanted = pl.DataFrame({"unit": ["0", "6"], "variable": ["depenses", "depenses"]})
    told = expected_values(asked, wanted, pl.DataFrame(schema=APART)).sort("unit")
    assert told.rows() == [("0", "depenses", "17000", "previous"), ("6", "depenses", "9000", "size")]


def test_the_first_authorities_cover_most_of_the_correction_and_what_is_decided_comes_last():
    rows = [("a", 1.0, "open"), ("b", 6.0, "open"), ("b", 2.0, "open"), ("c", 900.0, "edited"), ("d", None, "open")]
    table = pl.DataFrame(
        [{"unit": unit, "universe": "communes", "score": score, "state": state} for unit, score, state in rows]
    )
    empty = {name: kind for name, kind in SCHEMA.items() if name not in table.columns}
    whole = table.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in empty.items())
    ranked = _ranked(whole)
    assert ranked["unit"].to_list() == ["b", "b", "a", "c", "d"]
    assert ranked["rank"].to_list() == [1, 2, 3, 4, 5]
    assert ranked["covered"].to_list()[:3] == pytest.approx([6 / 7, 6 / 7, 1.0])
