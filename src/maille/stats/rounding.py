"""Controlled rounding: counts rounded to a multiple so that rounded tables still add up.

Signature::

    round_table(values, *, equations, multiple) -> Rounding(.values .moved)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from maille.errors import UserError
from maille.stats.arrays import ArrayInvalid, Floats, floats

NODES = 2_000  # of the search for whole numbers: a count, not a time, so that a run can be repeated


class RoundingImpossible(UserError):
    """No table of multiples near the values adds up, or none was found in the effort allowed."""


@dataclass(frozen=True)
class Rounding:
    """``values`` (n,) multiples that satisfy the equations; ``moved`` how many are not one of the two nearest."""

    values: Floats
    moved: int


def round_table(values: npt.ArrayLike, *, equations: Any, multiple: int) -> Rounding:
    """Return values rounded to ``multiple`` so that ``equations @ rounded = 0``, as near as can be to the values.

    ``values`` (n,) non-negative, ``equations`` (m, n). A value goes to the multiple just below or above, a multiple
    stays (zero-restricted controlled rounding: Cox, JASA 82, 1987). In two dimensions the linear programme gives whole
    numbers by itself; otherwise the search for whole numbers is HiGHS's; where adjacent multiples cannot add up, which
    happens from three dimensions on (Causey, Cox, Ernst, JASA 80, 1985), one multiple further is allowed and counted.
    Raises RoundingImpossible, ArrayInvalid.

    >>> round_table([3.0, 4.0, 7.0], equations=[[1, 1, -1]], multiple=5).values.tolist()
    [5.0, 5.0, 10.0]
    """
    cells = floats(values, "valeurs")
    if (cells < 0).any() or multiple < 2:
        raise ArrayInvalid("On arrondit des effectifs à un multiple d’au moins deux.", where="valeurs", got=multiple)
    matrix = csr_array(equations, dtype=np.float64)
    low, high = np.floor(cells / multiple), np.ceil(cells / multiple)
    for further in (0, 1):
        least, most = np.maximum(low - further, 0), high + further
        for whole in (False, True):
            found = _nearest(cells / multiple, matrix, edges=(least, most), whole=whole)
            if found is not None:
                moved = int(((found < low) | (found > high)).sum())
                return Rounding(found * multiple, moved)
    raise RoundingImpossible(
        "Aucun tableau de multiples proches ne s’additionne.",
        got=f"multiple de {multiple}, {len(cells)} cases",
        hint="prenez un multiple plus petit, ou protégez ce tableau par suppression",
    )


def _nearest(goals: Floats, matrix: Any, *, edges: tuple[Floats, Floats], whole: bool) -> Floats | None:
    """Return whole numbers within ``edges``, nearest to ``goals`` in sum of differences; None when there are none."""
    count = len(goals)
    eye = eye_array(count)
    # Beside each number, its distance to its goal: at least the difference, either way.
    system: Any = vstack(
        [hstack([matrix, csr_array((matrix.shape[0], count))]), hstack([eye, -eye]), hstack([-eye, -eye])],
        format="csr",
    )
    exact = np.zeros(matrix.shape[0])
    solved: Any = milp(
        np.concatenate([np.zeros(count), np.ones(count)]),
        constraints=LinearConstraint(
            system, np.concatenate([exact, np.full(2 * count, -np.inf)]), np.concatenate([exact, goals, -goals])
        ),
        bounds=Bounds(np.concatenate([edges[0], np.zeros(count)]), np.concatenate([edges[1], np.full(count, np.inf)])),
        integrality=np.concatenate([np.full(count, int(whole)), np.zeros(count)]),
        options={"node_limit": NODES, "mip_rel_gap": 1e-6},
    )
    if solved.x is None:
        return None
    found = np.round(solved.x[:count])
    # The linear programme may stop between two whole numbers: then it is not an answer.
    if np.abs(found - solved.x[:count]).max(initial=0.0) > 1e-6 or np.abs(matrix @ found).max(initial=0.0) > 1e-9:
        return None
    return np.asarray(found)
