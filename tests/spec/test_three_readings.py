"""One rule language in three places: the server, the page and whole tables always agree."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from answer_rows import answer_rows
from maille.specs import AnswerInvalid, applicable, check_section, fill_text, load_questionnaire, parse_rule, read_value
from maille.specs.page import page_questionnaire
from maille.specs.path_columns import find_columns, path_columns
from maille.specs.rule import Rule
from maille.specs.rule_columns import RuleColumns
from spec import rule_cases as cases
from spec.test_rules import CASES
from spec.text_table import value, values

QUESTIONNAIRE = cases.questionnaire()
COLUMNS = RuleColumns(QUESTIONNAIRE)
FOLDER = Path(__file__).parents[2] / "specs/questionnaires"
SURVEYS = {name: load_questionnaire(FOLDER / f"asco-2025-{name}.md") for name in ("communes", "epci")}
PROPERTY = settings(
    max_examples=150,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""Shrinking a rule takes minutes: the case is printed as it was drawn."""


def in_table(rule, rows):
    return answer_rows(QUESTIONNAIRE, rows).with_columns(COLUMNS.expression(rule).alias("verdict"))["verdict"].to_list()


@PROPERTY
@given(st.one_of(cases.conditions(depth) for depth in (1, 2, 3)), st.lists(cases.rows, min_size=1, max_size=5))
def test_a_rule_means_the_same_on_the_server_in_the_page_and_over_a_table(page_rules, tree, rows):
    rule = Rule("", tree)
    expected = [rule.evaluate(row) for row in rows]
    assert in_table(rule, rows) == expected
    assert page_rules("evaluate", tree=rule.as_json(), rows=rows) == expected


def test_the_page_gives_what_the_reference_says(page_rules):
    for case in CASES:
        tree, answers = parse_rule(case["Règle"].strip("`")).as_json(), values(case["Réponses"])
        assert page_rules("evaluate", tree=tree, rows=[answers]) == [value(case["Résultat"])], case


@pytest.mark.parametrize("universe", ["communes", "epci"])
@settings(PROPERTY, max_examples=10)
@given(data=st.data())
def test_the_questionnaires_of_the_survey_are_checked_the_same_in_the_three_places(page_rules, universe, data):
    questionnaire = SURVEYS[universe]
    asked = {question.name: st.none() | cases.answers(question) for question in questionnaire.variables()}
    context = {"population": st.integers(0, 10**6), "name": cases.texts}
    agree(
        page_rules, questionnaire, data.draw(st.lists(st.fixed_dictionaries(asked | context), min_size=1, max_size=3))
    )


def findings(questionnaire, row):
    context = {name: row.get(name) for name in ("population", "name")}
    answers = {name: given for name, given in row.items() if name not in context}
    return [
        finding.model_dump()
        for section in questionnaire.sections
        for finding in check_section(questionnaire, section.id, answers, context=context)
    ]


def findings_in_table(questionnaire, rows):
    order = [question.name for question in questionnaire.variables()]
    found = [[] for _ in rows]
    for place, finding in find_columns(questionnaire, answer_rows(questionnaire, rows)):
        found[place].append(finding.model_dump())
    return [sorted(one, key=lambda finding: order.index(finding["question"])) for one in found]


def as_typed(questionnaire, row):
    context = {name: row.get(name) for name in ("population", "name")}
    read = {
        question.name: {"value": given, "state": "unknown" if given is None else "answered"}
        for question in questionnaire.variables()
        for given in [row.get(question.name)]
    }
    return {"context": context, "others": {}, "read": read}


def findings_in_page(page_rules, questionnaire, rows):
    asked = [as_typed(questionnaire, row) for row in rows]
    tree = page_questionnaire(questionnaire)
    by_section = [
        page_rules("check", questionnaire=tree, section=section.id, rows=asked) for section in questionnaire.sections
    ]
    return [[finding for section in by_section for finding in section[place]] for place in range(len(rows))]


def agree(page_rules, questionnaire, rows):
    expected = [applicable(questionnaire, row) for row in rows]
    path = path_columns(questionnaire, answer_rows(questionnaire, rows)).asked
    assert [{name for name, on in row.items() if on} for row in path.iter_rows(named=True)] == expected
    tree = page_questionnaire(questionnaire)
    assert [set(names) for names in page_rules("applicable", questionnaire=tree, rows=rows)] == expected
    found = [findings(questionnaire, row) for row in rows]
    assert findings_in_table(questionnaire, rows) == found
    assert findings_in_page(page_rules, questionnaire, rows) == found


@st.composite
def questionnaires(draw):
    """Draw a questionnaire where each question hangs on those before it, each with two checks that quote values."""
    questions, names = [], []
    for name in draw(st.permutations(list(cases.KINDS))):
        readable = draw(st.booleans()) and names
        questions.append(
            cases.question(
                name,
                required=draw(st.booleans()),
                unknown_code=draw(st.sampled_from([None, "inconnu"])) if name in ("n", "x") else None,
                relevant=draw(cases.reading(names)) if readable else None,
                constraint=draw(st.none() | cases.rules),
                constraint_message="Entre ${n} et ${x} : ${t} ${many} ${population}",
                soft_check=draw(st.none() | cases.rules),
                soft_message="Vraiment ${one} ?",
                severity=draw(st.sampled_from(["warn", "info"])),
            )
        )
        names.append(name)
    return cases.questionnaire(*questions, relevant=draw(st.none() | cases.reading([])))


@PROPERTY
@given(questionnaires(), st.lists(cases.rows, min_size=1, max_size=4))
def test_the_path_and_the_findings_are_the_same_in_the_three_places(page_rules, questionnaire, rows):
    agree(page_rules, questionnaire, rows)


@pytest.mark.parametrize("text", ["1 div 0 > 1", "not(1 div 0 > 1)", "1 div 0 > 1 and ${n} > 2"])
def test_a_check_that_nobody_can_judge_complains_of_nobody(page_rules, text):
    asked = cases.question("n", constraint=parse_rule(text), constraint_message="Non")
    agree(page_rules, cases.questionnaire(asked), [{"n": 1}, {"n": None}])


def as_read(question, posted, unknown):
    try:
        value_read, state = read_value(question, posted, unknown)
    except AnswerInvalid as refusal:
        return None, "invalid", refusal.message
    return value_read, state.value, None


TYPED = st.text(alphabet=st.sampled_from("0123456789 ,.-−€\u00a0\u202f\u2009\x1c\x85\ufeff\u0663eE\r\n"), max_size=8)
NUMBERS = st.from_regex(r"[-−]?[0-9]{1,13}([,.][0-9]{1,20})?", fullmatch=True)


@PROPERTY
@given(
    st.sampled_from(list(cases.KINDS)),
    st.lists(TYPED | NUMBERS | cases.texts | st.sampled_from(cases.CODES), max_size=3),
    st.booleans(),
)
def test_what_is_typed_is_read_the_same_in_the_page_and_on_the_server(page_rules, name, posted, unknown):
    question = cases.question(name, unknown_code="inconnu" if name in ("n", "x") else None)
    (asked,) = page_questionnaire(cases.questionnaire(question))["sections"][0]["questions"]
    (read,) = page_rules("read", cases=[{"question": asked, "posted": posted, "unknown": unknown}])
    in_page = tuple(read["value"]) if isinstance(read["value"], list) else read["value"]
    assert (in_page, read["state"], read.get("message")) == as_read(question, posted, unknown)


@PROPERTY
@given(cases.decimals | cases.integers)
def test_a_number_is_written_the_same_in_the_page_and_on_the_server(page_rules, number):
    assert page_rules("fill", text="${x} €", rows=[{"x": number}]) == [fill_text("${x} €", {"x": number})]
