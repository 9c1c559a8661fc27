"""The audit of a protected table: how near an intruder gets to each hidden cell.

Signature::

    audit(values, hidden, *, equations, protection, bounds=(0, inf)) -> Audit(.low .high .unsafe)

Written apart from ``suppression`` and sharing no code with it: whoever hides does not judge.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csc_array, csr_array, eye_array, kron
from scipy.sparse.csgraph import connected_components

from maille.errors import InternalError, UserError
from maille.stats.arrays import Codes, Floats, Mask, floats, mask

COLUMNS = 2_000  # of programmes solved in one call: its overhead is several times the time of a small programme


class TableInvalid(UserError):
    """The values do not satisfy the equations of the table, or stand outside their bounds."""


class AuditFailed(InternalError):
    """The solver did not answer: nothing may be published."""


@dataclass(frozen=True)
class Audit:
    """``low`` and ``high`` (n,) what an intruder deduces of each cell, ``unsafe`` the cells known too well."""

    low: Floats
    high: Floats
    unsafe: Codes


def audit(
    values: npt.ArrayLike,
    hidden: npt.ArrayLike,
    *,
    equations: Any,
    protection: npt.ArrayLike,
    bounds: tuple[npt.ArrayLike, npt.ArrayLike] = (0.0, np.inf),
) -> Audit:
    """Return the interval of every hidden cell, and those narrower than their protection.

    ``values`` (n,) cells, ``hidden`` (n,) booleans, ``equations`` (m, n) with equations @ values = 0, ``protection``
    (n,) half-widths or a number, ``bounds`` the lower and upper limits, (n,) or numbers, that the intruder knows
    beforehand. A cell with a positive protection is safe when its interval reaches value ± protection, or the limit
    known beforehand when it is nearer. Two linear programmes a hidden cell, on its connected component (Fischetti,
    Salazar, JASA 95, 2000, p. 917).

    >>> found = audit([3.0, 4.0, 7.0], [True, True, False], equations=[[1, 1, -1]], protection=2.0)
    >>> found.low.tolist(), found.high.tolist(), found.unsafe.tolist()
    ([0.0, 0.0, 7.0], [7.0, 7.0, 7.0], [])
    """
    cells = floats(values, "valeurs")
    secret = mask(hidden, "cellules cachées", length=len(cells))
    matrix = csc_array(equations, dtype=np.float64)
    least, most, wanted = (np.broadcast_to(np.asarray(a, dtype=float), cells.shape) for a in (*bounds, protection))
    _check(cells, matrix, least=least, most=most)
    low, high = cells.copy(), cells.copy()
    columns = np.flatnonzero(secret)
    for rows, part in _components(csr_array(matrix[:, columns])):
        block = columns[part]
        system: Any = csr_array(matrix[:, block])[rows]
        bounded = np.column_stack([least[block], most[block]])
        low[block], high[block] = _ranges(system, system @ cells[block], bounds=bounded)
    return Audit(low, high, _unsafe(cells, secret & (wanted > 0), reach=(low, high), need=(least, most, wanted)))


def _check(cells: Floats, matrix: Any, *, least: Floats, most: Floats) -> None:
    gaps = np.abs(matrix @ cells)
    size = np.maximum(abs(matrix) @ np.abs(cells), 1.0)
    if (gaps > 1e-7 * size).any():
        row = int((gaps / size).argmax())
        raise TableInvalid("Un total n’est pas la somme de ses parties.", where=f"équation {row}", got=gaps[row])
    outside = (cells < least - 1e-9) | (cells > most + 1e-9)
    if outside.any():
        raise TableInvalid("Une cellule sort de ses bornes.", where=f"cellule {int(outside.argmax())}")


def _components(matrix: Any) -> list[tuple[Codes, Codes]]:
    """Return the rows and columns of each connected part of the hidden cells; a cell in no equation stands alone."""
    count, width = matrix.shape
    links = matrix.tocoo()
    graph = csr_array((np.ones(links.nnz), (links.row, links.col + count)), shape=(count + width, count + width))
    _, labels = connected_components(graph, directed=False)
    return [
        (np.flatnonzero(labels[:count] == label), np.flatnonzero(labels[count:] == label))
        for label in np.unique(labels[count:])
    ]


def _ranges(system: Any, right: Floats, *, bounds: Floats) -> tuple[Floats, Floats]:
    """Return the least and the most of every unknown x of system @ x = right, x within ``bounds`` (k, 2)."""
    goals = np.repeat(np.arange(len(bounds)), 2)
    # Cells without limits have no end: one such programme would stop all those solved in the same call.
    size = 2 if np.isinf(bounds).all(axis=1).any() else 2 * max(1, COLUMNS // (2 * len(bounds)))
    batches = [goals[i : i + size] for i in range(0, len(goals), size)]
    reached = np.concatenate([_reach(system, right, goals=batch, bounds=bounds) for batch in batches])
    return reached[0::2], reached[1::2]


def _reach(system: Any, right: Floats, *, goals: Codes, bounds: Floats) -> Floats:
    """Return the least, then the most, of each unknown listed twice in ``goals``: independent programmes, one call."""
    count = len(goals)
    signs = np.tile([1.0, -1.0], count // 2)
    places = goals + np.arange(count) * len(bounds)
    cost = np.zeros(count * len(bounds))
    cost[places] = signs
    blocks: Any = kron(eye_array(count), system, format="csc")
    solved = _solve(cost, blocks, right=np.tile(right, count), edges=np.tile(bounds, (count, 1)))
    if solved.status == 0:
        return np.asarray(solved.x[places])
    if count > 2:
        return np.concatenate(
            [_reach(system, right, goals=goals[i : i + 2], bounds=bounds) for i in range(0, count, 2)]
        )
    result = np.empty(2)
    for side, sign in enumerate((1.0, -1.0)):
        goal = np.zeros(len(bounds))
        goal[goals[side]] = sign
        alone = _solve(goal, system, right=right, edges=bounds)
        if alone.status not in (0, 3):
            raise AuditFailed("L’audit n’a pas abouti.", where=f"cellule {goals[side]}", got=alone.message)
        result[side] = -sign * np.inf if alone.status == 3 else alone.x[goals[side]]
    return result


def _solve(cost: Floats, system: Any, *, right: Floats, edges: Any) -> Any:
    return linprog(cost, A_eq=system, b_eq=right, bounds=edges, method="highs")


def _unsafe(cells: Floats, judged: Mask, *, reach: tuple[Floats, Floats], need: tuple[Floats, Floats, Floats]) -> Codes:
    least, most, wanted = need
    slack = 1e-6 * np.maximum(np.abs(cells), 1.0)
    short = reach[0] > np.maximum(cells - wanted, least) + slack
    short |= reach[1] < np.minimum(cells + wanted, most) - slack
    return np.flatnonzero(judged & short)
