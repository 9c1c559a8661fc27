"""What is said of a figure's precision, and what is kept back because it could be turned into answers."""

import polars as pl

from maille.specs import Disclosure

PRECISION = ("standard_error", "ci_low", "ci_high", "cv", "design_effect")
NUMBERS = ("respondents", "sampled")
TERRITORIES = ("region", "departement")
WEIGHTS = ("weight_min", "weight_max")


def published(cells: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Return cells as they are published, with their ``status``; ``cells`` are estimates with a column ``secret``."""
    status = status_of(missing=pl.col("estimate").is_null(), zero=pl.col("yes") == 0)
    return written(shown(cells.with_columns(status=status), rules))


def status_of(*, missing: pl.Expr, zero: pl.Expr) -> pl.Expr:
    """Return what is said of a number instead of it: secret first, then not available, then nobody, else its value."""
    said = pl.when("secret").then(pl.lit("secret")).when(missing).then(pl.lit("unavailable"))
    return said.when(zero).then(pl.lit("zero")).otherwise(pl.lit("value"))


def shown(cells: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Return cells whose precision tells no answer; ``cells`` are estimates with a boolean column ``secret``.

    A secret cell loses all its numbers, one too imprecise its number of respondents. Numbers of respondents are
    rounded; those of a territory, and what they can be worked out of (design effect, weights), are left to the table of
    participation, which protects them. An amount made by few keeps its estimate only: with its total, its standard
    error is a second equation on the contributions, which one of three contributors could solve (decision 4).
    """
    multiple = rules.precision.rounding
    rounded = [(pl.col(name) / multiple).round().cast(pl.Int64) * multiple for name in NUMBERS]
    amount = (pl.col("kind") != "share") & (pl.col("nonzero") < rules.precision.contributors)
    kept = [
        *(pl.when(~amount).then(pl.col(name)).alias(name) for name in PRECISION),
        *(number.alias(name) for number, name in zip(rounded, NUMBERS, strict=True)),
    ]
    territory = pl.col("domain_type").is_in(TERRITORIES)
    unsaid = [
        *(pl.when(~territory & pl.col("estimate").is_not_null()).then(pl.col(name)).alias(name) for name in NUMBERS),
        *(pl.when(~territory).then(pl.col(name)).alias(name) for name in ("design_effect", *WEIGHTS)),
    ]
    hidden = ("estimate", "all_observed", "flag", *PRECISION, *NUMBERS, *WEIGHTS)
    emptied = [pl.when(~pl.col("secret")).then(pl.col(name)).alias(name) for name in hidden]
    return cells.with_columns(kept).with_columns(unsaid).with_columns(emptied)


def written(cells: pl.DataFrame) -> pl.DataFrame:
    """Return cells with the decimals that are published: those of the indicator for what is in its unit."""
    tens = 10.0 ** pl.col("decimals")
    numbers = [(pl.col(name) * tens).round() / tens for name in ("estimate", "standard_error", "ci_low", "ci_high")]
    return cells.with_columns(
        *numbers, pl.col("cv").round(1), *(pl.col(name).round(2) for name in ("design_effect", *WEIGHTS))
    )
