"""Conditions of which a part is decided already: what is left of them never holds a value that may not leave.

Someone who fills some sections only must not learn the answers of the others, yet these decide what is asked. Their
part of each condition is decided on the server; the page receives what is left, which reads its own answers alone. A
condition that compares a hidden answer with one of the page would give it away: its truth of the moment is sent.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from maille.specs.path import Path
from maille.specs.questionnaire import Questionnaire
from maille.specs.rule import STRICT, Constant, Node, Operation, Rule, Value, Variable, walk

_CASES = 4
"""Hidden answers, asked or not according to the page, of which every case is written; beyond, as they are now."""


@dataclass(frozen=True)
class _Told(Constant):
    """A value computed from hidden answers: it stays here."""


def residual_conditions(
    questionnaire: Questionnaire, names: Iterable[str], *, values: Mapping[str, Value], hidden: Collection[str]
) -> dict[str, Rule]:
    """Return what is left of the conditions of ``names`` that read a hidden variable, those decided taken out.

    ``values`` are all the answers of the unit, and its context; a rule returned reads no variable of ``hidden``.
    """
    decided = _Residuals(questionnaire, values, hidden)
    read = {name: {one for rule in questionnaire.conditions[name] for one in rule.variables()} for name in names}
    return {name: Rule("", decided.asked(name)) for name, reads in read.items() if reads & set(hidden)}


class _Residuals:
    def __init__(self, questionnaire: Questionnaire, values: Mapping[str, Value], hidden: Collection[str]) -> None:
        self._conditions = questionnaire.conditions
        self._values = values
        self._hidden = hidden
        self._now = Path(questionnaire, values)
        self._found: dict[str, Node] = {}

    def asked(self, name: str) -> Node:
        """Return what is left of the conditions of a variable."""
        if name not in self._found:
            trees = tuple(rule.tree for rule in self._conditions[name])
            self._found[name] = Constant(False)
            self._found[name] = self._reduced(Operation("and", trees)) if trees else Constant(True)
        return self._found[name]

    def _reduced(self, tree: Node) -> Node:
        known: dict[str, Value] = {}
        open_cases: list[str] = []
        for name in sorted({node.name for node in walk(tree) if isinstance(node, Variable)} & set(self._hidden)):
            asked = Constant(None) if self._values.get(name) is None else self.asked(name)
            if isinstance(asked, Constant):
                known[name] = self._values[name] if asked.value is True else None
            elif len(open_cases) < _CASES:
                open_cases.append(name)
            else:
                known[name] = self._now.get(name)
        return self._cases(tree, known, open_cases)

    def _cases(self, tree: Node, known: Mapping[str, Value], open_cases: list[str]) -> Node:
        """Return what is left in each case: a hidden answer counts or not, as the page decides whether it is asked."""
        if not open_cases:
            left = self._fold(tree, known)
            return Constant(Rule("", tree).evaluate(self._now)) if _tells(left) else left
        name, *others = open_cases
        counts = self._cases(tree, {**known, name: self._values[name]}, others)
        counts_not = self._cases(tree, {**known, name: None}, others)
        if counts == counts_not:
            return counts
        return Operation("if", (Operation("coalesce", (self.asked(name), Constant(False))), counts, counts_not))

    def _fold(self, node: Node, known: Mapping[str, Value]) -> Node:
        if not any(isinstance(part, Variable) and part.name in known for part in walk(node)):
            return node
        if not isinstance(node, Operation):
            return _told(known[node.name]) if isinstance(node, Variable) else node
        arguments = tuple(self._fold(argument, known) for argument in node.arguments)
        if node.operator not in STRICT:
            return _LAZY[node.operator](arguments)
        is_truth = STRICT[node.operator].gives == "boolean"
        left = _strict(node.operator, arguments, is_truth=is_truth)
        return Constant(Rule("", node).evaluate(self._now)) if is_truth and _tells(left) else left


def _told(value: Value) -> Constant:
    return Constant(None) if value is None else _Told(value)


def _tells(node: Node) -> bool:
    return any(isinstance(part, _Told) for part in walk(node))


def _strict(operator: str, arguments: tuple[Node, ...], *, is_truth: bool) -> Node:
    known = [argument for argument in arguments if isinstance(argument, Constant)]
    if any(argument.value is None for argument in known):
        return Constant(None)
    left = Operation(operator, arguments)
    if len(known) < len(arguments):
        return left
    value = Rule("", left).evaluate({})
    return Constant(value) if is_truth else _told(value)


def _either(operator: str, arguments: tuple[Node, ...], *, decisive: bool) -> Node:
    found = [argument.value for argument in arguments if isinstance(argument, Constant)]
    left: list[Node] = [argument for argument in arguments if not isinstance(argument, Constant)]
    if decisive in found:
        return Constant(decisive)
    if None in found:
        left.append(Constant(None))
    if len(left) <= 1:
        return left[0] if left else Constant(not decisive)
    return Operation(operator, tuple(left))


def _and(arguments: tuple[Node, ...]) -> Node:
    return _either("and", arguments, decisive=False)


def _or(arguments: tuple[Node, ...]) -> Node:
    return _either("or", arguments, decisive=True)


def _if(arguments: tuple[Node, ...]) -> Node:
    condition, kept, other = arguments
    if not isinstance(condition, Constant):
        return Operation("if", arguments)
    return Constant(None) if condition.value is None else kept if condition.value else other


def _coalesce(arguments: tuple[Node, ...]) -> Node:
    left: list[Node] = []
    for argument in arguments:
        if isinstance(argument, Constant) and argument.value is None:
            continue
        left.append(argument)
        if isinstance(argument, Constant):
            break
    if len(left) <= 1:
        return left[0] if left else Constant(None)
    return Operation("coalesce", tuple(left))


_LAZY = {"and": _and, "or": _or, "if": _if, "coalesce": _coalesce}
