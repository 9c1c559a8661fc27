"""The answers that something doubts: a rule, the edition before, like authorities, the intercommunalité."""

import numpy as np
import polars as pl

from maille.process.contradictions import sides
from maille.process.impute_tables import Asked, numbered
from maille.specs import encode_value
from maille.specs.path_columns import path_columns
from maille.specs.questionnaire import Question
from maille.stats.arrays import Codes
from maille.stats.editing import anticipated

KINDS = {
    "error": "réponse impossible",
    "contradiction": "contradiction avec l’intercommunalité",
    "previous": "écart avec l’édition précédente",
    "outlier": "loin de celles de collectivités semblables",
    "rule": "réponse à confirmer",
    "decided": "décision déjà prise",
}
"""Why an answer is in the queue, the most serious first."""

_FINDING = dict.fromkeys(("unit", "variable", "kind", "message", "rule"), pl.String)
_NUMBERS = ("integer", "decimal")


def findings(
    universe: str, *, checks: pl.DataFrame, outliers: pl.DataFrame, contradictions: pl.DataFrame, decided: pl.DataFrame
) -> pl.DataFrame:
    """Return one row a doubted answer: unit, variable, kind (the most serious), message and rule (all of them)."""
    mine = pl.col("universe") == universe
    kind = (
        pl.when(pl.col("severity") == "error")
        .then(pl.lit("error"))
        .when(pl.col("rule").str.starts_with("écart avec"))
        .then(pl.lit("previous"))
        .otherwise(pl.lit("rule"))
    )
    parts = [
        pl.DataFrame(schema=_FINDING),
        checks.filter(mine).select("unit", kind=kind, variable="question", message="message", rule="rule"),
        _far(outliers.filter(mine)),
        *(_contradicted(side.filter(mine)) for side in sides(contradictions)),
        decided.filter(mine).select("unit", "variable", kind=pl.lit("decided"), message=pl.lit(""), rule=pl.lit("")),
    ]
    rank = pl.col("kind").replace_strict({name: place for place, name in enumerate(KINDS)}, return_dtype=pl.Int64)
    told = pl.concat([part.select(list(_FINDING)) for part in parts]).with_columns(rank=rank)
    alone = pl.lit("Plus rien ne signale cette réponse depuis la décision.")
    return (
        told.sort("unit", "variable", "rank")
        .group_by("unit", "variable", maintain_order=True)
        .agg(
            pl.col("kind").first(),
            pl.col("message").filter(pl.col("message") != "").unique(maintain_order=True).str.join(" "),
            pl.col("rule").filter(pl.col("rule") != "").unique(maintain_order=True).str.join(" ; "),
        )
        .with_columns(message=pl.when(pl.col("kind") == "decided").then(alone).otherwise("message"))
    )


def _far(outliers: pl.DataFrame) -> pl.DataFrame:
    """Return the outliers as findings; the ratio is told in words."""
    against = (
        pl.when(pl.col("against") == "previous")
        .then(pl.lit("à la réponse de l’édition précédente"))
        .when(pl.col("against") == "population")
        .then(pl.lit("à la population"))
        .otherwise("against")
    )
    high = (
        pl.when(pl.col("effect") > pl.col("high")).then(pl.lit("bien au-dessus")).otherwise(pl.lit("bien en dessous"))
    )
    message = pl.format("Rapport {}, {} de celui des collectivités semblables.", against, high)
    return outliers.select(
        "unit", "variable", kind=pl.lit("outlier"), message=message, rule=pl.lit("loin des semblables")
    )


def _contradicted(side: pl.DataFrame) -> pl.DataFrame:
    about = (
        pl.when(pl.col("universe") == "communes").then(pl.lit("L’intercommunalité")).otherwise(pl.lit("Une commune"))
    )
    message = pl.format("{} ({}) répond « {} » sur le même fait.", about, "other", "other_value")
    return side.select("unit", "variable", kind=pl.lit("contradiction"), message=message, rule="rule")


def expected_values(asked: Asked, wanted: pl.DataFrame, contradictions: pl.DataFrame) -> pl.DataFrame:
    """Return unit, variable, ``expected`` (as text) and ``expected_from``, for the answers that something foretells.

    A number: the answer of the edition before, else the median of the ratio to the population of the class, times the
    population. A contradicted answer: what the other side says. ``wanted`` has unit and variable.
    """
    empty = dict.fromkeys(("unit", "variable", "expected", "expected_from"), pl.String)
    parts = [pl.DataFrame(schema=empty)]
    answers = path_columns(asked.questionnaire, with_names(asked)).answers
    classes = numbered(asked.classes(("size_band",), answers))
    for (name,), part in wanted.group_by("variable", maintain_order=True):
        question = asked.questionnaire.question(str(name))
        if question.kind in _NUMBERS:
            parts.append(
                _foretold(asked, question, answers=answers, classes=classes).join(
                    part.select("unit"), on="unit", how="semi"
                )
            )
    for side in sides(contradictions):
        mine = side.filter(pl.col("universe") == asked.universe)
        said = mine.select("unit", "variable", expected="other_value", expected_from=pl.lit("other"))
        parts.append(said.unique(["unit", "variable"], keep="first", maintain_order=True))
    return pl.concat([part.select(list(empty)) for part in parts]).unique(["unit", "variable"], keep="first")


def with_names(asked: Asked) -> pl.DataFrame:
    """Return the answers with what the rules know of each unit."""
    return asked.table.with_columns(asked.units["population"], asked.units["name"])


def _foretold(asked: Asked, question: Question, *, answers: pl.DataFrame, classes: Codes) -> pl.DataFrame:
    values = asked.numbers((question.name,), answers)[:, 0]
    sizes = asked.units["population"].cast(pl.Float64).to_numpy()
    found = anticipated(values, sizes=sizes, classes=classes, previous=asked.before(question))
    digits = 0 if question.kind == "integer" else 1
    number = int if question.kind == "integer" else float
    texts = [
        encode_value(number(round(value, digits))) if np.isfinite(value) else None for value in found.values.tolist()
    ]
    table = pl.DataFrame({"unit": asked.table["unit"], "expected": pl.Series(texts, dtype=pl.String)})
    origin = pl.when(pl.Series(found.from_previous)).then(pl.lit("previous")).otherwise(pl.lit("size"))
    return table.with_columns(variable=pl.lit(question.name), expected_from=origin).drop_nulls("expected")
