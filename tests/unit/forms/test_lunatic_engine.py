"""Lunatic itself has run our JSON: it asks what our rules ask, refuses what they refuse, and shows every page.

``lunatic/verdict.json`` is what the engine said (``lunatic/README.md`` tells how to ask it again).
"""

import hashlib
import json
import random
from pathlib import Path

from maille.forms.lunatic import lunatic
from maille.forms.vtl import vtl_name
from maille.specs import Question, Questionnaire, Value
from maille.specs.path import Path as Asked

VERDICT = Path(__file__).parent / "lunatic" / "verdict.json"
CASES = 120
POPULATIONS = (0, 450, 499, 1500, 10603, 200_000)
NUMBERS = {
    "integer": (0, 1, 2, 10, 99, 100, 200, 1000, 10_602, 10_603, 10_604, 10**9),
    "decimal": (0.0, 0.5, 1.0, 10.5, 11.0, 99_999.9),
    "year": (1850, 1899, 1900, 1999, 2024, 2025),
}


def a_value(question: Question, rng: random.Random) -> Value:
    if rng.random() < 0.15:
        return None
    if question.kind == "select_one":
        return rng.choice(question.codes())
    if question.kind == "select_multiple":
        return tuple(sorted(rng.sample(question.codes(), rng.randint(1, len(question.codes())))))
    return "un « texte »" if question.kind == "text" else rng.choice(NUMBERS[question.kind])


def cases(questionnaire: Questionnaire, number: int = CASES) -> list[tuple[dict, dict]]:
    """The answers of as many respondents, the same every time, with what is known of each."""
    rng = random.Random(2025)
    known = ({"population": rng.choice(POPULATIONS), "name": "Tarare"} for _ in range(number))
    context = [{name: one[name] for name in questionnaire.context} for one in known]
    return [({q.name: a_value(q, rng) for q in questionnaire.variables()}, about) for about in context]


def typed(question: Question, value: Value) -> list[tuple[str, object]]:
    """What the engine is told when a person answers."""
    if question.kind != "select_multiple":
        return [(vtl_name(question.name), value)]
    return [(vtl_name(question.name, code), None if value is None else code in value) for code in question.codes()]


def to_run(questionnaire: Questionnaire, number: int = CASES) -> list[dict]:
    return [
        {
            "external": {vtl_name(name): value for name, value in about.items()},
            "typed": {q.name: typed(q, answers[q.name]) for q in questionnaire.variables()},
        }
        for answers, about in cases(questionnaire, number)
    ]


def ours(questionnaire: Questionnaire, answers: dict, about: dict) -> dict:
    path = Asked(questionnaire, answers | about)
    asked = [question for question in questionnaire.variables() if path.on(question.name)]
    checks = [
        (f"{question.name}-{kind}", rule)
        for question in asked
        for kind, rule in (("constraint", question.constraint), ("soft", question.soft_check))
    ]
    failed = [name for name, rule in checks if rule is not None and rule.evaluate(path) is False]
    return {"asked": [question.name for question in asked], "failed": failed}


def fingerprint(questionnaire: Questionnaire) -> str:
    run = [lunatic(questionnaire), to_run(questionnaire)]
    return hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()


def test_the_engine_ran_what_we_export_today(questionnaire):
    assert json.loads(VERDICT.read_text())["run"] == fingerprint(questionnaire), "ask the engine again: README.md"


def test_the_engine_asks_and_refuses_what_we_do(questionnaire):
    verdict = json.loads(VERDICT.read_text())
    expected = [ours(questionnaire, answers, about) for answers, about in cases(questionnaire)]
    assert verdict["cases"] == expected
    assert {check.rpartition("-")[2] for case in expected for check in case["failed"]} == {"constraint", "soft"}
    assert len({tuple(case["asked"]) for case in expected}) > 10


def test_the_engine_shows_every_page_and_has_nothing_to_say(questionnaire):
    verdict = json.loads(VERDICT.read_text())
    assert verdict["blank"] == []
    assert verdict["said"] == []
