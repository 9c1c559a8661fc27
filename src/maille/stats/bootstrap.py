"""A bootstrap of stratified samples: it checks the linearised variances in tests, it estimates nothing published.

Signature::

    bootstrap_weights(weights, *, strata, stratum_sizes, replicates, rng) -> Floats (n, replicates)
"""

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import Floats, codes, floats
from maille.stats.design import DesignInvalid


def bootstrap_weights(
    weights: npt.ArrayLike,
    *,
    strata: npt.ArrayLike,
    stratum_sizes: npt.ArrayLike,
    replicates: int,
    rng: np.random.Generator,
) -> Floats:
    """Return the weights (n, replicates) of the rescaled bootstrap of Rao, Wu and Yue.

    In each stratum n_h − 1 units are drawn with replacement; a unit drawn t times weighs
    w (1 + √((1 − n_h/N_h) (n_h − 1) / (n_h − 1)) (t n_h / (n_h − 1) − 1)) (Rao, Wu, Yue, Survey Methodology 18, 1992,
    p. 209, with the finite population correction of Rao and Wu, JASA 83, 1988, eq. 4.1). A stratum taken whole does not
    vary. Raises DesignInvalid for a stratum of one unit that stands for others.

    >>> rng = np.random.default_rng(1)
    >>> drawn = bootstrap_weights([2.0] * 4, strata=[0] * 4, stratum_sizes=[8], replicates=1000, rng=rng)
    >>> drawn.shape, round(float(drawn.mean()), 6)
    ((4, 1000), 2.0)
    """
    given = floats(weights, "poids")
    sizes = floats(stratum_sizes, "tailles des strates")
    where = codes(strata, "strates", length=len(given), size=len(sizes))
    result = np.repeat(given[:, None], replicates, axis=1)
    for stratum in range(len(sizes)):
        rows = np.flatnonzero(where == stratum)
        count, left = len(rows), 1 - len(rows) / max(sizes[stratum], 1)
        if count == 0 or left <= 0:
            continue
        if count < 2:
            raise DesignInvalid("Une seule unité y représente les autres.", where=f"strate {stratum}", got="1 unité")
        drawn = rng.multinomial(count - 1, np.full(count, 1 / count), size=replicates).T
        result[rows] *= 1 + np.sqrt(left) * (drawn * count / (count - 1) - 1)
    return result
