"""One answer: from what was typed or ticked to a value, and from a value to the text that is kept."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from maille.specs.problem import AnswerInvalid
from maille.specs.questionnaire import UNKNOWN_LABEL, Question
from maille.specs.rule import Value


class State(StrEnum):
    """What is known of an answer; zero is a value, the three other states are three kinds of absence."""

    ANSWERED = "answered"
    UNKNOWN = "unknown"
    EMPTY = "empty"
    NOT_APPLICABLE = "not_applicable"


SPACES = "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What counts as a space: the list of ECMAScript, so that the page and the server read the same thing."""

_SPACE = re.compile(f"[{SPACES}]")
_NUMBER = re.compile(r"([-−]?)([0-9]+)(?:[,.]([0-9]+))?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LIMIT = 10**12
_TEXT_LIMIT = 4000


def read_value(question: Question, posted: Sequence[str], unknown: bool = False) -> tuple[Value, State]:
    """Return the value and state of an answer as it was posted; raises AnswerInvalid with a message for the respondent.

    ``posted`` holds the texts received for the question, none when nothing was ticked; ``unknown`` tells whether
    « Je ne peux pas donner ce nombre » was ticked. Numbers are written as in French: spaces of any kind, decimal comma.
    """
    given = [text for text in (_typed(question, item) for item in posted) if text]
    if unknown and question.unknown:
        if given:
            raise _refuse(question, f"Donnez un nombre, ou cochez « {UNKNOWN_LABEL} », mais pas les deux.")
        return None, State.UNKNOWN
    if not given:
        return None, State.EMPTY
    if question.kind == "select_multiple":
        return _chosen(question, given), State.ANSWERED
    if len(given) > 1:
        raise _refuse(question, "Donnez une seule réponse.")
    return _single(question, given[0]), State.ANSWERED


def _typed(question: Question, text: str) -> str:
    """Return what was typed without the spaces around it; a text loses what neither XML nor a database can hold."""
    text = text.replace("\r\n", "\n")
    return (_CONTROL.sub("", text) if question.kind == "text" else text).strip(SPACES)


def _single(question: Question, text: str) -> Value:
    if question.kind == "select_one":
        return _code(question, text)
    if question.kind == "text":
        if len(text) > _TEXT_LIMIT:
            raise _refuse(question, f"Ce texte est trop long : {_TEXT_LIMIT} caractères au plus.")
        return text
    return _number(question, text)


def _number(question: Question, text: str) -> int | float:
    written = _NUMBER.fullmatch(_SPACE.sub("", text).removesuffix("€"))
    if written is None:
        example = {"year": "2021", "decimal": "2,5"}.get(question.kind, "12\u202f500")
        raise _refuse(question, f"Écrivez un nombre en chiffres, par exemple {example}.", got=text)
    sign, whole, decimals = written.group(1), written.group(2), (written.group(3) or "").rstrip("0")
    number = float(f"{whole}.{decimals or 0}")
    if sign and (decimals or whole.strip("0")):
        raise _refuse(question, "Ce nombre ne peut pas être négatif.", got=text)
    if number >= _LIMIT:
        raise _refuse(question, "Ce nombre est trop grand : vérifiez votre saisie.", got=text)
    if question.kind == "decimal":
        return number
    if decimals:
        raise _refuse(question, "Écrivez un nombre entier, sans virgule.", got=text)
    return int(whole)


def _code(question: Question, text: str) -> str:
    if text not in question.codes():
        raise _refuse(question, "Choisissez une réponse dans la liste.", got=text)
    return text


def _chosen(question: Question, given: Sequence[str]) -> tuple[str, ...]:
    """Return the ticked codes in the order of the questionnaire, whatever the order of the post."""
    ticked = {_code(question, text) for text in given}
    for choice in question.choices:
        if choice.exclusive and choice.code in ticked and len(ticked) > 1:
            raise _refuse(question, f"« {choice.label} » ne peut pas être coché avec une autre réponse.")
    return tuple(code for code in question.codes() if code in ticked)


def _refuse(question: Question, message: str, *, got: str | None = None) -> AnswerInvalid:
    return AnswerInvalid(message, where=question.number, got=got)


def encode_value(value: Value) -> str:
    """Return the text kept for a value: codes separated by a space, point for decimals, empty for null."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(value)
    return repr(value) if isinstance(value, float) else str(value)


def decode_value(question: Question, text: str | None) -> Value:
    """Return the value of a kept text; the inverse of ``encode_value`` for a question."""
    if not text:
        return None
    if question.kind == "select_multiple":
        return tuple(text.split(" "))
    if question.kind in ("integer", "year"):
        return int(text)
    return float(text) if question.kind == "decimal" else text


FIELD = re.compile(r"\$\{([a-z][a-z0-9_]*)\}")


def fill_text(text: str, values: Mapping[str, Value]) -> str:
    """Return a wording where each ``${variable}`` is replaced by its value, numbers written as in French."""
    return FIELD.sub(lambda match: _spoken(values.get(match[1])), text)


def _spoken(value: Value) -> str:
    if value is None:
        return "…"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return written_number(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def written_number(value: float) -> str:
    """Return a number as written in French, with all its decimals: « 12 500,25 », « −3 »."""
    text = f"{abs(Decimal(repr(value))):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return ("−" if value < 0 else "") + text.replace(",", "\u202f").replace(".", ",")
