"""What is still to come of a collection, and what one more answer is worth."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import Floats, Mask, codes, floats

_PRIOR = 5.0
"""Expected answers that the plan weighs beside those observed: a stratum hardly begun follows the plan."""


@dataclass(frozen=True)
class Forecast:
    """Answers expected at a later date by stratum, and the standard deviation of each forecast."""

    expected: Floats
    deviation: Floats


def forecast(
    samples: npt.ArrayLike, *, respondents: npt.ArrayLike, rates: npt.ArrayLike, now: float, later: float = 1.0
) -> Forecast:
    """Return the answers to expect when a share ``later`` of those planned is due, a share ``now`` being so today.

    One row a stratum: n units asked, r answers in, R the planned final rate. The pace of a stratum is
    k = (r + 5) / (n R now + 5); a unit still silent answers by then with probability
    q = k R (later − now) / (1 − k R now), kept in [0, 1], independently of the others. ``later`` is above 1 for an
    extension beyond the planned closing.

    >>> result = forecast([100], respondents=[30], rates=[0.5], now=0.6)
    >>> round(float(result.expected[0]), 1), round(float(result.deviation[0]), 1)
    (50.0, 3.8)
    """
    asked = floats(samples, "échantillon")
    got = floats(respondents, "réponses", length=len(asked))
    rate = np.broadcast_to(floats(rates, "taux attendus"), asked.shape)
    pace = (got + _PRIOR) / (asked * rate * now + _PRIOR)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = pace * rate * (later - now) / (1 - pace * rate * now)
    chance = np.clip(np.where(np.isfinite(chance), chance, 1.0), 0.0, 1.0)
    silent = np.maximum(asked - got, 0)
    return Forecast(expected=got + silent * chance, deviation=np.sqrt(silent * chance * (1 - chance)))


def answer_gains(
    measure: npt.ArrayLike,
    *,
    weights: npt.ArrayLike,
    responded: npt.ArrayLike,
    share: npt.ArrayLike,
    strata: npt.ArrayLike,
    domains: npt.ArrayLike,
) -> Floats:
    """Return, for each sampled unit, the share of the variance of its domain that its answer alone would remove.

    One row a unit: ``measure`` x is 1 for a share of units, the population for a share of people; ``weights`` the
    sampling weights, ``responded`` booleans, ``share`` the anticipated share p; ``strata`` and ``domains`` codes from
    zero, a stratum lying in one domain. Units that responded get 0. The variance is that of the prediction of the
    total from m respondents of a homogeneous stratum: p(1 − p)(Σ_out x² + (Σ_out x)²/m), the sums over the units of
    the stratum that did not answer, estimated from the sample (Valliant, Dorfman, Royall, Finite Population Sampling
    and Inference, 2000, § 2.2).

    >>> answer_gains([1, 1, 1, 1], weights=[1] * 4, responded=[1, 1, 0, 0], share=0.5, strata=[0] * 4, domains=[0] * 4)
    array([0.        , 0.        , 0.66666667, 0.66666667])
    """
    size = floats(measure, "mesure")
    count = len(size)
    weight = floats(weights, "poids", length=count)
    answered: Mask = np.asarray(responded, dtype=bool)
    where = codes(strata, "strates", length=count)
    inside = codes(domains, "domaines", length=count)
    chance = np.broadcast_to(floats(share, "part anticipée"), size.shape)
    spread = np.maximum(chance * (1 - chance), 1e-6)
    many = int(where.max()) + 1
    out1 = np.maximum(np.bincount(where, weight * size - answered * size, many), 0)
    out2 = np.maximum(np.bincount(where, weight * size**2 - answered * size**2, many), 0)
    got = np.maximum(np.bincount(where, answered, many), 0.5)
    first = np.zeros(many, dtype=np.int64)
    first[where] = np.arange(count)
    part = spread[first] * (out2 + out1**2 / got)
    whole = np.bincount(inside[first], part)
    less1 = np.maximum(out1[where] - size, 0)
    less2 = np.maximum(out2[where] - size**2, 0)
    after = spread * (less2 + less1**2 / (got[where] + 1))
    removed = np.maximum(part[where] - after, 0)
    total = whole[inside]
    return np.where(answered | (total <= 0), 0.0, removed / np.where(total > 0, total, 1.0))
