"""Calibration: weights that give the known totals, as near as may be to the weights at hand.

Signatures::

    calibrate(weights, *, margins, totals, method="linear", bounds=None, names=()) -> Calibration(.weights .gap …)

``margins`` (n, p) one column a margin, ``totals`` (p,), ``names`` (p,) what errors call them. Raises MarginsInfeasible
or NotConverged. Two levels at once (clusters and their units, equal weights inside a cluster): ``stats.levels``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, lapack
from scipy.special import expit

from maille.stats.arrays import ArrayInvalid, Floats, floats, place_of
from maille.stats.contradictions import agree, explain, relation
from maille.stats.feasibility import scale_of
from maille.stats.threads import one_thread

Method = Literal["linear", "raking", "logit", "truncated"]
GAP = 1e-10
STEPS = 100


@dataclass(frozen=True)
class Calibration:
    """``weights`` (n,), their ``ratios`` to the first ones, ``iterations``, ``gap`` the largest relative one.

    ``dropped`` lists the margins (columns) that repeat others, whose totals are given all the same; ``relations`` says
    of each what it repeats: « region=84 = somme de taille=a, taille=b, moins region=11 ».
    """

    weights: Floats
    ratios: Floats
    iterations: int
    gap: float
    dropped: tuple[int, ...]
    relations: tuple[str, ...] = ()


def calibrate(
    weights: npt.ArrayLike,
    *,
    margins: npt.ArrayLike,
    totals: npt.ArrayLike,
    method: Method = "linear",
    bounds: tuple[float, float] | None = None,
    names: Sequence[str] = (),
) -> Calibration:
    """Return weights w = d F(x'λ) such that Σ w x equals the totals to 1e-10 relative.

    ``weights`` d (n,) positive; ``margins`` x (n, p); ``totals`` (p,); F is 1 + u (linear), exp u (raking), the logit
    function between ``bounds`` (L, U) around 1 (logit), or 1 + u cut at the bounds (truncated): cases 1, 2, 6 and 7 of
    Deville, Särndal, JASA 87, 1992, p. 378. Newton's method with halved steps, the matrix kept while it serves.
    ``names`` are those of the margins; without them they are numbered from zero.

    >>> result = calibrate([10.0, 10.0, 10.0], margins=[[1, 0], [1, 1], [1, 1]], totals=[33, 20], method="raking")
    >>> result.weights.round(9).tolist()
    [13.0, 10.0, 10.0]
    """
    start = floats(weights, "poids")
    x = floats(margins, "marges", length=len(start))
    aim = floats(totals, "totaux")
    if x.ndim != 2 or aim.shape != (x.shape[1],):
        raise ArrayInvalid("Il faut une colonne et un total par marge.", got=(x.shape, aim.shape), where="calage")
    if (start <= 0).any():
        raise ArrayInvalid(
            "Un poids n’est pas positif.",
            where=place_of(start <= 0, "poids"),
            got=f"{float(start[start <= 0][0]):g}, {int((start <= 0).sum())} poids de ce genre",
            hint="écartez du calage les unités de poids nul : elles ne représentent personne",
        )
    called = _names(names, len(aim))
    function = _function(method, bounds)
    with one_thread():
        problem, repeats = _Problem.prepare(start, x, aim, names=called)
        ratios, steps = problem.solve(function)
        gaps = np.abs(x.T @ (start * ratios) - aim) / scale_of(start, x, aim)
    if not gaps.max(initial=0.0) <= GAP:
        explain(start, x, aim, limits=function.limits, names=called)
    gap = float(gaps.max(initial=0.0))
    return Calibration(start * ratios, ratios, steps, gap, tuple(repeats), tuple(repeats.values()))


def _names(names: Sequence[str], count: int) -> tuple[str, ...]:
    if names and len(names) != count:
        raise ArrayInvalid("Il faut un nom par marge.", where="names", got=len(names), expected=count)
    return tuple(names) or tuple(str(column) for column in range(count))


@dataclass(frozen=True)
class _Function:
    """F and its derivative from u, and the limits of the ratio of weights."""

    values: Callable[[Floats], tuple[Floats, Floats]]
    limits: tuple[float, float]


def _function(method: str, bounds: tuple[float, float] | None) -> _Function:
    if method in ("linear", "raking"):
        if bounds is not None:
            raise ArrayInvalid("Cette méthode n’a pas de bornes.", where=method, hint="logit ou truncated")
        return _Function(_linear, (-np.inf, np.inf)) if method == "linear" else _Function(_raking, (0.0, np.inf))
    if method not in ("logit", "truncated"):
        raise ArrayInvalid("Méthode inconnue.", got=method, expected="linear, raking, logit ou truncated")
    if bounds is None or not bounds[0] < 1 < bounds[1]:
        raise ArrayInvalid("Il faut deux bornes autour de 1.", where=method, got=bounds, expected="L < 1 < U")
    low, high = bounds
    if method == "truncated":
        return _Function(
            lambda u: (np.clip(1 + u, low, high), ((1 + u > low) & (1 + u < high)).astype(np.float64)), bounds
        )
    slope, shift = (high - low) / ((1 - low) * (high - 1)), np.log((1 - low) / (high - 1))

    def logit(u: Floats) -> tuple[Floats, Floats]:
        part = expit(slope * u + shift)
        return low + (high - low) * part, (high - low) * slope * part * (1 - part)

    return _Function(logit, bounds)


def _linear(u: Floats) -> tuple[Floats, Floats]:
    return 1 + u, np.ones_like(u)


def _raking(u: Floats) -> tuple[Floats, Floats]:
    value = np.exp(np.minimum(u, 500.0))
    return value, value


@dataclass(frozen=True)
class _Problem:
    """The margins that count, scaled: ``x`` (n, r), ``aim`` (r,), ``gram`` = x'dx (r, r)."""

    start: Floats
    x: Floats
    aim: Floats
    gram: Floats

    @classmethod
    def prepare(
        cls, start: Floats, x: Floats, aim: Floats, *, names: tuple[str, ...]
    ) -> tuple["_Problem", dict[int, str]]:
        """Drop collinear margins by pivoted Cholesky, refusing totals that contradict those kept.

        Returns the problem and, for each margin dropped, the relation that makes it superfluous.
        """
        root = x * np.sqrt(start)[:, None]
        gram = root.T @ root
        norms = np.sqrt(np.diag(gram))
        norms = np.where(norms > 0, norms, 1.0)
        unit = gram / np.outer(norms, norms)
        _, pivots, rank, _ = lapack.dpstrf(unit, tol=1e-11, lower=0)
        pivots = np.asarray(pivots, dtype=np.int64) - 1
        kept, dropped = np.sort(pivots[:rank]), np.sort(pivots[rank:])
        repeats: dict[int, str] = {}
        if len(dropped):
            mix = np.linalg.solve(unit[np.ix_(kept, kept)], unit[np.ix_(kept, dropped)])
            mix = mix * norms[dropped] / norms[kept][:, None]
            repeats = {
                int(column): relation(names, column, kept=kept, mix=mix[:, i]) for i, column in enumerate(dropped)
            }
            agree(aim, mix, kept=kept, dropped=dropped, relations=tuple(repeats.values()))
            x, gram = x[:, kept], gram[np.ix_(kept, kept)]
            norms, aim = norms[kept], aim[kept]
        scaled = x if (norms == 1).all() else x / norms
        return cls(start, scaled, aim / norms, gram / np.outer(norms, norms)), repeats

    def solve(self, function: _Function) -> tuple[Floats, int]:
        """Return the ratios of weights and the number of iterations; the caller judges the gap."""
        slack = 0.1 * GAP * np.abs(self.aim) + 1e-300
        multipliers = np.zeros(len(self.aim))
        ratios, slopes = function.values(np.zeros(len(self.start)))
        gap = self.aim - self.x.T @ (self.start * ratios)
        factor = self._factor(slopes, first=True)
        for step in range(1, STEPS + 1):
            direction = cho_solve(factor, gap, check_finite=False)
            size, before = 1.0, float(np.linalg.norm(gap))
            while True:
                trial = multipliers + size * direction
                ratios, slopes = function.values(self.x @ trial)
                fresh = self.aim - self.x.T @ (self.start * ratios)
                after = float(np.linalg.norm(fresh))
                if after < (1 - 0.1 * size) * before or size < 1e-4:
                    break
                size /= 2
            multipliers, gap = trial, fresh
            if (np.abs(gap) <= slack).all() or after == 0 or (size < 1e-4 and after >= before):
                return ratios, step
            if after > 0.15 * before:
                factor = self._factor(slopes, first=False)
        return ratios, STEPS

    def _factor(self, slopes: Floats, *, first: bool) -> tuple[Floats, bool]:
        """Return the Cholesky factor of x'(d F')x, lifted a little where bounds leave it singular."""
        if first and slopes.min() == slopes.max():
            matrix = self.gram * slopes[0]
        else:
            root = self.x * np.sqrt(self.start * slopes)[:, None]
            matrix = root.T @ root
        lift = 1e-14
        while True:
            try:
                factor: tuple[Floats, bool] = cho_factor(
                    matrix + lift * np.eye(len(matrix)) * max(matrix.max(initial=0.0), 1e-300), check_finite=False
                )
                return factor
            except np.linalg.LinAlgError:
                lift *= 100
