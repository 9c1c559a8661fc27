"""Moves of hidden cells that an intruder cannot rule out: the proof that a cell is protected."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array, hstack

from maille.stats.arrays import Codes, Floats, Mask


@dataclass(frozen=True)
class Room:
    """The equations and how far each cell can go ``down`` and ``up`` (n,) from its value, and must be able to go.

    ``need`` (2, n) is how far a hidden cell must be able to move downwards and upwards.
    """

    equations: csc_array
    down: Floats
    up: Floats
    need: Floats

    def cheapest(self, cell: int, side: int, *, costs: Floats) -> Floats | None:
        """Return the move (n,) of least cost that takes ``cell`` as far as it needs; infinite costs are not moved."""
        free = np.flatnonzero(np.isfinite(costs))
        down, up = self._limits(free, cell, side)
        # A hidden cell costs a trifle, so that moves stay short.
        price = costs[free] + 1e-6 * max(float(costs[free].max()), 1e-9)
        system: Any = self.equations[:, free]
        both: Any = hstack([system, -system], format="csc")
        edges = np.column_stack([np.zeros(2 * len(free)), np.concatenate([up, down])])
        place = int(np.flatnonzero(free == cell)[0])
        edges[place if side else len(free) + place, 0] = self.need[side, cell]
        edges[len(free) + place if side else place, 1] = 0.0
        return self._solve(np.concatenate([price, price]), both, edges=edges, free=free)

    def furthest(self, cell: int, side: int, *, within: Codes) -> Floats | None:
        """Return a move (n,) of the cells ``within`` taking ``cell`` as far as it needs, or None."""
        down, up = self._limits(within, cell, side)
        place = int(np.flatnonzero(within == cell)[0])
        edges = np.column_stack([-down, up])
        edges[place] = self.need[side, cell] if side else -self.need[side, cell]
        return self._solve(np.zeros(len(within)), self.equations[:, within], edges=edges, free=within)

    def _limits(self, cells: Codes, cell: int, side: int) -> tuple[Floats, Floats]:
        return self.down[cells], self.up[cells]

    def _solve(self, cost: Floats, system: Any, *, edges: Floats, free: Codes) -> Floats | None:
        rows = np.unique(system.indices)
        goal: Any = system[rows]
        limits: Any = edges
        solved: Any = linprog(cost, A_eq=goal, b_eq=np.zeros(len(rows)), bounds=limits, method="highs")
        if solved.status != 0:
            return None
        move = np.zeros(len(self.down))
        half = len(free)
        move[free] = solved.x if len(solved.x) == half else solved.x[:half] - solved.x[half:]
        move[np.abs(move) < 1e-9 * max(1.0, np.abs(move).max())] = 0.0
        return move


class Proofs:
    """The moves found so far, and for each watched cell and side which one proves its protection (-1: none)."""

    def __init__(self, room: Room, watched: Codes) -> None:
        self.room = room
        self.watched = watched
        self.moves: list[Floats] = []
        self.by = np.full((2, len(room.down)), -1, dtype=np.int64)
        self.by[room.need <= 0] = -2

    def missing(self) -> list[tuple[int, int]]:
        """Return the (cell, side) not proved, the greatest need first."""
        sides, cells = np.nonzero(self.by[:, self.watched] == -1)
        cells = self.watched[cells]
        order = np.lexsort((sides, cells, -self.room.need[sides, cells]))
        return [(int(cells[i]), int(sides[i])) for i in order]

    def learn(self, move: Floats) -> None:
        """Keep a move for all that it proves, forwards and backwards, as far as the bounds allow."""
        for sign in (1.0, -1.0):
            step = sign * move
            with np.errstate(divide="ignore", invalid="ignore"):
                reach = np.where(step > 0, self.room.up / step, np.where(step < 0, -self.room.down / step, np.inf))
            scale = float(reach.min(initial=np.inf))
            if not 0 < scale < np.inf:
                scale = 1e12 if scale == np.inf else 0.0
            moved = np.vstack([-step, step]) * scale
            proved = (moved >= self.room.need * (1 - 1e-9)) & (self.by == -1) & (self.room.need > 0)
            if proved.any():
                self.by[proved] = len(self.moves)
                self.moves.append(step)

    def using(self, cell: int) -> Mask:
        """Return (2, n) the protections whose proof moves this cell."""
        users = np.array([move[cell] != 0 for move in self.moves] + [False, False])
        return np.asarray(users[self.by] & (self.by >= 0))
