"""What other sources say of the units, joined to the frame: margins to calibrate on, auxiliaries to impute with."""

from collections.abc import Mapping, Sequence

import polars as pl

from maille.catalogue import Variable
from maille.errors import UserError
from maille.specs import UniversePlan
from maille.specs.sample import SourceMargin
from maille.specs.source import STATUSES, source_dataset
from maille.specs.source_value import UNKNOWN, SourceMeasure, candidates, classes_of, placed, said, unit_column

KNOWN = "connu"
NO_ROW = "aucune ligne dans la source"
UNMATCHED = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="margin", label="Marge de calage", kind="code"),
    Variable(name="unit", label="Collectivité", kind="code"),
    Variable(name="name", label="Nom"),
    Variable(name="population", label="Population municipale", kind="integer", unit="habitants"),
    Variable(name="reason", label="Pourquoi la source n’en dit rien"),
)


class SourceLacking(UserError):
    """A source named by a plan is not deposited, or says nothing of what it is asked for."""


def measured(
    measure: SourceMeasure, sources: Mapping[str, pl.DataFrame], frame: pl.DataFrame, *, where: str
) -> pl.DataFrame:
    """Return, for each unit of the frame: unit, key, value and ``class`` (text), null for a measure that is not cut.

    ``where`` names what asks for it. Raises SourceLacking.
    """
    _require(measure, sources, where)
    if not measure.count:
        return placed(measure, sources, frame).with_columns(pl.lit(None, pl.String).alias("class"))
    found = classes_of(measure, sources, frame)
    names = dict(enumerate(found.names))
    return found.units.with_columns(pl.col("class").replace_strict(names, return_dtype=pl.String))


def with_margins(frame: pl.DataFrame, plan: UniversePlan, sources: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the frame with two columns for each margin that a source gives: its class, and its amount.

    The class of an amount says only whether it is known, and the amount is zero where it is not. Raises SourceLacking
    where the plan refuses units of which the source says nothing.
    """
    for item in plan.calibration.sources:
        found = measured(item, sources, frame, where=f"marge « {item.id} »")
        missing = found["value"].is_null()
        if missing.any() and item.missing == "refuse":
            raise _incomplete(item, frame.filter(missing))
        told = found["class"] if item.count else missing.replace_strict({True: UNKNOWN, False: KNOWN})
        frame = frame.with_columns(told.alias(item.id), found["value"].fill_null(0.0).alias(amount_column(item)))
    return frame


def amount_column(item: SourceMargin) -> str:
    """Return the column of the frame that has the amount of a margin."""
    return f"{item.id} (montant)"


def unmatched(
    frame: pl.DataFrame, plan: UniversePlan, sources: Mapping[str, pl.DataFrame], *, universe: str
) -> pl.DataFrame:
    """Return the units of the frame (``with_margins``) of which a source says nothing, one row a margin, and why."""
    rows = [pl.DataFrame(schema={name: pl.Int64 if name == "population" else pl.String for name in _NAMES})]
    for item in plan.calibration.sources:
        lost = frame.filter(pl.col(item.id) == UNKNOWN)
        rows.append(
            lost.select(
                pl.lit(universe).alias("universe"),
                pl.lit(item.id).alias("margin"),
                pl.col(unit_column(lost)).alias("unit"),
                "name",
                pl.col("population").cast(pl.Int64),
                pl.Series("reason", _reasons(item, sources, lost), dtype=pl.String),
            )
        )
    return pl.concat(rows)


_NAMES = tuple(variable.name for variable in UNMATCHED)


def _reasons(item: SourceMargin, sources: Mapping[str, pl.DataFrame], lost: pl.DataFrame) -> list[str]:
    wanted = [item.of, *([item.per] if item.per else [])]
    statuses: dict[str, str] = {}
    for one in wanted:
        rows = said(sources[source_dataset(one.source)], one, item.level)
        empty = rows.filter(pl.col("value").is_null() | (pl.col("value") == 0))
        statuses |= dict(empty.select("key", "status").iter_rows())
    keys = candidates(item.level, lost)
    return [next((STATUSES[statuses[key]] for key in row if key in statuses), NO_ROW) for row in keys]


def _require(measure: SourceMeasure, sources: Mapping[str, pl.DataFrame], where: str) -> None:
    for wanted in [measure.of, *([measure.per] if measure.per else [])]:
        table = sources.get(source_dataset(wanted.source))
        if table is None:
            raise SourceLacking(
                f"la source « {wanted.source} » n’est pas versée.", where=where,
                hint=f"« maille source add FICHIER --as {wanted.source} », puis « maille run »",
            )  # fmt: skip
        if said(table, wanted, measure.level)["value"].drop_nulls().is_empty():
            raise SourceLacking(
                f"la source « {wanted.source} » n’a aucune valeur de « {wanted.variable} » en {wanted.year} "
                f"au niveau « {measure.level} ».",
                where=where, got=", ".join(_held(table, measure.level)) or "rien à ce niveau",
                hint="corrigez la variable, l’année ou le niveau",
            )  # fmt: skip


def _held(table: pl.DataFrame, level: str) -> Sequence[str]:
    rows = table.filter(pl.col("level") == level, pl.col("value").is_not_null())
    return [f"{name} {year}" for name, year in rows.select("variable", "year").unique().sort(pl.all()).head(8).rows()]


def _incomplete(item: SourceMargin, lost: pl.DataFrame) -> SourceLacking:
    first = [f"{row[unit_column(lost)]} {row['name']}" for row in lost.head(5).iter_rows(named=True)]
    return SourceLacking(
        f"la source « {item.of.source} » ne dit rien de {lost.height} collectivité(s) de la base : son total n’est pas "
        "celui de l’univers.",
        where=f"marge « {item.id} »", got=", ".join(first) + (", …" if lost.height > 5 else ""),
        expected="une valeur pour chacune",
        hint="écrivez « missing: class » pour les compter à part, ou prenez une source complète",
    )  # fmt: skip
