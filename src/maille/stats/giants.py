"""Units so large that whether they answered decides the figure: how far it would be without them.

Signatures (data (n,) or (n, v), results (D,) or (D, v))::

    giants(weights, *, sizes, domains, frame_sizes, frame_domains) -> Giants
    giants_spread(numerators, denominators, *, giants, weights, sizes, domains) -> Floats (D, v)

A unit that makes several per cent of the population of a domain and does not answer leaves nothing in the sample that
says how unlike the others it is. Its error is then that of a prediction from the others of its kind: its size times
their spread per inhabitant (Royall, Cumberland, JASA 73, 1978, p. 351; Valliant, Dorfman, Royall, Finite Population
Sampling and Inference, 2000, § 5.3). Intervals allow for those that answered (``design.calibrated``, leverage).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import Codes, Floats, codes, floats

GIANT = 0.1
"""A unit is a giant of its domain when its squared size is this part of the sum of the squares that were observed."""

ALIKE = 20
"""The units like a giant are those of the domain that have at least its least size divided by this."""

FEWEST = 30
"""Under so many respondents a domain has no giant: every unit weighs much, and its figures are not published."""


@dataclass(frozen=True)
class Giants:
    """By domain (D,): ``whole`` = Σ x² over its giants, and ``least`` the size from which a unit is one."""

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
    """Return the giants of each domain, whether they answered or not.

    ``weights``, ``sizes`` and ``domains`` (n,) are of the respondents, ``frame_sizes`` and ``frame_domains`` (N,) of
    all the units; the respondents are among them.

    >>> weights, sizes, where = np.full(30, 2.0), np.ones(30), np.zeros(30, dtype=int)
    >>> frame = np.append(np.ones(60), 50.0)
    >>> found = giants(weights, sizes=sizes, domains=where, frame_sizes=frame, frame_domains=np.zeros(61, dtype=int))
    >>> float(found.whole[0])
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
    known = every >= least[place]
    whole = np.bincount(place[known], every[known] ** 2, minlength=count).astype(np.float64)
    return Giants(whole, least)


def giants_spread(
    numerators: Floats, denominators: Floats, *, giants: Giants, weights: Floats, sizes: Floats, domains: Codes
) -> Floats:
    """Return the variance of the large units per unit of squared size (D, v), zero where there are none.

    ``numerators`` y and ``denominators`` z (n, v), the sizes x for a total. It is Σ w e² / Σ w x² with e = y − R z,
    R the ratio of the large units. Times ``whole`` it is the square of how far Σ w y would be without them; for
    a ratio, divided by the square of Σ w z.
    """
    alike = sizes >= giants.least[domains] / ALIKE
    inside = (domains[alike][None, :] == np.arange(len(giants.whole))[:, None]) * weights[alike][None, :]
    above, below = numerators[alike], np.broadcast_to(denominators, numerators.shape)[alike]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num((inside @ above) / (inside @ below))
        residuals = above - ratio[domains[alike]] * below
        spread = (inside @ residuals**2) / (inside @ sizes[alike] ** 2)[:, None]
    return np.asarray(np.nan_to_num(spread))
