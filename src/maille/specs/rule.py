"""The rule language: a subset of XLSForm expressions, parsed once into a frozen tree.

Null is the value of what is not known: not answered, « je ne peux pas donner ce nombre », not applicable. The rules are
those of three-valued logic (Kleene), stated here and nowhere else:

- an operator that receives null gives null, except the four below;
- ``a and b`` is false as soon as one side is false, ``a or b`` is true as soon as one side is true, else null wins;
- ``if(c, a, b)`` is null when ``c`` is null, and otherwise looks only at the branch that it keeps;
- ``coalesce(a, b, …)`` is the first argument that is not null.

Numbers are those of IEEE 754 in double precision, here as in a browser and in a table: a whole answer is exact below
2**53, and a result that is not finite (a division by zero, a ``mod`` by zero, an overflow) is null. ``mod`` is that of
XPath, and has the sign of its first argument. Texts are compared sign by sign, without folding case or accents, and are
not ordered. Whoever reads a rule decides on null: a question is asked when its condition is *true*; a
check complains when its rule is *false*; a unit counts in an indicator when its numerator is *true or false*.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, InstanceOf, PlainSerializer
from pydantic_core import PydanticCustomError

Value = bool | int | float | str | tuple[str, ...] | None
Kind = Literal["boolean", "number", "text", "codes", "any"]


@dataclass(frozen=True)
class Constant:
    """A number or a text written in the rule."""

    value: Value


@dataclass(frozen=True)
class Variable:
    """``${name}``, or the current question when written ``.``."""

    name: str


@dataclass(frozen=True)
class Operation:
    """An operator of the table applied to its arguments."""

    operator: str
    arguments: tuple["Node", ...]


Node = Constant | Variable | Operation


@dataclass(frozen=True)
class Operator:
    """A line of the table of operators: what it takes, what it gives, what it means (in French, for the reference)."""

    example: str
    meaning: str
    takes: tuple[Kind, ...]
    gives: Kind
    compute: Callable[..., Value]
    repeats: bool = False


def _finite(result: float) -> Value:
    return result if math.isfinite(result) else None


def _modulo(a: float, b: float) -> Value:
    return math.fmod(a, b) if b else None


def _divide(a: float, b: float) -> Value:
    return _finite(float(a) / float(b)) if b else None


def _selected(chosen: str | tuple[str, ...], code: str) -> bool:
    return code in chosen if isinstance(chosen, tuple) else code == chosen


def _count(chosen: tuple[str, ...]) -> int:
    return len(chosen)


_NUMBERS: tuple[Kind, ...] = ("number", "number")
_SAME: tuple[Kind, ...] = ("any", "any")

STRICT: dict[str, Operator] = {
    "=": Operator("${ccas} = 'oui'", "est égal à", _SAME, "boolean", lambda a, b: a == b),
    "!=": Operator("${ccas} != 'oui'", "est différent de", _SAME, "boolean", lambda a, b: a != b),
    "<": Operator("${etp} < 10", "est inférieur à", _NUMBERS, "boolean", lambda a, b: a < b),
    "<=": Operator("${etp} <= 10", "est inférieur ou égal à", _NUMBERS, "boolean", lambda a, b: a <= b),
    ">": Operator("${etp} > 10", "est supérieur à", _NUMBERS, "boolean", lambda a, b: a > b),
    ">=": Operator("${etp} >= 10", "est supérieur ou égal à", _NUMBERS, "boolean", lambda a, b: a >= b),
    "+": Operator("${etp} + 1", "plus", _NUMBERS, "number", lambda a, b: _finite(float(a) + float(b))),
    "-": Operator("${etp} - 1", "moins", _NUMBERS, "number", lambda a, b: _finite(float(a) - float(b))),
    "*": Operator("${etp} * 2", "multiplié par", _NUMBERS, "number", lambda a, b: _finite(float(a) * float(b))),
    "div": Operator("${depenses} div ${population}", "divisé par", _NUMBERS, "number", _divide),
    "mod": Operator("${abs_annee} mod 2", "reste de la division par", _NUMBERS, "number", _modulo),
    "not": Operator("not(${ccas} = 'oui')", "le contraire", ("boolean",), "boolean", lambda a: not a),
    "selected": Operator(
        "selected(${domaines}, 'logement')",
        "la réponse est parmi celles cochées",
        ("codes", "text"),
        "boolean",
        _selected,
    ),
    "count-selected": Operator(
        "count-selected(${domaines})", "le nombre de cases cochées", ("codes",), "number", _count
    ),
}

LAZY: dict[str, Operator] = {
    "and": Operator("${a} = 1 and ${b} = 1", "les deux à la fois", ("boolean", "boolean"), "boolean", lambda: None),
    "or": Operator("${a} = 1 or ${b} = 1", "l’un ou l’autre", ("boolean", "boolean"), "boolean", lambda: None),
    "if": Operator("if(${a} = 1, 2, 3)", "selon la condition", ("boolean", "any", "any"), "any", lambda: None),
    "coalesce": Operator("coalesce(${etp}, 0)", "le premier connu", _SAME, "any", lambda: None, repeats=True),
}

OPERATORS: dict[str, Operator] = STRICT | LAZY


Evaluation = Callable[[Mapping[str, Value]], Value]


def _evaluation(node: Node) -> Evaluation:
    """Return the function that evaluates a node: the tree is walked once a rule, not once a unit."""
    if isinstance(node, Constant):
        constant = node.value
        return lambda values: constant
    if isinstance(node, Variable):
        name = node.name
        return lambda values: values.get(name)
    arguments = [_evaluation(argument) for argument in node.arguments]
    if node.operator in STRICT:
        return _strict(STRICT[node.operator].compute, arguments)
    return {"if": _if, "coalesce": _coalesce}.get(node.operator, _either(decisive=node.operator == "or"))(arguments)


def _strict(compute: Callable[..., Value], arguments: list[Evaluation]) -> Evaluation:
    def evaluate(values: Mapping[str, Value]) -> Value:
        given = []
        for argument in arguments:
            value = argument(values)
            if value is None:
                return None
            given.append(value)
        return compute(*given)

    return evaluate


def _if(arguments: list[Evaluation]) -> Evaluation:
    condition, kept, other = arguments

    def evaluate(values: Mapping[str, Value]) -> Value:
        decided = condition(values)
        return None if decided is None else (kept if decided else other)(values)

    return evaluate


def _coalesce(arguments: list[Evaluation]) -> Evaluation:
    def evaluate(values: Mapping[str, Value]) -> Value:
        results = (argument(values) for argument in arguments)
        return next((result for result in results if result is not None), None)

    return evaluate


def _either(*, decisive: bool) -> Callable[[list[Evaluation]], Evaluation]:
    def compile_(arguments: list[Evaluation]) -> Evaluation:
        def evaluate(values: Mapping[str, Value]) -> Value:
            found: Value = not decisive
            for argument in arguments:
                value = argument(values)
                if value is decisive:
                    return decisive
                found = None if value is None else found
            return found

        return evaluate

    return compile_


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything under it."""
    yield node
    if isinstance(node, Operation):
        for argument in node.arguments:
            yield from walk(argument)


def _as_json(node: Node) -> dict[str, Any]:
    if isinstance(node, Constant):
        return {"value": node.value}
    if isinstance(node, Variable):
        return {"variable": node.name}
    return {"operator": node.operator, "arguments": [_as_json(argument) for argument in node.arguments]}


@dataclass(frozen=True)
class Rule:
    """A parsed rule: its text, as written, and its tree."""

    text: str
    tree: Node

    def variables(self) -> frozenset[str]:
        """Return the names of the variables that the rule reads, the current question included."""
        return self._variables

    @cached_property
    def _variables(self) -> frozenset[str]:
        return frozenset(node.name for node in walk(self.tree) if isinstance(node, Variable))

    @cached_property
    def _evaluation(self) -> Evaluation:
        return _evaluation(self.tree)

    def evaluate(self, values: Mapping[str, Value]) -> Value:
        """Return the value of the rule for one unit; a variable that is absent from ``values`` is null."""
        return self._evaluation(values)

    def as_json(self) -> dict[str, Any]:
        """Return the tree as plain lists and dictionaries, for the page (``rules.js``)."""
        return _as_json(self.tree)


def _as_rule(written: object) -> object:
    from maille.specs.grammar import RuleInvalid, parse_rule

    if not isinstance(written, str):
        return written
    try:
        return parse_rule(written)
    except RuleInvalid as error:
        details = {"hint": error.hint, "offset": error.offset}
        raise PydanticCustomError("rule_invalid", "{message}", {"message": error.message, **details}) from error


RuleText = Annotated[InstanceOf[Rule], BeforeValidator(_as_rule), PlainSerializer(lambda rule: rule.text)]
