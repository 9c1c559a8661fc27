"""Selective editing: which answers are worth looking at, because correcting them would move a published total.

Signatures::

    anticipated(values, *, sizes, classes, previous=None, minimum=5) -> Anticipated
    local_scores(values, *, expected, weights, totals, suspicion=None) -> (n, v)
    global_scores(local, *, combine="max") -> (n,)
    ranked(scores, *, corrections) -> Ranked
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Codes, Floats, Mask, codes, floats


@dataclass(frozen=True)
class Anticipated:
    """What each unit was expected to answer, ``values`` (n,), NaN where nothing tells; ``from_previous`` (n,)."""

    values: Floats
    from_previous: Mask


@dataclass(frozen=True)
class Ranked:
    """The records from the largest score to the smallest: ``order`` (n,) their rows, and the share of the expected
    correction that the first k ``covered`` (n,), from 0 to 1."""

    order: Codes
    covered: Floats

    def first(self, share: float) -> int:
        """Return how many records have to be looked at to cover this share of the expected correction."""
        return min(int(np.searchsorted(self.covered, share - 1e-12)) + 1, len(self.covered))


def anticipated(
    values: npt.ArrayLike,
    *,
    sizes: npt.ArrayLike,
    classes: npt.ArrayLike,
    previous: npt.ArrayLike | None = None,
    minimum: int = 5,
) -> Anticipated:
    """Return what units were expected to answer: their former answer, else the median ratio of their class × size.

    ``values`` and ``previous`` (n,) may be NaN; ``sizes`` (n,) are positive. The centre is that of Hidiroglou and
    Berthelot (Survey Methodology 12, 1986, p. 73): the median of value/size over the positive values of the class, of
    all units in a class with fewer than ``minimum`` of them; NaN when nobody answered.

    >>> anticipated([10.0, 20, 9000], sizes=[5.0, 10, 20], classes=[0, 0, 0], minimum=2).values.tolist()
    [10.0, 20.0, 40.0]
    """
    y = np.asarray(values, dtype=np.float64)
    size, group = floats(sizes, "tailles", length=len(y)), codes(classes, "classes", length=len(y))
    if (size <= 0).any():
        raise ArrayInvalid("Une taille doit être positive.", where="tailles", got=float(size.min()))
    given = np.isfinite(y) & (y > 0)
    ratios = np.where(given, y / size, np.nan)
    middle = float(np.median(ratios[given])) if given.any() else np.nan
    centres = np.full(int(group.max(initial=0)) + 1, middle)
    for code in np.unique(group[given]):
        among = ratios[given & (group == code)]
        if len(among) >= minimum:
            centres[code] = np.median(among)
    before = np.full(len(y), np.nan) if previous is None else np.asarray(previous, dtype=np.float64)
    known = np.isfinite(before) & (before > 0)
    return Anticipated(np.where(known, before, centres[group] * size), known)


def local_scores(
    values: npt.ArrayLike,
    *,
    expected: npt.ArrayLike,
    weights: npt.ArrayLike,
    totals: npt.ArrayLike,
    suspicion: npt.ArrayLike | None = None,
) -> Floats:
    """Return s = p w |y − ŷ| / |T| (n, v): the share of each total that replacing y by the ``expected`` ŷ would move.

    ``values`` and ``expected`` (n, v), 0 where they are NaN; ``weights`` (n,); ``totals`` T (v,), not zero;
    ``suspicion`` p (n, v), from 0 to 1, is the chance that the value is wrong (Hedlin, Journal of Official Statistics
    19, 2003, p. 177-199; with p, Latouche, Berthelot, Journal of Official Statistics 8, 1992, p. 389-400).

    >>> local_scores([[9000.0]], expected=[[40.0]], weights=[2.0], totals=[17920.0]).tolist()
    [[1.0]]
    """
    y, hope = (np.atleast_2d(np.asarray(one, dtype=np.float64)) for one in (values, expected))
    weight, total = floats(weights, "poids", length=len(y)), floats(totals, "totaux")
    if y.shape != hope.shape or total.shape != (y.shape[1],):
        raise ArrayInvalid("Ces tableaux ne vont pas ensemble.", where="scores", got=(y.shape, hope.shape, total.shape))
    if (total == 0).any() or (weight < 0).any():
        raise ArrayInvalid("Il faut des totaux non nuls et des poids positifs.", where="scores")
    chance = 1.0 if suspicion is None else floats(suspicion, "soupçons", length=len(y))
    gaps = np.where(np.isfinite(y) & np.isfinite(hope), np.abs(y - hope), 0.0)
    return np.asarray(chance * weight[:, None] * gaps / np.abs(total))


def global_scores(local: npt.ArrayLike, *, combine: Literal["max", "sum", "euclid"] = "max") -> Floats:
    """Return one score a record (n,) from its ``local`` scores (n, v).

    The largest (Lawrence, McKenzie, Journal of Official Statistics 16, 2000, p. 243-253), their sum (Latouche,
    Berthelot, 1992), or their Euclidean norm (Hedlin, UNECE Work Session on Statistical Data Editing, 2008, WP 31).

    >>> global_scores([[0.3, 0.4]], combine="euclid").tolist()
    [0.5]
    """
    scores = floats(local, "scores")
    if scores.ndim != 2:
        raise ArrayInvalid("Il faut une ligne par fiche, une colonne par total.", where="scores", got=scores.shape)
    if scores.shape[1] == 0:
        return np.zeros(len(scores))
    if combine == "max":
        return np.asarray(scores.max(axis=1))
    return np.asarray(scores.sum(axis=1) if combine == "sum" else np.sqrt((scores**2).sum(axis=1)))


def ranked(scores: npt.ArrayLike, *, corrections: npt.ArrayLike) -> Ranked:
    """Return the records by decreasing score, ties in their order, and what the first ones cover.

    ``corrections`` (n,) are the expected corrections w |y − ŷ|, in the unit of one total; their share is 1 everywhere
    when there is nothing to correct (what is not covered is the bias left, relative to a full editing: Hedlin, 2003).

    >>> ranked([0.1, 0.9, 0.3], corrections=[1.0, 7, 2]).covered.tolist()
    [0.7, 0.9, 1.0]
    """
    score = floats(scores, "scores")
    expected = np.abs(floats(corrections, "corrections", length=len(score)))
    order = np.argsort(-score, kind="stable").astype(np.int64)
    whole = float(expected.sum())
    covered = np.cumsum(expected[order]) / whole if whole > 0 else np.ones(len(score))
    return Ranked(order, covered)
