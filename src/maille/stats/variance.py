"""Estimates with their precision, for all domains and all variables at once.

Signatures (data (n,) or (n, v), results (D, v))::

    domain_totals(values, *, design, domains=None, level=0.95) -> Estimates
    domain_ratios(numerators, *, design, denominators=None, domains=None, level=0.95) -> Estimates
    domain_shares(numerators, *, design, denominators=None, domains=None, domain_sizes=None, level=0.95) -> Shares
    observed_whole(counted, *, design, domains, domain_sizes) -> Mask

A mean is a ratio with no denominators. A population-weighted share has the population as denominators and the
population of the units with the trait as numerators; a share among a sub-population has its indicator as denominators.
A unit that did not answer a question has zero in both. ``design`` comes from ``maille.stats.design``.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Codes, Floats, Mask, codes, floats
from maille.stats.design import Design
from maille.stats.forms import Form, sum_rows
from maille.stats.intervals import half_width, wilson
from maille.stats.threads import one_thread

RARE = 5  # under so many units for or against among those that stand for others, the variance seen is not trusted
WIDE = 64  # columns worked on at once: the block stays in the cache


@dataclass(frozen=True)
class Estimates:
    """``estimate``, ``standard_error``, ``low`` and ``high`` (D, v), ``respondents`` (D, v) units that count.

    NaN where a domain has no unit, or a zero denominator.
    """

    estimate: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    respondents: Codes


@dataclass(frozen=True)
class Shares(Estimates):
    """Shares in [0, 1], and how much the sample is worth (D, v).

    ``effective_size`` is the simple random sample with replacement of the same precision (infinite when all was seen),
    ``design_effect`` = respondents / effective_size, ``all_observed`` says that every unit of the domain was drawn and
    answered: only then is the interval a point.
    """

    effective_size: Floats
    design_effect: Floats
    all_observed: Mask


def domain_totals(
    values: npt.ArrayLike, *, design: Design, domains: npt.ArrayLike | None = None, level: float = 0.95
) -> Estimates:
    """Return the totals of ``values`` (n, v) by domain, with normal intervals.

    Variance: see ``design.stratified`` and ``design.calibrated``; baselines in ``docs/explications/statistique.md``.

    >>> from maille.stats.design import stratified
    >>> plan = stratified([2.0, 2.0], strata=[0, 0], stratum_sizes=[4], stratum_samples=[2])
    >>> result = domain_totals([1.0, 3.0], design=plan)
    >>> float(result.estimate[0, 0]), float(result.standard_error[0, 0])
    (8.0, 2.8284271247461903)
    """
    data = _Data.read(values, np.ones(len(design.weights)), design=design, domains=domains)
    estimate = data.sums(data.numerators)
    return _normal(data, estimate, error=data.errors(None, 1.0), level=level)


def domain_ratios(
    numerators: npt.ArrayLike,
    *,
    design: Design,
    denominators: npt.ArrayLike | None = None,
    domains: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Estimates:
    """Return ratios of totals (n, v) over (n,) or (n, v), by domain: means when there are no denominators.

    Linearised: u = (y − R x) / X (Särndal, Swensson, Wretman, 1992, result 5.6.2); normal intervals.

    >>> from maille.stats.design import stratified
    >>> plan = stratified([2.0, 2.0], strata=[0, 0], stratum_sizes=[4], stratum_samples=[2])
    >>> float(domain_ratios([1.0, 3.0], design=plan).standard_error[0, 0])
    0.7071067811865476
    """
    data = _Data.read(numerators, denominators, design=design, domains=domains)
    estimate, total = data.ratios()
    return _normal(data, estimate, error=data.errors(estimate, total), level=level)


def domain_shares(
    numerators: npt.ArrayLike,
    *,
    design: Design,
    denominators: npt.ArrayLike | None = None,
    domains: npt.ArrayLike | None = None,
    domain_sizes: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> Shares:
    """Return shares by domain with intervals made for rare traits.

    ``numerators`` between 0 and ``denominators`` (1 by default), ``domain_sizes`` (D,) the units of the frame in each
    domain, so that a domain is known to be seen whole. The interval is Wilson's on the effective size p(1−p)/V, with
    Student's quantile on respondents − 1. When the share is 0 or 1, or rests on fewer than 5 units for or against among
    those that stand for others, the variance seen says too little: the effective size is then at most
    (Σ w x)² / Σ (1 − π) (w x)², what an independent trait would give, π the probability of being observed
    (Korn, Graubard, Survey Methodology 24, 1998, p. 193; Kish, Survey Sampling, 1965, § 11.7).

    >>> from maille.stats.design import stratified
    >>> plan = stratified([2.0] * 4, strata=[0] * 4, stratum_sizes=[8], stratum_samples=[4])
    >>> result = domain_shares([0.0, 0.0, 0.0, 0.0], design=plan)
    >>> float(result.low[0, 0]), round(float(result.high[0, 0]), 3), float(result.effective_size[0, 0])
    (0.0, 0.324, 8.0)
    """
    data = _Data.read(numerators, denominators, design=design, domains=domains)
    if ((data.numerators < -1e-9) | (data.numerators > data.denominators * (1 + 1e-9) + 1e-9)).any():
        raise ArrayInvalid("Un numérateur sort de l’intervalle de 0 à son dénominateur.", where="numérateurs")
    estimate, total = data.ratios()
    estimate = np.clip(np.where(np.abs(estimate - np.round(estimate)) < 1e-12, np.round(estimate), estimate), 0, 1)
    error = data.errors(estimate, total)
    size, known = data.effective_size(estimate, total, error=error)
    seen = data.all_observed(domain_sizes)
    size = np.where(seen, np.inf, np.where(np.isinf(size), data.respondents, size))
    freedom = np.where(known, np.maximum(data.respondents - 1, 1), np.inf)
    low, high = wilson(estimate, size=size, freedom=freedom, level=level)
    error = np.where(seen & ~np.isnan(estimate), 0.0, error)
    with np.errstate(invalid="ignore"):
        effect = data.respondents / size
    return Shares(estimate, error, low, high, data.respondents, size, effect, seen)


def observed_whole(
    counted: npt.ArrayLike, *, design: Design, domains: npt.ArrayLike, domain_sizes: npt.ArrayLike
) -> Mask:
    """Return (D, v) whether all that counts was drawn and answered: ``counted`` (n, v) tells which units do.

    ``domain_sizes`` (D,) are the units of the frame in each domain.

    >>> from maille.stats.design import stratified
    >>> plan = stratified([1.0] * 3, strata=[0] * 3, stratum_sizes=[3], stratum_samples=[3])
    >>> observed_whole([[1], [1], [1]], design=plan, domains=[0, 0, 1], domain_sizes=[2, 2]).tolist()
    [[True], [False]]
    """
    sizes = floats(domain_sizes, "tailles des domaines")
    count = len(sizes)
    where = codes(domains, "domaines", length=len(design.weights), size=count)
    order = np.argsort(where, kind="stable")
    starts = np.searchsorted(where[order], np.arange(count + 1)).astype(np.int64)
    there = np.asarray(counted, dtype=np.bool_).reshape(len(where), -1)[order]
    answering = sum_rows(there, starts)
    unsure = sum_rows(there, starts, factor=(design.unseen[order] > 1e-12).astype(np.float64))
    complete = np.bincount(where, minlength=count) >= sizes
    return np.asarray((unsure == 0) & (answering > 0) & complete[:, None])


def _normal(data: "_Data", estimate: Floats, *, error: Floats, level: float) -> Estimates:
    half = half_width(error, level=level)
    return Estimates(estimate, error, estimate - half, estimate + half, data.respondents)


@dataclass(frozen=True)
class _Data:
    """What was given, checked and sorted by domain, with the sums that every estimator needs."""

    numerators: Floats
    denominators: Floats
    form: Form
    respondents: Codes

    @classmethod
    def read(
        cls,
        numerators: npt.ArrayLike,
        denominators: npt.ArrayLike | None,
        *,
        design: Design,
        domains: npt.ArrayLike | None,
    ) -> "_Data":
        n = len(design.weights)
        where = np.zeros(n, dtype=np.int64) if domains is None else codes(domains, "domaines", length=n)
        form = Form.sort(design, where)
        above = floats(numerators, "numérateurs", length=n).reshape(n, -1)[form.order]
        below = np.ones((n, 1)) if denominators is None else floats(denominators, "dénominateurs", length=n)
        below = below.reshape(n, -1)[form.order]
        if below.shape[1] not in (1, above.shape[1]) or (below < 0).any():
            raise ArrayInvalid("Les dénominateurs ne conviennent pas.", where="dénominateurs", got=below.shape)
        counts = sum_rows(below > 0, form.starts).astype(np.int64)
        respondents = np.broadcast_to(counts, (form.domain_count, above.shape[1]))
        return cls(above, below, form, respondents)

    def sums(self, values: Floats) -> Floats:
        """Return weighted sums by domain (D, v)."""
        return sum_rows(values, self.form.starts, factor=self.form.weights)

    def ratios(self) -> tuple[Floats, Floats]:
        """Return the ratios and their denominators (D, v), NaN where the denominator is zero."""
        total = self.sums(self.denominators)
        total = np.where(total > 0, total, np.nan)
        return self.sums(self.numerators) / total, total

    def errors(self, ratio: Floats | None, total: Floats | float) -> Floats:
        """Return the standard errors (D, v) of totals, or of ratios once linearised."""
        wide = self.numerators.shape[1]
        variance = np.empty((self.form.domain_count, wide))
        scale = np.broadcast_to(total, variance.shape)
        where = self.form.domains
        with one_thread():
            for first in range(0, wide, WIDE):
                part = slice(first, min(first + WIDE, wide))
                values = self.numerators[:, part]
                if ratio is not None:
                    below = self.denominators if self.denominators.shape[1] == 1 else self.denominators[:, part]
                    values = values - np.nan_to_num(ratio[:, part])[where] * below
                variance[:, part] = self.form.variance(values)
        error = np.sqrt(variance) / scale
        return np.where(self.respondents > 0, error, np.nan)

    def effective_size(self, share: Floats, total: Floats, *, error: Floats) -> tuple[Floats, Mask]:
        """Return the effective sizes (D, v), and whether they rest on the variance seen."""
        form, unseen = self.form, self.form.unseen
        with np.errstate(divide="ignore", invalid="ignore"):
            seen = share * (1 - share) / error**2
            neutral = total**2 / sum_rows(self.denominators**2, form.starts, factor=unseen * form.weights**2)
        open_units = (unseen > 1e-12).astype(np.float64)
        half = self.denominators / 2
        yes = sum_rows((self.numerators > half) & (self.denominators > 0), form.starts, factor=open_units)
        no = sum_rows((self.numerators <= half) & (self.denominators > 0), form.starts, factor=open_units)
        rare = np.minimum(yes, no) < RARE
        known = ~((share <= 0) | (share >= 1) | np.isnan(share))
        return np.where(known & ~rare, seen, np.where(known, np.fmin(seen, neutral), neutral)), known & ~rare

    def all_observed(self, domain_sizes: npt.ArrayLike | None) -> Mask:
        """Return where everything that counts was drawn and answered (D, v)."""
        counted = sum_rows(
            (self.denominators > 0), self.form.starts, factor=(self.form.unseen > 1e-12).astype(np.float64)
        )
        seen = np.broadcast_to(counted == 0, self.respondents.shape) & (self.respondents > 0)
        if domain_sizes is None:
            return seen
        sizes = floats(domain_sizes, "tailles des domaines", length=self.form.domain_count)
        present = np.bincount(self.form.domains, minlength=self.form.domain_count)
        return np.asarray(seen & (present >= sizes)[:, None])
