"""Which cells may be published without a hidden one becoming the solution of an equation."""

from typing import Any

import numpy as np

from maille.stats.arrays import Codes, Floats, Mask

ZERO = 1e-9


class Freedom:
    """The moves y of a table's cells that keep its equations, as a basis that shrinks with each cell published.

    A cell is determined when its column of the basis is zero. Publishing cell j adds the condition y_j = 0 (Langsrud,
    Privacy in Statistical Databases 2020, p. 3, read on the side of the moves).
    """

    def __init__(self, equations: Any, watched: Codes) -> None:
        """Start from all the moves that ``equations`` (m, n) allow; ``watched`` cells must never be determined."""
        count, width = equations.shape
        self.basis: Floats = np.eye(width)
        self.alive: Mask = np.ones(width, dtype=bool)
        self.watched = watched
        self.counts = np.ones(width, dtype=np.int64)
        for row in range(count):
            line = equations[[row]].tocoo()
            self._impose(self.basis[:, line.col] @ line.data, keep=False)

    def publish(self, cell: int, *, always: bool = False) -> bool:
        """Publish a cell unless that determines a watched one; say whether it is published."""
        return self._impose(self.basis[:, cell].copy(), keep=not always)

    def determined(self) -> Codes:
        """Return the watched cells that nothing can move any more."""
        return np.asarray(self.watched[self.counts[self.watched] == 0], dtype=np.int64)

    def moves(self) -> Floats:
        """Return the moves left (k, n)."""
        return self.basis[self.alive]

    def _impose(self, values: Floats, *, keep: bool) -> bool:
        rows = np.flatnonzero(self.alive & (np.abs(values) > ZERO))
        if not len(rows):
            return True
        weight = (self.basis[rows] != 0).sum(axis=1)
        pivot = int(rows[weight.argmin()])
        others = rows[rows != pivot]
        columns = np.flatnonzero(self.basis[pivot])
        old = self.basis[np.ix_(others, columns)]
        new = old - np.outer(values[others] / values[pivot], self.basis[pivot, columns])
        new[np.abs(new) < ZERO] = 0.0
        counts = self.counts[columns] - 1 - (old != 0).sum(axis=0) + (new != 0).sum(axis=0)
        if keep and ((counts == 0) & np.isin(columns, self.watched)).any():
            return False
        self.basis[np.ix_(others, columns)] = new
        self.counts[columns] = counts
        self.alive[pivot] = False
        self.basis[pivot] = 0.0
        return True
