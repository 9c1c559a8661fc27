"""Which cells may be published without a hidden one becoming the solution of an equation."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from maille.stats.arrays import Codes, Floats

ZERO = 1e-9

Line = dict[int, float]


class Freedom:
    """The moves y of a table's cells that keep its equations, as a sparse basis that shrinks with each cell published.

    A cell is determined when no move of the basis touches it. Publishing cell j adds the condition y_j = 0 (Langsrud,
    Privacy in Statistical Databases 2020, p. 3, read on the side of the moves). Moves are kept as dictionaries and,
    for each cell, the set of those that touch it: tables are so sparse that a step touches a few dozen numbers.
    """

    def __init__(self, equations: Any, watched: Codes) -> None:
        """Start from all the moves that ``equations`` (m, n) allow; ``watched`` cells must never be determined."""
        width = equations.shape[1]
        self.watched = set(watched.tolist())
        self.moves: dict[int, Line] = {cell: {cell: 1.0} for cell in range(width)}
        self.touching: list[set[int]] = [{cell} for cell in range(width)]
        lines = equations.tocsr()
        sizes = np.diff(lines.indptr)
        for row in np.argsort(sizes, kind="stable").tolist():
            columns = lines.indices[lines.indptr[row] : lines.indptr[row + 1]].tolist()
            weights = lines.data[lines.indptr[row] : lines.indptr[row + 1]].tolist()
            self._impose(self._combined(columns, weights), keep=False)

    def publish(self, cell: int, *, always: bool = False) -> bool:
        """Publish a cell unless that determines a watched one; say whether it is published."""
        return self._impose({move: self.moves[move][cell] for move in self.touching[cell]}, keep=not always)

    def determined(self) -> list[int]:
        """Return the watched cells that nothing can move any more."""
        return sorted(cell for cell in self.watched if not self.touching[cell])

    def sparse_moves(self) -> Iterable[tuple[Codes, Floats]]:
        """Yield the moves left: cells, and by how much."""
        for line in self.moves.values():
            yield np.fromiter(line, dtype=np.int64), np.fromiter(line.values(), dtype=np.float64)

    def _combined(self, columns: list[int], weights: list[float]) -> Line:
        """Return by how much each move breaks an equation."""
        broken: Line = {}
        for column, weight in zip(columns, weights, strict=True):
            for move in self.touching[column]:
                broken[move] = broken.get(move, 0.0) + weight * self.moves[move][column]
        return {move: value for move, value in broken.items() if abs(value) > ZERO}

    def _impose(self, values: Line, *, keep: bool) -> bool:
        if not values:
            return True
        pivot = min(values, key=lambda move: (len(self.moves[move]), move))
        if keep and self._would_determine(values, pivot):
            return False
        line = self.moves.pop(pivot)
        for cell in line:
            self.touching[cell].discard(pivot)
        scale = values.pop(pivot)
        for move, value in values.items():
            self._subtract(move, line, value / scale)
        return True

    def _would_determine(self, values: Line, pivot: int) -> bool:
        """Say whether a watched cell is touched by the moves of ``values`` only, and in the same proportions."""
        for cell, step in self.moves[pivot].items():
            if cell not in self.watched or len(self.touching[cell]) > len(values):
                continue
            ratio = step / values[pivot]
            if all(
                abs(self.moves[move].get(cell, 0.0) - ratio * value) <= ZERO for move, value in values.items()
            ) and all(move in values for move in self.touching[cell]):
                return True
        return False

    def _subtract(self, move: int, line: Line, ratio: float) -> None:
        target, touching = self.moves[move], self.touching
        for cell, step in line.items():
            value = target.get(cell, 0.0) - ratio * step
            if abs(value) <= ZERO:
                if cell in target:
                    del target[cell]
                    touching[cell].discard(move)
            else:
                if cell not in target:
                    touching[cell].add(move)
                target[cell] = value
