"""What the script of a section reads: the rules of its questionnaire, and what it must know of other sections."""

import json
import re
from functools import lru_cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from maille.specs import Section
from maille.specs.answer import FIELD
from maille.specs.page import page_questionnaire
from maille.specs.questionnaire import Question, Questionnaire
from maille.specs.residual import residual_conditions
from maille.specs.typography import french
from maille.web.accounts.access import anyone
from maille.web.answers.folder import Folder
from maille.web.answers.models import Answer
from maille.web.answers.wording import in_field
from maille.web.campaigns.versions import compiled, is_compiled, once_a_version

A_YEAR = 365 * 24 * 3600
_STANDING = re.compile("0\ue000([a-z][a-z0-9_]*)\ue0010")


@anyone
@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def questionnaire_rules(request: HttpRequest, version: str) -> HttpResponse:
    """The rules of a version, which never change; a questionnaire holds no secret."""
    if not is_compiled(version):
        raise Http404
    return HttpResponse(_rules(version), content_type="application/json")


@lru_cache(maxsize=8)
def _rules(version: str) -> bytes:
    read = page_questionnaire(compiled(version), typeset=typeset_message)
    return json.dumps(read, ensure_ascii=False, separators=(",", ":")).encode()


def typeset_message(message: str) -> str:
    """Apply French typography to a message whose ``${variables}`` are to be filled: a number stands for each."""
    standing = FIELD.sub("0\ue000\\1\ue0010", message)
    return _STANDING.sub("${\\1}", french(standing))


def script_context(folder: Folder, section: Section) -> dict[str, Any]:
    """Return what the template of a section gives to its script.

    Of the sections that a guest was not given, the page has nothing: what they decide is decided here, and ``asked``
    is what is left of the conditions; ``silent`` are the questions whose checks the page leaves to the server.
    """
    own = {question.name for question in section.questions}
    checked = _checked(folder.questionnaire)
    checks = {question.name: checked[question.name] for question in section.questions}
    hidden = _elsewhere(folder)
    needed = _conditions(folder.questionnaire, own.union(*checks.values()) - hidden) - hidden - set(folder.context)
    facts = {
        "context": folder.context,
        "others": {name: folder.values.get(name) for name in sorted(needed - own)},
        "asked": _asked(folder, needed, hidden),
        "proposals": {name: _proposed(folder, name) for name in sorted(own & set(folder.proposals))},
        "silent": [name for name, read in checks.items() if read & hidden],
    }
    return {"facts": facts, "reasons": Answer.Reason.choices}


def _asked(folder: Folder, names: set[str], hidden: set[str]) -> dict[str, Any]:
    if not hidden:
        return {}
    known = {**folder.values, **folder.context}
    left = residual_conditions(folder.questionnaire, sorted(names), values=known, hidden=hidden)
    return {name: rule.as_json() for name, rule in left.items()}


def _proposed(folder: Folder, name: str) -> dict[str, Any]:
    """Return a value to confirm as the fields hold it, and what the script compares a number with."""
    proposal = folder.proposals[name]
    question, value = proposal.question, proposal.value
    repeated = {
        "before": value if question.kind in ("integer", "decimal") else None,
        "unit": question.unit or "",
        "years": [proposal.year, folder.questionnaire.edition_year or folder.questionnaire.reference_year],
    }
    values = (
        list(value)
        if isinstance(value, tuple)
        else [in_field(question, value) if repeated["before"] is not None else str(value)]
    )
    return {"values": values} | (repeated if proposal.year else {})


def _elsewhere(folder: Folder) -> set[str]:
    """Return the variables of the sections that this person was not given."""
    given = folder.unit.sections_given
    return {name for name, section in folder.section_of.items() if given is not None and section not in given}


@once_a_version
def _checked(questionnaire: Questionnaire) -> dict[str, set[str]]:
    """Return, by question, every variable that its checks, or what they say, may show."""
    return {question.name: _read_by(question) for question in questionnaire.variables()}


def _read_by(question: Question) -> set[str]:
    rules = [rule for rule in (question.constraint, question.soft_check) if rule is not None]
    said = f"{question.constraint_message} {question.soft_message}"
    return {name for rule in rules for name in rule.variables()} | set(FIELD.findall(said))


@once_a_version
def _deciding(questionnaire: Questionnaire) -> dict[str, set[str]]:
    """Return, by question, the variables that decide whether it is asked."""
    return {
        name: {read for rule in rules for read in rule.variables()} for name, rules in questionnaire.conditions.items()
    }


def _conditions(questionnaire: Questionnaire, names: set[str]) -> set[str]:
    """Return these variables and all those that decide, from condition to condition, whether they are asked."""
    reads = _deciding(questionnaire)
    known, reached = set[str](), names
    while reached:
        known |= reached
        reached = {name for one in reached for name in reads.get(one, ())} - known
    return known
