"""The numbers that are looked at because they are far from those of like units; nothing is corrected here."""

import numpy as np
import polars as pl

from maille.process.impute_tables import OUTLIERS, Asked, numbered
from maille.process.read import with_context
from maille.specs import read_value
from maille.specs.editing import OutlierTest
from maille.specs.path_columns import path_columns
from maille.specs.previous import source
from maille.stats.arrays import Floats
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
    reference = _before(asked, name) if test.against == "previous" else asked.numbers((test.against,), answers)[:, 0]
    classes = asked.classes(test.classes, answers)
    rows = np.flatnonzero(np.isfinite(values) & np.isfinite(reference))
    found = hidiroglou_berthelot(
        values[rows],
        against=reference[rows],
        classes=numbered(classes)[rows],
        limits=Limits(u=test.u, a=test.a, c=test.c, minimum=test.minimum),
        importance="largest" if test.against == "previous" else "reference",
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


def _before(asked: Asked, name: str) -> Floats:
    """Return the answers (n,) of the edition that the question takes up, NaN where there is none."""
    question = asked.questionnaire.question(name)
    variable = source(question)[1]
    if asked.previous is None or not variable:
        return np.full(asked.table.height, np.nan)
    known = asked.previous.filter(pl.col("variable") == variable)
    numbers = [read_value(question, [text])[0] for text in known["value"]]
    before = known.select("unit").with_columns(pl.Series("before", numbers, dtype=pl.Float64, strict=False))
    joined = asked.table.select("unit").join(before, on="unit", how="left", maintain_order="left")
    return joined["before"].to_numpy().astype(np.float64)
