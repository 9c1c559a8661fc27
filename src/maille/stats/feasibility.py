"""Which totals are out of reach: what margins must give way, and the smallest sets of them that contradict one another.

Signatures::

    smallest_gaps(start, x, aim, *, limits) -> gaps (p,)
    reach(start, x, *, limits) -> lowest and highest totals (p,) of each margin alone
    conflicts(start, x, aim, *, limits) -> tuple of sets of margins, each the smallest
"""

from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, diags_array, hstack

from maille.stats.arrays import Codes, Floats

NEAR = 1e-8  # relative gap under which a linear programme has given a total
ROUNDS = 30  # of the search for the smallest contradiction: a count, not a time, so that an error says the same again


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
    """Return the smallest contradictions: every margin impossible alone, else one set of as few margins as can be.

    Any one of its margins taken away lets the others be given. The smallest set is looked for first; when ``ROUNDS`` do
    not find it, the margins whose dual price is not zero at the optimum of the elastic programme prove the
    contradiction (Farkas), and a deletion filter takes out whatever it can do without (Chinneck, Dravnieks, ORSA
    Journal on Computing 3, 1991, p. 157): no margin is then in excess, but another set may be smaller. Empty when the
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
    found = _smallest(start, x, aim, limits=limits)
    if found is None:
        kept = np.flatnonzero(np.abs(prices) > 1e-9)
        if _given(start, x, aim, kept=kept, limits=limits):
            kept = np.arange(len(aim))
        found = _filtered(start, x, aim, kept=kept[np.argsort(np.abs(prices[kept]), kind="stable")], limits=limits)
    return (tuple(int(column) for column in np.sort(found)),)


def _filtered(start: Floats, x: Floats, aim: Floats, *, kept: Codes, limits: tuple[float, float]) -> Codes:
    """Take out of a contradiction, in order, every margin that it can do without."""
    for column in kept:
        fewer = kept[kept != column]
        if not _given(start, x, aim, kept=fewer, limits=limits):
            kept = fewer
    return kept


def _smallest(start: Floats, x: Floats, aim: Floats, *, limits: tuple[float, float]) -> Codes | None:
    """Return a contradiction of the fewest margins, None when ``ROUNDS`` did not find it.

    A contradiction has a margin of every set without which the totals can be given. The least set that has one of each
    such set known so far is tried: if its totals can be given, the margins that then cannot make one more; if not, no
    contradiction is smaller (Ignatiev, Previti, Liffiton, Marques-Silva, Principles and Practice of Constraint
    Programming, 2015, p. 173).
    """
    without = np.zeros((0, len(aim)))
    for _ in range(ROUNDS):
        least = _touching(without)
        if not _given(start, x, aim, kept=least, limits=limits):
            return least
        dear = np.ones(len(aim))
        dear[least] = 1e4
        gaps = _elastic(start, x, aim, limits=limits, dear=dear)[0]
        lost = np.abs(gaps) > NEAR * scale_of(start, x, aim)
        if lost[least].any() or not lost.any():
            return None
        without = np.vstack([without, lost])
    return None


def _touching(sets: Floats) -> Codes:
    """Return the least set of columns that has one of each row of 0 and 1."""
    if not len(sets):
        return np.zeros(0, dtype=np.int64)
    count = sets.shape[1]
    found: Any = milp(
        np.ones(count),
        constraints=LinearConstraint(sets, 1, np.inf),
        integrality=np.ones(count, dtype=np.int64),
        bounds=Bounds(0, 1),
    )
    return np.flatnonzero(found.x > 0.5)


def _given(start: Floats, x: Floats, aim: Floats, *, kept: Codes, limits: tuple[float, float]) -> bool:
    part, total = x[:, kept], aim[kept]
    gaps = _elastic(start, part, total, limits=limits)[0]
    return bool((np.abs(gaps) <= NEAR * scale_of(start, part, total)).all())


def _elastic(
    start: Floats, x: Floats, aim: Floats, *, limits: tuple[float, float], dear: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return the least gaps (p,) and the dual price of each margin (p,); infinite gaps when HiGHS finds nothing.

    ``dear`` (p,) is what a gap of each margin costs, one for all without it.
    """
    count = len(aim)
    if not count:
        return np.zeros(0), np.zeros(0)
    scale = scale_of(start, x, aim)
    rows: Any = csr_array((x * start[:, None] / scale).T)
    slack: Any = diags_array(np.ones(count))
    low, high = (None if np.isinf(limit) else limit for limit in limits)
    edges: list[Any] = [(low, high)] * len(start) + [(0, None)] * (2 * count)
    price = np.ones(count) if dear is None else dear
    cost = np.concatenate([np.zeros(len(start)), price, price])
    matrix: Any = hstack([rows, -slack, slack], format="csr")
    solved = linprog(cost, A_eq=matrix, b_eq=aim / scale, bounds=edges, method="highs")
    if solved.x is None:
        return np.full(count, np.inf), np.ones(count)
    tail = solved.x[len(start) :]
    return np.asarray((tail[:count] - tail[count:]) * scale), np.asarray(solved.eqlin.marginals)
