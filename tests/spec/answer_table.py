"""A table of answers, as ``rule_columns`` reads it, from the values of each unit."""

import polars as pl

from maille.specs.rule_columns import tick

_TYPES = {"integer": pl.Int64, "year": pl.Int64, "decimal": pl.Float64}


def table(questionnaire, rows):
    columns = {
        "population": pl.Series([row.get("population") for row in rows], dtype=pl.Int64),
        "name": pl.Series([row.get("name") for row in rows], dtype=pl.String),
    }
    for question in questionnaire.variables():
        given = [row.get(question.name) for row in rows]
        if question.kind == "select_multiple":
            for code in question.codes():
                ticked = [None if value is None else code in value for value in given]
                columns[tick(question.name, code)] = pl.Series(ticked, dtype=pl.Boolean)
        else:
            columns[question.name] = pl.Series(given, dtype=_TYPES.get(question.kind, pl.String))
    return pl.DataFrame(columns)
