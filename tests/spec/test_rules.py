"""The rule language does what its reference page says, row by row."""

from pathlib import Path

import pytest

from maille.specs import OPERATORS, parse_rule
from spec.text_table import rows, section, value, values

PAGE = (Path(__file__).parents[2] / "docs/reference/questionnaires.md").read_text(encoding="utf-8")
CASES = rows(section(PAGE, "### Ce que donne une règle"))
EXAMPLES = rows(section(PAGE, "## Les règles"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['Règle']} avec {case['Réponses']}")
def test_a_rule_gives_what_the_reference_says(case):
    result = parse_rule(case["Règle"].strip("`")).evaluate(values(case["Réponses"]))
    assert result == value(case["Résultat"])
    assert isinstance(result, bool) == isinstance(value(case["Résultat"]), bool)


def test_every_operator_is_in_the_reference_and_has_a_case():
    assert {row["Écriture"].strip("`") for row in EXAMPLES} == set(OPERATORS)
    written = " ".join(case["Règle"] for case in CASES)
    assert [name for name in OPERATORS if name not in written] == []


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: row["Écriture"])
def test_every_example_of_the_reference_can_be_read(row):
    assert parse_rule(row["Exemple"].strip("`")).variables()


def test_the_meanings_of_the_code_and_of_the_reference_are_the_same_for_comparisons():
    described = {row["Écriture"].strip("`"): row["Sens"] for row in EXAMPLES}
    assert {name: OPERATORS[name].meaning for name in ("=", "<", "div", "selected")} == {
        name: described[name] for name in ("=", "<", "div", "selected")
    }
