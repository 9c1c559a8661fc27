"""Complementary suppression: the other cells to hide so that no hidden cell can be worked out.

Signature::

    hide(values, *, equations, primary, protection, costs=None, bounds=(0, inf)) -> Suppression(.hidden .secondary …)

Any set of linked tables is one list of cells and one sparse matrix of equations (``equations @ values = 0``).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from maille.errors import UserError
from maille.stats.arrays import Codes, Floats, Mask, floats, mask
from maille.stats.elimination import Freedom
from maille.stats.flows import Program, Proofs, Room, parts
from maille.stats.threads import one_thread

EFFORT = 600  # programmes solved to give cells back: a count, not a time, so that a run can be repeated


class ProtectionImpossible(UserError):
    """A cell cannot be protected, whatever else is hidden."""


@dataclass(frozen=True)
class Suppression:
    """``hidden`` (n,) = ``primary`` or ``secondary``; ``cost`` is that of the secondary cells."""

    hidden: Mask
    primary: Mask
    secondary: Mask
    cost: float


def hide(
    values: npt.ArrayLike,
    *,
    equations: Any,
    primary: npt.ArrayLike,
    protection: npt.ArrayLike,
    costs: npt.ArrayLike | None = None,
    bounds: tuple[npt.ArrayLike, npt.ArrayLike] = (0.0, np.inf),
) -> Suppression:
    """Return the cells to hide so that each primary one may lie anywhere within its protection.

    ``values`` (n,), ``equations`` (m, n), ``primary`` (n,) booleans, ``protection`` half-widths (a number, (n,), or
    (2, n) below and above), ``costs`` (n,) what hiding a cell costs, infinite for one that must be published, zero for
    one that is published nowhere (by default its absolute value, and infinite for a zero), ``bounds`` what an intruder
    knows of the cells beforehand.
    Three stages: publish the dearest cells first as long as no primary cell is determined (Langsrud, 2020); where a
    primary cell can still be narrowed too much, hide the cells of its cheapest protecting move (Fischetti, Salazar,
    JASA 95, 2000, § 4); give back what no proof needs. Raises ProtectionImpossible. The result is to be judged by
    ``audit``, which shares no code with this.

    >>> found = hide([3.0, 4.0, 7.0, 5.0, 9.0, 14.0, 8.0, 13.0, 21.0], primary=[True] + [False] * 8, protection=1.0,
    ...     equations=[[1, 1, -1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, -1, 0, 0, 0], [1, 0, 0, 1, 0, 0, -1, 0, 0],
    ...                [0, 1, 0, 0, 1, 0, 0, -1, 0], [0, 0, 1, 0, 0, 1, 0, 0, -1]])
    >>> np.flatnonzero(found.hidden).tolist()
    [0, 1, 3, 4]
    """
    cells = floats(values, "valeurs")
    first = mask(primary, "cellules primaires", length=len(cells))
    matrix = csc_array(equations, dtype=np.float64)
    price = np.abs(cells) if costs is None else np.asarray(costs, dtype=np.float64)
    price = np.where((cells == 0) & (costs is None), np.inf, price)
    unseen = (price == 0) & ~first
    price = np.where(first, 0.0, price)
    room = _room(cells, matrix, primary=first, protection=protection, bounds=bounds)
    with one_thread():
        hidden, proofs = _eliminate(room, np.flatnonzero(first), price, unseen=unseen)
        _repair(room, proofs, hidden=hidden, price=price)
        _give_back(room, proofs, hidden=hidden, price=price)
    secondary = hidden & ~first & ~unseen
    return Suppression(hidden, first, secondary, float(price[secondary].sum()))


def _room(
    cells: Floats,
    matrix: csc_array,
    *,
    primary: Mask,
    protection: npt.ArrayLike,
    bounds: tuple[npt.ArrayLike, npt.ArrayLike],
) -> Room:
    least, most = (np.broadcast_to(np.asarray(b, dtype=np.float64), cells.shape) for b in bounds)
    down, up = np.maximum(cells - least, 0.0), np.maximum(most - cells, 0.0)
    wanted = np.where(primary, np.broadcast_to(np.asarray(protection, dtype=np.float64), (2, len(cells))), 0.0)
    return Room(matrix, down, up, np.minimum(wanted, np.vstack([down, up])))


def _eliminate(room: Room, primary: Codes, price: Floats, *, unseen: Mask) -> tuple[Mask, Proofs]:
    """Publish the dearest cells first; return what is left hidden and the proofs that its moves give."""
    freedom = Freedom(room.equations, primary)
    hidden = unseen.copy()
    hidden[primary] = True
    for cell in np.argsort(-price, kind="stable").tolist():
        if not hidden[cell]:
            hidden[cell] = not freedom.publish(cell, always=bool(np.isinf(price[cell])))
    impossible = [cell for cell in freedom.determined() if room.need[:, cell].any()]
    if impossible:
        raise _impossible(impossible[0])
    proofs = Proofs(room)
    for cells, steps in freedom.sparse_moves():
        proofs.learn(cells, steps)
    return hidden, proofs


def _repair(room: Room, proofs: Proofs, *, hidden: Mask, price: Floats) -> None:
    """Prove every protection, hiding more where the hidden cells do not give room enough."""
    for cells in parts(room, hidden):
        if proofs.missing(cells):
            _prove(Program(room, cells), proofs, cells)
    short = proofs.missing()
    if not short:
        return
    everywhere = Program(room, np.flatnonzero(np.isfinite(price)), split=True)
    for cell, side in short:
        if proofs.by[side, cell] != -1:
            continue
        move = everywhere.pay((cell, side), costs=np.where(hidden, 0.0, price))
        if move is None:
            raise _impossible(cell)
        hidden |= move != 0
        _learn(proofs, move)
        # The move goes as far as this goal needs, and a proof never falls short by a rounding.
        proofs.settle((cell, side), move)


def _prove(program: Program, proofs: Proofs, cells: Codes) -> int:
    """Find proofs within ``cells``, many goals at a time while that works, then one by one; return how many programmes.

    Stops at nothing: goals out of reach stay missing.
    """
    solved = 0
    for side in (1, 0):
        goals = [goal for goal in proofs.missing(cells) if goal[1] == side]
        while len(goals) > 1:
            solved += 1
            _learn(proofs, program.push(goals))
            left = [goal for goal in goals if proofs.by[goal[1], goal[0]] == -1]
            if len(left) > 0.8 * len(goals):
                break
            goals = left
    for goal in proofs.missing(cells):
        if proofs.by[goal[1], goal[0]] == -1:
            solved += 1
            _learn(proofs, program.push([goal]))
    return solved


def _learn(proofs: Proofs, move: Floats | None) -> None:
    if move is not None:
        touched = np.flatnonzero(move)
        proofs.learn(touched, move[touched])


def _give_back(room: Room, proofs: Proofs, *, hidden: Mask, price: Floats) -> None:
    """Publish again, the dearest first, the cells that the proofs can do without."""
    left = EFFORT
    for cells in parts(room, hidden):
        candidates = sorted((c for c in cells.tolist() if price[c] > 0), key=lambda c: (-price[c], c))
        program = Program(room, cells) if candidates else None
        for cell in candidates:
            if left > 0 and program is not None:
                left -= _give_back_one(program, proofs, cell, hidden=hidden)


def _give_back_one(program: Program, proofs: Proofs, cell: int, *, hidden: Mask) -> int:
    """Publish a cell if all that it proves is proved without it; return how many programmes that took."""
    dropped = proofs.forget(proofs.using(cell))
    program.freeze(cell)
    touched = np.array(sorted({place for place, _ in dropped}), dtype=np.int64)
    solved = _prove(program, proofs, touched)
    if proofs.missing(touched):
        proofs.restore(dropped)
        program.release(cell)
    else:
        hidden[cell] = False
    return solved


def _impossible(cell: int) -> ProtectionImpossible:
    return ProtectionImpossible(
        "Une cellule ne peut pas être protégée : les cellules à publier la déterminent.",
        where=f"cellule {cell}",
        hint="regroupez des modalités, ou permettez de cacher un total",
    )
