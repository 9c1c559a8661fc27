"""Coordination of samples in time by permanent random numbers: whom to keep, whom to spare.

Signatures::

    keyed_numbers(units, *, key) -> (N,) in [0, 1)
    inherited(values, *, successors, former, sizes) -> (N,)
    shifted(numbers, *, origin) -> (N,)
    expected_overlap(before, *, after, kind) -> (N,)

A unit has one number for all editions, and a stratum draws its least ones (``selection.select_by_number``). Drawing
again from the same origin keeps as many units as can be; moving the origin of each unit past its former chance spares
those that were drawn.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Literal

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Floats, codes, floats

Kind = Literal["positive", "negative", "none"]


def keyed_numbers(units: Sequence[str], *, key: str) -> Floats:
    """Return a number in [0, 1) for each unit: the first 53 bits of BLAKE2b of its code, under a key.

    The number depends on the key and the code only: a unit keeps it whatever the frame, the order or the edition.

    >>> keyed_numbers(["01001", "01002"], key="1").round(6).tolist()
    [0.242716, 0.39142]
    """
    secret = blake2b(key.encode()).digest()
    words = (blake2b(unit.encode(), key=secret, digest_size=8).digest() for unit in units)
    return np.array([(int.from_bytes(word, "big") >> 11) / 2**53 for word in words], dtype=np.float64)


def inherited(
    values: npt.ArrayLike, *, successors: npt.ArrayLike, former: npt.ArrayLike, sizes: npt.ArrayLike
) -> Floats:
    """Return the value of each unit: that of the largest of those that became it, its own when there is none.

    ``values`` (N,) of the units of today; ``successors`` (M,) the position of the unit of today that each former unit
    became, ``former`` (M,) their values, ``sizes`` (M,) what makes the largest; the first wins a tie. A merger so keeps
    the number of its most populous member, whatever its new code; a unit that a split creates has its own.

    >>> inherited([0.1, 0.2], successors=[0, 0], former=[0.7, 0.9], sizes=[100, 300]).tolist()
    [0.9, 0.2]
    """
    result = floats(values, "valeurs").copy()
    heirs = codes(successors, "successeurs", size=len(result))
    left = floats(former, "valeurs d’avant", length=len(heirs))
    order = np.argsort(-floats(sizes, "tailles", length=len(heirs)), kind="stable")
    kept, first = np.unique(heirs[order], return_index=True)
    result[kept] = left[order[first]]
    return result


def shifted(numbers: npt.ArrayLike, *, origin: npt.ArrayLike) -> Floats:
    """Return (u − origin) mod 1: the numbers read from another origin, one for all or one a unit (N,).

    With the former chance π of each unit as its origin, those that were drawn (u < π) come last: two samples share
    units only where their chances sum to more than 1. The origin being known beforehand, the numbers stay uniform and
    the draw a simple random sample (Ohlsson, in Business Survey Methods, 1995, p. 153).

    >>> shifted([0.1, 0.6], origin=[0.25, 0.25]).round(2).tolist()
    [0.85, 0.35]
    """
    number = _unit(numbers, "numéros aléatoires")
    return np.asarray((number - floats(origin, "origine")) % 1.0)


def expected_overlap(before: npt.ArrayLike, *, after: npt.ArrayLike, kind: Kind) -> Floats:
    """Return the chance of each unit (N,) to be in both samples, from its chances in each.

    ``positive``: min(π, π′); ``negative``: max(0, π + π′ − 1); ``none``: ππ′. Exact when each unit is drawn by its own
    number; very near it for strata of fixed size, whose threshold varies a little.

    >>> [expected_overlap([0.6], after=[0.7], kind=kind).round(2).item() for kind in ("positive", "negative", "none")]
    [0.6, 0.3, 0.42]
    """
    first = _unit(before, "probabilités d’avant")
    second = _unit(after, "probabilités")
    if kind == "positive":
        return np.minimum(first, second)
    return np.maximum(first + second - 1, 0.0) if kind == "negative" else first * second


def _unit(values: npt.ArrayLike, name: str) -> Floats:
    array = floats(values, name)
    if ((array < 0) | (array > 1)).any():
        wrong = int(np.flatnonzero((array < 0) | (array > 1))[0])
        raise ArrayInvalid("Un nombre est hors de [0, 1].", where=f"{name}, unité {wrong}", got=f"{array[wrong]:g}")
    return array
