"""Moves of hidden cells that an intruder cannot rule out: the proof that a cell is protected."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csc_array, csr_array, hstack
from scipy.sparse.csgraph import connected_components

from maille.stats.arrays import Codes, Floats, Mask

Goal = tuple[int, int]
"""A cell and the side, 0 downwards or 1 upwards, to which it must be able to move."""
TRIFLE = 1e-6


@dataclass(frozen=True)
class Room:
    """The equations and how far each cell can go ``down`` and ``up`` (n,) from its value, and must be able to go.

    ``need`` (2, n) is how far a hidden cell must be able to move downwards and upwards.
    """

    equations: csc_array
    down: Floats
    up: Floats
    need: Floats


class Program:
    """The moves of some cells, in a solver that starts each question from its last answer."""

    def __init__(self, room: Room, cells: Codes, *, split: bool = False) -> None:
        """Take the moves of ``cells``; ``split`` counts upwards and downwards moves apart, to pay for both."""
        import highspy

        self.room, self.cells, self.split = room, cells, split
        self.place = np.full(len(room.down), -1, dtype=np.int64)
        self.place[cells] = np.arange(len(cells))
        system: Any = room.equations[:, cells]
        system = system[np.unique(system.indices)]
        down, up = room.down[cells], room.up[cells]
        if split:
            system = hstack([system, -system], format="csc")
            down, up = np.zeros(2 * len(cells)), np.concatenate([up, down])
        self.solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        for name, value in (("output_flag", False), ("presolve", "off"), ("threads", 1), ("random_seed", 1)):
            self.solver.setOptionValue(name, value)
        self.solver.passModel(_model(system, -down, up))
        self.up = up

    def push(self, goals: Iterable[Goal]) -> Floats | None:
        """Return the move (n,) that takes all ``goals`` together as near as it can to what each needs, none further."""
        cost = np.zeros(len(self.cells))
        for cell, side in goals:
            self._bound(cell, -min(self.room.down[cell], self.room.need[0, cell] or np.inf),
                        min(self.room.up[cell], self.room.need[1, cell] or np.inf))  # fmt: skip
            cost[self.place[cell]] = (-1.0 if side else 1.0) / self.room.need[side, cell]
        move = self._solve(cost)
        for cell, _ in goals:
            self._bound(cell, -self.room.down[cell], self.room.up[cell])
        return move

    def pay(self, goal: Goal, *, costs: Floats) -> Floats | None:
        """Return the move (n,) of least cost that takes ``goal`` as far as it needs; of a split programme only."""
        (cell, side), half = goal, len(self.cells)
        place, need = int(self.place[cell]), float(self.room.need[side, cell])
        there, back = (place, half + place) if side else (half + place, place)
        self.solver.changeColBounds(there, need, need)
        self.solver.changeColBounds(back, 0.0, 0.0)
        price = costs[self.cells] + TRIFLE * max(float(costs[self.cells].max()), TRIFLE)
        move = self._solve(np.concatenate([price, price]))
        for column in (there, back):
            self.solver.changeColBounds(column, 0.0, self.up[column])
        return move

    def freeze(self, cell: int) -> None:
        """Let a cell move no more."""
        self._bound(cell, 0.0, 0.0)

    def release(self, cell: int) -> None:
        """Let a cell move again."""
        self._bound(cell, -self.room.down[cell], self.room.up[cell])

    def _bound(self, cell: int, low: float, high: float) -> None:
        self.solver.changeColBounds(int(self.place[cell]), low, high)

    def _solve(self, cost: Floats) -> Floats | None:
        self.solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        self.solver.run()
        if self.solver.modelStatusToString(self.solver.getModelStatus()) != "Optimal":
            self.solver.clearSolver()
            return None
        found = np.asarray(self.solver.getSolution().col_value)
        if self.split:
            found = found[: len(self.cells)] - found[len(self.cells) :]
        move = np.zeros(len(self.room.down))
        move[self.cells] = found
        move[np.abs(move) < 1e-9 * max(1.0, np.abs(move).max())] = 0.0
        return move


def _model(system: csc_array, low: Floats, high: Floats) -> Any:
    import highspy

    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = system.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = np.zeros(len(low)), low, high
    model.row_lower_ = model.row_upper_ = np.zeros(system.shape[0])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = system.indptr, system.indices
    model.a_matrix_.value_ = system.data
    return model


def parts(room: Room, hidden: Mask) -> list[Codes]:
    """Return the hidden cells of each connected part: no move goes from one to another."""
    cells = np.flatnonzero(hidden)
    system: Any = csr_array(room.equations[:, cells])
    _, labels = connected_components(system.T @ system, directed=False)
    order = np.argsort(labels, kind="stable")
    return [cells[part] for part in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(part)]


class Proofs:
    """The moves found so far, and for each watched cell and side which one proves its protection (-1: none)."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.touching: list[set[int]] = [set() for _ in range(len(room.down))]
        self.proved: list[set[Goal]] = []
        self.by = np.full((2, len(room.down)), -1, dtype=np.int64)
        self.by[room.need <= 0] = -2

    def missing(self, cells: Codes | None = None) -> list[Goal]:
        """Return the goals not proved, among ``cells``, the greatest need first."""
        among = np.arange(self.by.shape[1]) if cells is None else cells
        sides, places = np.nonzero(self.by[:, among] == -1)
        found = among[places]
        order = np.lexsort((sides, found, -self.room.need[sides, found]))
        return [(int(found[i]), int(sides[i])) for i in order]

    def learn(self, cells: Codes, steps: Floats) -> None:
        """Keep a move for all that it proves, forwards and backwards, as far as the bounds allow."""
        for sign in (1.0, -1.0):
            step = sign * steps
            with np.errstate(divide="ignore", invalid="ignore"):
                reach = np.where(step > 0, self.room.up[cells] / step, -self.room.down[cells] / step)
            scale = min(float(reach[step != 0].min(initial=np.inf)), 1e12)
            moved = np.vstack([-step, step]) * scale
            wanted = self.room.need[:, cells]
            sides, places = np.nonzero((moved >= wanted * (1 - 1e-7)) & (self.by[:, cells] == -1) & (wanted > 0))
            if len(sides):
                self._keep(cells, list(zip(cells[places].tolist(), sides.tolist(), strict=True)))

    def settle(self, goal: Goal, move: Floats) -> None:
        """Take a move made for a goal as its proof, even when a rounding leaves it a hair short."""
        if self.by[goal[1], goal[0]] == -1:
            self._keep(np.flatnonzero(move), [goal])

    def using(self, cell: int) -> list[Goal]:
        """Return the goals whose proof moves this cell."""
        return sorted(goal for proof in self.touching[cell] for goal in self.proved[proof])

    def forget(self, goals: Iterable[Goal]) -> dict[Goal, int]:
        """Drop the proofs of some goals; return them, for ``restore``."""
        dropped = {}
        for cell, side in goals:
            dropped[cell, side] = int(self.by[side, cell])
            self.proved[self.by[side, cell]].discard((cell, side))
            self.by[side, cell] = -1
        return dropped

    def restore(self, dropped: dict[Goal, int]) -> None:
        """Give goals their dropped proofs back, whatever was found since."""
        for (cell, side), proof in dropped.items():
            if self.by[side, cell] >= 0:
                self.proved[self.by[side, cell]].discard((cell, side))
            self.by[side, cell] = proof
            self.proved[proof].add((cell, side))

    def _keep(self, cells: Codes, goals: list[Goal]) -> None:
        for cell, side in goals:
            self.by[side, cell] = len(self.proved)
        for cell in cells.tolist():
            self.touching[cell].add(len(self.proved))
        self.proved.append(set(goals))
