"""Which cells are secret by themselves, and how far each must stay uncertain."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.specs import Disclosure
from maille.stats.disclosure import (
    dominance_protection,
    dominated,
    percent_protection,
    recoverable,
    too_few,
)

SHARE = "share"


@dataclass(frozen=True)
class Primary:
    """One line a cell: ``secret`` (n,), and ``protection`` (n,), the half-width in the unit of the weighted total."""

    secret: npt.NDArray[np.bool_]
    protection: npt.NDArray[np.float64]


def primary_of(cells: pl.DataFrame, rules: Disclosure) -> Primary:
    """Return which estimates are secret by themselves, and the protection that each would need.

    A share is secret when few respondents have the trait, or few do not; in population, also when one commune makes
    most of those concerned, whose answer the figure would tell. Any other figure is an amount: secret when few
    contribute, when the largest dominates, or when the second could work the largest out. Where the rules say so, a
    cell that says nobody or everybody is secret too.
    """
    share = (cells["kind"] == SHARE).to_numpy()
    yes, respondents = cells["yes"].to_numpy(), cells["respondents"].to_numpy()
    threshold = rules.cells.threshold
    few = np.where(share, too_few(yes, no=np.maximum(respondents - yes, 0), threshold=threshold), False)
    secret = few | _amounts(cells, rules, among=~share)
    secret |= _heavy(cells, rules) & share & (cells["measure"] == "population").to_numpy()
    counted = share & (respondents > 0)
    if rules.groups.zeros == "hide":
        secret |= counted & (yes == 0)
    if rules.groups.everybody == "hide":
        secret |= counted & (yes == respondents)
    return Primary(secret, np.where(share, _of_shares(cells, rules), _of_amounts(cells, rules)))


def _tops(cells: pl.DataFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the totals and the two largest contributions; amounts of opposite signs count by their sizes."""
    tops = cells.select("top1", "top2").fill_null(0).to_numpy().astype(np.float64)
    totals = np.abs(cells["total"].fill_null(0).to_numpy())
    return np.maximum(totals, tops.sum(axis=1)), tops


def _heavy(cells: pl.DataFrame, rules: Disclosure) -> npt.NDArray[np.bool_]:
    totals, tops = _tops(cells)
    return dominated(totals, largest=tops[:, : rules.amounts.contributors], share=rules.amounts.share)


def _amounts(cells: pl.DataFrame, rules: Disclosure, *, among: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    totals, tops = _tops(cells)
    known = recoverable(totals, largest=tops, percent=rules.amounts.percent)
    few = too_few(cells["nonzero"].to_numpy(), threshold=rules.cells.threshold)
    return np.asarray(among & (few | known | _heavy(cells, rules)))


def _of_shares(cells: pl.DataFrame, rules: Disclosure) -> npt.NDArray[np.float64]:
    """Return ``protection.minimum`` respondents of average weight."""
    respondents = np.maximum(cells["respondents"].to_numpy(), 1)
    return np.asarray(rules.protection.minimum * cells["whole"].to_numpy() / respondents)


def _of_amounts(cells: pl.DataFrame, rules: Disclosure) -> npt.NDArray[np.float64]:
    """Return the widest of what the rules ask, and at least p % of the amount."""
    totals, tops = _tops(cells)
    percent, largest = rules.amounts.percent, tops[:, : rules.amounts.contributors]
    widths = [
        percent_protection(totals, largest=tops, percent=percent),
        dominance_protection(totals, largest=largest, share=rules.amounts.share),
        totals * percent / 100,
    ]
    return np.asarray(np.max(widths, axis=0))
