"""Which totals are out of reach: the least that calibration margins must give way for weights to exist."""

from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, diags_array, hstack

from maille.stats.arrays import Floats


def smallest_gaps(start: Floats, x: Floats, aim: Floats, *, limits: tuple[float, float]) -> Floats:
    """Return the gaps (p,), Σ w x less the totals, of least relative sum, for weights within ``limits`` of ``start``.

    One linear programme in the ratios of weights and two slacks a margin (HiGHS): zero when the totals can be given.
    """
    scale = np.maximum(np.abs(aim), (start @ np.abs(x)) * 1e-12)
    scale = np.where(scale > 0, scale, 1.0)
    count = len(aim)
    rows: Any = csr_array((x * start[:, None] / scale).T)
    slack: Any = diags_array(np.ones(count))
    low, high = limits
    edges = [(None if np.isinf(low) else low, None if np.isinf(high) else high)] * len(start) + [(0, None)] * (
        2 * count
    )
    cost = np.concatenate([np.zeros(len(start)), np.ones(2 * count)])
    matrix: Any = hstack([rows, -slack, slack], format="csr")
    solved = linprog(cost, A_eq=matrix, b_eq=aim / scale, bounds=edges, method="highs")
    if solved.x is None:
        return np.full(count, np.inf)
    tail = solved.x[len(start) :]
    return np.asarray((tail[:count] - tail[count:]) * scale)
