"""The receipt of a questionnaire that was sent: when, which version, which print, and every answer in words."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from maille.forms.typesetting import page, typeset
from maille.specs import UNKNOWN_LABEL, Question, Questionnaire, Value, decode_value
from maille.specs.typography import NARROW, NO_BREAK, french, number

SILENT = {
    "unknown": UNKNOWN_LABEL,
    "empty": "Sans réponse",
    "not_applicable": "Question non posée, d’après vos autres réponses",
    "previous": "Valeur proposée, ni confirmée ni changée : ce n’est pas une réponse",
}
"""What is written for an answer that has no value, by its state."""

_LONG = re.compile(r"(\S{30})(?=\S)")
_BREAK = "\u200b"


@dataclass(frozen=True)
class Given:
    """An answer as it is kept: its state, its text, and why an unlikely value was kept, in words."""

    state: str
    value: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Receipt:
    """What was sent; ``sent_at`` is already in words, ``number`` is 1 for the first sending."""

    authority: str
    code: str
    edition: str
    sent_at: str
    author: str
    number: int
    version: str
    fingerprint: str
    simulated: bool
    reopened: str = ""


def receipt_pdf(questionnaire: Questionnaire, receipt: Receipt, answers: Mapping[str, Given]) -> bytes:
    """Return the receipt as a tagged PDF; a question without an answer in ``answers`` is said to have none."""
    about: dict[str, Any] = {
        name: french(value) if isinstance(value, str) and name != "fingerprint" else value
        for name, value in asdict(receipt).items()
    }
    about |= {"title": french(questionnaire.title), "notice": french(questionnaire.notice or "")}
    about["answered"] = sum(given.state in ("answered", "unknown") for given in answers.values())
    parts = [
        {
            "title": french(f"{section.letter}. {section.title}"),
            "rows": list(_rows(questionnaire, section.id, answers)),
        }
        for section in questionnaire.sections
    ]
    return typeset(page("receipt"), inputs={"about": about, "parts": parts})


def _rows(questionnaire: Questionnaire, section_id: str, answers: Mapping[str, Given]) -> Iterator[dict[str, Any]]:
    section = questionnaire.section(section_id)
    for question in section.questions:
        given = answers.get(question.name, Given("empty"))
        yield {
            "number": question.number,
            "label": french(section.wording(question)),
            "answer": _LONG.sub(rf"\1{_BREAK}", answer_in_words(question, given)),
            "given": given.state not in SILENT,
            "reason": _LONG.sub(rf"\1{_BREAK}", given.reason),
        }


def answer_in_words(question: Question, given: Given) -> str:
    """Return an answer for reading; zero, empty, unknown and not asked are four different things."""
    if given.state in SILENT:
        return SILENT[given.state]
    if given.state == "invalid":
        return f"{given.value} (à corriger)"
    try:
        return value_in_words(question, decode_value(question, given.value))
    except (ValueError, StopIteration):  # given to another version of the question
        return given.value


def value_in_words(question: Question, value: Value) -> str:
    """Return a value for reading: labels of the choices, numbers as in French, with their unit."""
    if value is None:
        return SILENT["empty"]
    if isinstance(value, tuple):
        return " · ".join(french(question.label_of(code)) for code in value)
    if question.kind == "select_one":
        return french(question.label_of(str(value)))
    if question.kind not in ("integer", "decimal") or isinstance(value, str):
        return str(value)
    decimals = len(f"{value:.10f}".rstrip("0").partition(".")[2])
    space = NARROW if question.unit == "€" else NO_BREAK
    return number(value, decimals) + (f"{space}{question.unit}" if question.unit else "")
