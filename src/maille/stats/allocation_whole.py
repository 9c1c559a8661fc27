"""Whole numbers of units near the real optimum of an allocation under constraints.

Signatures::

    smallest_whole(weight, relaxed, prices, *, bounds) -> counts (H,)
    whole_of_total(weight, relaxed, prices, *, bounds, total, worst) -> counts (H,)

``weight`` (H, J) is a in Σ_h a_hj / n_h ≤ 1, ``relaxed`` (H,) the real optimum, ``prices`` (J,) its multipliers,
``bounds`` the least and the greatest n (H,).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from maille.stats.arrays import Codes, Floats

MET = 1 + 1e-12
_NODES, _MOST, _FEW = 50, 30_000, 30  # a count of nodes, not a time, so that a plan can be repeated
_TRIED = 25

Worst = Callable[[Floats], Floats]
"""What is to be made least, from Σ_h a_hj / n_h of several allocations (…, J): one number each (…)."""


def smallest_whole(weight: Floats, relaxed: Floats, prices: Floats, *, bounds: tuple[Floats, Floats]) -> Codes:
    """Return whole counts that meet every constraint: rounded up, then given back, then searched around the optimum.

    What is given back is what costs least. Where that does not reach the real optimum rounded up, which no whole sample
    can pass, branch and bound (HiGHS) looks for better between the whole numbers on both sides of the optimum, one
    further for 30 strata at most; it stops after 50 nodes, and is left out above 30,000 coefficients.
    """
    counts = _given_back(weight, relaxed, prices, bounds=bounds)
    if counts.sum() > np.ceil(relaxed.sum() - 1e-6) and weight.size <= _MOST:
        counts = _searched(weight, relaxed, counts, bounds=bounds)
    return counts.astype(np.int64)


def whole_of_total(
    weight: Floats, relaxed: Floats, prices: Floats, *, bounds: tuple[Floats, Floats], total: int, worst: Worst
) -> Codes:
    """Return whole counts of a given sum near the optimum, of least ``worst``.

    Rounded down, then given where it helps most, then one unit moved from a stratum to another while that helps.
    """
    low, high = bounds
    counts = np.clip(np.floor(relaxed + 1e-7), low, high)
    while counts.sum() != total:
        step = 1 if counts.sum() < total else -1
        gain = _loss(weight, counts + (step > 0), prices)
        allowed = counts < high if step > 0 else counts > low
        counts[np.argmax(np.where(allowed, step * gain, -np.inf))] += step
    while _moved(weight, counts, prices, bounds=bounds, worst=worst):
        pass
    return counts.astype(np.int64)


def sums(weight: Floats, counts: Floats) -> Floats:
    """Return Σ_h a_hj / n_h (J,): 1 when a constraint is just met; a stratum without units counts for nothing.

    >>> sums(np.array([[2.0], [3.0]]), np.array([4.0, 0.0])).tolist()
    [0.5]
    """
    return np.asarray((weight / np.where(counts > 0, counts, np.inf)[:, None]).sum(axis=0))


def _loss(weight: Floats, counts: Floats, prices: Floats) -> Floats:
    """Return what one unit less in each stratum costs, by the multipliers."""
    return np.asarray((weight @ prices) / np.maximum(counts * (counts - 1), 1e-9))


def _given_back(weight: Floats, relaxed: Floats, prices: Floats, *, bounds: tuple[Floats, Floats]) -> Floats:
    low, high = bounds
    counts = np.minimum(np.ceil(relaxed - 1e-7), high)
    if (sums(weight, counts) > MET).any():
        counts = np.minimum(counts + 1, high)
    held = sums(weight, counts)
    for stratum in np.argsort(_loss(weight, counts, prices), kind="stable"):
        if counts[stratum] - 1 < max(low[stratum], 1):
            continue
        less = held + weight[stratum] * (1 / (counts[stratum] - 1) - 1 / counts[stratum])
        if (less <= MET).all():
            held, counts[stratum] = less, counts[stratum] - 1
    return counts


def _searched(weight: Floats, relaxed: Floats, counts: Floats, *, bounds: tuple[Floats, Floats]) -> Floats:
    """Return the smallest counts that branch and bound finds near the optimum, ``counts`` when it finds no better.

    One variable for each unit that a stratum may have above its least; a / n being convex, the first ones serve first.
    """
    further = 1 if len(counts) <= _FEW else 0
    least = np.minimum(np.maximum(np.floor(relaxed + 1e-7) - further, bounds[0]), counts)
    most = np.maximum(np.minimum(np.ceil(relaxed - 1e-7) + further, bounds[1]), counts)
    many = (most - least).astype(np.int64)
    stratum = np.repeat(np.arange(len(counts)), many)
    before = least[stratum] + np.arange(len(stratum)) - np.repeat(np.cumsum(many) - many, many)
    started = before > 0
    saved = weight[stratum] * np.where(started, 1 / np.maximum(before, 1) - 1 / (before + 1), 0.0)[:, None]
    solved: Any = milp(
        np.ones(len(stratum)),
        constraints=LinearConstraint(saved.T, sums(weight, least) - 1, np.inf),
        integrality=np.ones(len(stratum), dtype=np.int64),
        bounds=Bounds(0, 1),
        options={"node_limit": _NODES},
    )
    if solved.x is None:
        return counts
    found = least + np.bincount(stratum, np.round(solved.x), minlength=len(counts))
    return found if found.sum() < counts.sum() and (sums(weight, found) <= MET).all() else counts


def _moved(weight: Floats, counts: Floats, prices: Floats, *, bounds: tuple[Floats, Floats], worst: Worst) -> bool:
    """Move one unit between two strata, in place, where it lowers ``worst`` most; return whether it did.

    Tried from the strata that lose least and to those that gain most.
    """
    low, high = bounds
    held = sums(weight, counts)
    gone = np.where(counts - 1 >= np.maximum(low, 1), _loss(weight, counts, prices), np.inf)
    come = np.where(counts < high, _loss(weight, counts + 1, prices), -np.inf)
    givers, takers = np.argsort(gone, kind="stable")[:_TRIED], np.argsort(-come, kind="stable")[:_TRIED]
    givers, takers = givers[np.isfinite(gone[givers])], takers[np.isfinite(come[takers])]
    if not len(givers) or not len(takers):
        return False
    more = weight[givers] * (1 / (counts[givers] - 1) - 1 / counts[givers])[:, None]
    less = weight[takers] * (1 / np.maximum(counts[takers], 1) - 1 / (counts[takers] + 1))[:, None]
    tried = worst(held + more[:, None, :] - less[None, :, :])
    giver, taker = np.unravel_index(int(tried.argmin()), tried.shape)
    if givers[giver] == takers[taker] or not tried[giver, taker] < worst(held) * (1 - 1e-9):
        return False
    counts[givers[giver]] -= 1
    counts[takers[taker]] += 1
    return True
