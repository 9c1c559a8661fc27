"""A questionnaire as the script of its pages needs it: kinds, choices, rules and messages, none of the wordings."""

from collections.abc import Callable
from typing import Any

from maille.specs.path import missing_message, soft_severity
from maille.specs.questionnaire import Question, Questionnaire
from maille.specs.rule import Rule


def page_questionnaire(questionnaire: Questionnaire, typeset: Callable[[str], str] = str) -> dict[str, Any]:
    """Return what ``rules.js``, ``answer.js`` and ``checks.js`` read; ``typeset`` is applied to every message."""
    return {
        "version": questionnaire.version,
        "sections": [
            {
                "id": section.id,
                "relevant": _tree(section.relevant),
                "questions": [_question(question, typeset) for question in section.questions],
            }
            for section in questionnaire.sections
        ],
    }


def _question(question: Question, typeset: Callable[[str], str]) -> dict[str, Any]:
    return {
        "name": question.name,
        "number": question.number,
        "kind": question.kind,
        "required": question.required,
        "unknown": question.unknown,
        "choices": [
            {"code": choice.code, "label": typeset(choice.label), "exclusive": choice.exclusive}
            for choice in question.choices
        ],
        "relevant": _tree(question.relevant),
        "constraint": _tree(question.constraint),
        "constraint_message": typeset(question.constraint_message or ""),
        "soft_check": _tree(question.soft_check),
        "soft_message": typeset(question.soft_message or ""),
        "soft_severity": soft_severity(question),
        "missing": typeset(missing_message(question)),
    }


def _tree(rule: Rule | None) -> dict[str, Any] | None:
    return None if rule is None else rule.as_json()
