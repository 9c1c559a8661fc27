"""The path and the findings of ``specs.path`` over a whole table of answers (its shape is that of ``rule_columns``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import compress

import polars as pl

from maille.specs.answer import FIELD, fill_text
from maille.specs.path import Finding, missing_message, soft_severity
from maille.specs.questionnaire import CONTEXT, Question, Questionnaire
from maille.specs.rule import Rule, Value
from maille.specs.rule_columns import RuleColumns, answer_columns

_SOFT = 2


@dataclass(frozen=True)
class Path:
    """For each row: ``asked``, one boolean column a variable, and ``answers``, the table without what is not asked."""

    asked: pl.DataFrame
    answers: pl.DataFrame


def path_columns(questionnaire: Questionnaire, table: pl.DataFrame) -> Path:
    """Return which variables are on the path of each row of a table of answers.

    As in ``applicable``, the answer to a question that is not asked counts as null for those that depend on it; here
    the questions are taken in an order where each comes after those that it depends on. Raises CycleError.
    """
    rules = RuleColumns(questionnaire)
    conditions = {
        question.name: [rule for rule in (section.relevant, question.relevant) if rule is not None]
        for section in questionnaire.sections
        for question in section.questions
    }
    order = TopologicalSorter(
        {
            name: [read for rule in own for read in rule.variables() if read in conditions]
            for name, own in conditions.items()
        }
    )
    order.prepare()
    asked: dict[str, pl.Series] = {}
    while order.is_active():
        level = order.get_ready()
        drawn = table.with_columns(_asked(rules, conditions[name]).alias(name) for name in level)
        asked |= {name: drawn[name] for name in level}
        table = table.with_columns(
            pl.when(asked[name]).then(pl.col(column)).alias(column)
            for name in level
            for column in answer_columns(questionnaire.question(name))
        )
        order.done(*level)
    return Path(pl.DataFrame([asked[name] for name in conditions]), table)


def _asked(rules: RuleColumns, conditions: list[Rule]) -> pl.Expr:
    return pl.all_horizontal(pl.lit(True), *(rules.expression(rule).fill_null(False) for rule in conditions))


def find_columns(questionnaire: Questionnaire, table: pl.DataFrame) -> Iterator[tuple[int, Finding]]:
    """Yield what ``check_section`` finds in every section of every row: the place of the row, then the finding.

    Findings come question by question. A number that may be unknown and has no value is taken as unknown.
    """
    path = path_columns(questionnaire, table)
    rules = RuleColumns(questionnaire)
    checked = [question for question in questionnaire.variables() if _is_checked(question)]
    values = _Values(questionnaire, path.answers)
    verdicts = path.answers.with_columns(_verdict(rules, question).alias(question.name) for question in checked)
    for question in checked:
        verdict = pl.when(path.asked[question.name]).then(verdicts[question.name])
        rows = path.answers.select(verdict.alias("verdict")).with_row_index("row").drop_nulls()
        if rows.height:
            yield from _described(question, rows, values=values)


def _is_checked(question: Question) -> bool:
    return question.required or question.constraint is not None or question.soft_check is not None


def _verdict(rules: RuleColumns, question: Question) -> pl.Expr:
    """Return the place of the first check that complains, null when none does."""
    expected = question.required and not question.unknown
    broken = [pl.lit(expected) & ~rules.known(question.name)]
    for rule in (question.constraint, question.soft_check):
        broken.append(
            pl.lit(False) if rule is None else rules.expression(rule).cast(pl.Boolean).not_().fill_null(False)
        )
    return pl.coalesce(pl.when(complaint).then(pl.lit(place)) for place, complaint in enumerate(broken))


def _described(question: Question, rows: pl.DataFrame, *, values: "_Values") -> Iterator[tuple[int, Finding]]:
    messages = (missing_message(question), question.constraint_message or "", question.soft_message or "")
    for place, verdict in rows.iter_rows():
        message = fill_text(messages[verdict], values.of(place, messages[verdict])) if verdict else messages[0]
        severity = soft_severity(question) if verdict == _SOFT else "error"
        yield place, Finding(question=question.name, severity=severity, message=message)


class _Values:
    """The values that the messages quote, a column read once."""

    def __init__(self, questionnaire: Questionnaire, answers: pl.DataFrame) -> None:
        self._questionnaire = questionnaire
        self._answers = answers
        self._columns: dict[str, list[Value]] = {}

    def of(self, place: int, message: str) -> dict[str, Value]:
        """Return what a message quotes of a row."""
        return {name: self._column(name)[place] for name in FIELD.findall(message)}

    def _column(self, name: str) -> list[Value]:
        if name not in self._columns:
            self._columns[name] = self._read(name)
        return self._columns[name]

    def _read(self, name: str) -> list[Value]:
        if name in CONTEXT or self._questionnaire.question(name).kind != "select_multiple":
            return self._answers[name].to_list()
        codes = self._questionnaire.question(name).codes()
        rows = self._answers.select(answer_columns(self._questionnaire.question(name))).iter_rows()
        return [None if None in row else tuple(compress(codes, row)) for row in rows]
