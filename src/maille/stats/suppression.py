"""Complementary suppression: the other cells to hide so that no hidden cell can be worked out.

Signature::

    hide(values, *, equations, primary, protection, costs=None, bounds=(0, inf)) -> Suppression(.hidden .secondary …)

Any set of linked tables is one list of cells and one sparse matrix of equations (``equations @ values = 0``).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from maille.errors import UserError
from maille.stats.arrays import Codes, Floats, Mask, floats, mask
from maille.stats.elimination import Freedom
from maille.stats.flows import Proofs, Room
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

    ``values`` (n,), ``equations`` (m, n), ``primary`` (n,) booleans, ``protection`` (n,) half-widths (or a number),
    ``costs`` (n,) what hiding a cell costs, infinite for one that must be published (by default its absolute value, and
    infinite for a zero), ``bounds`` what an intruder knows of the cells beforehand. Three stages: publish the dearest
    cells first as long as no primary cell is determined (Langsrud, 2020); where a primary cell can still be narrowed
    too much, hide the cells of its cheapest protecting move (Fischetti, Salazar, JASA 95, 2000, § 4); give back what
    no proof needs. Raises ProtectionImpossible. The result is to be judged by ``audit``.

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
    price = np.where(first, 0.0, price)
    room = _room(cells, matrix, primary=first, protection=protection, bounds=bounds)
    with one_thread():
        hidden, proofs = _eliminate(room, np.flatnonzero(first), price)
        _repair(room, proofs, hidden=hidden, price=price)
        _give_back(room, proofs, hidden=hidden, price=price)
    secondary = hidden & ~first
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
    wanted = np.where(primary, np.broadcast_to(np.asarray(protection, dtype=np.float64), cells.shape), 0.0)
    return Room(matrix, down, up, np.vstack([np.minimum(wanted, down), np.minimum(wanted, up)]))


def _eliminate(room: Room, primary: Codes, price: Floats) -> tuple[Mask, Proofs]:
    """Publish the dearest cells first; return what is left hidden and the proofs that its moves give."""
    freedom = Freedom(csr_array(room.equations), primary)
    hidden = np.zeros(len(price), dtype=bool)
    hidden[primary] = True
    for cell in np.argsort(-price, kind="stable").tolist():
        if not hidden[cell]:
            hidden[cell] = not freedom.publish(cell, always=bool(np.isinf(price[cell])))
    impossible = [cell for cell in freedom.determined().tolist() if room.need[:, cell].any()]
    if impossible:
        raise _impossible(impossible[0])
    proofs = Proofs(room, primary)
    for move in freedom.moves():
        proofs.learn(move)
    return hidden, proofs


def _repair(room: Room, proofs: Proofs, *, hidden: Mask, price: Floats) -> None:
    """Prove every protection, hiding more where the hidden cells do not give room enough."""
    for cell, side in proofs.missing():
        if proofs.by[side, cell] != -1:
            continue
        move = room.furthest(cell, side, within=np.flatnonzero(hidden))
        if move is None:
            move = room.cheapest(cell, side, costs=np.where(hidden, 0.0, price))
        if move is None:
            raise _impossible(cell)
        hidden |= move != 0
        proofs.learn(move)


def _give_back(room: Room, proofs: Proofs, *, hidden: Mask, price: Floats) -> None:
    """Publish again, the dearest first, the cells that the proofs can do without."""
    left = EFFORT
    for cell in sorted(np.flatnonzero(hidden & (price > 0)).tolist(), key=lambda c: (-price[c], c)):
        users = proofs.using(cell)
        if users.sum() > left:
            continue
        before = proofs.by.copy()
        proofs.by[users] = -1
        hidden[cell] = False
        for place, side in proofs.missing():
            if proofs.by[side, place] != -1:
                continue
            left -= 1
            move = room.furthest(place, side, within=np.flatnonzero(hidden))
            if move is None:
                proofs.by, hidden[cell] = before, True
                break
            proofs.learn(move)


def _impossible(cell: int) -> ProtectionImpossible:
    return ProtectionImpossible(
        "Une cellule ne peut pas être protégée : les cellules à publier la déterminent.",
        where=f"cellule {cell}",
        hint="regroupez des modalités, ou permettez de cacher un total",
    )
