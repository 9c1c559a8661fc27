"""The numbers themselves: deduced or lent, one question after the other, in the order of the specification."""

import zlib
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from maille.process.impute_tables import VALUES, WHOLE, Asked, numbered
from maille.process.read import with_context
from maille.specs import encode_value
from maille.specs.editing import Imputation
from maille.specs.path_columns import Path, path_columns
from maille.specs.rule_columns import RuleColumns
from maille.stats.arrays import ArrayInvalid, Codes, Floats, Mask
from maille.stats.imputation import Deck, Imputed, NoDonor, hot_deck, nearest, ratio

_TEXTS = dict.fromkeys((variable.name for variable in VALUES), pl.String)
_LINKS = {"variable": pl.String, "role": pl.String, "unit": pl.String, "pool": pl.Int64}
_LINKS |= {"coefficient": pl.Float64, "spread": pl.Float64}


@dataclass(frozen=True)
class Filled:
    """The ``table`` once filled, the ``values`` that are not collected, the ``links``, the ``summary``, and for each
    variable the rows that were imputed."""

    table: pl.DataFrame
    values: pl.DataFrame
    links: pl.DataFrame
    summary: pl.DataFrame
    imputed: dict[str, pl.Series]


@dataclass(frozen=True)
class _Given:
    """What one method gave to one question: new ``values`` (n,), NaN where it gave none, why, and who lent."""

    values: Floats
    rules: pl.Series
    donors: Mask
    widened: Mask
    links: Imputed | None = None
    rows: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def fill(asked: Asked, outliers: pl.DataFrame) -> Filled:
    """Return the answers with their missing numbers imputed: only those that were asked, as far as is now known.

    ``outliers`` (columns of OUTLIERS) lend nothing. A number without a donor is left missing, and said so.
    """
    return _Filling(asked, outliers).run()


class _Filling:
    def __init__(self, asked: Asked, outliers: pl.DataFrame) -> None:
        self._asked = asked
        self._table = asked.table
        self._rules = RuleColumns(asked.questionnaire)
        self._suspect = {
            str(name): set(part["unit"]) for (name,), part in outliers.group_by("variable", maintain_order=True)
        }
        self._values: list[pl.DataFrame] = [pl.DataFrame(schema=_TEXTS)]
        self._links: list[pl.DataFrame] = [pl.DataFrame(schema=_LINKS)]
        self._summary: list[dict[str, object]] = []
        self._imputed: dict[str, pl.Series] = {}

    def run(self) -> Filled:
        """Impute question after question, then note what is left."""
        for item in self._asked.plan.imputations:
            path = self._path()
            for name in item.questions:
                self._one(item, name, path)
        self._note_missing()
        return Filled(
            table=self._table,
            values=pl.concat(self._values).sort("unit", "variable"),
            links=pl.concat(self._links),
            summary=pl.DataFrame(self._summary, schema_overrides={"class": pl.String}, infer_schema_length=None),
            imputed=self._imputed,
        )

    def _path(self) -> Path:
        return path_columns(self._asked.questionnaire, with_context(self._table, self._asked.units))

    def _one(self, item: Imputation, name: str, path: Path) -> None:
        missing = path.asked[name].to_numpy() & path.answers[name].is_null().to_numpy()
        deduced = item.method == "deductive"
        given = self._deduced(item, missing, path) if deduced else self._lent(item, name, path=path, missing=missing)
        if self._asked.questionnaire.question(name).kind == "integer":
            given.values[:] = np.floor(given.values + 0.5)
        found = pl.Series(np.isfinite(given.values))
        column = self._table[name]
        fresh = pl.Series(name, given.values, nan_to_null=True).cast(column.dtype)
        self._table = self._table.with_columns(pl.when(found).then(fresh).otherwise(pl.col(name)).alias(name))
        self._imputed[name] = self._imputed.get(name, pl.repeat(False, len(found), eager=True)) | found
        self._note_values(item, name, found=found, rules=given.rules)
        self._note_links(name, given)
        self._count(item, name, asked=path.asked[name].to_numpy(), missing=missing, given=given)

    def _deduced(self, item: Imputation, missing: Mask, path: Path) -> _Given:
        assert item.value is not None
        held = pl.lit(True) if item.when is None else self._rules.expression(item.when).fill_null(False)
        table = path.answers.select(value=self._rules.expression(item.value).cast(pl.Float64), held=held)
        value = table["value"].to_numpy().astype(np.float64)
        values = np.where(missing & table["held"].to_numpy(), value, np.nan)
        why = item.when.text if item.when is not None else item.value.text
        nobody = np.zeros(len(values), dtype=np.bool_)
        return _Given(values, pl.Series([why]).new_from_index(0, len(values)), nobody, nobody)

    def _lent(self, item: Imputation, name: str, *, path: Path, missing: Mask) -> _Given:
        auxiliaries = self._asked.numbers(item.auxiliaries, path.answers)
        collected = self._asked.table[name].is_not_null().to_numpy() & path.asked[name].to_numpy()
        suspect = self._asked.table["unit"].is_in(list(self._suspect.get(name, ()))).to_numpy()
        known = np.isfinite(auxiliaries).all(axis=1)
        donors = collected & ~suspect & known
        rows = np.flatnonzero(known & (missing | donors))
        values, widened = np.full(len(missing), np.nan), np.zeros(len(missing), dtype=np.bool_)
        classes = self._asked.nested(item.classes, path.answers)
        rules: list[str | None] = [None] * len(missing)
        weights = self._asked.units["weight"].to_numpy()[rows]
        deck = Deck(
            missing=missing[rows],
            levels=[numbered(level)[rows] for level in classes[:-1]],
            donors=donors[rows],
            weights=weights,
            minimum=item.minimum,
            limit=item.limit,
        )
        answers = path.answers[name].cast(pl.Float64).to_numpy()[rows]
        done = _borrowed(item, answers, deck=deck, auxiliaries=auxiliaries[rows], rng=self._seed(name), name=name)
        if done is None:
            return _Given(values, pl.Series(rules, dtype=pl.String), donors, widened)
        recipients = rows[done.links.recipients]
        values[recipients] = done.values[done.links.recipients]
        widened[recipients] = done.level > 0
        for row, level in zip(recipients.tolist(), done.level.tolist(), strict=True):
            rules[row] = classes[level][row]
        return _Given(values, pl.Series(rules, dtype=pl.String), donors, widened, done, rows)

    def _seed(self, name: str) -> np.random.Generator:
        """Return a generator of its own for each question: another question put before changes no draw."""
        return np.random.default_rng([self._asked.seed, zlib.crc32(f"{self._asked.universe}:{name}".encode())])

    def _note_values(self, item: Imputation, name: str, *, found: pl.Series, rules: pl.Series) -> None:
        kept = pl.DataFrame({"unit": self._table["unit"], "value": self._table[name], "rule": rules}).filter(found)
        used = pl.Series([encode_value(value) for value in kept["value"]], dtype=pl.String)
        written = kept.select(
            unit=pl.col("unit"),
            variable=pl.lit(name),
            collected=pl.lit(None, dtype=pl.String),
            used=used,
            state=pl.lit("imputed"),
            rule=pl.col("rule"),
            who=pl.lit("maille"),
            when=pl.lit(None, dtype=pl.String),
            method=pl.lit(item.method),
            reason=pl.lit(None, dtype=pl.String),
        )
        self._values.append(written)

    def _note_missing(self) -> None:
        path = self._path()
        named = dict.fromkeys(name for item in self._asked.plan.imputations for name in item.questions)
        for name in named:
            left = path.answers.filter(path.asked[name] & path.answers[name].is_null())
            fixed = {"variable": name, "state": "missing"}
            self._values.append(
                left.select(
                    pl.lit(fixed.get(column), dtype=pl.String).alias(column) if column != "unit" else pl.col("unit")
                    for column in _TEXTS
                )
            )

    def _note_links(self, name: str, given: _Given) -> None:
        if given.links is None:
            return
        links, rows = given.links.links, given.rows
        units = self._table["unit"].to_numpy()[rows]
        first = sum(part.height for part in self._links)  # pools of two methods of one question stay apart
        parts = (
            ("recipient", links.recipients, links.pools, links.factors),
            ("donor", links.donors, links.donor_pools, links.shares),
        )
        for role, who, pools, coefficients in parts:
            columns = {"unit": units[who], "pool": pools + first, "coefficient": coefficients}
            table = pl.DataFrame({**columns, "spread": links.spread[who]}).with_columns(
                variable=pl.lit(name), role=pl.lit(role)
            )
            self._links.append(table.select(pl.col(column).cast(kind) for column, kind in _LINKS.items()))

    def _count(self, item: Imputation, name: str, *, asked: Mask, missing: Mask, given: _Given) -> None:
        found = np.isfinite(given.values)
        table = pl.DataFrame(
            {
                "class": self._asked.classes(item.classes[:1], self._table),
                "asked": asked,
                "missing": missing,
                "imputed": found,
                "donors": given.donors,
                "widened": given.widened,
                "left": missing & ~found,
                "heavy": self._asked.units["weight"].to_numpy() * found,
                "weight": self._asked.units["weight"].to_numpy() * asked,
            }
        )
        wanted = [(WHOLE, table)]
        wanted += [(str(code), part) for (code,), part in sorted(table.group_by("class")) if item.classes]
        for code, part in wanted:
            total = part.select(pl.exclude("class").sum()).row(0, named=True)
            heavy, weight = total.pop("heavy"), total.pop("weight")
            rate = total["imputed"] / total["asked"] if total["asked"] else None
            named = {"variable": name, "class": code, "method": item.method}
            self._summary.append({**named, **total, "rate": rate, "rate_weighted": heavy / weight if weight else None})


def _borrowed(
    item: Imputation, values: Floats, *, deck: Deck, auxiliaries: Floats, rng: np.random.Generator, name: str
) -> Imputed | None:
    """Return the values lent, None when nobody needs one or nobody can lend one."""
    if not np.any(deck.missing):
        return None
    try:
        if item.method == "ratio":
            return ratio(values, deck=deck, auxiliary=auxiliaries[:, 0])
        if item.method == "nearest":
            return nearest(values, deck=deck, auxiliaries=auxiliaries)
        return hot_deck(values, deck=deck, rng=rng)
    except NoDonor:
        return None
    except ArrayInvalid as error:
        hint = "changez l’auxiliaire ou la méthode de cette question dans specs/editing"
        raise ArrayInvalid(error.message, where=f"imputation de {name}", got=error.got, hint=hint) from error
