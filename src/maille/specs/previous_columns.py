"""The distance to the edition before over a whole table of answers: the rule of ``specs.previous``, row by row."""

from collections.abc import Iterator

import polars as pl

from maille.specs.answer import read_value
from maille.specs.path import Finding
from maille.specs.path_columns import path_columns
from maille.specs.previous import FACTOR, compared, is_repeated, source, year_of
from maille.specs.problem import AnswerInvalid
from maille.specs.questionnaire import Question, Questionnaire


def moved_columns(
    questionnaire: Questionnaire, table: pl.DataFrame, former: pl.DataFrame
) -> Iterator[tuple[int, Finding]]:
    """Yield the numbers that moved by ``FACTOR`` or more since the edition before: the place of the row, the finding.

    ``table`` has the columns of ``find_columns``; ``former`` has unit, survey, variable and value, as the former
    edition wrote it: what the question would refuse today is not compared. Findings come question by question.
    """
    asked = path_columns(questionnaire, table).asked
    now = questionnaire.edition_year or questionnaire.reference_year
    for question in questionnaire.variables():
        survey, variable = source(question)
        year = year_of(survey)
        if not is_repeated(question) or question.kind not in ("integer", "decimal") or year is None:
            continue
        told = former.filter(pl.col("survey") == survey, pl.col("variable") == variable)
        rows = table.select("unit", value=pl.when(asked[question.name]).then(pl.col(question.name))).with_row_index()
        both = rows.join(numbers_before(question, told), on="unit", how="inner", maintain_order="left")
        far = pl.max_horizontal(pl.col("value") / pl.col("before"), pl.col("before") / pl.col("value")) >= FACTOR
        moved = both.filter(pl.col("value") > 0, pl.col("before") > 0, far)
        for row, value, before in moved.select("index", "value", "before").iter_rows():
            finding = compared(question, value, before, years=(year, now))
            if finding is not None:
                yield row, finding


def numbers_before(question: Question, told: pl.DataFrame) -> pl.DataFrame:
    """Return the ``unit`` and the number ``before`` of what units told, without what the question cannot read."""
    texts = told["value"].drop_nulls().unique().to_list()
    read = {text: _read(question, text) for text in texts}
    number = pl.Int64 if question.kind == "integer" else pl.Float64
    before = pl.col("value").replace_strict(read, default=None, return_dtype=number)
    return told.select("unit", before=before).drop_nulls()


def _read(question: Question, text: str) -> float | int | None:
    try:
        value = read_value(question, [text])[0]
    except AnswerInvalid:
        return None
    return value if isinstance(value, int | float) else None
