"""What can be said of a rule before any answer: its variables exist, its comparisons make sense."""

from collections.abc import Iterator
from dataclasses import dataclass

from maille.specs.problem import nearest_or_list
from maille.specs.questionnaire import Question, Questionnaire
from maille.specs.rule import LAZY, OPERATORS, Constant, Kind, Node, Operation, Rule, Variable

KINDS: dict[str, Kind] = {
    "select_one": "text",
    "select_multiple": "codes",
    "integer": "number",
    "decimal": "number",
    "year": "number",
    "text": "text",
}
_NAMES = {
    "number": "un nombre",
    "text": "un texte",
    "codes": "plusieurs choix",
    "boolean": "une condition",
    "any": "une valeur",
}
_ADVICE = {
    "boolean": "Comparer : ${x} = 'oui', ${n} > 0…",
    "number": "Calculer : ${n} div 1000, if(${x} = 'oui', 1, 0)…",
}
CONTEXT_KINDS: dict[str, Kind] = {"population": "number", "name": "text"}


@dataclass(frozen=True)
class RuleFault:
    """Something wrong in a rule, wherever the rule is written."""

    message: str
    hint: str | None = None


def check_rule(rule: Rule, questionnaire: Questionnaire, *, wanted: Kind = "boolean") -> list[RuleFault]:
    """Return what is wrong in a rule that must be a condition, or a number, on the answers to a questionnaire."""
    checker = _Checker(questionnaire)
    kind = checker.kind(rule.tree)
    if not checker.faults and kind not in (wanted, "any"):
        checker.fault(f"la règle donne {_NAMES[kind]}, pas {_NAMES[wanted]}.", _ADVICE.get(wanted))
    return checker.faults


class _Checker:
    def __init__(self, questionnaire: Questionnaire) -> None:
        self.faults: list[RuleFault] = []
        self._context = questionnaire.context
        self._questions = {question.name: question for question in questionnaire.variables()}

    def fault(self, message: str, hint: str | None = None) -> None:
        """Note something wrong, once."""
        fault = RuleFault(message, hint)
        if fault not in self.faults:
            self.faults.append(fault)

    def kind(self, node: Node) -> Kind:
        """Return the kind of value of a node, and note what is wrong under it."""
        if isinstance(node, Constant):
            return "text" if isinstance(node.value, str) else "number"
        if isinstance(node, Variable):
            return self._variable(node.name)
        kinds = [self.kind(argument) for argument in node.arguments]
        if node.operator in ("=", "!="):
            self._same(node, kinds)
        elif node.operator == "selected":
            self._selected(node, kinds)
        else:
            self._arguments(node, kinds)
        return self._gives(node, kinds)

    def _variable(self, name: str) -> Kind:
        if name in self._questions:
            return KINDS[self._questions[name].kind]
        if name not in self._context:
            self.fault(f"variable inconnue « {name} ».", nearest_or_list(name, [*self._questions, *self._context]))
        return CONTEXT_KINDS.get(name, "any")

    def _gives(self, node: Operation, kinds: list[Kind]) -> Kind:
        if node.operator == "if":
            return kinds[1]
        return kinds[0] if node.operator == "coalesce" else OPERATORS[node.operator].gives

    def _arguments(self, node: Operation, kinds: list[Kind]) -> None:
        if node.operator in ("if", "coalesce"):
            self._branches(node, kinds)
            return
        for wanted, got in zip(OPERATORS[node.operator].takes, kinds, strict=True):
            if "any" not in (wanted, got) and wanted != got:
                self.fault(
                    f"« {node.operator} » attend {_NAMES[wanted]} et reçoit {_NAMES[got]}.",
                    f"Exemple : {OPERATORS[node.operator].example}",
                )

    def _branches(self, node: Operation, kinds: list[Kind]) -> None:
        if node.operator == "if" and kinds[0] not in ("boolean", "any"):
            self.fault("« if » attend une condition en premier.", f"Exemple : {LAZY['if'].example}")
        alike = set(kinds[1:] if node.operator == "if" else kinds) - {"any"}
        if len(alike) > 1:
            self.fault(f"les valeurs de « {node.operator} » ne sont pas de même nature.")

    def _same(self, node: Operation, kinds: list[Kind]) -> None:
        if "codes" in kinds:
            self.fault("une question à plusieurs choix ne se compare pas avec « = ».", "Écrire selected(${x}, 'code').")
        elif "any" not in kinds and kinds[0] != kinds[1]:
            self.fault(f"« {node.operator} » compare {_NAMES[kinds[0]]} et {_NAMES[kinds[1]]}.")
        for one, other in (node.arguments, node.arguments[::-1]):
            self._code(one, other)

    def _selected(self, node: Operation, kinds: list[Kind]) -> None:
        asked = node.arguments[0]
        if not isinstance(asked, Variable) or (
            asked.name in self._questions and not self._questions[asked.name].choices
        ):
            self.fault("« selected » attend une question à choix.", f"Exemple : {OPERATORS['selected'].example}")
        if not isinstance(node.arguments[1], Constant) or kinds[1] != "text":
            self.fault("« selected » attend un code entre apostrophes.", f"Exemple : {OPERATORS['selected'].example}")
        self._code(asked, node.arguments[1])

    def _code(self, asked: Node, given: Node) -> None:
        """Refuse a code that is not among the choices of the question that it is compared with."""
        if not isinstance(asked, Variable) or not isinstance(given, Constant) or not isinstance(given.value, str):
            return
        question = self._questions.get(asked.name)
        if question is not None and question.choices and given.value not in question.codes():
            message = f"« {given.value} » n’est pas un choix de « {asked.name} »."
            self.fault(message, nearest_or_list(given.value, question.codes()))


def circular(questionnaire: Questionnaire) -> Iterator[tuple[Question, tuple[str, ...]]]:
    """Yield each question whose condition depends on itself, with the circle of variables, once a circle."""
    needs = {
        question.name: sorted(
            name for rule in (section.relevant, question.relevant) if rule is not None for name in rule.variables()
        )
        for section in questionnaire.sections
        for question in section.questions
    }
    seen: set[frozenset[str]] = set()
    for start in needs:
        circle = _circle(start, needs)
        if circle and frozenset(circle) not in seen:
            seen.add(frozenset(circle))
            yield questionnaire.question(start), (*circle, start)


def _circle(start: str, needs: dict[str, list[str]]) -> tuple[str, ...]:
    """Return a shortest way from a variable back to itself, empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    visited: set[str] = set()
    while ways:
        way = ways.pop(0)
        for name in needs.get(way[-1], ()):
            if name == start:
                return way
            if name not in visited:
                visited.add(name)
                ways.append((*way, name))
    return ()
