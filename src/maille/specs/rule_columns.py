"""A rule over a whole table of answers: an expression of polars that means what ``specs.rule`` says, row by row.

A table of answers has a row a unit and a column a variable, null when its value is not known. A multiple choice is one
boolean column a choice, ``variable__choice``, all null when nothing is known; what a questionnaire knows of the unit
(``population``, ``name``) stands beside, in columns of these names.
"""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from maille.specs.questionnaire import Question, Questionnaire
from maille.specs.rule import Constant, Node, Operation, Rule, Variable, walk
from maille.specs.rule_check import CONTEXT_KINDS, KINDS

_COMPARED: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_CONNECTED: dict[str, Callable[..., pl.Expr]] = {
    "and": lambda a, b: _truth(a) & _truth(b),
    "or": lambda a, b: _truth(a) | _truth(b),
    "not": lambda a: ~_truth(a),
    "if": lambda condition, kept, other: pl.when(_truth(condition)).then(kept).when(~_truth(condition)).then(other),
}
_COMPUTED = {"+": np.add, "-": np.subtract, "*": np.multiply, "div": np.divide, "mod": np.fmod}


def _truth(value: pl.Expr) -> pl.Expr:
    """Return a truth: what is unknown in every row has no type of its own."""
    return value.cast(pl.Boolean)


def tick(variable: str, code: str) -> str:
    """Return the name of the column that tells whether a choice is ticked."""
    return f"{variable}__{code}"


def answer_columns(question: Question) -> tuple[str, ...]:
    """Return the columns of a question in a table of answers."""
    if question.kind == "select_multiple":
        return tuple(tick(question.name, code) for code in question.codes())
    return (question.name,)


def ticks(question: Question, chosen: pl.Expr) -> tuple[pl.Expr, ...]:
    """Return the columns of a multiple choice from the list of the codes that are ticked."""
    return tuple(chosen.list.contains(code).alias(tick(question.name, code)) for code in question.codes())


class RuleColumns:
    """The rules of a questionnaire over tables of answers to it."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.questionnaire = questionnaire

    def expression(self, rule: Rule) -> pl.Expr:
        """Return the value of a rule for each row; raises UnknownVariable when it reads what is not asked."""
        return self._node(rule.tree)

    def known(self, name: str) -> pl.Expr:
        """Tell, for each row, whether the value of a variable is known."""
        return pl.col(answer_columns(self.questionnaire.question(name))[0]).is_not_null()

    def _node(self, node: Node) -> pl.Expr:
        if not any(isinstance(part, Variable) for part in walk(node)):
            return _literal(Rule("", node))
        if isinstance(node, Variable):
            return self._variable(node.name)
        assert isinstance(node, Operation)
        if node.operator == "selected":
            return self._selected(*node.arguments)
        if node.operator == "count-selected":
            return self._count(node.arguments[0])
        return _operation(node.operator, [self._node(argument) for argument in node.arguments])

    def _variable(self, name: str) -> pl.Expr:
        kind = CONTEXT_KINDS.get(name) or KINDS[self.questionnaire.question(name).kind]
        return pl.col(name).cast(pl.Float64) if kind == "number" else pl.col(name)

    def _selected(self, asked: Node, code: Node) -> pl.Expr:
        assert isinstance(asked, Variable)
        assert isinstance(code, Constant)
        question = self.questionnaire.question(asked.name)
        if question.kind != "select_multiple":
            return pl.col(asked.name).eq(pl.lit(code.value))
        if code.value in question.codes():
            return pl.col(tick(asked.name, str(code.value)))
        return pl.when(self.known(asked.name)).then(pl.lit(False))

    def _count(self, chosen: Node) -> pl.Expr:
        """Count the ticks; counting goes inside ``if`` and ``coalesce``, which choose between two sets of ticks."""
        if isinstance(chosen, Operation):
            skipped = 1 if chosen.operator == "if" else 0
            parts = [self._node(argument) for argument in chosen.arguments[:skipped]]
            parts += [self._count(argument) for argument in chosen.arguments[skipped:]]
            return _operation(chosen.operator, parts)
        assert isinstance(chosen, Variable)
        columns = answer_columns(self.questionnaire.question(chosen.name))
        return pl.when(self.known(chosen.name)).then(pl.sum_horizontal(columns).cast(pl.Float64))


def _literal(rule: Rule) -> pl.Expr:
    """Return a constant, once a row: polars does not stretch a lone constant everywhere."""
    value = rule.evaluate({})
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return pl.repeat(float(value) if number else value, pl.len())  # type: ignore[arg-type]


def _operation(operator: str, parts: Sequence[pl.Expr]) -> pl.Expr:
    if operator in _COMPUTED:
        return pl.map_batches(parts, _computation(operator), return_dtype=pl.Float64)
    if operator in _COMPARED:
        return _COMPARED[operator](*parts)
    if operator == "coalesce":
        return pl.coalesce(parts)
    conditions = 1 if operator == "if" else len(parts)
    return _CONNECTED[operator](*(part.cast(pl.Boolean) for part in parts[:conditions]), *parts[conditions:])


def _computation(operator: str) -> Callable[[Sequence[pl.Series]], pl.Series]:
    """Return an operator on series of numbers. In numpy a null is NaN: what is null or not finite ends as null."""

    def compute(series: Sequence[pl.Series]) -> pl.Series:
        with np.errstate(all="ignore"):
            result = _COMPUTED[operator](*(one.cast(pl.Float64).to_numpy() for one in series))
        return pl.Series(np.where(np.isfinite(result), result, np.nan), dtype=pl.Float64, nan_to_null=True)

    return compute
