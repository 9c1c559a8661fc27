"""The numbers that are looked at because they are far from those of like units; nothing is corrected here."""

import numpy as np
import polars as pl

from maille.process.impute_tables import OUTLIERS, Asked, numbered
from maille.process.read import with_context
from maille.specs.editing import OutlierTest
from maille.specs.path_columns import path_columns
from maille.stats.outliers import Limits, hidiroglou_berthelot

_KINDS = {"code": pl.String, "number": pl.Float64}


def find_outliers(asked: Asked) -> pl.DataFrame:
    """Return the outliers of a universe, one row a unit, variable and test, in the columns of OUTLIERS."""
    answers = path_columns(asked.questionnaire, with_context(asked.table, asked.units)).answers
    found = [pl.DataFrame(schema={variable.name: _KINDS[variable.kind] for variable in OUTLIERS})]
    for test in asked.plan.outliers:
        for name in test.questions:
            found.append(_tested(asked, answers, test=test, name=name).cast(found[0].schema))
    return pl.concat(found)


def _tested(asked: Asked, answers: pl.DataFrame, *, test: OutlierTest, name: str) -> pl.DataFrame:
    values = asked.numbers((name,), answers)[:, 0]
    former = test.against == "previous"
    question = asked.questionnaire.question(name)
    reference = asked.before(question) if former else asked.numbers((test.against,), answers)[:, 0]
    classes = asked.classes(test.classes, answers)
    rows = np.flatnonzero(np.isfinite(values) & np.isfinite(reference))
    found = hidiroglou_berthelot(
        values[rows],
        against=reference[rows],
        classes=numbered(classes)[rows],
        limits=Limits(u=test.u, a=test.a, c=test.c, minimum=test.minimum),
        importance="largest" if former else "reference",
    )
    table = pl.DataFrame(
        {
            "unit": asked.table["unit"].gather(rows),
            "class": classes.gather(rows),
            "value": values[rows],
            "reference": reference[rows],
            "ratio": found.ratios,
            "effect": found.effects,
            "low": found.low,
            "high": found.high,
        }
    ).filter(pl.Series(found.flagged))
    named = {"universe": asked.universe, "variable": name, "against": test.against}
    return table.with_columns(pl.lit(value).alias(column) for column, value in named.items()).select(
        [variable.name for variable in OUTLIERS]
    )
