"""Calibration: weights that give the known totals, as near as may be to the weights at hand.

Signatures::

    calibrate(weights, *, margins, totals, method="linear", bounds=None) -> Calibration(.weights .gap .dropped …)

``margins`` (n, p) one column a margin, ``totals`` (p,). Raises MarginsInfeasible or NotConverged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, lapack
from scipy.special import expit

from maille.errors import UserError
from maille.stats.arrays import ArrayInvalid, Codes, Floats, floats
from maille.stats.feasibility import smallest_gaps
from maille.stats.threads import one_thread

Method = Literal["linear", "raking", "logit", "truncated"]
GAP = 1e-10
STEPS = 100


class MarginsInfeasible(UserError):
    """No weights can give these totals: they contradict one another, or the bounds forbid it."""


class NotConverged(UserError):
    """The totals can be given, yet the iterations did not get there."""


@dataclass(frozen=True)
class Calibration:
    """``weights`` (n,), their ``ratios`` to the first ones, ``iterations``, ``gap`` the largest relative one.

    ``dropped`` lists the margins (columns) that repeat others, whose totals are given all the same.
    """

    weights: Floats
    ratios: Floats
    iterations: int
    gap: float
    dropped: tuple[int, ...]


def calibrate(
    weights: npt.ArrayLike,
    *,
    margins: npt.ArrayLike,
    totals: npt.ArrayLike,
    method: Method = "linear",
    bounds: tuple[float, float] | None = None,
) -> Calibration:
    """Return weights w = d F(x'λ) such that Σ w x equals the totals to 1e-10 relative.

    ``weights`` d (n,) positive; ``margins`` x (n, p); ``totals`` (p,); F is 1 + u (linear), exp u (raking), the logit
    function between ``bounds`` (L, U) around 1 (logit), or 1 + u cut at the bounds (truncated): cases 1, 2, 6 and 7 of
    Deville, Särndal, JASA 87, 1992, p. 378. Newton's method with halved steps, the matrix kept while it serves.

    >>> result = calibrate([10.0, 10.0, 10.0], margins=[[1, 0], [1, 1], [1, 1]], totals=[33, 20], method="raking")
    >>> result.weights.round(9).tolist()
    [13.0, 10.0, 10.0]
    """
    start = floats(weights, "poids")
    x = floats(margins, "marges", length=len(start))
    aim = floats(totals, "totaux")
    if x.ndim != 2 or aim.shape != (x.shape[1],) or (start <= 0).any():
        raise ArrayInvalid(
            "Il faut des poids positifs, une colonne et un total par marge.", got=(x.shape, aim.shape), where="calage"
        )
    function = _function(method, bounds)
    with one_thread():
        problem, dropped = _Problem.prepare(start, x, aim)
        found = problem.solve(function)
        ratios = found[0]
        gaps = np.abs(x.T @ (start * ratios) - aim) / _scale(start, x, aim)
    if not gaps.max(initial=0.0) <= GAP:
        _explain(start, x, aim, limits=function.limits)
    return Calibration(start * ratios, ratios, found[1], float(gaps.max(initial=0.0)), dropped)


def _scale(start: Floats, x: Floats, aim: Floats) -> Floats:
    """Return what gaps are relative to: the total, or the sum of absolute values where the total is zero."""
    size = np.where(aim != 0, np.abs(aim), start @ np.abs(x))
    return np.where(size > 0, size, 1.0)


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
    def prepare(cls, start: Floats, x: Floats, aim: Floats) -> tuple["_Problem", tuple[int, ...]]:
        """Drop collinear margins by pivoted Cholesky, refusing totals that contradict those kept."""
        root = x * np.sqrt(start)[:, None]
        gram = root.T @ root
        norms = np.sqrt(np.diag(gram))
        norms = np.where(norms > 0, norms, 1.0)
        unit = gram / np.outer(norms, norms)
        _, pivots, rank, _ = lapack.dpstrf(unit, tol=1e-11, lower=0)
        pivots = np.asarray(pivots, dtype=np.int64) - 1
        kept, dropped = np.sort(pivots[:rank]), np.sort(pivots[rank:])
        if len(dropped):
            _agree(unit, aim / norms, kept=kept, dropped=dropped)
            x, gram = x[:, kept], gram[np.ix_(kept, kept)]
            norms, aim = norms[kept], aim[kept]
        scaled = x if (norms == 1).all() else x / norms
        problem = cls(start, scaled, aim / norms, gram / np.outer(norms, norms))
        return problem, tuple(int(column) for column in dropped)

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


def _agree(unit: Floats, aim: Floats, *, kept: Codes, dropped: Codes) -> None:
    """Refuse a total that is not what the margins it repeats imply."""
    mix = np.linalg.solve(unit[np.ix_(kept, kept)], unit[np.ix_(kept, dropped)])
    implied = aim[kept] @ mix
    wrong = np.abs(implied - aim[dropped]) > 1e-9 * np.maximum(np.abs(aim[dropped]), np.abs(aim[kept]) @ np.abs(mix))
    if wrong.any():
        column = int(dropped[wrong][0])
        sources = kept[np.abs(mix[:, wrong.argmax()]) > 1e-6]
        raise MarginsInfeasible(
            "Une marge répète les autres avec un autre total.",
            where=f"marge {column}",
            got=f"écart relatif {np.abs(implied - aim[dropped])[wrong][0] / max(abs(aim[column]), 1e-300):.3g}",
            expected=f"le total impliqué par les marges {', '.join(map(str, sources.tolist()))}",
            hint="corrigez le total, ou retirez la marge",
        )


def _explain(start: Floats, x: Floats, aim: Floats, *, limits: tuple[float, float]) -> None:
    """Raise the error that says whether the totals are out of reach, and which are furthest."""
    gaps = smallest_gaps(start, x, aim, limits=limits) / _scale(start, x, aim)
    worst = np.argsort(-np.abs(gaps), kind="stable")[:5]
    worst = worst[np.abs(gaps[worst]) > 1e-8]
    if not len(worst):
        raise NotConverged(
            "Le calage n’a pas convergé, alors que des poids existent.",
            expected=f"un écart relatif d’au plus {GAP:g}",
            hint="écartez un peu les bornes, ou passez à une autre méthode",
        )
    raise MarginsInfeasible(
        "Aucun jeu de poids admissible ne donne ces totaux.",
        where="marges " + ", ".join(str(int(column)) for column in worst),
        got=", ".join(f"marge {int(c)} : {gaps[c]:+.2%}" for c in worst),
        expected=f"des rapports de poids entre {limits[0]:g} et {limits[1]:g}",
        hint="regroupez ces marges, ou élargissez les bornes",
    )
