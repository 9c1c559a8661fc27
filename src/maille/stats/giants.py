"""Units so large that whether they answered decides the figure: what an interval must add for them.

Signatures (data (n,) or (n, v), results (D,) or (D, v))::

    giants(weights, *, sizes, domains, frame_sizes, frame_domains) -> Giants
    giants_spread(numerators, denominators, *, giants, weights, sizes, domains) -> Floats (D, v)
    widened(estimates, *, variance, level=0.95) -> Estimates
    widened_shares(shares, *, variance, level=0.95) -> Shares

Linearisation supposes that no unit weighs much. One that makes several per cent of the population of a domain breaks
it: calibration draws the line through it (its residual vanishes), and when it did not answer nothing in the sample
says how unlike the others it is. Its error is then that of a prediction from the others of its kind: (w − 1) x times
the spread per inhabitant of the large units, w being zero for who did not answer (Royall, Cumberland, JASA 73, 1978,
p. 351; Valliant, Dorfman, Royall, Finite Population Sampling and Inference, 2000, § 5.3).
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import Codes, Floats, codes, floats
from maille.stats.intervals import half_width, wilson
from maille.stats.variance import Estimates, Shares

GIANT = 0.1
"""A unit is a giant of its domain when its squared size is this part of the sum of the squares that were observed."""

ALIKE = 20
"""The units like a giant are those of the domain that have at least its least size divided by this."""

FEWEST = 30
"""Under so many respondents a domain has no giant: every unit weighs much, and its figures are not published."""


@dataclass(frozen=True)
class Giants:
    """By domain (D,): ``doubt`` = Σ ((w − 1) x)² over its giants, ``whole`` = Σ x², what it would be without any answer
    of theirs, and ``least`` the size from which a unit is one.
    """

    doubt: Floats
    whole: Floats
    least: Floats


def giants(
    weights: npt.ArrayLike,
    *,
    sizes: npt.ArrayLike,
    domains: npt.ArrayLike,
    frame_sizes: npt.ArrayLike,
    frame_domains: npt.ArrayLike,
) -> Giants:
    """Return the giants of each domain; one that did not answer has no weight.

    ``weights``, ``sizes`` and ``domains`` (n,) are of the respondents, ``frame_sizes`` and ``frame_domains`` (N,) of
    all the units; the respondents are among them.

    >>> weights, sizes, where = np.full(30, 2.0), np.ones(30), np.zeros(30, dtype=int)
    >>> frame = np.append(np.ones(60), 50.0)
    >>> found = giants(weights, sizes=sizes, domains=where, frame_sizes=frame, frame_domains=np.zeros(61, dtype=int))
    >>> float(found.doubt[0])
    2500.0
    """
    every = floats(frame_sizes, "tailles de la base")
    place = codes(frame_domains, "domaines de la base", length=len(every))
    count = int(place.max(initial=-1)) + 1
    weight = floats(weights, "poids")
    size = floats(sizes, "tailles", length=len(weight))
    where = codes(domains, "domaines", length=len(weight), size=count)
    squares = np.bincount(where, (weight * size) ** 2, minlength=count)
    enough = np.bincount(where, minlength=count) >= FEWEST
    least = np.where(enough, np.sqrt(GIANT * squares), np.inf)
    seen, known = size >= least[where], every >= least[place]
    whole = np.bincount(place[known], every[known] ** 2, minlength=count).astype(np.float64)
    change = ((weight - 1) ** 2 - 1) * size**2
    return Giants(np.maximum(whole + np.bincount(where[seen], change[seen], minlength=count), 0.0), whole, least)


def giants_spread(
    numerators: Floats, denominators: Floats, *, giants: Giants, weights: Floats, sizes: Floats, domains: Codes
) -> Floats:
    """Return the variance of the large units per unit of squared size (D, v), zero where there are none.

    ``numerators`` y and ``denominators`` z (n, v), the sizes x for a total. It is Σ w e² / Σ w x² with e = y − R z,
    R the ratio of the large units. Times ``doubt`` it is what the giants add to the variance of Σ w y; for a ratio,
    divided by the square of Σ w z.
    """
    alike = sizes >= giants.least[domains] / ALIKE
    inside = (domains[alike][None, :] == np.arange(len(giants.doubt))[:, None]) * weights[alike][None, :]
    above, below = numerators[alike], np.broadcast_to(denominators, numerators.shape)[alike]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num((inside @ above) / (inside @ below))
        residuals = above - ratio[domains[alike]] * below
        spread = (inside @ residuals**2) / (inside @ sizes[alike] ** 2)[:, None]
    return np.asarray(np.nan_to_num(spread))


def widened(estimates: Estimates, *, variance: Floats, level: float = 0.95) -> Estimates:
    """Return estimates whose variance has ``variance`` (D, v) more, with normal intervals where there is some."""
    added = np.nan_to_num(variance)
    error = np.sqrt(estimates.standard_error**2 + added)
    half = half_width(error, level=level)
    return replace(
        estimates,
        standard_error=np.where(added > 0, error, estimates.standard_error),
        low=np.where(added > 0, estimates.estimate - half, estimates.low),
        high=np.where(added > 0, estimates.estimate + half, estimates.high),
    )


def widened_shares(shares: Shares, *, variance: Floats, level: float = 0.95) -> Shares:
    """Return shares whose variance has ``variance`` (D, v) more: the effective size p (1 − p) / V is lowered."""
    possible = shares.estimate * (1 - shares.estimate)
    added = np.where(shares.all_observed | ~(possible > 0), 0.0, np.nan_to_num(variance))
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(added > 0, possible / (possible / shares.effective_size + added), shares.effective_size)
        effect = shares.respondents / size
    low, high = wilson(shares.estimate, size=size, freedom=np.maximum(shares.respondents - 1.0, 1.0), level=level)
    return replace(
        shares,
        standard_error=np.sqrt(shares.standard_error**2 + added),
        low=np.where(added > 0, np.minimum(low, shares.low), shares.low),
        high=np.where(added > 0, np.maximum(high, shares.high), shares.high),
        effective_size=size,
        design_effect=np.where(added > 0, effect, shares.design_effect),
    )
