"""Medians and other quantiles by domain, with Woodruff's intervals.

Signature (data (n,) or (n, v), results (D, v))::

    domain_quantiles(values, *, design, probability=0.5, counted=None, domains=None, imputation=None) -> Quantiles

The quantile is the smallest value at which the weighted distribution reaches ``probability``: the ``math`` rule of R
survey 4.1, whose ``svyquantile(interval.type = "mean")`` gives the same intervals.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Codes, Floats, Mask, codes, floats
from maille.stats.design import Design
from maille.stats.intervals import half_width
from maille.stats.variance import Estimates, domain_ratios

Added = Callable[[Floats], Floats]
"""What imputation adds (D, v) to the variance of the share of units at or under some values (D, v)."""

_TIE = 1e-12  # a cumulated weight is at the probability when it is so near, in share of the total


@dataclass(frozen=True)
class Quantiles(Estimates):
    """Quantiles, and the ``design_effect`` (D, v) of the share of units at or under them, NaN where it is all."""

    design_effect: Floats


def domain_quantiles(
    values: npt.ArrayLike,
    *,
    design: Design,
    probability: float = 0.5,
    counted: npt.ArrayLike | None = None,
    domains: npt.ArrayLike | None = None,
    imputation: Added | None = None,
) -> Quantiles:
    """Return quantiles of ``values`` (n, v) by domain; ``counted`` (n, v) tells which units have a value.

    The variance V of the share F(q) of units at or under the quantile q is that of the design, and what ``imputation``
    adds to it; the bounds, at 95 %, are the quantiles at F(q) ± z √V (Woodruff, JASA 47, 1952, p. 635), and the
    standard error is their distance over 2 z, the density of Deville's linearisation (Survey Methodology 25, 1999,
    p. 193) being read on that interval (Francisco, Fuller, Annals of Statistics 19, 1991, p. 454). A bound beyond the
    distribution is its smallest or largest value. Where F(q) − z √V is above the probability, so many units share the
    value that it is certain. NaN where a domain has no weight. Raises ArrayInvalid for a probability outside ]0, 1[.

    >>> from maille.stats.design import stratified
    >>> plan = stratified([5.0] * 9, strata=[0] * 9, stratum_sizes=[45], stratum_samples=[9])
    >>> result = domain_quantiles([7.0, 1.0, 9.0, 2.0, 3.0, 4.0, 8.0, 5.0, 6.0], design=plan)
    >>> [float(part[0, 0]) for part in (result.estimate, result.low, result.high)]
    [5.0, 3.0, 8.0]
    """
    if not 0 < probability < 1:
        raise ArrayInvalid("La probabilité d’un quantile est entre 0 et 1, exclus.", where="quantile", got=probability)
    n = len(design.weights)
    where = np.zeros(n, dtype=np.int64) if domains is None else codes(domains, "domaines", length=n)
    given = floats(values, "valeurs", length=n).reshape(n, -1)
    kept = np.ones(given.shape, dtype=bool) if counted is None else _counted(counted, shape=given.shape)
    columns = [
        _Column.sort(given[:, j], kept[:, j], where=where, weights=design.weights) for j in range(given.shape[1])
    ]
    estimate = np.column_stack([column.at(np.full(column.size, probability)) for column in columns])
    under = (given <= np.nan_to_num(estimate, nan=-np.inf)[where]) & kept
    share = domain_ratios(under, design=design, denominators=kept, domains=where)
    spread = share.standard_error
    if imputation is not None:
        spread = np.sqrt(spread**2 + np.nan_to_num(imputation(estimate)))
    half = half_width(spread)
    # So many units at the quantile that F jumps over the probability: the interval is then around the probability.
    centre = np.where(share.estimate - probability > half / 4, probability, share.estimate)
    bounds = [
        np.column_stack([column.at(side[:, j]) for j, column in enumerate(columns)])
        for side in (centre - half, share.estimate + half)
    ]
    low, high = np.minimum(bounds[0], estimate), np.maximum(bounds[1], estimate)
    high = np.where(share.estimate - half > probability + _TIE, estimate, high)
    error = (high - low) / (2 * half_width(np.array(1.0)))
    possible = share.estimate * (1 - share.estimate)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = share.respondents * spread**2 / np.where(possible > 0, possible, np.nan)
    return Quantiles(estimate, error, low, high, share.respondents, design_effect=effect)


def _counted(counted: npt.ArrayLike, *, shape: tuple[int, ...]) -> Mask:
    array = np.asarray(counted)
    if array.dtype != np.bool_ or array.size != np.prod(shape):
        raise ArrayInvalid("Il faut un booléen par valeur.", where="comptés", got=array.shape, expected=shape)
    return array.reshape(shape)


class _Column:
    """One variable sorted by domain and value, with its weights cumulated from the first row to the last."""

    def __init__(self, values: Floats, cumulated: Floats, starts: Codes) -> None:
        self._values = values
        self._cumulated = cumulated
        self._starts = starts

    @classmethod
    def sort(cls, values: Floats, kept: Mask, *, where: Codes, weights: Floats) -> "_Column":
        """Sort the rows that are kept; a negative weight, which calibration may give, never lowers the sum."""
        rows = np.flatnonzero(kept)
        order = rows[np.lexsort((values[rows], where[rows]))]
        count = int(where.max()) + 1 if len(where) else 0
        starts = np.searchsorted(where[order], np.arange(count + 1)).astype(np.int64)
        cumulated = np.maximum.accumulate(np.append(0.0, np.cumsum(weights[order])))
        return cls(values[order], cumulated, starts)

    @property
    def size(self) -> int:
        """Return how many domains there are."""
        return len(self._starts) - 1

    def at(self, share: Floats) -> Floats:
        """Return, in each domain, the smallest value at which the distribution reaches ``share`` (D,)."""
        first, last = self._starts[:-1], self._starts[1:]
        before, after = self._cumulated[first], self._cumulated[last]
        whole = after - before
        wanted = before + (np.clip(np.nan_to_num(share), 0, 1) - _TIE) * whole
        place = np.searchsorted(self._cumulated[1:], wanted)
        place = np.clip(place, first, np.maximum(last - 1, first))
        if not len(self._values):
            return np.full(self.size, np.nan)
        found = self._values[np.minimum(place, len(self._values) - 1)]
        return np.where((whole > 0) & np.isfinite(share), found, np.nan)
