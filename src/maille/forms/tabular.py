"""The Table Schema of the answers to a questionnaire, one row an authority: any tool can check a file of them."""

from typing import Any

from maille.specs import Question, Questionnaire, State

_TYPES = {"integer": "integer", "year": "year", "decimal": "number"}
_STATES = [state.value for state in State]


def table_schema(questionnaire: Questionnaire) -> dict[str, Any]:
    """Return the Table Schema (Frictionless v1) of a wide file of answers.

    Each variable has two columns: its value, and its state, ``<variable>__state``, so that zero, empty, unknown and not
    asked stay four things. Several ticked choices are codes separated by a space.
    """
    fields = [{"name": "unit", "type": "string", "title": "Code de la collectivité", "constraints": {"required": True}}]
    for question in questionnaire.variables():
        fields += [_value(questionnaire, question), _state(question)]
    return {
        "title": questionnaire.title,
        "description": questionnaire.notice or "",
        "version": questionnaire.version,
        "fields": fields,
        "primaryKey": ["unit"],
        "missingValues": [""],
    }


def _value(questionnaire: Questionnaire, question: Question) -> dict[str, Any]:
    section = next(section for section in questionnaire.sections if question in section.questions)
    field: dict[str, Any] = {
        "name": question.name,
        "title": section.wording(question),
        "type": _TYPES.get(question.kind, "string"),
    }
    if question.unit:
        field["description"] = f"Unité : {question.unit}."
    constraints = _constraints(question)
    return field | ({"constraints": constraints} if constraints else {})


def _constraints(question: Question) -> dict[str, Any]:
    if question.kind == "select_one":
        return {"enum": list(question.codes())}
    if question.kind == "select_multiple":
        code = f"({'|'.join(question.codes())})"
        return {"pattern": f"{code}( {code})*"}
    return {"minimum": 0} if question.kind in ("integer", "decimal") else {}


def _state(question: Question) -> dict[str, Any]:
    constraints = {"required": True, "enum": _STATES}
    return {
        "name": f"{question.name}__state",
        "title": "État de la réponse",
        "type": "string",
        "constraints": constraints,
    }
