"""A questionnaire for Lunatic 3, the engine of Insee's web surveys: sequences, components, filters and controls in VTL.

The shape follows the source types that Lunatic publishes (``src/type.source.ts``). The engine itself has run it:
``tests/unit/forms/lunatic``.
"""

import re
from collections.abc import Iterator
from typing import Any

from maille.forms.vtl import dependencies, to_vtl, vtl_name, vtl_names, vtl_text
from maille.specs import Question, Questionnaire, Rule, Section
from maille.specs.typography import french

MODEL_VERSION = "3.0.0"
_FIELD = re.compile(r"\$\{([a-z][a-z0-9_]*)\}")
_TEXT_LIMIT = 4000
_CRITICALITY = {"warn": "WARN", "info": "INFO"}

Json = dict[str, Any]


def lunatic(questionnaire: Questionnaire) -> Json:
    """Return the questionnaire as the JSON of Lunatic 3, one question a page."""
    return _Writer(questionnaire).source()


class _Writer:
    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire
        self._page = 0
        self._filters: dict[str, Json] = {}

    def source(self) -> Json:
        """Return the whole source."""
        form = self._questionnaire
        components = [component for section in form.sections for component in self._section(section)]
        cleaning = self._cleaning()
        return {
            "id": form.id,
            "modele": form.id.upper(),
            "lunaticModelVersion": MODEL_VERSION,
            "label": _label(form.title),
            "pagination": "question",
            "maxPage": str(self._page),
            "components": components,
            "variables": [
                *self._context(),
                *(variable for question in form.variables() for variable in _collected(question)),
                *self._filters.values(),
            ],
            "cleaning": cleaning,
            "resizing": {},
        }

    def _section(self, section: Section) -> Iterator[Json]:
        yield self._turned(
            {
                "id": f"section-{section.id}",
                "componentType": "Sequence",
                "label": _label(f"{section.letter}. {section.title}"),
                "conditionFilter": self._filter([section.relevant]),
            }
            | ({"declarations": [_declaration(section.id, section.intro)]} if section.intro else {})
        )
        opened: set[str] = set()
        for question in section.questions:
            if question.grid is not None and question.grid not in opened:
                opened.add(question.grid)
                yield self._turned(self._subsequence(section, question.grid))
            yield self._turned(self._question(section, question))

    def _turned(self, component: Json) -> Json:
        """Give the component the next page."""
        self._page += 1
        return component | {"page": str(self._page)}

    def _subsequence(self, section: Section, grid_id: str) -> Json:
        grid = section.grid(grid_id)
        helped = {"declarations": [_declaration(f"{section.id}-{grid.id}", grid.hint)]} if grid.hint else {}
        return {
            "id": f"grille-{section.id}-{grid.id}",
            "componentType": "Subsequence",
            "label": _label(f"{grid.number}. {grid.label}"),
            "conditionFilter": self._filter([section.relevant]),
        } | helped

    def _question(self, section: Section, question: Question) -> Json:
        asked = self._words(f"{question.number}. {section.wording(question)}")
        helped = {"declarations": [_declaration(question.name, question.hint)]} if question.hint else {}
        missing = {"missingResponse": {"name": f"{vtl_name(question.name)}_MISSING"}} if question.unknown else {}
        return {
            "id": question.name,
            "componentType": "Question",
            "label": asked,
            "conditionFilter": self._filter([section.relevant, question.relevant]),
            "components": [
                {"id": f"{question.name}-reponse", "isMandatory": question.required} | _field(question) | missing
            ],
            "controls": list(self._controls(question)),
        } | helped

    def _controls(self, question: Question) -> Iterator[Json]:
        checks = (
            ("constraint", question.constraint, question.constraint_message, "ERROR"),
            ("soft", question.soft_check, question.soft_message, _CRITICALITY[question.severity]),
        )
        for kind, rule, message, criticality in checks:
            if rule is not None:
                yield {
                    "id": f"{question.name}-{kind}",
                    "typeOfControl": "CONSISTENCY",
                    "criticality": criticality,
                    "control": self._vtl(f"nvl({to_vtl(rule, self._questionnaire)}, true)", [rule]),
                    "errorMessage": self._words(message or ""),
                    "bindingDependencies": dependencies(rule, self._questionnaire),
                }

    def _filter(self, rules: list[Rule | None]) -> Json:
        """Return a condition: « true », or the name of a calculated variable, the same wherever the condition is."""
        written = [rule for rule in rules if rule is not None]
        if not written:
            return {"value": "true", "type": "VTL"}
        said = " and ".join(f"nvl({to_vtl(rule, self._questionnaire)}, false)" for rule in written)
        if said not in self._filters:
            expression = self._vtl(said, written)
            name = f"FILTRE_{len(self._filters) + 1}"
            self._filters[said] = {
                "variableType": "CALCULATED",
                "name": name,
                "expression": {"value": said, "type": "VTL"},
                "bindingDependencies": expression.get("bindingDependencies", []),
            }
        name = self._filters[said]["name"]
        return {"value": name, "type": "VTL", "bindingDependencies": [name]}

    def _vtl(self, value: str, rules: list[Rule]) -> Json:
        names = [name for rule in rules for name in dependencies(rule, self._questionnaire)]
        expression: Json = {"value": value, "type": "VTL"}
        return expression | ({"bindingDependencies": list(dict.fromkeys(names))} if names else {})

    def _words(self, text: str) -> Json:
        """Return a wording; what it takes from the answers is joined to it."""
        pieces = _FIELD.split(text)
        if len(pieces) == 1:
            return _label(text)
        parts = [
            f'nvl(cast({vtl_name(piece)}, string), "…")' if rank % 2 else vtl_text(french(piece))
            for rank, piece in enumerate(pieces)
            if piece
        ]
        names = [vtl_name(name) for name in dict.fromkeys(pieces[1::2])]
        return {"value": " || ".join(parts), "type": "VTL|MD", "bindingDependencies": names}

    def _context(self) -> Iterator[Json]:
        for name in self._questionnaire.context:
            yield {"variableType": "EXTERNAL", "name": vtl_name(name), "value": None}

    def _cleaning(self) -> Json:
        """Say what is forgotten when an answer changes: what is off the path counts as null, as everywhere else."""
        cleaning: Json = {}
        for section in self._questionnaire.sections:
            for question in section.questions:
                rules = [rule for rule in (section.relevant, question.relevant) if rule is not None]
                asked = self._filter([section.relevant, question.relevant])
                for cause in dict.fromkeys(name for rule in rules for name in dependencies(rule, self._questionnaire)):
                    cleaning.setdefault(cause, {}).update(dict.fromkeys(vtl_names(question), asked["value"]))
        return cleaning


def _label(text: str) -> Json:
    return {"value": vtl_text(french(text)), "type": "VTL|MD"}


def _declaration(about: str, text: str) -> Json:
    return {
        "id": f"aide-{about}",
        "declarationType": "HELP",
        "position": "AFTER_QUESTION_TEXT",
        "label": _label(text),
    }


def _field(question: Question) -> Json:
    response = {"response": {"name": vtl_name(question.name)}}
    if question.kind == "select_one":
        options = [{"value": choice.code, "label": _label(choice.label)} for choice in question.choices]
        return {"componentType": "Radio", "options": options} | response
    if question.kind == "select_multiple":
        return {"componentType": "CheckboxGroup", "responses": [_box(question, code) for code in question.codes()]}
    named = {"label": _label("Votre réponse")}  # the engine names a field by its own label, never by the question's
    if question.kind == "text":
        return {"componentType": "Textarea", "maxLength": _TEXT_LIMIT} | named | response
    number: Json = {
        "componentType": "InputNumber",
        "min": 0,
        "decimals": 2 if question.kind == "decimal" else 0,
    } | named
    return number | ({"unit": question.unit} if question.unit else {}) | response


def _box(question: Question, code: str) -> Json:
    return {
        "id": f"{question.name}-{code}",
        "label": _label(question.label_of(code)),
        "response": {"name": vtl_name(question.name, code)},
    }


def _collected(question: Question) -> Iterator[Json]:
    names = vtl_names(question) + ([f"{vtl_name(question.name)}_MISSING"] if question.unknown else [])
    for name in names:
        yield {"variableType": "COLLECTED", "name": name, "values": {"COLLECTED": None}}
