"""Differences between two estimates that share units: domains of one sample, or two editions that overlap.

Signatures (data (n,) or (n, v), results (P, v) or (v,))::

    domain_differences(numerators, *, design, pairs, domains, denominators=None, level=0.95) -> Difference
    edition_differences(after, before, *, overlap=None, level=0.95) -> Difference
    linearised(numerators, *, denominators, design) -> (n, v)
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Codes, Floats, codes, floats
from maille.stats.design import Design
from maille.stats.forms import Slope
from maille.stats.intervals import half_width
from maille.stats.threads import one_thread
from maille.stats.variance import Estimates, domain_ratios, domain_totals


@dataclass(frozen=True)
class Difference:
    """``estimate``, ``standard_error``, ``low`` and ``high`` of differences, and the covariance that they rest on."""

    estimate: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    covariance: Floats


@dataclass(frozen=True)
class Overlap:
    """What two editions share, stratum by stratum: ``before`` and ``after`` (n, v) linearised values of common units.

    A linearised value is that of the estimate by unit of its own edition, without its weight: u = (y − R x) / X for a
    ratio. ``strata`` (n,) are the crossings of the strata of both editions; ``sizes`` N_c and the numbers ``drawn``
    n_c1, n_c2 (C, 2) count all the units of a crossing and those that each edition observed in it.
    """

    before: Floats
    after: Floats
    strata: Codes
    sizes: Floats
    drawn: Floats


def domain_differences(
    numerators: npt.ArrayLike,
    *,
    design: Design,
    pairs: npt.ArrayLike,
    domains: npt.ArrayLike,
    denominators: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Difference:
    """Return the ratio (or mean) of domain a less that of domain b, for ``pairs`` (P, 2) of domain codes.

    The two domains come from one sample: the variance is that of one total, whose linearised values are those of a
    inside a and the opposite of those of b inside b, so that their covariance is counted (Särndal, Swensson, Wretman,
    1992, § 5.8). A unit of both domains is not possible: domains are disjoint.

    >>> from maille.stats.design import stratified
    >>> plan = stratified([2.0] * 4, strata=[0] * 4, stratum_sizes=[8], stratum_samples=[4])
    >>> result = domain_differences([1.0, 3.0, 5.0, 9.0], design=plan, pairs=[[1, 0]], domains=[0, 0, 1, 1])
    >>> float(result.estimate[0, 0]), round(float(result.standard_error[0, 0]), 4)
    (5.0, 1.291)
    """
    n = len(design.weights)
    above = floats(numerators, "numérateurs", length=n).reshape(n, -1)
    below = np.ones((n, 1)) if denominators is None else floats(denominators, "dénominateurs", length=n).reshape(n, -1)
    found = domain_ratios(above, design=design, denominators=below, domains=domains, level=level)
    where = codes(domains, "domaines", length=n)
    wanted = codes(np.asarray(pairs).reshape(-1), "paires", size=len(found.estimate)).reshape(-1, 2)
    if (wanted[:, 0] == wanted[:, 1]).any():
        raise ArrayInvalid("Un domaine ne se compare pas à lui-même.", where="paires")
    linear = _linearised(above, below, design.weights, ratio=found.estimate, where=where)
    errors, covariances = np.empty((2, len(wanted), above.shape[1]))
    for line, (one, other) in enumerate(wanted):
        signed = np.where((where == one)[:, None], linear, np.where((where == other)[:, None], -linear, 0.0))
        errors[line] = domain_totals(signed, design=design).standard_error[0]
        apart = found.standard_error[one] ** 2 + found.standard_error[other] ** 2
        covariances[line] = (apart - errors[line] ** 2) / 2
    return _between(found.estimate[wanted[:, 0]] - found.estimate[wanted[:, 1]], errors, covariances, level=level)


def _linearised(above: Floats, below: Floats, weights: Floats, *, ratio: Floats, where: Codes) -> Floats:
    totals = np.zeros(ratio.shape)
    np.add.at(totals, where, np.broadcast_to(below * weights[:, None], above.shape))
    safe = np.where(totals > 0, totals, np.nan)
    return np.nan_to_num((above - np.nan_to_num(ratio)[where] * below) / safe[where])


def edition_differences(
    after: Estimates, before: Estimates, *, overlap: Overlap | None = None, level: float = 0.95
) -> Difference:
    """Return the estimates of an edition less those of the one before, both (1, v) or (v,).

    With ``overlap``, twice the covariance of the common units is taken off (Tam, American Statistician 38, 1984,
    p. 288; Berger, Journal of Official Statistics 20, 2004, p. 451). Without, none is: units that answer twice resemble
    themselves, the covariance is positive, and the interval is too wide rather than too narrow.

    >>> rows = (60.0, 3.0, 54.0, 66.0, 9), (50.0, 4.0, 42.0, 58.0, 9)
    >>> one, two = (Estimates(*(np.array([[number]]) for number in row)) for row in rows)
    >>> result = edition_differences(one, two)
    >>> float(result.estimate[0, 0]), float(result.standard_error[0, 0])
    (10.0, 5.0)
    """
    gap = np.asarray(after.estimate - before.estimate, dtype=np.float64)
    shared = np.zeros(gap.shape) if overlap is None else np.broadcast_to(_covariance(overlap), gap.shape)
    variance = after.standard_error**2 + before.standard_error**2 - 2 * shared
    return _between(gap, np.sqrt(np.maximum(variance, 0.0)), shared, level=level)


def linearised(numerators: npt.ArrayLike, *, denominators: npt.ArrayLike, design: Design) -> Floats:
    """Return the linearised values (n, v) of ratios, as ``Overlap`` wants them: without weights, by unit.

    u = (y − R x) / X, less its regression on the margins when the weights are calibrated (Deville, Särndal, JASA 87,
    1992, eq. 3.4), over one less its leverage when the design asks for it; ``numerators`` and ``denominators`` (n, v),
    zero outside the domain. Zero where nothing counts.

    >>> from maille.stats.design import stratified
    >>> plan = stratified([2.0, 2.0], strata=[0, 0], stratum_sizes=[4], stratum_samples=[2])
    >>> linearised([[1.0], [0.0]], denominators=[[1.0], [1.0]], design=plan).ravel().tolist()
    [0.125, -0.125]
    """
    n = len(design.weights)
    above = floats(numerators, "numérateurs", length=n).reshape(n, -1)
    below = np.broadcast_to(floats(denominators, "dénominateurs", length=n).reshape(n, -1), above.shape)
    whole = design.weights @ below
    safe = np.where(whole > 0, whole, np.nan)
    values = np.nan_to_num((above - (design.weights @ above / safe) * below) / safe)
    if design.auxiliaries is None or design.start is None:
        return np.asarray(values)
    root = np.sqrt(np.maximum(design.start, 0.0))[:, None]
    with one_thread():
        slopes = np.linalg.lstsq(root * design.auxiliaries, root * values, rcond=1e-11)[0]
        residuals = values - design.auxiliaries @ slopes
    spread = Slope.of(design).spread
    return np.asarray(residuals * np.divide(spread, design.weights, out=np.ones(n), where=design.weights != 0)[:, None])


def _covariance(overlap: Overlap) -> Floats:
    """Return Σ_c N_c² (n_c12 / (n_c1 n_c2) − 1 / N_c) s_c12, s_c12 the covariance of the common units of crossing c.

    A crossing with fewer than two common units gives none.
    """
    count = len(overlap.sizes)
    where = codes(overlap.strata, "strates communes", length=len(overlap.before), size=count)
    one = floats(overlap.before, "édition précédente").reshape(len(where), -1)
    two = floats(overlap.after, "édition présente", length=len(where)).reshape(len(where), -1)
    common = np.bincount(where, minlength=count).astype(np.float64)
    sums = [np.zeros((count, one.shape[1])) for _ in range(3)]
    for total, values in zip(sums, (one, two, one * two), strict=True):
        np.add.at(total, where, values)
    safe = np.maximum(common, 2)[:, None]
    products = np.where(common[:, None] > 1, (sums[2] - sums[0] * sums[1] / safe) / (safe - 1), 0.0)
    drawn = floats(overlap.drawn, "effectifs", length=count)
    both = np.prod(np.maximum(drawn, 1), axis=1)
    factor = overlap.sizes**2 * (common / both - 1 / np.maximum(overlap.sizes, 1))
    return np.asarray((factor[:, None] * products).sum(axis=0))


def _between(gap: Floats, error: Floats, covariance: Floats, *, level: float) -> Difference:
    known = np.where(np.isnan(gap), np.nan, error)  # no difference with an empty domain, hence no error either
    half = half_width(known, level=level)
    return Difference(gap, known, gap - half, gap + half, covariance)
