"""A table of answers, as the rules read it over whole datasets, written from the values of each unit."""

import polars as pl

from maille.specs.rule_columns import ticks

_TYPES = {
    "integer": pl.Int64,
    "year": pl.Int64,
    "decimal": pl.Float64,
    "select_multiple": pl.List(pl.String),
}


def answer_rows(questionnaire, rows):
    columns = {
        "unit": pl.Series([str(place) for place in range(len(rows))], dtype=pl.String),
        "population": pl.Series([row.get("population") for row in rows], dtype=pl.Int64),
        "name": pl.Series([row.get("name") for row in rows], dtype=pl.String),
    }
    chosen = []
    for question in questionnaire.variables():
        given = [row.get(question.name) for row in rows]
        columns[question.name] = pl.Series(given, dtype=_TYPES.get(question.kind, pl.String))
        if question.kind == "select_multiple":
            chosen.extend(ticks(question, pl.col(question.name)))
    return pl.DataFrame(columns).with_columns(chosen)
