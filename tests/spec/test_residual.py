"""What a guest's page receives of the conditions that other sections decide: the same questions, no answer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from maille.specs import applicable, parse_rule
from maille.specs.page import page_questionnaire
from maille.specs.residual import residual_conditions
from maille.specs.rule import Constant, walk
from spec import rule_cases as cases
from spec.test_three_readings import PROPERTY, SURVEYS, questionnaires

CONTEXT = {"population": 100, "name": "Tarare"}


def visible(questionnaire, hidden):
    return [question.name for question in questionnaire.variables() if question.name not in hidden]


def left_of(questionnaire, row, hidden):
    return residual_conditions(questionnaire, visible(questionnaire, hidden), values=row, hidden=hidden)


def in_page(page_rules, questionnaire, row, *, left, hidden):
    """Return the visible questions that a page asks which received only what is left and the visible answers."""
    rows = [{name: value for name, value in row.items() if name not in hidden}]
    trees = {name: rule.as_json() for name, rule in left.items()}
    (asked,) = page_rules("applicable", questionnaire=page_questionnaire(questionnaire), rows=rows, left=trees)
    return set(asked) - hidden


def constants(rules):
    return {repr(part.value) for rule in rules for part in walk(rule.tree) if isinstance(part, Constant)}


@PROPERTY
@given(questionnaires(), cases.rows, st.sets(st.sampled_from(list(cases.KINDS)), min_size=1, max_size=5))
def test_the_same_questions_are_asked_and_nothing_of_the_hidden_answers_is_told(page_rules, questionnaire, row, hidden):
    left = left_of(questionnaire, row, hidden)
    assert in_page(page_rules, questionnaire, row, left=left, hidden=hidden) == applicable(questionnaire, row) - hidden
    written = [rule for rules in questionnaire.conditions.values() for rule in rules]
    assert constants(left.values()) <= constants(written) | {"True", "False", "None"}
    assert not {name for rule in left.values() for name in rule.variables()} & hidden


@settings(PROPERTY, max_examples=12)
@given(data=st.data())
def test_the_real_questionnaires_follow_what_a_guest_types_without_asking_the_server(page_rules, data):
    questionnaire = data.draw(st.sampled_from(list(SURVEYS.values())))
    section = data.draw(st.sampled_from(questionnaire.sections))
    own = {question.name for question in section.questions}
    hidden = {question.name for question in questionnaire.variables()} - own
    kinds = {question.name: st.none() | cases.answers(question) for question in questionnaire.variables()}
    before = data.draw(st.fixed_dictionaries(kinds)) | CONTEXT
    left = left_of(questionnaire, before, hidden)
    typed = data.draw(st.fixed_dictionaries({name: kinds[name] for name in own}))
    after = before | typed
    assert in_page(page_rules, questionnaire, after, left=left, hidden=hidden) == applicable(questionnaire, after) & own


def chain(**relevant):
    asked = [
        cases.question(name, relevant=parse_rule(relevant[name]) if name in relevant else None)
        for name in ("one", "many", "n", "x")
    ]
    return cases.questionnaire(*asked)


def texts_of(questionnaire, row, hidden):
    return {name: rule.as_json() for name, rule in left_of(questionnaire, row, hidden).items()}


def test_a_condition_decided_elsewhere_becomes_a_truth():
    asked = chain(n="selected(${many}, 'logement') and ${one} = 'aucun'")
    row = {"many": ("logement",), "one": "aucun"}
    assert texts_of(asked, row, {"many", "one"}) == {"n": {"value": True}}
    (left,) = left_of(asked, row, {"many"}).values()
    assert left.variables() == {"one"}
    assert texts_of(asked, {"many": ()}, {"many"}) == {"n": {"value": False}}


def test_a_hidden_answer_counts_only_while_the_page_asks_for_it(page_rules):
    asked = chain(many="${one} = 'aucun'", n="selected(${many}, 'logement')")
    row = {"many": ("logement",), "one": "aucun"}
    left = left_of(asked, row, {"many"})
    for typed, expected in (("aucun", {"one", "n", "x"}), ("logement", {"one", "x"})):
        assert in_page(page_rules, asked, row | {"one": typed}, left=left, hidden={"many"}) == expected


def test_a_number_of_another_section_compared_with_one_of_the_page_stays_on_the_server():
    asked = chain(one="${n} > ${x}")
    assert texts_of(asked, {"n": 918273645, "x": 1.0}, {"n"}) == {"one": {"value": True}}
    assert texts_of(asked, {"n": 918273645, "x": 1e12}, {"n"}) == {"one": {"value": False}}
