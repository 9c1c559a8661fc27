"""The smallest sample that meets maximum coefficients of variation, or the best precision of a given size.

Signatures::

    constrained(sizes, *, deviations, levels, cvs, limits=Limits(minimum=2, maximum=None, take_all=None,
                response_rates=1.0)) -> Constrained(.counts .rates .relaxed .cvs .prices_point .prices_percent)
    best_precision(sizes, *, total, deviations, levels, cvs, …) -> Constrained(… .factor)
    share_deviations(sizes, *, shares, strata, inside) -> (deviations, level)

A constraint is the maximum coefficient of variation of one estimated total: a variable, in a domain.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from maille.stats.allocation import AllocationImpossible
from maille.stats.allocation_whole import MET, smallest_whole, sums, whole_of_total
from maille.stats.arrays import Codes, Floats, Mask, codes, floats, mask
from maille.stats.interior import least_sample
from maille.stats.threads import one_thread


class ConstraintUnreachable(AllocationImpossible):
    """A precision that no allowed sample reaches; ``position`` is that of the constraint, ``best`` what it can be."""

    def __init__(self, position: int, *, best: float, asked: float) -> None:
        super().__init__(
            "La précision demandée ne peut pas être atteinte, même en tirant tout ce qui est permis.",
            where=f"contrainte {position}",
            got=f"un coefficient de variation de {100 * best:.2f} % au mieux",
            expected=f"{100 * asked:.2f} % au plus",
            hint="relevez ce coefficient, le maximum par strate ou le taux de réponse attendu",
        )
        self.position, self.best = position, best


@dataclass(frozen=True)
class Limits:
    """What bounds each stratum, one for all or (H,): least and greatest number of units, expected response in (0, 1].

    Strata of ``take_all`` (H,) are drawn whole.
    """

    minimum: npt.ArrayLike = 2
    maximum: npt.ArrayLike | None = None
    take_all: npt.ArrayLike | None = None
    response_rates: npt.ArrayLike = 1.0


ANY = Limits()


@dataclass(frozen=True)
class Constrained:
    """Units to draw and what each constraint costs.

    ``counts`` (H,) whole numbers, ``rates`` (H,) = counts / sizes, ``relaxed`` (H,) the least sample in real numbers;
    ``cvs`` (J,) the coefficients of variation reached by ``counts``; ``prices_point`` and ``prices_percent`` (J,) the
    units saved by allowing one more point of this coefficient (0.05 → 0.06), or one more hundredth of it
    (0.05 → 0.0505): zero for a constraint that others imply. ``factor`` is what all coefficients asked for were
    multiplied by.
    """

    counts: Codes
    rates: Floats
    relaxed: Floats
    cvs: Floats
    prices_point: Floats
    prices_percent: Floats
    factor: float = 1.0


@dataclass(frozen=True)
class _Problem:
    """Least Σ n under Σ_h A_hj / n_h ≤ B_j + (cv_j Y_j)² and low ≤ n ≤ high; A is ``variance``, B ``spent``."""

    sizes: Codes
    variance: Floats
    spent: Floats
    level: Floats
    cv: Floats
    low: Floats
    high: Floats

    @property
    def right(self) -> Floats:
        """Return B + (cv Y)² (J,), 1 where nothing varies."""
        right = self.spent + (self.cv * self.level) ** 2
        return np.where(right > 0, right, 1.0)

    @property
    def weight(self) -> Floats:
        """Return a = A / (B + (cv Y)²), (H, J)."""
        return np.asarray(self.variance / self.right)

    def variances(self, counts: Floats) -> Floats:
        """Return Σ_h A_hj / n_h: 1 when the constraint is just met."""
        return sums(self.weight, counts)

    def solve(self) -> tuple[Floats, Floats]:
        """Return the least sample in real numbers (H,) and the multipliers (J,); raises AllocationUnsolved."""
        with one_thread():
            return least_sample(self.weight, low=self.low, high=self.high)

    def reached(self, counts: Floats) -> Floats:
        """Return the coefficients of variation (J,) of a sample."""
        return self.reached_by(self.variances(counts))

    def reached_by(self, variances: Floats) -> Floats:
        """Return the coefficients of variation (…, J) of the sums ``variances`` of several samples."""
        left = variances * self.right - self.spent
        return np.asarray(np.sqrt(np.where(left > 1e-9 * self.right, left, 0.0)) / self.level)

    def result(self, counts: Codes, *, relaxed: Floats, multipliers: Floats, factor: float = 1.0) -> Constrained:
        """Return the published result, with prices by point and by hundredth."""
        saved = multipliers * 2 * self.cv * self.level**2 / self.right
        return Constrained(
            counts=counts,
            rates=counts / np.maximum(self.sizes, 1),
            relaxed=relaxed,
            cvs=self.reached(counts.astype(np.float64)),
            prices_point=0.01 * saved,
            prices_percent=0.01 * self.cv * saved,
            factor=factor,
        )


def constrained(
    sizes: npt.ArrayLike,
    *,
    deviations: npt.ArrayLike,
    levels: npt.ArrayLike,
    cvs: npt.ArrayLike,
    limits: Limits = ANY,
) -> Constrained:
    """Return the smallest sample whose coefficients of variation are at most ``cvs``.

    ``sizes`` (H,) units of the strata; ``deviations`` (H, J) standard deviation S_hj of the variable of constraint j
    in stratum h, zero outside its domain; ``levels`` (J,) the totals Y_j > 0; ``cvs`` (J,) > 0 as shares of them. With
    the expected response r, V_j = Σ N² (1 − n r/N) S²/(n r). The problem is convex (Bethel, Survey Methodology 15,
    1989, p. 47; Chromy, ASA Survey Research Methods, 1987, p. 194); a stratum whose optimum exceeds its units is drawn
    whole and the others follow. Whole numbers as ``allocation_whole`` finds them. Raises ConstraintUnreachable,
    AllocationImpossible, ArrayInvalid.

    >>> found = constrained([1000, 500], deviations=[[0.5], [0.3]], levels=[600.0], cvs=[0.05])
    >>> found.counts.tolist(), found.cvs.round(4).tolist(), found.prices_percent.round(2).tolist()
    ([272, 82], [0.05], [5.33])
    """
    problem = _problem(sizes, deviations, levels, cvs=cvs, response_rates=limits.response_rates)
    problem = _bounded(problem, limits)
    _refuse(problem)
    relaxed, multipliers = problem.solve()
    counts = smallest_whole(problem.weight, relaxed, multipliers, bounds=(problem.low, problem.high))
    return problem.result(counts, relaxed=relaxed, multipliers=multipliers)


def best_precision(
    sizes: npt.ArrayLike,
    *,
    total: int,
    deviations: npt.ArrayLike,
    levels: npt.ArrayLike,
    cvs: npt.ArrayLike,
    limits: Limits = ANY,
) -> Constrained:
    """Return the sample of ``total`` units whose largest ratio of coefficient of variation to ``cvs`` is least.

    ``factor`` is that ratio: under 1 the precisions asked for are beaten, above 1 this size cannot give them. A domain
    drawn whole before the size is spent leaves the rest to the others. Other parameters as for ``constrained``; prices
    are those at the precision found. Raises AllocationImpossible.

    >>> found = best_precision([1000, 500], total=354, deviations=[[0.5], [0.3]], levels=[600.0], cvs=[0.1])
    >>> found.counts.tolist(), round(found.factor, 3)
    ([272, 82], 0.5)
    """
    problem = _problem(sizes, deviations, levels, cvs=cvs, response_rates=limits.response_rates)
    problem = _bounded(problem, limits)
    least, most = float(problem.low.sum()), float(problem.high.sum())
    if not least <= total <= most:
        raise AllocationImpossible(
            "Les minimums, les maximums et les strates exhaustives ne permettent pas cette taille.",
            got=total,
            expected=f"de {least:g} à {most:g}",
            hint="changez « total », ou les bornes des strates",
        )
    scaled = replace(problem, cv=problem.cv * _factors(problem, total))
    relaxed, multipliers = scaled.solve()

    def worst(variances: Floats) -> Floats:
        return np.asarray((scaled.reached_by(variances) / problem.cv).max(axis=-1))

    bounds = (problem.low, problem.high)
    counts = whole_of_total(scaled.weight, relaxed, multipliers, bounds=bounds, total=total, worst=worst)
    reached = float((problem.reached(counts.astype(np.float64)) / problem.cv).max())
    return scaled.result(counts, relaxed=relaxed, multipliers=multipliers, factor=reached)


def share_deviations(
    sizes: npt.ArrayLike, *, shares: npt.ArrayLike, strata: npt.ArrayLike, inside: npt.ArrayLike
) -> tuple[Floats, float]:
    """Return the standard deviations (H,) and the level of the constraint « share of units in a domain ».

    One row a part of a stratum lying in or out of the domain: ``sizes`` (P,) units, ``shares`` (P,) anticipated in
    [0, 1], ``strata`` (P,) codes, ``inside`` (P,) whether the part is in the domain. The estimated share is a ratio:
    its variable is z = 1_D (y − p_D), its level N_D p_D (Särndal, Swensson, Wretman, 1992, § 5.8).

    >>> deviations, level = share_deviations([100, 300], shares=[0.5, 0.2], strata=[0, 1], inside=[True, True])
    >>> deviations.round(3).tolist(), round(level, 3)
    ([0.503, 0.401], 110.0)
    """
    size, share = floats(sizes, "tailles"), floats(shares, "parts anticipées")
    where, kept = codes(strata, "strates", length=len(size)), mask(inside, "domaine", length=len(size))
    total = float(size[kept].sum())
    if total <= 0 or not 0 < (mean := float((size * share)[kept].sum()) / total) <= 1 or (share > 1).any():
        raise AllocationImpossible(
            "Le domaine est vide, ou la part anticipée n’est pas entre 0 et 1.",
            got=f"{total:g} unité(s)",
            hint="une part nulle n’a pas de coefficient de variation",
        )
    weight = np.where(kept, size, 0.0)
    count = np.bincount(where, size)
    first = np.bincount(where, weight * (share - mean)) / np.maximum(count, 1)
    second = np.bincount(where, weight * (share * (1 - share) + (share - mean) ** 2)) / np.maximum(count, 1)
    spread = np.where(count > 1, count / np.maximum(count - 1, 1), 0.0) * np.maximum(second - first**2, 0.0)
    return np.sqrt(spread), total * mean


def _problem(
    sizes: npt.ArrayLike,
    deviations: npt.ArrayLike,
    levels: npt.ArrayLike,
    *,
    cvs: npt.ArrayLike,
    response_rates: npt.ArrayLike,
) -> _Problem:
    size = codes(sizes, "tailles")
    deviation = floats(deviations, "écarts-types", length=len(size)).reshape(len(size), -1)
    level = floats(levels, "totaux", length=deviation.shape[1])
    cv = floats(cvs, "coefficients de variation", length=deviation.shape[1])
    answer = np.broadcast_to(floats(response_rates, "taux de réponse"), size.shape)
    checks = (
        (cv > 0, "Un coefficient de variation demandé n’est pas positif.", cv),
        (level > 0, "Un coefficient de variation n’existe que pour un total positif.", level),
        ((answer > 0) & (answer <= 1), "Un taux de réponse attendu est hors de ]0, 1].", answer),
        ((deviation >= 0).all(axis=0), "Un écart-type est négatif.", deviation.min(axis=0, initial=0)),
    )
    for valid, message, values in checks:
        if not valid.all():
            wrong = int(np.flatnonzero(~valid)[0])
            raise AllocationImpossible(message, where=f"position {wrong}", got=f"{values[wrong]:g}")
    square = deviation**2
    variance = size[:, None] ** 2 * square / answer[:, None]
    nothing = np.zeros(len(size))
    return _Problem(size, variance, (size[:, None] * square).sum(axis=0), level, cv, low=nothing, high=nothing)


def _bounded(problem: _Problem, limits: Limits) -> _Problem:
    size = problem.sizes.astype(np.float64)
    whole: Mask = np.zeros(len(size), dtype=bool)
    if limits.take_all is not None:
        whole = mask(limits.take_all, "exhaustif", length=len(size))
    most = size
    if limits.maximum is not None:
        most = np.broadcast_to(floats(limits.maximum, "maximum par strate"), size.shape)
    high = np.where(whole, size, np.minimum(most, size))
    low = np.where(whole, size, np.minimum(floats(limits.minimum, "minimum par strate"), size))
    low = np.where(size > 0, np.maximum(low, 1), 0.0)
    if (low > high).any():
        first = int(np.flatnonzero(low > high)[0])
        raise AllocationImpossible(
            "Le minimum d’une strate dépasse son maximum.",
            where=f"strate {first}",
            got=f"{low[first]:g}",
            expected=f"au plus {high[first]:g}",
        )
    return replace(problem, low=low, high=high)


def _refuse(problem: _Problem) -> None:
    over = problem.variances(problem.high) > MET
    if over.any():
        first = int(np.flatnonzero(over)[0])
        raise ConstraintUnreachable(first, best=problem.reached(problem.high)[first], asked=problem.cv[first])


def _factors(problem: _Problem, total: int) -> Floats:
    """Return what multiplies each coefficient asked for (J,): the same for all, but for those that cannot follow.

    A domain drawn whole before the size is spent stays at its best, and the others share what is left.
    """
    best, worst = (problem.reached(counts) / problem.cv for counts in (problem.high, problem.low))
    held = np.zeros(len(best))

    def excess(factor: float) -> float:
        factors = np.where(held > 0, held, factor)
        return float(replace(problem, cv=problem.cv * factors).solve()[0].sum()) - total

    while (held == 0).any():
        free = held == 0
        small, large = float(best[free].max()), float(worst[free].max())
        small = max(small * (1 + 1e-9), 1e-4 * large, 1e-12)
        if large <= small or excess(large) >= 0:
            return np.where(free, max(small, large), held)
        if excess(small) > 0:
            return np.where(free, brentq(excess, small, large, xtol=1e-9 * large), held)
        held[free & (best >= small * (1 - 1e-6))] = small
        if not best.any() or small <= 1e-4 * large:
            held[free] = small
    return held
