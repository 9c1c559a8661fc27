"""Missing numbers imputed where they were asked, flagged, and never where they were not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from answer_rows import answer_rows
from maille.analyse.imputed import imputation_links
from maille.process import steps
from maille.process.impute_numbers import Filled, fill
from maille.process.impute_outliers import find_outliers
from maille.process.impute_tables import OUTLIERS, Asked
from maille.specs import load_bands, load_questionnaire
from maille.specs.editing import Imputation, OutlierTest, UniverseEditing
from maille.stats.arrays import ArrayInvalid

SPECS = Path(__file__).parents[3] / "specs"
QUESTIONNAIRE = load_questionnaire(SPECS / "questionnaires" / "asco-2025-communes.md")
BANDS = load_bands(SPECS / "bands.yaml")["general"]
NOBODY = pl.DataFrame(schema={variable.name: pl.String for variable in OUTLIERS})
ETP = {"questions": ["etp"], "method": "nearest", "auxiliaries": ["population"], "minimum": 2}


def asked(rows: list[dict[str, object]], *items: dict[str, object], tests: tuple[OutlierTest, ...] = ()) -> Asked:
    """Communes with a social action, of these answers, to impute with these items."""
    table = answer_rows(QUESTIONNAIRE, [{"action": "oui", "population": 1000, **row} for row in rows])
    units = table.select("unit", "population", "name").with_columns(
        region=pl.lit("84"), weight=pl.Series([float(row.get("weight", 2.0)) for row in rows])
    )
    plan = UniverseEditing(
        size_bands=BANDS, imputations=tuple(Imputation.model_validate(item) for item in items), outliers=tests
    )
    return Asked("communes", QUESTIONNAIRE, table.drop("population", "name"), units, plan, seed=1)


def states(done: Filled) -> list[tuple[object, ...]]:
    return done.values.select("unit", "variable", "used", "state", "method").rows()


def test_zero_unknown_and_not_asked_are_told_apart_and_only_the_unknown_is_imputed():
    given = asked(
        [
            {"etp": 0.0, "population": 900},
            {"etp": 3.5, "population": 2000},
            {"etp": None, "population": 910},
            {"action": "non", "etp": None, "population": 910},
        ],
        ETP,
    )
    done = fill(given, NOBODY)
    assert done.table["etp"].to_list() == [0.0, 3.5, 0.0, None]
    assert states(done) == [("2", "etp", "0.0", "imputed", "nearest")]


def test_what_was_collected_is_never_changed():
    rows = [{"etp": float(n), "population": 1000 + n} for n in range(20)] + [{"etp": None}]
    given = asked(rows, ETP)
    done = fill(given, NOBODY)
    assert done.table.head(20).equals(given.table.head(20))


def test_other_answers_say_what_a_missing_one_must_be():
    given = asked(
        [{"menages_aides": 0, "montant_aides": None}, {"menages_aides": 7, "montant_aides": None}],
        {"questions": ["montant_aides"], "method": "deductive", "when": "${menages_aides} = 0", "value": "0"},
    )
    done = fill(given, NOBODY)
    assert done.table["montant_aides"].to_list() == [0, None]
    assert states(done) == [
        ("0", "montant_aides", "0", "imputed", "deductive"),
        ("1", "montant_aides", None, "missing", None),
    ]
    assert done.links.is_empty()


def test_without_a_donor_the_number_stays_missing_and_the_summary_says_so():
    done = fill(asked([{"etp": None}, {"etp": 2.0}], {**ETP, "minimum": 5}), NOBODY)
    assert done.table["etp"].to_list() == [None, 2.0]
    row = done.summary.row(0, named=True)
    assert (row["missing"], row["imputed"], row["donors"], row["left"]) == (1, 0, 1, 1)


def test_a_number_imputed_first_is_an_auxiliary_of_the_next_and_opens_its_questions():
    """The spending of the last is imputed; its staff costs, asked above 5 000 €, follow from it."""
    rows: list[dict[str, object]] = [
        {"population": 1000 + n, "depenses": 10_000 + n, "depenses_personnel": 4_000} for n in range(6)
    ]
    given = asked(
        [*rows, {"population": 1003, "depenses": None, "depenses_personnel": None}],
        {"questions": ["depenses"], "method": "nearest", "auxiliaries": ["population"]},
        {"questions": ["depenses_personnel"], "method": "ratio", "auxiliaries": ["depenses"]},
    )
    done = fill(given, NOBODY)
    assert done.table["depenses"][6] == 10_003
    assert done.table["depenses_personnel"][6] == 4_000


def test_an_outlier_lends_nothing():
    given = asked(
        [{"etp": 500.0}, {"etp": 1.0, "population": 900}, {"etp": 2.0, "population": 900}, {"etp": None}], ETP
    )
    suspect = NOBODY.clear().vstack(
        pl.DataFrame([{name: "0" if name == "unit" else "etp" for name in NOBODY.columns}], schema=NOBODY.schema)
    )
    assert fill(given, NOBODY).table["etp"][3] == 500.0
    assert fill(given, suspect).table["etp"][3] in (1.0, 2.0)


def test_an_auxiliary_that_is_the_same_everywhere_is_an_error_that_names_the_question():
    with pytest.raises(ArrayInvalid, match="imputation de etp"):
        fill(asked([{"etp": 1.0}, {"etp": 2.0}, {"etp": None}], ETP), NOBODY)


def test_the_draw_is_that_of_the_seed():
    rows = [{"benevoles": n} for n in range(40)] + [{"benevoles": None}] * 20
    deck = {"questions": ["benevoles"], "method": "hot_deck", "limit": 1}
    first, second = (fill(asked(rows, deck), NOBODY).table["benevoles"].to_list() for _ in range(2))
    other = fill(replace(asked(rows, deck), seed=2), NOBODY).table["benevoles"].to_list()
    assert first == second
    assert first != other
    assert len(set(first[40:])) == 20


def test_a_rate_is_given_with_and_without_weights_by_class_and_in_all():
    rows = [{"etp": 1.0, "weight": 1.0}] * 3 + [{"etp": None, "weight": 9.0, "population": 20_000}]
    done = fill(asked(rows, {**ETP, "classes": ["size_band"]}), NOBODY)
    rates = {row["class"]: (row["rate"], row["rate_weighted"]) for row in done.summary.iter_rows(named=True)}
    assert rates == {"ensemble": (0.25, 0.75), "500_1499": (0.0, 0.0), "10000_plus": (1.0, 1.0)}


@pytest.mark.parametrize("method", ["nearest", "ratio", "hot_deck"])
def test_the_links_give_back_what_was_imputed(method: str):
    rng = np.random.default_rng(5)
    rows: list[dict[str, object]] = [
        {"depenses": int(value), "population": int(size)}
        for value, size in zip(rng.lognormal(9, 1, 60), rng.integers(100, 900, 60), strict=True)
    ]
    rows += [{"depenses": None, "population": int(size)} for size in rng.integers(100, 900, 20)]
    auxiliaries = [] if method == "hot_deck" else ["population"]
    done = fill(asked(rows, {"questions": ["depenses"], "method": method, "auxiliaries": auxiliaries}), NOBODY)
    links = imputation_links(done.links, done.table["unit"])["depenses"]
    values = done.table["depenses"].to_numpy().astype(float)
    for row, pool, factor in zip(links.recipients, links.pools, links.factors, strict=True):
        mine = links.donor_pools == pool
        assert abs(factor * (links.shares[mine] @ values[links.donors[mine]]) - values[row]) <= 0.5


def test_numbers_far_from_those_of_like_communes_are_listed_with_their_ratio():
    rows = [{"etp": float(n % 3 + 1), "population": 1000 + 10 * n} for n in range(40)] + [{"etp": 200.0}]
    test = OutlierTest(questions=("etp",), against="population", c=10)
    found = find_outliers(asked(rows, tests=(test,)))
    assert found.select("unit", "variable", "against", "ratio").rows() == [("40", "etp", "population", 0.2)]


def test_a_number_is_compared_with_the_edition_before_written_in_french():
    rows = [{"etp": 2.0 + n / 100} for n in range(30)] + [{"etp": 90.0}]
    told = ["environ", *["2,1"] * 30]  # the first could be written then; the question refuses it today
    before = pl.DataFrame(
        {"unit": [str(n) for n in range(31)], "variable": "etp", "value": told, "survey": "asco-2015"}
    )
    given = asked(rows, tests=(OutlierTest(questions=("etp",), against="previous", c=10),))
    assert find_outliers(replace(given, previous=before))["unit"].to_list() == ["30"]
    assert find_outliers(given).is_empty()


def test_the_edition_before_is_compared_with_wherever_its_answers_are():
    """Answers that were collected here serve as those that an operator imported."""
    impute = next(step for step in steps("asco-2025", SPECS) if step.name == "process.impute")
    assert {"collected/asco-2015/answers", "collected/asco-2015/previous"} <= set(impute.optional)
