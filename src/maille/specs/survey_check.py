"""What the parts of a questionnaire say of each other, and of the questionnaires of other editions."""

from collections.abc import Collection, Iterator, Mapping

from maille.specs.problem import SpecProblem, nearest_or_list
from maille.specs.questionnaire import Question, Questionnaire
from maille.specs.rule import Rule
from maille.specs.rule_check import check_rule, circular
from maille.specs.survey_row import FRAME, Places

SECTION = "section_"
"""What the name of a group starts with, left out of the section's identifier."""

RULE_COLUMNS = ("relevant", "constraint", "bind::maille:soft_check")
_PREFILL, _SAME_AS = "bind::maille:prefill", "bind::maille:same_as"


def check_questionnaire(file: str, questionnaire: Questionnaire, places: Places) -> Iterator[SpecProblem]:
    """Yield what is wrong inside a questionnaire: variables, comparisons, circles, former names that are taken."""
    for name, column, rule in _rules(questionnaire):
        for fault in check_rule(rule, questionnaire):
            yield places[name, column].problem(file, fault.message, fault.hint)
    for question, circle in circular(questionnaire):
        place = places.get((question.name, "relevant"), places[question.name, "name"])
        hint = "Une question ne peut pas dépendre d’elle-même."
        yield place.problem(file, f"condition circulaire : {' → '.join(circle)}.", hint)
    former: dict[str, str] = {}
    for question in questionnaire.variables():
        for message in _former_name(question, questionnaire, former):
            yield places[question.name, _SAME_AS].problem(file, message)


def _former_name(question: Question, questionnaire: Questionnaire, former: dict[str, str]) -> Iterator[str]:
    same_as = question.same_as
    if same_as is None:
        return
    if same_as in (other.name for other in questionnaire.variables()):
        yield f"« {same_as} » est encore une variable de ce questionnaire : elle n’a pas changé de nom."
    if same_as in former:
        yield f"« {same_as} » est déjà l’ancien nom de « {former[same_as]} »."
    former[same_as] = question.name


def _rules(questionnaire: Questionnaire) -> Iterator[tuple[str, str, Rule]]:
    for section in questionnaire.sections:
        if section.relevant is not None:
            yield SECTION + section.id, "relevant", section.relevant
        for question in section.questions:
            rules = (question.relevant, question.constraint, question.soft_check)
            for column, rule in zip(RULE_COLUMNS, rules, strict=True):
                if rule is not None:
                    yield question.name, column, rule


def check_references(
    file: str,
    questionnaire: Questionnaire,
    places: Places,
    *,
    others: Mapping[str, Questionnaire],
    published: Mapping[str, Collection[str]],
) -> Iterator[SpecProblem]:
    """Yield the references of a questionnaire that lead nowhere.

    ``others`` are the questionnaires of the same universe by survey; ``published`` the indicators of the editions of
    which only results are known: a question may be the same as one of them, never be prefilled from it. An earlier
    edition of the same survey need not be described to be taken up: the file of its answers is checked when it comes.
    """
    for question in questionnaire.variables():
        survey, variable = _split(question.prefill)
        if survey and survey != FRAME and (survey in others or not _is_earlier(survey, questionnaire)):
            for message, hint in _unknown(survey, variable, others, question=question):
                yield places[question.name, _PREFILL].problem(file, message, hint)
        survey, variable = _split(question.same_as)
        if survey and variable not in published.get(survey, ()):
            surveys = {**dict.fromkeys(published), **others}
            for message, hint in _unknown(survey, variable, surveys, question=None):
                yield places[question.name, _SAME_AS].problem(file, message, hint)


def _split(reference: str | None) -> tuple[str, str]:
    survey, _, variable = (reference or "").rpartition(":")
    return survey, variable


def _is_earlier(survey: str, questionnaire: Questionnaire) -> bool:
    """Tell whether a survey is an edition before this one: ``asco-2015`` before ``asco-2025``."""
    year = questionnaire.edition_year
    stem = questionnaire.survey.removesuffix(f"-{year}")
    former = survey.removeprefix(f"{stem}-")
    return year is not None and len(former) == 4 and former.isdecimal() and survey != former and int(former) < year


def _unknown(
    survey: str, variable: str, surveys: Mapping[str, Questionnaire | None], *, question: Question | None
) -> Iterator[tuple[str, str | None]]:
    if survey not in surveys:
        hint = nearest_or_list(survey, surveys) if surveys else "Aucune autre édition n’est décrite."
        yield f"édition inconnue « {survey} ».", hint
        return
    other = surveys[survey]
    known = {asked.name: asked for asked in other.variables()} if other else {}
    if variable not in known:
        yield f"« {survey} » n’a pas de variable « {variable} ».", nearest_or_list(variable, known) if known else None
    elif question is not None and known[variable].kind != question.kind:
        yield f"« {survey}:{variable} » n’est pas de même type que « {question.name} ».", None
