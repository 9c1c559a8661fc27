"""Outliers: ratios that are too far from those of like units, and what cutting the largest values would change.

Signatures::

    hidiroglou_berthelot(values, *, against, classes=None, limits=Limits(), importance="largest") -> Outliers
    cutoffs(values, *, weights, expected) -> (n,)
    winsorise(values, *, weights, cuts, kind=2) -> Winsorised

Nothing is corrected here: an outlier is looked at, may stop being a donor, and winsorising is an option whose effect is
told.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Codes, Floats, Mask, codes, floats


@dataclass(frozen=True)
class Limits:
    """The parameters of Hidiroglou and Berthelot, and the units that a class must have to be judged by itself.

    ``u`` from 0 to 1, how much large units weigh more; ``a`` small, so that a class without spread does not flag
    everyone; ``c`` the width of the interval, in distances from the median to the quartiles.
    """

    u: float = 0.5
    a: float = 0.05
    c: float = 4.0
    minimum: int = 10


@dataclass(frozen=True)
class Outliers:
    """``flagged`` and ``tested`` (n,) booleans, ``ratios``, ``effects`` and acceptance bounds ``low``, ``high`` (n,).

    NaN where the ratio is not defined (a value or its reference is not positive): these units are not tested.
    """

    flagged: Mask
    tested: Mask
    ratios: Floats
    effects: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Winsorised:
    """``values`` (n,) after winsorising, how many were ``cut``, and the weighted totals ``before`` and ``after``."""

    values: Floats
    cut: int
    before: float
    after: float


def hidiroglou_berthelot(
    values: npt.ArrayLike,
    *,
    against: npt.ArrayLike,
    classes: npt.ArrayLike | None = None,
    limits: Limits | None = None,
    importance: Literal["largest", "reference"] = "largest",
) -> Outliers:
    """Return the units whose ratio r of ``values`` y to ``against`` x (n,) is too far from its class's median m.

    x is the previous edition's value, or a size. With s = 1 − m/r if r < m and r/m − 1 otherwise, the effect is
    E = s max(x, y)^u, and a unit is flagged outside E_M − c max(E_M − E_Q1, |a E_M|) and
    E_M + c max(E_Q3 − E_M, |a E_M|) (Hidiroglou, Berthelot, Survey Methodology 12, 1986, p. 73). Against a size of
    another unit, ``importance`` is "reference": x^u. A class without any spread flags no one; one with fewer than
    ``limits.minimum`` tested units is judged with the whole.

    >>> found = hidiroglou_berthelot([10.0, 11, 9, 10, 12, 90], against=[10.0] * 6, limits=Limits(minimum=3))
    >>> found.flagged.tolist()
    [False, False, False, False, False, True]
    """
    y, rule = floats(values, "valeurs"), limits or Limits()
    x = floats(against, "référence", length=len(y))
    group = np.zeros(len(y), dtype=np.int64) if classes is None else codes(classes, "classes", length=len(y))
    if not (0 <= rule.u <= 1 and rule.a >= 0 and rule.c > 0 and rule.minimum >= 1):
        raise ArrayInvalid("Ces paramètres n’ont pas de sens.", where="Hidiroglou-Berthelot", got=rule)
    tested = (x > 0) & (y > 0)
    weight = np.maximum(x, y) if importance == "largest" else x
    ratios, effects, low, high = (np.full(len(y), np.nan) for _ in range(4))
    ratios[tested] = y[tested] / x[tested]
    pool = _pools(group, tested, minimum=rule.minimum)
    for code in np.unique(pool[tested]):
        among = tested if code < 0 else tested & (group == code)
        median = float(np.median(ratios[among]))
        part = ratios[among]
        moved = np.where(part < median, 1 - median / part, part / median - 1) * weight[among] ** rule.u
        first, middle, third = np.quantile(moved, [0.25, 0.5, 0.75])
        inside = tested & (pool == code)
        effects[inside] = moved[inside[among]]
        below, above = (max(gap, abs(rule.a * middle)) for gap in (middle - first, third - middle))
        low[inside] = middle - rule.c * below if below > 0 else -np.inf
        high[inside] = middle + rule.c * above if above > 0 else np.inf
    flagged = tested & ((effects < low) | (effects > high))
    return Outliers(flagged, tested, ratios, effects, low, high)


def _pools(group: Codes, tested: Mask, *, minimum: int) -> Codes:
    """Return the class that each unit is judged in, -1 for the whole."""
    enough = np.bincount(group[tested], minlength=int(group.max(initial=0)) + 1) >= minimum
    return np.where(enough[group], group, -1)


def cutoffs(values: npt.ArrayLike, *, weights: npt.ArrayLike, expected: npt.ArrayLike) -> Floats:
    """Return the cut-offs (n,) of least mean squared error for the total, infinite where a unit stands for itself.

    K = μ + L/(w − 1), ``expected`` μ (n,) being the mean of like units, and L the root of
    L = Σ max((w − 1)(y − μ) − L, 0) (Kokic, Bell, Journal of Official Statistics 10, 1994, p. 419).

    >>> cutoffs([1.0, 1.0, 1.0, 21.0], weights=[2.0] * 4, expected=[1.0] * 4).tolist()
    [11.0, 11.0, 11.0, 11.0]
    """
    y = floats(values, "valeurs")
    weight, mean = floats(weights, "poids", length=len(y)), floats(expected, "moyennes", length=len(y))
    if (weight < 1).any():
        raise ArrayInvalid("La winsorisation veut des poids d’au moins 1.", where="poids", got=float(weight.min()))
    gaps = np.sort(np.maximum((weight - 1) * (y - mean), 0.0))[::-1]
    sums = np.cumsum(gaps) / np.arange(2, len(gaps) + 2)
    root = float(sums.max(initial=0.0))
    with np.errstate(divide="ignore"):
        return np.where(weight > 1, mean + root / np.where(weight > 1, weight - 1, 1.0), np.inf)


def winsorise(
    values: npt.ArrayLike, *, weights: npt.ArrayLike, cuts: npt.ArrayLike, kind: Literal[1, 2] = 2
) -> Winsorised:
    """Return the values with what is above ``cuts`` K (n,) or () cut, and what that does to the weighted total.

    ``kind`` 1 replaces y > K by K; 2 by K + (y − K)/w: the part above counts for the unit alone, and a unit of weight
    one is not touched (Kokic, Bell, 1994, eq. 2.1).

    >>> done = winsorise([1.0, 21.0], weights=[2.0, 2.0], cuts=11.0)
    >>> done.values.tolist(), done.before, done.after
    ([1.0, 16.0], 44.0, 34.0)
    """
    y = floats(values, "valeurs")
    weight = floats(weights, "poids", length=len(y))
    limit = np.broadcast_to(np.asarray(cuts, dtype=np.float64), y.shape)
    if np.isnan(limit).any() or (weight <= 0).any() or kind not in (1, 2):
        raise ArrayInvalid("Il faut des seuils connus, des poids positifs, et la sorte 1 ou 2.", where="winsorisation")
    over = y > limit
    top = np.where(over, limit, 0.0)
    changed = np.where(over, top if kind == 1 else top + (y - top) / weight, y)
    return Winsorised(changed, int(over.sum()), float(weight @ y), float(weight @ changed))
