"""What a margin of error gives back when it is published beside a figure that is not.

What is supposed is public: the interval of a share is Wilson's, that of anything else is symmetrical, and the variance
of a share is ``design_effect`` p (1 − p) / n, with the numbers published for other figures of the same domain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtri

Limits = tuple[float, float]
Row = Mapping[str, Any]
HALF_P_VALUE = 0.0005


@dataclass(frozen=True)
class Worth:
    """What the respondents of a domain are worth: their number over the design effect, the least and the most."""

    least: float
    most: float


def worths(cells: Sequence[pl.DataFrame], universes: Mapping[str, str]) -> dict[tuple[str, str, str], Worth]:
    """Return the worth of each domain (universe, measure, domain), from ``cells``, shares that say their precision."""
    found: dict[tuple[str, str, str], Worth] = {}
    for table in cells:
        if not {"respondents", "design_effect"} <= set(table.columns):
            continue
        said = table.filter(pl.col("respondents") > 0, pl.col("design_effect") > 0)
        for row in said.iter_rows(named=True):
            key = (universes[row["table"]], row["measure"], row["domain"])
            here = row["respondents"] / row["design_effect"]
            known = found.get(key, Worth(here, here))
            found[key] = Worth(min(known.least, here), max(known.most, here))
    return found


def leaning(cells: Sequence[pl.DataFrame]) -> dict[str, bool]:
    """Return, for each indicator that some table shows, whether its figures are above one half more often than not."""
    shown = [table.select("indicator", pl.col("estimate").cast(pl.Float64)).drop_nulls() for table in cells]
    if not shown:
        return {}
    middle = pl.concat(shown).group_by("indicator").agg(pl.col("estimate").median() > 50)
    return dict(middle.iter_rows())


def given_back(row: Row, *, kind: str, worth: Worth | None, above: bool = False) -> Limits | None:
    """Return the limits (in the unit of the figure) that what is said of its precision leaves, None without any.

    An error alone fits a share and its complement: ``above`` says that the indicator is rather above one half. The
    interval of a median is in no middle: all that it says is that the median is inside.
    """
    share = kind == "share"
    error, low, high, variation = (row.get(name) for name in ("standard_error", "ci_low", "ci_high", "cv"))
    half = 0.5 * 10.0 ** -int(row.get("decimals") or 1)
    if low is not None and high is not None:
        if kind == "median":
            return low - half, high + half
        ends = _wilson(low, high, half) if share else ((low + high) / 2 - half, (low + high) / 2 + half)
        return max(ends[0], low - half), min(ends[1], high + half)
    if error is not None and variation:
        found = [100 * (error + one) / (variation + other) for one, other in product((-half, half), (-0.05, 0.05))]
        return min(found), max(found)
    if error is not None and share and worth is not None:
        return _from_error(error, half, worth=worth, above=above)
    return None


def error_of(row: Row) -> Limits | None:
    """Return the limits of the standard error that is said, in the unit of the figure, None when it is not."""
    error = row.get("standard_error")
    if error is None:
        return None
    half = 0.5 * 10.0 ** -int(row.get("decimals") or 0)
    return max(error - half, 0.0), error + half


def gap_limits(row: Row) -> Limits | None:
    """Return the limits of a hidden difference: the middle of its interval, or what its error and test say of it."""
    error, chance, low, high = (row.get(name) for name in ("standard_error", "p_value", "ci_low", "ci_high"))
    if low is not None and high is not None:
        return (low + high) / 2 - 0.1, (low + high) / 2 + 0.1
    if error is None or chance is None:
        return None
    most = (error + 0.05) * float(-ndtri(max(chance - HALF_P_VALUE, 1e-6) / 2))
    return -most, most


def _wilson(low: float, high: float, half: float) -> Limits:
    """Return the shares whose Wilson interval is between two rounded bounds, in per cent.

    Both bounds x solve (p − x)² = e x (1 − x), with the same e: p is where the two agree.
    """
    corners = product((low - half, low + half), (high - half, high + half))
    found = [_centre(np.clip(least / 100, 0, 1), np.clip(most / 100, 0, 1)) for least, most in corners]
    return 100 * min(found), 100 * max(found)


def _centre(low: float, high: float) -> float:
    left, right = np.sqrt(low * (1 - low)), np.sqrt(high * (1 - high))
    return float((low * right + high * left) / (left + right)) if left + right > 0 else float(low)


def _from_error(error: float, half: float, *, worth: Worth, above: bool) -> Limits:
    least, most = ((max(error + sign * half, 0.0) / 100) ** 2 for sign in (-1.0, 1.0))
    products = np.minimum([least * worth.least, most * worth.most], 0.25)
    low, high = (100 * (0.5 - np.sqrt(0.25 - products))).tolist()
    return (100 - high, 100 - low) if above else (low, high)
