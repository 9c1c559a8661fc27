"""What keeps a row of a research file from being recognised: pseudonyms, masked identifiers, coarser numbers."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import polars as pl

from maille.errors import UserError
from maille.specs.research import Numbers, UniverseFile

MASKED = "masque"
"""The code of an identifier that is not given."""


class ResearchUnsafe(UserError):
    """The file cannot be made anonymous enough by the masks of its specification."""


def derived_key(secret: str, *parts: str) -> bytes:
    """Return the key of one use: HMAC-SHA-256 of the secret over what the use is (RFC 2104), 32 bytes."""
    return hmac.new(secret.encode(), "/".join(parts).encode(), sha256).digest()


def pseudonyms(codes: Iterable[str], key: bytes) -> dict[str, str]:
    """Return a pseudonym, 16 hexadecimal digits, for each code. Raises ResearchUnsafe when two fall together."""
    found = {code: hmac.new(key, code.encode(), sha256).hexdigest()[:16] for code in sorted(set(codes))}
    if len(set(found.values())) != len(found):
        raise ResearchUnsafe("deux pseudonymes sont égaux.", hint="changez la version du fichier.")
    return found


def numbered(codes: Iterable[str], key: bytes) -> dict[str, str]:
    """Return numbers from 1, as texts, for codes, in an order that only the key knows."""
    names = pseudonyms(codes, key)
    return {code: str(place) for place, code in enumerate(sorted(names, key=lambda code: names[code]), start=1)}


def masked(table: pl.DataFrame, plan: UniverseFile, least: int) -> pl.DataFrame:
    """Return the identifiers (text columns of ``plan``) masked where fewer than ``least`` rows share all of them.

    ``epci`` is left out of what is compared: it is given by ``clustered`` afterwards. Raises ResearchUnsafe.
    """
    compared = [name for name in plan.identifiers if name != "epci"]
    for mask in plan.masks:
        rare = pl.len().over(compared) < least
        hidden = [name for name in (mask.name, *mask.hides) if name in table.columns]
        table = table.with_columns(pl.when(rare).then(pl.lit(MASKED)).otherwise(pl.col(hidden)).name.keep())
    return _with_company(table, compared, least, masks=[mask.name for mask in plan.masks])


def _with_company(table: pl.DataFrame, compared: list[str], least: int, *, masks: list[str]) -> pl.DataFrame:
    """Mask whole the smallest classes until the rows left alone, masked whole, are enough."""
    whole = [name for name in table.columns if name in {*compared, "epci"}]
    while table.height and (table.select(pl.len().over(compared)).to_series() < least).any():
        sizes = table.group_by(compared).len().filter(pl.any_horizontal(pl.col(masks) != MASKED))
        if sizes.is_empty():
            raise ResearchUnsafe("le fichier a trop peu de lignes.", got=table.height, expected=f"{least} au moins")
        smallest = sizes.sort("len", *compared).head(1).drop("len")
        chosen = pl.all_horizontal(pl.col(name) == smallest[name][0] for name in compared)
        table = table.with_columns(pl.when(chosen).then(pl.lit(MASKED)).otherwise(pl.col(whole)).name.keep())
    return table


def clustered(table: pl.DataFrame, least: int) -> pl.DataFrame:
    """Return the table with ``epci`` masked where any identifier is, or where fewer than ``least`` rows share it."""
    if "epci" not in table.columns:
        return table
    others = [pl.col(name) == MASKED for name in table.columns if name not in ("epci", "unit")]
    table = table.with_columns(epci=pl.when(pl.any_horizontal(others)).then(pl.lit(MASKED)).otherwise("epci"))
    few = pl.len().over("epci") < least
    return table.with_columns(epci=pl.when(few).then(pl.lit(MASKED)).otherwise("epci"))


def even_weights(weights: pl.Series, classes: pl.DataFrame) -> pl.Series:
    """Return each weight replaced by the mean of its class: the totals of the classes stay, nothing else is told.

    A calibrated weight is a function of the population it was calibrated on: it would give it back.
    """
    table = classes.with_columns(weights.alias("weight"))
    return table.select(pl.col("weight").mean().over(classes.columns)).to_series()


def coarser(values: pl.Series, weights: pl.Series, rule: Numbers) -> tuple[pl.Series, int]:
    """Return numbers with the largest replaced by their weighted mean and the others rounded, and how many were.

    Largest: the ``rule.top`` largest that are not zero, with those equal to the last of them. A zero stays a zero.
    """
    table = pl.DataFrame({"value": values.cast(pl.Float64), "weight": weights})
    positive = table.filter(pl.col("value") > 0)
    if positive.is_empty():
        return values, 0
    limit = float(positive["value"].top_k(min(rule.top, positive.height)).min())  # type: ignore[arg-type]
    top = positive.filter(pl.col("value") >= limit)
    total = float(top["weight"].sum())
    mean = float((top["value"] * top["weight"]).sum()) / total if total else limit
    rounded = pl.col("value").round_sig_figs(rule.digits)
    kept = table.select(pl.when(pl.col("value") >= limit).then(pl.lit(mean)).otherwise(rounded))
    given = kept.to_series()
    return (given.round(0).cast(pl.Int64) if values.dtype == pl.Int64 else given.round(2)), top.height


def smallest_class(table: pl.DataFrame, names: Sequence[str]) -> tuple[int, int, int]:
    """Return the size of the smallest class of rows alike, how many classes, and how many rows are alone."""
    sizes = table.group_by(list(names)).len()["len"].to_list()
    return min(sizes, default=0), len(sizes), sizes.count(1)


def replaced(table: pl.DataFrame, names: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    """Return a table of texts whose codes are replaced column by column; a code without another one stays."""
    return table.with_columns(pl.col(column).replace(codes) for column, codes in names.items() if codes)
