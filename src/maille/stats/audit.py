"""The audit of a protected table: how near an intruder gets to each hidden cell.

Signature::

    audit(values, hidden, *, equations, protection, bounds=(0, inf), every=True) -> Audit(.low .high .unsafe)
    intervals(equations, *, least, most, goals) -> (low, high) | None

Written apart from ``suppression`` and sharing no code with it: whoever hides does not judge.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import connected_components

from maille.errors import InternalError, UserError
from maille.stats.arrays import Codes, Floats, Mask, floats, mask

_SOLVED = 1e6
"""The largest number that the solver is given."""


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
    every: bool = True,
) -> Audit:
    """Return the interval of every hidden cell, and those narrower than their protection.

    ``values`` (n,) cells, ``hidden`` (n,) booleans, ``equations`` (m, n) with equations @ values = 0, ``protection``
    half-widths, a number, (n,), or (2, n) how far below and how far above, ``bounds`` the lower and upper limits, (n,)
    or numbers, that the intruder knows beforehand; with ``every`` false, hidden cells without protection are not
    narrowed. A cell with a positive protection is safe when its interval reaches value ± protection, or the limit
    known beforehand when it is nearer. Two linear programmes a hidden cell, on its connected component, each started
    from the last (Fischetti, Salazar, JASA 95, 2000, p. 917). Raises TableInvalid, AuditFailed.

    >>> found = audit([3.0, 4.0, 7.0], [True, True, False], equations=[[1, 1, -1]], protection=2.0)
    >>> found.low.tolist(), found.high.tolist(), found.unsafe.tolist()
    ([0.0, 0.0, 7.0], [7.0, 7.0, 7.0], [])
    """
    cells = floats(values, "valeurs")
    secret = mask(hidden, "cellules cachées", length=len(cells))
    matrix = csc_array(equations, dtype=np.float64)
    least, most = (np.broadcast_to(np.asarray(a, dtype=float), cells.shape) for a in bounds)
    wanted = np.broadcast_to(np.asarray(protection, dtype=float), (2, len(cells)))
    _check(cells, matrix, least=least, most=most)
    low, high = cells.copy(), cells.copy()
    columns = np.flatnonzero(secret)
    for rows, part in _components(csr_array(matrix[:, columns])):
        block = columns[part]
        goals = np.arange(len(block)) if every else np.flatnonzero(wanted[:, block].any(axis=0))
        if len(goals):
            system: Any = csr_array(matrix[:, block])[rows]
            solver = _Ranges(system, system @ cells[block], least=least[block], most=most[block])
            low[block[goals]], high[block[goals]] = solver.of(goals)
    judged = secret & wanted.any(axis=0)
    return Audit(low, high, _unsafe(cells, judged, reach=(low, high), need=(least, most, wanted)))


def intervals(
    equations: Any, *, least: npt.ArrayLike, most: npt.ArrayLike, goals: npt.ArrayLike
) -> tuple[Floats, Floats] | None:
    """Return how low and how high each unknown may be: equations @ x = 0, ``least`` ≤ x ≤ ``most``.

    ``equations`` (m, n), ``least`` and ``most`` (n,); ``goals`` (n,) booleans say which are sought, the others keep
    their limits. None when nothing satisfies all of it: what the intruder supposes contradicts itself.

    >>> intervals([[1.0, 1.0, -1.0]], least=[0, 2, 5], most=[9, 3, 6], goals=[True, False, False])
    (array([2., 2., 5.]), array([4., 3., 6.]))
    """
    low, high = floats(least, "bornes basses"), np.array(most, dtype=np.float64)
    wanted = mask(goals, "inconnues", length=len(low))
    matrix = csr_array(csc_array(equations, dtype=np.float64))
    for rows, part in _components(matrix):
        solver = _Ranges(matrix[rows][:, part], np.zeros(len(rows)), least=low[part], most=high[part])
        if not solver.possible():
            return None
        sought = np.flatnonzero(wanted[part])
        low[part[sought]], high[part[sought]] = solver.of(sought)
    return low, high


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


class _Ranges:
    """The unknowns x of system @ x = right between their limits, in a solver that starts where it last stopped.

    The solver's tolerance is 1e-7 of whatever unit: the largest total is at most a million of it.
    """

    def __init__(self, system: Any, right: Floats, *, least: Floats, most: Floats) -> None:
        import highspy

        program, columns = highspy.HighsLp(), csc_array(system)
        program.num_row_, program.num_col_ = columns.shape
        known = np.abs(right) if right.any() else np.abs(np.append(least, most))
        self.unit = max(float(known[np.isfinite(known)].max(initial=0.0)) / _SOLVED, 1.0)
        program.col_cost_ = np.zeros(len(least))
        program.col_lower_, program.col_upper_ = least / self.unit, most / self.unit
        program.row_lower_ = program.row_upper_ = right / self.unit
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_, program.a_matrix_.index_ = columns.indptr, columns.indices
        program.a_matrix_.value_ = columns.data
        self.least, self.most = least, most
        self.highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (("output_flag", False), ("presolve", "off"), ("threads", 1), ("simplex_strategy", 4)):
            self.highs.setOptionValue(name, value)
        self.highs.passModel(program)
        self.lowest, self.highest = np.full(len(least), np.inf), np.full(len(least), -np.inf)

    def possible(self) -> bool:
        """Say whether anything satisfies the equations within the limits."""
        self.highs.run()
        return bool(self.highs.modelStatusToString(self.highs.getModelStatus()) != "Infeasible")

    def of(self, goals: Codes) -> tuple[Floats, Floats]:
        """Return the least and the most of the unknowns at places ``goals``."""
        for goal in goals.tolist():
            self._reach(goal, 1.0)
            self._reach(goal, -1.0)
        return self.lowest[goals], self.highest[goals]

    def _reach(self, goal: int, sign: float) -> None:
        # A solution already seen at the limit known beforehand leaves nothing to ask.
        known = self.lowest[goal] <= self.least[goal] if sign > 0 else self.highest[goal] >= self.most[goal]
        if known:
            return
        self.highs.changeColCost(goal, sign)
        self.highs.run()
        status = self.highs.modelStatusToString(self.highs.getModelStatus())
        if status not in ("Optimal", "Unbounded"):
            self.highs.clearSolver()
            self.highs.run()
            status = self.highs.modelStatusToString(self.highs.getModelStatus())
        if status == "Optimal":
            found = self.unit * np.asarray(self.highs.getSolution().col_value)
            np.minimum(self.lowest, found, out=self.lowest)
            np.maximum(self.highest, found, out=self.highest)
        elif status in ("Unbounded", "Primal infeasible or unbounded"):
            (self.lowest if sign > 0 else self.highest)[goal] = -sign * np.inf
        else:
            raise AuditFailed("L’audit n’a pas abouti.", where=f"cellule {goal}", got=status)
        self.highs.changeColCost(goal, 0.0)


def _unsafe(cells: Floats, judged: Mask, *, reach: tuple[Floats, Floats], need: tuple[Floats, Floats, Floats]) -> Codes:
    least, most, wanted = need
    slack = 1e-6 * np.maximum(np.abs(cells), 1.0)
    short = reach[0] > np.maximum(cells - wanted[0], least) + slack
    short |= reach[1] < np.minimum(cells + wanted[1], most) - slack
    return np.flatnonzero(judged & short)
