"""Say a rule in words, and a value as the respondent wrote it."""

from collections.abc import Iterable
from datetime import datetime

from maille.forms.receipt import Given, answer_in_words, value_in_words
from maille.forms.words import ON_THE_PAGE, if_clause, in_words
from maille.specs import Question, Questionnaire, Rule, Section, Value
from maille.web.answers.folder import Folder, Kept
from maille.web.answers.models import Answer


def condition(questionnaire: Questionnaire, rule: Rule) -> str:
    """Return « Si vous répondez « Oui » à la question F1 »."""
    clause = if_clause(in_words(rule, questionnaire, voice=ON_THE_PAGE))
    return clause[0].upper() + clause[1:]


def section_condition(questionnaire: Questionnaire, section: Section) -> str:
    """Say why a section is not asked."""
    rules = [rule for rule in (section.relevant, *(q.relevant for q in section.questions)) if rule is not None]
    return condition(questionnaire, rules[0]) if rules else "Selon vos autres réponses"


def depends_within(section: Section, question: Question) -> bool:
    """Tell whether the question hangs on another of the same page: then it is shown, with its condition."""
    names = {other.name for other in section.questions}
    return question.relevant is not None and bool(set(question.relevant.variables()) & names)


def in_field(question: Question, value: Value) -> str:
    """Write a value for its field: thousands apart, decimal comma, a year as it is."""
    return value_in_words(question.model_copy(update={"unit": None}), value) if value is not None else ""


def kept_answers(folder: Folder) -> Iterable[tuple[Section, list[tuple[Question, str]]]]:
    """Return every question on the path with its answer in words, by section."""
    for section in folder.sections():
        asked = [question for question in section.questions if question.name in folder.on_path]
        yield section, [(question, spoken(folder, question)) for question in asked]


def spoken(folder: Folder, question: Question) -> str:
    return said(question, folder.kept.get(question.name))


def said(question: Question, kept: Kept | None) -> str:
    """Write what is kept for reading, whatever its state."""
    return answer_in_words(question, Given(kept.state, kept.value) if kept else Given("empty"))


def reason_in_words(kept: Kept) -> str:
    """Write why an unlikely value was kept."""
    if not kept.reason:
        return ""
    reason = str(Answer.Reason(kept.reason).label)
    return f"{reason} : {kept.remark}" if kept.remark else reason


def clock(at: datetime) -> str:
    """Write a local time as « 14 h 32 »."""
    return f"{at:%-H}\u00a0h\u00a0{at:%M}"
