"""Which totals are out of reach: what margins must give way, and the smallest sets of them that contradict one another.

Signatures::

    smallest_gaps(start, x, aim, *, limits) -> gaps (p,)
    reach(start, x, *, limits) -> lowest and highest totals (p,) of each margin alone
    conflicts(start, x, aim, *, limits) -> tuple of sets of margins, each irreducible
"""

from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, diags_array, hstack

from maille.stats.arrays import Codes, Floats

NEAR = 1e-8  # relative gap under which a linear programme has given a total


def scale_of(start: Floats, x: Floats, aim: Floats) -> Floats:
    """Return what gaps are relative to: the total, or the sum of absolute values where the total is zero."""
    size = np.where(aim != 0, np.abs(aim), start @ np.abs(x))
    return np.where(size > 0, size, 1.0)


def smallest_gaps(start: Floats, x: Floats, aim: Floats, *, limits: tuple[float, float]) -> Floats:
    """Return the gaps (p,), Σ w x less the totals, of least relative sum, for weights within ``limits`` of ``start``.

    One linear programme in the ratios of weights and two slacks a margin (HiGHS): zero when the totals can be given.
    """
    return _elastic(start, x, aim, limits=limits)[0]


def reach(start: Floats, x: Floats, *, limits: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the lowest and highest totals (p,) that each margin can have alone, the ratios being within ``limits``."""
    low, high = limits
    over, under = start @ np.maximum(x, 0), start @ np.maximum(-x, 0)
    with np.errstate(invalid="ignore"):
        bottom = np.where(over > 0, low * over, 0.0) - np.where(under > 0, high * under, 0.0)
        top = np.where(over > 0, high * over, 0.0) - np.where(under > 0, low * under, 0.0)
    return bottom, top


def conflicts(start: Floats, x: Floats, aim: Floats, *, limits: tuple[float, float]) -> tuple[tuple[int, ...], ...]:
    """Return the smallest contradictions found: every margin impossible alone, else one irreducible set of margins.

    A set is irreducible when any one of its margins taken away lets the others be given. The margins whose dual price
    is not zero at the optimum of the elastic programme prove the contradiction (Farkas); a deletion filter then takes
    out whatever it can do without (Chinneck, Dravnieks, ORSA Journal on Computing 3, 1991, p. 157). Empty when the
    totals can be given.
    """
    bottom, top = reach(start, x, limits=limits)
    slack = NEAR * scale_of(start, x, aim)
    alone = np.flatnonzero((aim < bottom - slack) | (aim > top + slack))
    if len(alone):
        return tuple((int(column),) for column in alone)
    gaps, prices = _elastic(start, x, aim, limits=limits)
    if not (np.abs(gaps) > slack).any():
        return ()
    kept = np.flatnonzero(np.abs(prices) > 1e-9)
    if _given(start, x, aim, kept=kept, limits=limits):
        kept = np.arange(len(aim))
    for column in kept[np.argsort(np.abs(prices[kept]), kind="stable")]:
        fewer = kept[kept != column]
        if not _given(start, x, aim, kept=fewer, limits=limits):
            kept = fewer
    return (tuple(int(column) for column in kept),)


def _given(start: Floats, x: Floats, aim: Floats, *, kept: Codes, limits: tuple[float, float]) -> bool:
    part, total = x[:, kept], aim[kept]
    gaps = _elastic(start, part, total, limits=limits)[0]
    return bool((np.abs(gaps) <= NEAR * scale_of(start, part, total)).all())


def _elastic(start: Floats, x: Floats, aim: Floats, *, limits: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the least gaps (p,) and the dual price of each margin (p,); infinite gaps when HiGHS finds nothing."""
    count = len(aim)
    if not count:
        return np.zeros(0), np.zeros(0)
    scale = scale_of(start, x, aim)
    rows: Any = csr_array((x * start[:, None] / scale).T)
    slack: Any = diags_array(np.ones(count))
    low, high = (None if np.isinf(limit) else limit for limit in limits)
    edges: list[Any] = [(low, high)] * len(start) + [(0, None)] * (2 * count)
    cost = np.concatenate([np.zeros(len(start)), np.ones(2 * count)])
    matrix: Any = hstack([rows, -slack, slack], format="csr")
    solved = linprog(cost, A_eq=matrix, b_eq=aim / scale, bounds=edges, method="highs")
    if solved.x is None:
        return np.full(count, np.inf), np.ones(count)
    tail = solved.x[len(start) :]
    return np.asarray((tail[:count] - tail[count:]) * scale), np.asarray(solved.eqlin.marginals)
