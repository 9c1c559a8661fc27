"""The convex problem behind an allocation under constraints, solved by an interior point.

Signature::

    least_sample(weight, *, low, high) -> (counts, multipliers)
"""

from dataclasses import dataclass

import numpy as np

from maille.errors import InternalError
from maille.stats.arrays import Floats

_STEPS, _EXACT, _GROWTH = 1_000, 1e-10, 10.0


class AllocationUnsolved(InternalError):
    """The interior point did not reach the optimum of an allocation that has one."""


@dataclass
class _Point:
    """x = 1 / n; what is left to each constraint, to the least and to the greatest x; how much Σ 1/x weighs.

    The rooms are followed, never recomputed from x: near the optimum they are smaller than its rounding.
    """

    x: Floats
    rooms: tuple[Floats, ...]
    weight: float

    def value(self) -> float:
        """Return the barrier: the weighted sum less the logarithms of the rooms; infinite outside."""
        if any((room <= 0).any() for room in self.rooms):
            return float("inf")
        return float(self.weight * (1 / self.x).sum() - sum(np.log(room).sum() for room in self.rooms))


def least_sample(weight: Floats, *, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the real n of least sum with Σ_h a_hj / n_h ≤ 1 and low ≤ n ≤ high, and the multiplier of each constraint.

    ``weight`` (H, J) a ≥ 0; ``low`` and ``high`` (H,) with n = ``high`` feasible. In x = 1/n the constraints are linear
    and Σ 1/x convex: a logarithmic barrier (Boyd, Vandenberghe, Convex Optimization, 2004, § 11.3), each step solved in
    J equations. A multiplier is how much the sum falls when the 1 of its constraint grows. Raises AllocationUnsolved.

    >>> counts, price = least_sample(np.array([[400.0], [100.0]]), low=np.ones(2), high=np.full(2, 1000.0))
    >>> counts.round(4).tolist(), price.round(2).tolist()
    ([600.0, 300.0], [900.0])
    """
    counts, free = high.astype(np.float64), high > low
    given = weight[~free & (high > 0)] / high[~free & (high > 0), None]
    right = np.maximum(1 - given.sum(axis=0), 0) + 1e-12
    rows = weight[free].T
    useful = rows.sum(axis=1) > 0
    price = np.zeros(weight.shape[1])
    if not free.any() or not useful.any():
        return np.where(free, low, high), price
    least, most = 1 / high[free], 1 / low[free]
    point = _start(rows[useful], right[useful], least, most=most)
    many = len(point.rooms[0]) + 2 * len(least)
    for _ in range(_STEPS):
        if _improve(point, rows[useful]) < 1e-6:
            if many <= _EXACT * point.weight * (1 / point.x).sum():
                counts[free], price[useful] = 1 / point.x, 1 / (point.weight * point.rooms[0])
                return counts, price
            point.weight *= _GROWTH
    raise AllocationUnsolved("L’allocation sous contraintes n’a pas convergé.", got=f"{_STEPS} pas")


def _start(rows: Floats, right: Floats, least: Floats, *, most: Floats) -> _Point:
    """Return a point strictly inside, with multipliers of the right order."""
    share = 0.5
    while (rows @ (least + share * (most - least)) >= right).any() and share > 1e-14:
        share /= 2
    x = least + share * (most - least)
    rooms = (right - rows @ x, x - least, most - x)
    return _Point(x, rooms, sum(len(room) for room in rooms) / float((1 / x).sum()))


def _improve(point: _Point, rows: Floats) -> float:
    """Take one Newton step along the barrier; return its squared decrement before the step."""
    x, (slack, above, below) = point.x, point.rooms
    downhill = point.weight / x**2 - rows.T @ (1 / slack) + 1 / above - 1 / below
    curve = 2 * point.weight / x**3 + above**-2.0 + below**-2.0
    thin = rows / curve
    middle = np.linalg.solve(thin @ rows.T + np.diag(slack**2), thin @ downhill)
    move = downhill / curve - thin.T @ middle
    decrement = max(float(downhill @ move), 0.0)
    moves = (-(rows @ move), move, -move)
    before, length = point.value(), 1.0
    sure = 1 / (1 + 1.5 * np.sqrt(decrement))
    while True:
        rooms = tuple(room + length * change for room, change in zip(point.rooms, moves, strict=True))
        tried = _Point(x + length * move, rooms, point.weight)
        if length <= sure or tried.value() < before - 0.1 * length * decrement:
            break
        length = max(length / 2, sure)
    point.x, point.rooms = tried.x, tried.rooms
    return decrement
