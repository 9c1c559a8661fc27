"""Say a rule in words, and a value as the respondent wrote it."""

from collections.abc import Iterable
from datetime import datetime

from maille.specs import Question, Questionnaire, Rule, Section, Value, decode_value
from maille.web.answers.folder import INVALID, Folder, Kept
from maille.web.answers.models import Answer
from maille.web.typography import NARROW, number


def _accepted(question: Question, rule: Rule) -> list[str]:
    multiple = question.kind == "select_multiple"
    trial = [(choice.label, (choice.code,) if multiple else choice.code) for choice in question.choices]
    return [label for label, value in trial if rule.evaluate({question.name: value}) is True]


def condition(questionnaire: Questionnaire, rule: Rule) -> str:
    """Return « Si vous répondez « Oui » à la question F1 », found by trying each choice on the rule."""
    names = [name for name in rule.variables() if name not in {"population", "name"}]
    if len(names) == 1:
        question = questionnaire.question(names[0])
        labels = " ou ".join(f"« {label} »" for label in _accepted(question, rule))
        if labels:
            return f"Si vous répondez {labels} à la question {question.number}"
    return "Selon vos autres réponses"


def section_condition(questionnaire: Questionnaire, section: Section) -> str:
    """Say why a section is not asked."""
    rules = [rule for rule in (section.relevant, *(q.relevant for q in section.questions)) if rule is not None]
    return condition(questionnaire, rules[0]) if rules else "Selon vos autres réponses"


def depends_within(section: Section, question: Question) -> bool:
    """Tell whether the question hangs on another of the same page: then it is shown, with its condition."""
    names = {other.name for other in section.questions}
    return question.relevant is not None and bool(set(question.relevant.variables()) & names)


def written(question: Question, value: Value) -> str:
    """Write a value for reading: labels of the choices, French numbers, unit."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " · ".join(question.label_of(code) for code in value)
    if question.kind == "select_one":
        return question.label_of(str(value))
    if question.kind in {"integer", "decimal"}:
        unit = f"{NARROW if question.unit == '€' else ' '}{question.unit}" if question.unit else ""
        return f"{in_field(question, value)}{unit}"
    return str(value)


def in_field(question: Question, value: Value) -> str:
    """Write a value for its field: thousands apart, decimal comma, a year as it is."""
    if isinstance(value, float):
        text = f"{value:.10f}".rstrip("0")
        decimals = len(text.partition(".")[2])
        return number(value, decimals)
    return number(value) if question.kind == "integer" and isinstance(value, int) else str(value)


def kept_answers(folder: Folder) -> Iterable[tuple[Section, list[tuple[Question, str]]]]:
    """Return every question on the path with its answer in words, by section."""
    for section in folder.sections():
        asked = [question for question in section.questions if question.name in folder.on_path]
        yield section, [(question, spoken(folder, question)) for question in asked]


def spoken(folder: Folder, question: Question) -> str:
    return said(question, folder.kept.get(question.name))


def said(question: Question, kept: Kept | None) -> str:
    """Write what is kept for reading, whatever its state."""
    if kept is None or kept.state not in ("answered", "unknown", INVALID):
        return "Sans réponse"
    if kept.state == "unknown":
        return "Ne peut pas être donné"
    if kept.state == INVALID:
        return f"{kept.value} (à corriger)"
    try:
        return written(question, decode_value(question, kept.value))
    except (ValueError, StopIteration):  # given to another version of the question
        return kept.value


def reason_in_words(kept: Kept) -> str:
    """Write why an unlikely value was kept."""
    if not kept.reason:
        return ""
    reason = str(Answer.Reason(kept.reason).label)
    return f"{reason} : {kept.remark}" if kept.remark else reason


def clock(at: datetime) -> str:
    """Write a local time as « 14 h 32 »."""
    return f"{at:%-H}\u00a0h\u00a0{at:%M}"
