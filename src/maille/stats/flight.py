"""The flight phase of the cube, compiled: a random walk inside the constraints, one unit at a time.

Signature::

    fly(chances, order, *, rows, draws) -> units still undecided     (``chances`` is changed in place)

The constraints keep Σ_k A_k π_k constant, A_k being a row of ``rows``. A basis of at most q units spans them: each new
unit moves against the basis until one of the q + 1 reaches 0 or 1, and takes the place of the one that left (Deville,
Tillé, Biometrika 91, 2004, p. 899; Chauvet, Tillé, Computational Statistics 21, 2006, p. 55). The inverse of the basis
follows by one exchange a step: O(q²) a unit. It starts from q artificial units that cannot move, which the first units
replace; those that nothing can replace are the constraints that repeat others.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from maille.stats.arrays import Codes, Floats

_TINY = 1e-9
"""A chance nearer than that to 0 or 1 is 0 or 1."""


class _State(NamedTuple):
    """Where the walk is: ``inverse[i]`` is column i of the inverse of the basis, ``members`` its units, −1 artificial.

    ``column`` has the coordinates of the unit considered, ``scale`` what brings each constraint to 1 at most.
    """

    chances: Floats
    rows: Floats
    scale: Floats
    members: Codes
    inverse: Floats
    column: Floats


def fly(chances: Floats, order: Codes, *, rows: Floats, draws: Floats) -> Codes:
    """Move ``chances`` (N,) until as few units as constraints are undecided, and return these units.

    ``order`` (m,) the units that may move, in the order in which they are considered; ``rows`` (N, q) the constraints,
    by unit; ``draws`` (m,) uniform numbers. Each move keeps every expectation.

    >>> chances = np.full(4, 0.5)
    >>> fly(chances, np.arange(4), rows=np.ones((4, 1)), draws=np.full(4, 0.3)).tolist(), float(chances.sum())
    ([], 2.0)
    """
    if not rows.shape[1]:
        chances[order] = draws < chances[order]
        return np.zeros(0, dtype=np.int64)
    by_unit = np.ascontiguousarray(rows, dtype=np.float64)
    many = by_unit.shape[1]
    members, inverse = np.full(many, -1, dtype=np.int64), np.eye(many)
    state = _State(chances, by_unit, _scale(order, by_unit), members, inverse, np.empty(many))
    _walk(state, order, draws)
    left = members[members >= 0]
    sure = (chances[left] < _TINY) | (chances[left] > 1 - _TINY)
    chances[left[sure]] = np.round(chances[left[sure]])
    return np.asarray(left[~sure])


@njit(cache=True)
def _scale(order: Codes, rows: Floats) -> Floats:  # pragma: no cover
    """Return what brings the largest coefficient of each constraint to 1."""
    largest = np.zeros(rows.shape[1])
    for unit in order:
        for i in range(len(largest)):
            largest[i] = max(largest[i], abs(rows[unit, i]))
    for i in range(len(largest)):
        largest[i] = 1.0 / largest[i] if largest[i] > 0 else 1.0
    return largest


@njit(cache=True)
def _walk(state: _State, order: Codes, draws: Floats) -> None:  # pragma: no cover
    """Consider each unit in turn."""
    chances = state.chances
    for step in range(len(order)):
        unit = order[step]
        if chances[unit] < _TINY or chances[unit] > 1 - _TINY:
            chances[unit] = np.round(chances[unit])
            continue
        _coordinates(state, unit)
        place = _artificial(state)
        if place < 0:
            place = _move(state, unit, draws[step])
        if place >= 0:
            state.members[place] = unit
            _exchange(state, place)


@njit(cache=True)
def _coordinates(state: _State, unit: int) -> None:  # pragma: no cover
    """Write in ``column`` the coordinates of a unit in the basis."""
    column, inverse = state.column, state.inverse
    column[:] = 0.0
    for i in range(len(column)):
        value = state.rows[unit, i] * state.scale[i]
        if value != 0.0:
            for j in range(len(column)):
                column[j] += value * inverse[i, j]


@njit(cache=True)
def _artificial(state: _State) -> int:  # pragma: no cover
    """Return the artificial unit that the coordinates lean on most, −1 when they lean on none."""
    best, place = 1e-7, -1
    for j in range(len(state.column)):
        if state.members[j] < 0 and abs(state.column[j]) > best:
            best, place = abs(state.column[j]), j
    return place


@njit(cache=True)
def _move(state: _State, unit: int, draw: float) -> int:  # pragma: no cover
    """Move the unit up or down against the basis until one chance is 0 or 1; return who left, −1 for the unit."""
    chances, members, column = state.chances, state.members, state.column
    up, down = 1.0 - chances[unit], chances[unit]
    up_place, down_place = -1, -1
    for j in range(len(column)):
        slope = column[j]
        if members[j] < 0 or abs(slope) < 1e-11:
            continue
        chance = chances[members[j]]
        rise, fall = chance / slope, (1.0 - chance) / slope
        if slope < 0:
            rise, fall = -fall, -rise
        if rise < up:
            up, up_place = max(rise, 0.0), j
        if fall < down:
            down, down_place = max(fall, 0.0), j
    upward = draw * (up + down) < down
    length, place = (up, up_place) if upward else (-down, down_place)
    chances[unit] += length
    _follow(state, length)
    if place >= 0:
        chances[members[place]] = 1.0 if (column[place] < 0) == upward else 0.0
    else:
        chances[unit] = 1.0 if upward else 0.0
    return place


@njit(cache=True)
def _follow(state: _State, length: float) -> None:  # pragma: no cover
    """Move the basis against the move of the unit, so that no constraint changes."""
    for j in range(len(state.column)):
        if state.members[j] >= 0 and state.column[j] != 0.0:
            state.chances[state.members[j]] -= length * state.column[j]


@njit(cache=True)
def _exchange(state: _State, place: int) -> None:  # pragma: no cover
    """Put the unit of these coordinates at a place of the basis."""
    column, inverse = state.column, state.inverse
    pivot = column[place]
    for i in range(len(column)):
        factor = inverse[i, place] / pivot
        if factor != 0.0:
            for j in range(len(column)):
                inverse[i, j] -= factor * column[j]
            inverse[i, place] = factor
