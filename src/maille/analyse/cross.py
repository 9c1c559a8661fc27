"""Crossings: indicators of the survey by classes of what another source says, and the difference of the extremes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtr

from maille.analyse.domains import Domains
from maille.analyse.estimate import ESTIMATES, LOW_PRECISION, SOURCE, flagged, people_of
from maille.analyse.measured import Values, measured
from maille.analyse.respondents import Respondents
from maille.catalogue import Draft, Materials, Variable
from maille.specs import Indicator, load_indicators, load_precision
from maille.specs.crossing import Crossing, load_crossings
from maille.specs.source_value import Classes, classes_of
from maille.stats.differences import domain_differences
from maille.stats.intervals import half_width

CLASS, DIFFERENCE = "class", "difference"
ROWS = {CLASS: "chiffre d’une classe", DIFFERENCE: "écart de la dernière classe à la première"}
CROSSED = (
    Variable(name="crossing", label="Croisement", kind="code"),
    Variable(name="row", label="Nature de la ligne", kind="code", codes=ROWS),
    Variable(name="label", label="Classe"),
    Variable(name="class_low", label="Plus petite valeur de la source dans la classe", kind="number"),
    Variable(name="class_high", label="Plus grande valeur de la source dans la classe", kind="number"),
    Variable(name="territories", label="Territoires de la classe", kind="integer"),
    Variable(name="p_value", label="Chance d’un tel écart si les deux classes étaient pareilles", kind="number"),
    *ESTIMATES,
)
CLASSES = (
    Variable(name="crossing", label="Croisement", kind="code"),
    Variable(name="domain", label="Classe", kind="code"),
    Variable(name="key", label="Territoire de la source", kind="code"),
    Variable(name="value", label="Valeur classée", kind="number"),
    Variable(name="region", label="Région", kind="code"),
    Variable(name="departement", label="Département", kind="code"),
)
_SCHEMA = {"code": pl.String, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean, "text": pl.String}
_CLASS = "#class"
Floats = npt.NDArray[np.float64]


class _ClassDomains(Domains):
    def codes(self, units: pl.DataFrame) -> npt.NDArray[np.int64]:
        return units[_CLASS].to_numpy()


def cross(edition: str, materials: Materials) -> list[Draft]:
    """Return the crossings of the edition, secret, and which territory is in which class.

    A crossing whose sources are not deposited is left out: both tables are empty when none is. Classes are domains of
    one sample: their estimates and the variance of their difference are those of any domain.
    """
    rules = load_precision(materials.specs / "precision.yaml")
    indicators = load_indicators(materials.specs / "indicators")
    cells, classes = [_empty(CROSSED)], [_empty(CLASSES)]
    people: dict[str, Respondents] = {}
    for crossing in load_crossings(materials.specs, edition).values():
        if any(name not in materials.inputs for name in crossing.sources):
            continue
        if crossing.universe not in people:
            people[crossing.universe] = people_of(edition, crossing.universe, materials)
        mine = people[crossing.universe]
        found = classes_of(crossing, {name: materials.inputs[name].table for name in crossing.sources}, mine.frame)
        wanted = [indicators[name] for name in crossing.indicators]
        rows = pl.concat(list(_cells(crossing, wanted, found, people=mine)), how="diagonal_relaxed")
        cells.append(_columns(_doubted(flagged(_columns(rows, CROSSED), rules), found), CROSSED))
        classes.append(_columns(_members(crossing, found, mine.frame), CLASSES))
    return [
        _draft(edition, "crossings", pl.concat(cells), described=CROSSED),
        _draft(edition, "crossing-classes", pl.concat(classes), described=CLASSES),
    ]


def _cells(
    crossing: Crossing, indicators: Sequence[Indicator], classes: Classes, *, people: Respondents
) -> Iterator[pl.DataFrame]:
    count = len(classes.names)
    nowhere = (None,) * count
    domains = _ClassDomains("total", classes.names, ((0, None),) * count, nowhere, nowhere)
    placed = replace(
        people,
        table=_placed(people.table, "unit", classes),
        sample=_placed(people.sample, "unit", classes),
        frame=_placed(people.frame, "code", classes),
    )
    described = _described(crossing, classes)
    for kind in dict.fromkeys(item.kind for item in indicators):
        mine = [item for item in indicators if item.kind == kind]
        measure = crossing.measure_of(mine[0])
        tables = measured(placed, mine, measure=measure, domains=domains)
        gaps = _differences(mine, classes, measure=measure, people=placed, errors=_errors(tables))
        for item, table in zip(mine, tables, strict=True):
            said = table.with_columns(domain_type=pl.lit("class"), row=pl.lit(CLASS)).hstack(described)
            rows = pl.concat([said, *([gaps[item.id]] if item.id in gaps else [])], how="diagonal_relaxed")
            yield rows.with_columns(
                crossing=pl.lit(crossing.id),
                table=pl.lit(crossing.id),
                universe=pl.lit(crossing.universe),
                indicator=pl.lit(item.id),
                measure=pl.lit(measure),
                kind=pl.lit(item.kind),
                unit=pl.lit(item.unit),
                decimals=pl.lit(item.decimals, pl.Int64),
            )


def _placed(units: pl.DataFrame, key: str, classes: Classes) -> pl.DataFrame:
    codes = dict(classes.units.select("unit", "class").iter_rows())
    return units.with_columns(pl.col(key).replace_strict(codes, return_dtype=pl.Int64).alias(_CLASS))


def _described(crossing: Crossing, classes: Classes) -> pl.DataFrame:
    territories = classes.units.drop_nulls("key").unique("key")
    by_class = territories.group_by("class").agg(
        pl.col("value").min().alias("class_low"), pl.col("value").max().alias("class_high"), territories=pl.len()
    )
    labels = (*crossing.labels, "Source muette : secret, absence ou territoire inconnu")[: len(classes.names)]
    every = pl.DataFrame({"class": range(len(labels)), "label": labels}, schema={"class": pl.Int64, "label": pl.String})
    return every.join(by_class, on="class", how="left", maintain_order="left").drop("class")


def _errors(tables: Sequence[pl.DataFrame]) -> Floats:
    """Return the standard errors (D, v) of the classes, imputation and giants included, NaN where there are none."""
    return np.column_stack([table["standard_error"].fill_null(np.nan).to_numpy() for table in tables])


def _differences(
    indicators: Sequence[Indicator], classes: Classes, *, measure: str, people: Respondents, errors: Floats
) -> dict[str, pl.DataFrame]:
    """Return, by indicator, the last known class less the first, with its interval and its test.

    The variance is that of both classes less twice their covariance in the sample. What imputation and giants add to
    each is taken as independent: a donor of both classes would make the error smaller, never larger.
    """
    where = people.table[_CLASS].to_numpy()
    last = classes.known - 1
    if not {0, last} <= set(where.tolist()):
        return {}
    values = Values.of(people, indicators, measure)
    found = domain_differences(
        values.above, design=people.design, pairs=[[last, 0]], domains=where, denominators=values.below
    )
    scale = 100.0 if indicators[0].kind == "share" else 1.0
    estimate, shared = scale * found.estimate[0], scale**2 * found.covariance[0]
    error = np.sqrt(np.maximum(errors[last] ** 2 + errors[0] ** 2 - 2 * shared, 0.0))
    half = half_width(error)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = 2 * ndtr(-np.abs(estimate / error))
    gap = {"estimate": estimate, "standard_error": error, "ci_low": estimate - half, "ci_high": estimate + half}
    return {
        item.id: pl.DataFrame(
            {
                "row": [DIFFERENCE],
                "domain_type": ["class"],
                "domain": [DIFFERENCE],
                "label": ["Écart de la dernière classe à la première"],
                **{name: values[[place]] for name, values in (gap | {"p_value": chance}).items()},
            }
        )
        for place, item in enumerate(indicators)
    }


def _doubted(rows: pl.DataFrame, classes: Classes) -> pl.DataFrame:
    """Return the rows with the differences flagged as imprecise where one of their classes is."""
    ends = pl.col("domain").is_in([classes.names[0], classes.names[classes.known - 1]])
    doubtful = rows.filter(ends, pl.col("flag") == LOW_PRECISION)["indicator"].unique().to_list()
    gap = (pl.col("row") == DIFFERENCE) & pl.col("indicator").is_in(doubtful)
    return rows.with_columns(flag=pl.when(gap).then(pl.lit(LOW_PRECISION)).otherwise("flag"))


def _members(crossing: Crossing, classes: Classes, frame: pl.DataFrame) -> pl.DataFrame:
    placed = classes.units.join(frame.select("region", "departement", unit="code"), on="unit", maintain_order="left")
    kept = placed.with_columns(
        crossing=pl.lit(crossing.id),
        domain=pl.col("class").replace_strict(dict(enumerate(classes.names)), return_dtype=pl.String),
    )
    return kept.unique(["domain", "key", "departement"], maintain_order=True).sort("domain", "departement", "key")


def _columns(rows: pl.DataFrame, described: Sequence[Variable]) -> pl.DataFrame:
    wanted = {variable.name: _SCHEMA[variable.kind] for variable in described}
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in wanted.items() if name not in rows.columns]
    return rows.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in wanted.items())


def _empty(described: Sequence[Variable]) -> pl.DataFrame:
    return pl.DataFrame(schema={variable.name: _SCHEMA[variable.kind] for variable in described})


def _draft(edition: str, what: str, table: pl.DataFrame, *, described: tuple[Variable, ...]) -> Draft:
    titles = {"crossings": "Croisements avec d’autres sources", "crossing-classes": "Classes des croisements"}
    return Draft(
        name=f"analysed/{edition}/{what}",
        table=table,
        title=titles[what],
        variables=described,
        source=SOURCE,
        vintage=edition,
    )
