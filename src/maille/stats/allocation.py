"""How many units to draw in each stratum, and the precision to expect from it.

Signatures::

    allocate(sizes, *, total, goal=None, minimum=2, take_all=None) -> Allocation(.counts .rates)
    neyman_goal(sizes, *, deviations) -> goal          power_goal(measure, *, power=0.5, variation=1.0) -> goal
    expected_precision(sizes, *, samples, response_rates, share, domains) -> Precision

``goal`` is what the allocation is proportional to; without it, the sizes (proportional allocation).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from maille.errors import UserError
from maille.stats.arrays import Codes, Floats, Mask, codes, floats, mask
from maille.stats.intervals import half_width


class AllocationImpossible(UserError):
    """The sample cannot be shared out: larger than the universe, or smaller than what must be drawn."""


@dataclass(frozen=True)
class Allocation:
    """``counts`` (H,) units to draw and ``rates`` (H,) = counts / sizes, one a stratum."""

    counts: Codes
    rates: Floats


@dataclass(frozen=True)
class Precision:
    """Per domain (D,): units of the frame, of the sample, expected respondents, standard error and 95 % half-width.

    The last two are shares in [0, 1]; NaN where no respondent is expected in a part of the domain.
    """

    frame: Floats
    sample: Floats
    respondents: Floats
    standard_error: Floats
    half_width: Floats


def neyman_goal(sizes: npt.ArrayLike, *, deviations: npt.ArrayLike) -> Floats:
    """Return N_h S_h, the goal of the allocation of least variance for a total (Neyman, JRSS 97, 1934, p. 580).

    ``sizes`` (H,) units, ``deviations`` (H,) standard deviations of the anticipated variable.

    >>> neyman_goal([100, 100], deviations=[0.5, 0.3]).tolist()
    [50.0, 30.0]
    """
    sizes = floats(sizes, "tailles")
    return sizes * floats(deviations, "écarts-types", length=len(sizes))


def power_goal(measure: npt.ArrayLike, *, power: float = 0.5, variation: npt.ArrayLike = 1.0) -> Floats:
    """Return C_h X_h^q, the power allocation (Bankier, The American Statistician 42, 1988, p. 174).

    ``measure`` (H,) is the size of the stratum in the sense that matters (units, inhabitants), ``power`` q in [0, 1]
    goes from equal precision in each stratum to the best precision in total, ``variation`` (H,) the coefficients of
    variation C_h.

    >>> power_goal([100, 400], power=0.5).tolist()
    [10.0, 20.0]
    """
    if not 0 <= power <= 1:
        raise AllocationImpossible("La puissance est hors de ses bornes.", got=power, expected="entre 0 et 1")
    return np.asarray(floats(variation, "coefficients de variation") * floats(measure, "mesure de taille") ** power)


def allocate(
    sizes: npt.ArrayLike,
    *,
    total: int,
    goal: npt.ArrayLike | None = None,
    minimum: int = 2,
    take_all: npt.ArrayLike | None = None,
) -> Allocation:
    """Share ``total`` units between strata proportionally to ``goal``, in whole numbers that sum exactly to it.

    ``sizes`` (H,) units of each stratum. Strata of ``take_all`` (H,) are drawn whole; the others get at least
    ``minimum`` units (all of theirs when they have fewer) and never more than they have: what a full stratum cannot
    take goes to the others in the same proportions. Fractions are rounded by largest remainders, the first stratum
    winning a tie. Raises AllocationImpossible.

    >>> allocate([1000, 200, 30, 4], total=120, take_all=[False, False, False, True]).counts.tolist()
    [94, 19, 3, 4]
    """
    sizes = codes(sizes, "tailles")
    wanted = sizes.astype(np.float64) if goal is None else floats(goal, "objectif", length=len(sizes))
    whole = np.zeros(len(sizes), dtype=bool) if take_all is None else mask(take_all, "exhaustif", length=len(sizes))
    least = np.where(whole, sizes, np.minimum(minimum, sizes))
    _refuse(sizes, total, least)
    ideal = _fill(wanted, total, least=least, most=sizes)
    counts = np.floor(ideal + 1e-9).astype(np.int64)
    missing = total - int(counts.sum())
    order = np.argsort(-np.where(counts < sizes, ideal - counts, -1.0), kind="stable")
    counts[order[:missing]] += 1
    return Allocation(counts=counts, rates=counts / np.maximum(sizes, 1))


def _refuse(sizes: Codes, total: int, least: Codes) -> None:
    if total > sizes.sum():
        raise AllocationImpossible(
            "L’échantillon demandé dépasse l’univers.",
            got=total,
            expected=f"au plus {int(sizes.sum())}",
            hint="baissez « total » ou élargissez le champ",
        )
    if least.sum() > total:
        raise AllocationImpossible(
            "Le minimum par strate et les strates exhaustives demandent plus que l’échantillon.",
            got=total,
            expected=f"au moins {int(least.sum())}",
            hint="baissez le minimum, relevez le seuil d’exhaustivité ou fusionnez des strates",
        )


def _fill(goal: Floats, total: int, *, least: Codes, most: Codes) -> Floats:
    """Return c × goal clipped to [least, most], with the c that sums to the total."""
    if (goal < 0).any() or total > np.where(goal > 0, most, least).sum():
        raise AllocationImpossible(
            "L’objectif d’allocation ne permet pas d’atteindre le total.",
            got=f"{int((goal <= 0).sum())} strate(s) d’objectif nul ou négatif",
            expected="un objectif positif dans assez de strates",
        )
    for whole in (least, np.where(goal > 0, most, least)):
        if whole.sum() == total:
            return np.asarray(whole, dtype=np.float64)
    top = float((most[goal > 0] / goal[goal > 0]).max())
    scale = brentq(lambda c: np.clip(c * goal, least, most).sum() - total, 0.0, top, xtol=top * 1e-15, rtol=1e-14)
    return np.clip(scale * goal, least, most)


def expected_precision(
    sizes: npt.ArrayLike,
    *,
    samples: npt.ArrayLike,
    response_rates: npt.ArrayLike,
    share: npt.ArrayLike,
    domains: npt.ArrayLike,
) -> Precision:
    """Return the precision to expect of a share, by domain, for a stratified sample with nonresponse.

    One row a stratum, or a part of a stratum lying in one domain: ``sizes`` N and ``samples`` n (they may be expected,
    fractional numbers), ``response_rates`` r in (0, 1], ``share`` the anticipated share, ``domains`` codes from zero.
    V(p_D) = Σ (N/N_D)² (1 − m/N) N/(N−1) p(1−p)/m with m = n r: respondents of a stratum taken as a simple random
    sample (Särndal, Swensson, Wretman, Model Assisted Survey Sampling, 1992, § 3.7 and 15.6).

    >>> result = expected_precision([1000], samples=[200], response_rates=[0.5], share=0.5, domains=[0])
    >>> round(float(result.standard_error[0]), 4)
    0.0475
    """
    size = floats(sizes, "tailles")
    sample = floats(samples, "échantillon", length=len(size))
    where = codes(domains, "domaines", length=len(size))
    present: Mask = size > 0
    respondents = np.minimum(sample * floats(response_rates, "taux de réponse"), size)
    chance = np.broadcast_to(floats(share, "part anticipée"), size.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(size > 1, size / np.maximum(size - 1, 1), 1.0) * chance * (1 - chance)
        part = np.where(present, size**2 * (1 - respondents / size) * spread / respondents, 0.0)
        frame = np.bincount(where, size).astype(np.float64)
        error = np.sqrt(np.bincount(where, part)) / frame
    error = np.where(np.isfinite(error), error, np.nan)
    return Precision(
        frame=frame,
        sample=np.bincount(where, sample).astype(np.float64),
        respondents=np.bincount(where, respondents).astype(np.float64),
        standard_error=error,
        half_width=half_width(error),
    )
