"""One rule language in three places: the server, the page and whole tables always agree."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maille.specs import parse_rule
from maille.specs.rule import Constant, Operation, Rule, Variable
from maille.specs.rule_check import check_rule
from maille.specs.rule_columns import RuleColumns
from spec import rule_cases as cases
from spec.answer_table import table

QUESTIONNAIRE = cases.questionnaire()
COLUMNS = RuleColumns(QUESTIONNAIRE)
PROPERTY = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def in_table(rule, rows):
    return table(QUESTIONNAIRE, rows).with_columns(COLUMNS.expression(rule).alias("verdict"))["verdict"].to_list()


@PROPERTY
@given(st.one_of(cases.conditions(depth) for depth in (1, 2, 3)), st.lists(cases.rows, min_size=1, max_size=5))
def test_a_rule_means_the_same_on_the_server_in_the_page_and_over_a_table(page_rules, tree, rows):
    rule = Rule("", tree)
    expected = [rule.evaluate(row) for row in rows]
    assert in_table(rule, rows) == expected
    assert page_rules("evaluate", tree=rule.as_json(), rows=rows) == expected
