"""The conditions of a questionnaire as spreadsheet formulas: they grey out what is not asked and decide nothing else.

A rule has three values and a spreadsheet two: each node is written twice, when it is true and when it is false; what is
neither is unknown. A rule that a formula cannot say leaves its question white.
"""

from collections.abc import Mapping

from maille.specs import Question, Questionnaire, Rule, Value
from maille.specs.rule import Constant, Node, Operation, Variable

YES = "TRUE"


class _Unsayable(Exception):  # never leaves this module
    """A rule that has no formula here."""


def answer_name(question: Question, code: str | None = None) -> str:
    """Return the name of the cell of an answer, or of one choice among several."""
    return f"rep_{question.name}.{code}" if code else f"rep_{question.name}"


def asked_name(question: Question) -> str:
    """Return the name of the formula that tells whether a question is asked."""
    return f"pose_{question.name}"


def conditions(questionnaire: Questionnaire, context: Mapping[str, Value]) -> dict[str, str]:
    """Return, for each question that is not asked of everyone, the formula that is true when it is asked."""
    writer = _Writer(questionnaire, context)
    return {name: formula for name, formula in writer.formulas.items() if formula != YES}


def _all(*formulas: str) -> str:
    kept = [formula for formula in dict.fromkeys(formulas) if formula != YES]
    return f"AND({','.join(kept)})" if len(kept) > 1 else (kept[0] if kept else YES)


def _any(*formulas: str) -> str:
    return f"OR({','.join(formulas)})"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


class _Writer:
    def __init__(self, questionnaire: Questionnaire, context: Mapping[str, Value]) -> None:
        self._questions = {question.name: question for question in questionnaire.variables()}
        self._context = context
        self._rules = {
            question.name: (section.relevant, question.relevant)
            for section in questionnaire.sections
            for question in section.questions
        }
        self.formulas = {name: self._condition(rules) for name, rules in self._rules.items()}

    def _condition(self, rules: tuple[Rule | None, ...]) -> str:
        try:
            return _all(*(self.true(rule.tree) for rule in rules if rule is not None))
        except _Unsayable:
            return YES

    def true(self, node: Node) -> str:
        """Return the formula that is true when a condition is true."""
        return self._say(node, when=True)

    def false(self, node: Node) -> str:
        """Return the formula that is true when a condition is false."""
        return self._say(node, when=False)

    def _say(self, node: Node, *, when: bool) -> str:
        if not isinstance(node, Operation):
            raise _Unsayable
        if node.operator == "not":
            return self._say(node.arguments[0], when=not when)
        if node.operator in ("and", "or"):
            join = _all if (node.operator == "and") is when else _any
            return join(*(self._say(argument, when=when) for argument in node.arguments))
        if node.operator == "selected" or (node.operator in ("=", "!=") and self._chosen(node) is not None):
            return self._choice(node, when=when is (node.operator != "!="))
        if node.operator in _COMPARISONS:
            return self._compare(node, when=when)
        raise _Unsayable

    def _chosen(self, node: Operation) -> tuple[Question, str] | None:
        asked, code = node.arguments
        if not isinstance(asked, Variable) or not isinstance(code, Constant):
            return None
        question = self._questions.get(asked.name)
        return (question, str(code.value)) if question and code.value in question.codes() else None

    def _choice(self, node: Operation, *, when: bool) -> str:
        found = self._chosen(node)
        if found is None:
            raise _Unsayable
        question, code = found
        if question.kind == "select_multiple":
            cell = f'{answer_name(question, code)}<>""'
            given = cell if when else f"NOT({cell})"
            return _all(self._asked(question), _any(*_ticks(question)), given)
        cell, label = answer_name(question), _quoted(question.label_of(code))
        return _all(self._asked(question), f'{cell}<>""', f"{cell}{'=' if when else '<>'}{label}")

    def _asked(self, question: Question) -> str:
        return asked_name(question) if any(self._rules[question.name]) else YES

    def _compare(self, node: Operation, *, when: bool) -> str:
        (left, first), (right, second) = (self._number(argument) for argument in node.arguments)
        operator = "<>" if node.operator == "!=" else node.operator
        said = f"{left}{operator}{right}"
        # AND() reckons everything that it is given: IF() keeps a text or an empty cell out of the calculation.
        return f"IF({_all(first, second)},{said if when else f'NOT({said})'},FALSE)"

    def _number(self, node: Node) -> tuple[str, str]:
        """Return the formula of a number, and the one that is true when it is known."""
        if isinstance(node, Constant):
            if isinstance(node.value, str) or node.value is None:
                raise _Unsayable
            return str(node.value), YES
        if isinstance(node, Variable):
            return self._number_of(node.name)
        if node.operator == "count-selected":
            return self._count(node.arguments[0])
        if node.operator not in _SIGNS:
            raise _Unsayable
        (left, first), (right, second) = (self._number(argument) for argument in node.arguments)
        nonzero = f"{right}<>0" if node.operator == "div" else YES
        return f"({left}{_SIGNS[node.operator]}{right})", _all(first, second, nonzero)

    def _number_of(self, name: str) -> tuple[str, str]:
        if name in self._questions:
            question = self._questions[name]
            if question.choices or question.kind == "text":
                raise _Unsayable
            return answer_name(question), _all(self._asked(question), f"ISNUMBER({answer_name(question)})")
        value = self._context.get(name)
        if not isinstance(value, int | float):
            raise _Unsayable
        return str(value), YES

    def _count(self, node: Node) -> tuple[str, str]:
        question = self._questions.get(node.name) if isinstance(node, Variable) else None
        if question is None or question.kind != "select_multiple":
            raise _Unsayable
        ticks = _ticks(question)
        return f"({'+'.join(f'({tick})' for tick in ticks)})", _all(self._asked(question), _any(*ticks))


def _ticks(question: Question) -> list[str]:
    return [f'{answer_name(question, code)}<>""' for code in question.codes()]


_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_SIGNS = {"+": "+", "-": "-", "*": "*", "div": "/"}
