"""Intervals of shares: inside [0, 1], sound for rare traits, and a point only when everything was seen."""

import numpy as np
from scipy.special import betaincinv, ndtri, stdtrit

from maille.stats.arrays import Floats


def half_width(error: Floats, *, level: float = 0.95) -> Floats:
    """Return half the width of the normal interval of an estimate, of any shape, from its standard error.

    >>> round(float(half_width(np.array(1.0))), 4)
    1.96
    """
    return np.asarray(ndtri((1 + level) / 2) * error)


def wilson(share: Floats, *, size: Floats, freedom: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the bounds of Wilson's interval for ``share`` seen on an effective number ``size`` of units.

    Same shapes; ``size`` may be infinite (the interval is then the point) and ``freedom`` is the degrees of freedom of
    Student's quantile (infinite for the normal one). Wilson, JASA 22, 1927, p. 209; with an effective size: Franco,
    Little, Louis, Slud, Journal of Survey Statistics and Methodology 7, 2019, p. 334.

    >>> low, high = wilson(np.array([0.0]), size=np.array([10.0]), freedom=np.array([np.inf]), level=0.95)
    >>> float(low[0]), round(float(high[0]), 4)
    (0.0, 0.2775)
    """
    chance = (1 + level) / 2
    finite = np.isfinite(freedom)
    quantile = np.where(finite, stdtrit(np.where(finite, freedom, 1.0), chance), ndtri(chance))
    with np.errstate(invalid="ignore", divide="ignore"):
        extra = quantile**2 / size
        centre = (share + extra / 2) / (1 + extra)
        half = np.sqrt(share * (1 - share) * extra + extra**2 / 4) / (1 + extra)
    # At 0 and 1 the two terms cancel in theory only.
    low = np.where(share <= 0, 0.0, np.clip(centre - half, 0.0, share))
    high = np.where(share >= 1, 1.0, np.clip(centre + half, share, 1.0))
    return np.where(np.isnan(share), np.nan, low), np.where(np.isnan(share), np.nan, high)


def exact(share: Floats, *, size: Floats, freedom: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the bounds of the Clopper–Pearson interval for ``share`` seen on an effective number ``size`` of units.

    Same arguments as ``wilson``; the effective size is first multiplied by (t_{n−1} / t_freedom)² (Korn, Graubard,
    Survey Methodology 24, 1998, p. 193; R ``svyciprop(method = "beta")``). Never too short, often too wide: Wilson's is
    published, this one is what the coverage is compared with.

    >>> low, high = exact(np.array([0.0]), size=np.array([10.0]), freedom=np.array([np.inf]), level=0.95)
    >>> float(low[0]), round(float(high[0]), 4)
    (0.0, 0.3085)
    """
    chance = (1 + level) / 2
    finite = np.isfinite(freedom)
    ratio = ndtri(chance) / np.where(finite, stdtrit(np.where(finite, freedom, 1.0), chance), ndtri(chance))
    with np.errstate(invalid="ignore"):
        worth = np.where(np.isfinite(size), size, 1.0) * ratio**2
        yes = share * worth
        low = np.where(share <= 0, 0.0, betaincinv(np.maximum(yes, 1e-300), worth - yes + 1, 1 - chance))
        high = np.where(share >= 1, 1.0, betaincinv(yes + 1, np.maximum(worth - yes, 1e-300), chance))
    low, high = np.minimum(low, share), np.maximum(high, share)
    return np.where(np.isfinite(size), low, share), np.where(np.isfinite(size), high, share)
