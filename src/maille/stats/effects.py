"""Design effects of amounts: how much more, or less, a figure varies than in a simple sample of as many units.

Signature (data (n, v), result (D, v))::

    simple_variance(values, *, weights, counted, domains, denominators=None) -> Floats
"""

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Floats, codes, floats
from maille.stats.forms import sum_rows


def simple_variance(
    values: npt.ArrayLike,
    *,
    weights: npt.ArrayLike,
    counted: npt.ArrayLike,
    domains: npt.ArrayLike,
    denominators: npt.ArrayLike | None = None,
) -> Floats:
    """Return the variance (D, v) that a simple sample with replacement, of the units counted, would give.

    ``values`` y (n, v) and booleans ``counted`` (n, v), zero and false for who does not count; ``denominators`` x
    (n, v) of a ratio, none for a total. With m the units counted, N̂ = Σ w and σ² the weighted variance of what varies,
    y less its mean for a total and y − R x for a ratio, it is N̂² σ²/m, over X² for a ratio (Kish, Survey Sampling,
    1965, § 8.2; ``deff = "replace"`` of R survey, which divides by m − 1). The design effect is the variance over it,
    which for a share is that of ``domain_shares``. NaN where nobody counts, zero where nothing varies.

    >>> simple_variance([[1.0], [3.0]], weights=[2.0, 2.0], counted=[[True], [True]], domains=[0, 0]).tolist()
    [[8.0]]
    """
    weight = floats(weights, "poids")
    n = len(weight)
    above, there = floats(values, "valeurs", length=n), np.asarray(counted, dtype=np.bool_)
    if above.ndim != 2 or there.shape != above.shape:
        raise ArrayInvalid("Il faut un booléen par valeur.", where="comptés", got=there.shape, expected=above.shape)
    below = floats(there if denominators is None else denominators, "dénominateurs", length=n)
    where = codes(domains, "domaines", length=n)
    order = np.argsort(where, kind="stable")
    starts = np.searchsorted(where[order], np.arange(int(where.max(initial=-1)) + 2)).astype(np.int64)
    above, there, below, weight = above[order], there[order], below[order], weight[order]
    units, whole = sum_rows(there, starts), sum_rows(there, starts, factor=weight)
    total = sum_rows(below, starts, factor=weight)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = sum_rows(above, starts, factor=weight) / total
        squares = sum_rows((above - np.nan_to_num(ratio)[where[order]] * below) ** 2 * there, starts, factor=weight)
        result = whole * squares / units
        return np.asarray(result if denominators is None else result / total**2)
