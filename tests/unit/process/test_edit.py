"""Edits are applied beside what was collected; contradictions are listed with both sides."""

from pathlib import Path

import polars as pl
import pytest

from answer_rows import answer_rows
from maille.process.contradictions import counterparts, left_territory, same_numbers, sides
from maille.process.edit import EditsUnreadable, edited, standing
from maille.process.impute import with_edits
from maille.process.impute_tables import VALUES
from maille.specs import load_questionnaire
from maille.specs.editing import load_editing
from maille.specs.previous import compared
from maille.specs.previous_columns import moved_columns

SPECS = Path(__file__).parents[3] / "specs"
QUESTIONNAIRE = load_questionnaire(SPECS / "questionnaires" / "asco-2025-communes.md")
EPCI = load_questionnaire(SPECS / "questionnaires" / "asco-2025-epci.md")
EDITING = load_editing(SPECS / "editing" / "asco-2025.yaml")
DECIDED = ("unit", "variable", "before", "after", "state", "rule", "reason", "who", "when")


def decisions(*rows: tuple[str, str, str, str, str]) -> pl.DataFrame:
    full = [(*row, "", "rappelée", "ines", "2026-01-22T13:32:00Z") for row in rows]
    return pl.DataFrame(full, schema=list(DECIDED), orient="row").with_columns(number=pl.int_range(pl.len()))


def after(table: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    held = standing(decided, table, QUESTIONNAIRE)
    return edited(table, held.filter(pl.col("state") == "edited"), QUESTIONNAIRE)


def test_a_correction_replaces_one_answer_of_one_authority_and_nothing_else():
    table = answer_rows(QUESTIONNAIRE, [{"depenses": 61_000_000, "etp": 2.5}, {"depenses": 5_000}])
    used = after(table, decisions(("0", "depenses", "61000000", "61000", "edited")))
    assert used["depenses"].to_list() == [61_000, 5_000]
    assert used.drop("depenses").equals(table.drop("depenses"))


def test_choices_are_corrected_too_and_an_answer_may_be_taken_away():
    table = answer_rows(QUESTIONNAIRE, [{"domaines": ("pauvrete",), "ccas": "oui", "etp": 900.0}])
    used = after(
        table,
        decisions(
            ("0", "domaines", "pauvrete", "pauvrete logement", "edited"),
            ("0", "ccas", "oui", "non", "edited"),
            ("0", "etp", "900.0", "", "edited"),
        ),
    )
    assert used.select("domaines__pauvrete", "domaines__logement", "domaines__jeunesse_famille").row(0) == (
        True,
        True,
        False,
    )
    assert used.select("ccas", "etp").row(0) == ("non", None)


def test_the_last_decision_holds_and_undoing_gives_the_collected_value_back():
    table = answer_rows(QUESTIONNAIRE, [{"etp": 900.0}])
    corrected, again = ("0", "etp", "900.0", "9", "edited"), ("0", "etp", "900.0", "9.5", "edited")
    assert after(table, decisions(corrected, again))["etp"].to_list() == [9.5]
    assert after(table, decisions(corrected, ("0", "etp", "900.0", "", "undone")))["etp"].to_list() == [900.0]


def test_a_decision_on_an_answer_that_was_given_again_since_no_longer_holds():
    table = answer_rows(QUESTIONNAIRE, [{"etp": 12.0}])
    decided = decisions(("0", "etp", "900.0", "9", "edited"))
    assert standing(decided, table, QUESTIONNAIRE).is_empty()
    assert after(table, decided)["etp"].to_list() == [12.0]


def test_a_value_kept_against_a_rule_is_forced_with_its_reason_and_unchanged():
    table = answer_rows(QUESTIONNAIRE, [{"etp": 900.0}])
    decided = decisions(("0", "etp", "900.0", "", "forced"))
    row = standing(decided, table, QUESTIONNAIRE).row(0, named=True)
    assert (row["collected"], row["used"], row["state"], row["reason"]) == ("900.0", "900.0", "forced", "rappelée")
    assert after(table, decided).equals(table)


def test_decisions_on_an_authority_that_withdrew_its_answers_change_nothing():
    table = answer_rows(QUESTIONNAIRE, [{"etp": 1.0}])
    assert after(table, decisions(("partie", "etp", "900.0", "9", "edited"))).equals(table)


@pytest.mark.parametrize(("variable", "value"), [("inventee", "1"), ("etp", "beaucoup"), ("ccas", "peut-être")])
def test_a_correction_that_the_questionnaire_cannot_hold_stops_the_chain_and_is_named(variable, value):
    table = answer_rows(QUESTIONNAIRE, [{"etp": 1.0}])
    with pytest.raises(EditsUnreadable, match=f"0, {variable}"):
        standing(decisions(("0", variable, "1.0", value, "edited")), table, QUESTIONNAIRE)


def test_a_value_taken_away_then_imputed_is_one_row_that_remembers_what_was_collected():
    names = [variable.name for variable in VALUES]
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    edit = {"unit": "0", "variable": "etp", "collected": "900.0", "used": "", "state": "edited", "reason": "saisie"}
    imputed = {"unit": "0", "variable": "etp", "used": "2.0", "state": "imputed"}
    both = with_edits(*(pl.concat([empty, pl.DataFrame([row])], how="diagonal") for row in (edit, imputed)))
    assert both.select("collected", "used", "state", "reason").rows() == [("900.0", "2.0", "imputed", "saisie")]


def test_a_commune_and_its_intercommunalite_that_disagree_are_listed_with_both_sides():
    communes = answer_rows(
        QUESTIONNAIRE, [{"epci_competence": code} for code in ("oui", "non", "nsp", None, "oui", "non")]
    )
    epci = answer_rows(EPCI, [{"competence": "oui"}, {"competence": "non"}])
    epci = epci.with_columns(unit=pl.Series(["A", "B"]))
    homes = ["A", "A", "A", "A", "B", "loin"]
    sample = pl.DataFrame({"unit": [str(n) for n in range(6)], "universe": "communes", "epci": homes})
    found = counterparts(
        EDITING.counterparts[0],
        {"communes": communes, "epci": epci},
        sample,
        questionnaires={"communes": QUESTIONNAIRE, "epci": EPCI},
    )
    assert found.select("unit", "value", "other", "other_value").rows() == [
        ("1", "non", "A", "oui"),
        ("4", "oui", "B", "non"),
    ]
    seen = pl.concat(sides(found.with_columns(resolved=pl.lit(False))))
    assert seen.select("unit", "variable", "other_value").rows() == [
        ("1", "epci_competence", "oui"),
        ("4", "epci_competence", "non"),
        ("A", "competence", "non"),
        ("B", "competence", "oui"),
    ]


def test_answers_whose_numbers_are_all_those_of_another_are_listed_but_not_those_that_say_little():
    given = {"depenses": 61_234, "etp": 2.5, "menages_aides": 17, "benevoles": 0}
    small = {"depenses": 500, "benevoles": 0}
    table = answer_rows(QUESTIONNAIRE, [given, small, {**given, "benevoles": 3}, small, given])
    assert same_numbers(table, QUESTIONNAIRE).select("unit", "other").rows() == [("4", "0")]


def test_a_commune_gone_since_is_listed():
    sample = pl.DataFrame({"unit": ["01001", "01003", "999"], "universe": ["communes", "communes", "epci"]})
    codes = pl.DataFrame(
        {"code": ["01001", "01003", "01003"], "commune": ["01001", "01003", "01165"], "valid_until": [None, 1973, None]}
    )
    left = left_territory(sample, codes=codes, epci=pl.DataFrame({"siren": ["200000172"]}))
    assert left.select("kind", "unit", "other").rows() == [("merged", "01003", "01165"), ("dissolved", "999", None)]


def test_numbers_that_tripled_since_the_edition_before_are_told_as_the_site_tells_them():
    rows = [{"action": "oui", "depenses": value, "population": 900} for value in (60_000, 3_000, 100, 0, None, 59_999)]
    table = answer_rows(QUESTIONNAIRE, [*rows, {"action": "non", "depenses": 60_000, "population": 900}])
    told = {"0": "20000", "1": "9 000", "2": "101", "3": "500", "4": "500", "5": "20000", "6": "20000"}
    former = pl.DataFrame(
        {"unit": list(told), "value": list(told.values()), "survey": "asco-2015", "variable": "depenses"}
    )
    question = QUESTIONNAIRE.question("depenses")
    expected = [
        (row, compared(question, value, before, years=(2015, 2025)))
        for row, value, before in ((0, 60_000, 20_000), (1, 3_000, 9_000))
    ]
    assert list(moved_columns(QUESTIONNAIRE, table, former)) == expected
    assert expected[0][1] is not None
    assert "a triplé" in expected[0][1].message


def test_what_the_edition_before_wrote_and_the_question_refuses_is_not_compared():
    table = answer_rows(QUESTIONNAIRE, [{"action": "oui", "depenses": 60_000, "population": 900}])
    former = pl.DataFrame({"unit": ["0"], "value": ["environ"], "survey": ["asco-2015"], "variable": ["depenses"]})
    assert list(moved_columns(QUESTIONNAIRE, table, former)) == []
