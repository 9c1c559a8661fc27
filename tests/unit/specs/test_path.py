"""Conditions are transitive, and a number must be given or declared unknown."""

import pytest

from maille.specs import State, UnknownVariable, applicable, check_section, load_questionnaire
from unit.specs.tiny import QUESTIONNAIRE

CHAIN = QUESTIONNAIRE.replace(
    "| | integer | montant | Combien ? | | ${action} = 'oui' |",
    "| | integer | montant | Combien ? | | selected(${domaines}, 'logement') |",
)


@pytest.fixture
def questionnaire(tmp_path):
    path = tmp_path / "petit.md"
    path.write_text(CHAIN, encoding="utf-8")
    return load_questionnaire(path)


def test_a_question_that_hangs_on_one_no_longer_asked_is_not_asked(questionnaire):
    answers = {"action": "oui", "domaines": ("logement",)}
    assert applicable(questionnaire, answers) == {"action", "domaines", "montant"}
    assert applicable(questionnaire, answers | {"action": "non"}) == {"action"}


def test_a_section_condition_holds_for_its_questions(tmp_path):
    path = tmp_path / "petit.md"
    opening = "| | begin_group | section_action | Action | | "
    path.write_text(QUESTIONNAIRE.replace(opening, opening + "${population} > 10 "), encoding="utf-8")
    questionnaire = load_questionnaire(path)
    assert "action" not in applicable(questionnaire, {"population": 10})
    assert "action" in applicable(questionnaire, {"population": 11})


def test_a_number_must_be_given_or_declared_unknown_when_states_are_known(questionnaire):
    answers = {"action": "oui", "domaines": ("logement",), "montant": None}
    context = {"population": 100}
    assert check_section(questionnaire, "action", answers, context=context) == []
    (finding,) = check_section(questionnaire, "action", answers, context=context, states={})
    assert (finding.question, finding.severity) == ("montant", "error")
    assert "Je ne peux pas donner ce nombre" in finding.message
    declared = {"montant": State.UNKNOWN}
    assert check_section(questionnaire, "action", answers, context=context, states=declared) == []


def test_a_constraint_that_cannot_be_decided_says_nothing(questionnaire):
    answers = {"action": "oui", "domaines": ("logement",), "montant": 5}
    assert check_section(questionnaire, "action", answers, context={"population": None}) == []
    (finding,) = check_section(questionnaire, "action", answers, context={"population": 5})
    assert finding.message == "Trop."


def test_an_unknown_section_or_variable_is_our_mistake(questionnaire):
    with pytest.raises(UnknownVariable, match="section « ailleurs »"):
        check_section(questionnaire, "ailleurs", {}, context={})
    with pytest.raises(UnknownVariable, match="variable « ailleurs »"):
        questionnaire.question("ailleurs")


def test_the_version_changes_with_what_is_asked(questionnaire, tmp_path):
    other = tmp_path / "autre.md"
    other.write_text(CHAIN.replace("Oui", "Bien sûr"), encoding="utf-8")
    assert len(questionnaire.version) == 12
    assert load_questionnaire(other).version != questionnaire.version


def test_questions_are_numbered_by_section(questionnaire):
    assert [question.number for question in questionnaire.variables()] == ["A1", "A2", "A3"]
