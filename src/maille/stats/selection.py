"""Drawing the sample: simple, systematic or proportional to size, inside strata; ``cube`` draws balanced samples.

Signatures::

    select_stratified(strata, *, counts, rng) -> Selection(.selected .probabilities)
    select_by_number(numbers, *, strata, counts) -> Selection
    inclusion_probabilities(measure, *, count) -> (N,)
    stratified_probabilities(measure, *, strata, counts) -> (N,)
    systematic(probabilities, *, rng, order=None) -> Selection
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.errors import UserError
from maille.stats.arrays import Codes, Floats, Mask, codes, floats


class SelectionImpossible(UserError):
    """No sample can be drawn so: too few units in a stratum, or chances that are not between 0 and 1."""


@dataclass(frozen=True)
class Selection:
    """``selected`` (N,) the units drawn and ``probabilities`` (N,) the inclusion probability of every unit."""

    selected: Mask
    probabilities: Floats


def select_stratified(strata: npt.ArrayLike, *, counts: npt.ArrayLike, rng: np.random.Generator) -> Selection:
    """Draw ``counts[h]`` units without replacement, with equal chances, in each stratum h.

    ``strata`` (N,) codes from zero, ``counts`` (H,). The units of a stratum are put in random order and the first are
    kept (Sunter's shuffled list; Tillé, Sampling Algorithms, 2006, § 4.4.1). Raises SelectionImpossible.

    >>> draw = select_stratified([0, 0, 0, 1, 1], counts=[1, 2], rng=np.random.default_rng(1))
    >>> int(draw.selected[:3].sum()), draw.selected[3:].tolist(), draw.probabilities.round(3).tolist()
    (1, [True, True], [0.333, 0.333, 0.333, 1.0, 1.0])
    """
    return select_by_number(rng.random(np.asarray(strata).shape), strata=strata, counts=counts)


def select_by_number(numbers: npt.ArrayLike, *, strata: npt.ArrayLike, counts: npt.ArrayLike) -> Selection:
    """Keep, in each stratum h, the ``counts[h]`` units of least number; uniform numbers make it a simple random sample.

    ``numbers`` (N,) permanent random numbers, independent of each other, ``strata`` (N,) codes from zero, ``counts``
    (H,): sequential simple random sampling (Ohlsson, Coordination of samples using permanent random numbers, 1995,
    p. 156). The first of two units with the same number comes first. Raises SelectionImpossible, ArrayInvalid.

    >>> select_by_number([0.7, 0.1, 0.4, 0.9], strata=[0, 0, 1, 1], counts=[1, 1]).selected.tolist()
    [False, True, True, False]
    """
    wanted = codes(counts, "effectifs à tirer")
    inside = codes(strata, "strates", size=len(wanted))
    sizes = _sizes_of(inside, wanted)
    order = np.lexsort((floats(numbers, "numéros aléatoires", length=len(inside)), inside))
    rank = np.empty(len(inside), dtype=np.int64)
    rank[order] = np.arange(len(inside)) - (np.cumsum(sizes) - sizes)[inside[order]]
    return Selection(selected=rank < wanted[inside], probabilities=(wanted / np.maximum(sizes, 1))[inside])


def _sizes_of(strata: Codes, wanted: Codes) -> Codes:
    sizes = np.bincount(strata, minlength=len(wanted))
    if (wanted > sizes).any():
        first = int(np.flatnonzero(wanted > sizes)[0])
        raise SelectionImpossible(
            "Une strate a moins d’unités qu’il n’en faut tirer.",
            where=f"strate {first}",
            got=int(sizes[first]),
            expected=int(wanted[first]),
        )
    return sizes


def chances_of(probabilities: npt.ArrayLike) -> Floats:
    """Return inclusion probabilities (N,) once checked; raises SelectionImpossible out of [0, 1], ArrayInvalid.

    >>> chances_of([0.2, 1]).tolist()
    [0.2, 1.0]
    """
    chance = floats(probabilities, "probabilités d’inclusion")
    wrong = np.flatnonzero((chance < 0) | (chance > 1))
    if chance.ndim != 1 or len(wrong):
        raise SelectionImpossible(
            "Une probabilité d’inclusion est hors de ses bornes.",
            where=f"unité {int(wrong[0])}" if chance.ndim == 1 else "probabilités d’inclusion",
            got=f"{chance[wrong[0]]:g}" if chance.ndim == 1 else chance.shape,
            expected="un nombre entre 0 et 1 par unité",
        )
    return chance


def inclusion_probabilities(measure: npt.ArrayLike, *, count: int) -> Floats:
    """Return chances proportional to a measure of size, at most 1, that sum to ``count``.

    ``measure`` (N,) is zero or more. A unit whose chance would pass 1 is certain; the others share what is left, again
    until none passes 1 (Tillé, Sampling Algorithms, 2006, § 2.10). Raises SelectionImpossible, ArrayInvalid.

    >>> inclusion_probabilities([1, 2, 3, 14], count=3).round(3).tolist()
    [0.333, 0.667, 1.0, 1.0]
    """
    size = floats(measure, "mesure de taille")
    if (size < 0).any() or count > (size > 0).sum() or count < 0:
        raise SelectionImpossible(
            "La mesure de taille ne permet pas de tirer ce nombre d’unités.",
            got=f"{int((size > 0).sum())} mesure(s) positive(s), {int((size < 0).sum())} négative(s)",
            expected=f"au moins {count} mesures positives, aucune négative",
        )
    certain: Mask = np.zeros(len(size), dtype=bool)
    while True:
        rest = count - int(certain.sum())
        total = size[~certain].sum()
        chance = np.where(certain, 1.0, rest * size / total if total > 0 else 0.0)
        over = ~certain & (chance >= 1 - 1e-12)
        if not over.any():
            return np.asarray(chance)
        certain |= over


def stratified_probabilities(measure: npt.ArrayLike, *, strata: npt.ArrayLike, counts: npt.ArrayLike) -> Floats:
    """Return ``inclusion_probabilities`` inside each stratum h, summing there to ``counts[h]``.

    ``measure`` (N,), ``strata`` (N,) codes from zero, ``counts`` (H,). Raises SelectionImpossible naming the stratum.

    >>> stratified_probabilities([1, 3, 5, 5], strata=[0, 0, 1, 1], counts=[1, 1]).tolist()
    [0.25, 0.75, 0.5, 0.5]
    """
    wanted = codes(counts, "effectifs à tirer")
    inside = codes(strata, "strates", size=len(wanted))
    size = floats(measure, "mesure de taille", length=len(inside))
    _sizes_of(inside, wanted)
    chance = np.zeros(len(inside))
    for stratum, count in enumerate(wanted):
        units = inside == stratum
        try:
            chance[units] = inclusion_probabilities(size[units], count=int(count))
        except SelectionImpossible as error:
            error.where = f"strate {stratum}"
            raise
    return chance


def systematic(
    probabilities: npt.ArrayLike, *, rng: np.random.Generator, order: npt.ArrayLike | None = None
) -> Selection:
    """Draw a systematic sample: units laid end to end by their chances, one kept each time an integer is passed.

    ``probabilities`` (N,) in [0, 1], equal or not; ``order`` (N,) sorts the list first (a size, a place), without it
    the list is taken as it comes. The random start u keeps the unit k when an integer lies in (C_{k−1} − u, C_k − u],
    C the cumulated chances (Madow, Annals of Mathematical Statistics 20, 1949, p. 333). The size is Σπ when it is an
    integer, that below or above when not. Raises SelectionImpossible, ArrayInvalid.

    >>> systematic([0.5] * 6, rng=np.random.default_rng(1)).selected.astype(int).tolist()
    [0, 1, 0, 1, 0, 1]
    """
    chance = chances_of(probabilities)
    listed = np.arange(len(chance))
    if order is not None:
        listed = np.argsort(floats(order, "ordre de la liste", length=len(chance)), kind="stable")
    ends = np.cumsum(chance[listed])
    if len(ends) and abs(ends[-1] - round(ends[-1])) < 1e-9 * max(1.0, ends[-1]):
        ends *= round(ends[-1]) / max(ends[-1], 1e-300)
    steps = np.floor(ends - rng.random() + 1)
    selected = np.zeros(len(chance), dtype=bool)
    selected[listed] = np.diff(steps, prepend=0.0) > 0.5
    return Selection(selected=selected, probabilities=chance)
