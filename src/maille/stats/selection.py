"""Drawing the sample: stratified simple random sampling without replacement, and the merging of small strata.

Signatures::

    select_stratified(strata, *, counts, rng) -> Selection(.selected .probabilities)
    merge_small(sizes, *, blocks, order, minimum) -> merged            # stratum -> stratum it ends in
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.errors import UserError
from maille.stats.arrays import Codes, Floats, Mask, codes


class SelectionImpossible(UserError):
    """A stratum has fewer units than must be drawn from it."""


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
    wanted = codes(counts, "effectifs à tirer")
    strata = codes(strata, "strates", size=len(wanted))
    sizes = np.bincount(strata, minlength=len(wanted))
    if (wanted > sizes).any():
        first = int(np.flatnonzero(wanted > sizes)[0])
        raise SelectionImpossible(
            "Une strate a moins d’unités qu’il n’en faut tirer.",
            where=f"strate {first}",
            got=int(sizes[first]),
            expected=int(wanted[first]),
        )
    order = np.lexsort((rng.random(len(strata)), strata))
    rank = np.empty(len(strata), dtype=np.int64)
    rank[order] = np.arange(len(strata)) - (np.cumsum(sizes) - sizes)[strata[order]]
    return Selection(selected=rank < wanted[strata], probabilities=(wanted / np.maximum(sizes, 1))[strata])


def merge_small(sizes: npt.ArrayLike, *, blocks: npt.ArrayLike, order: npt.ArrayLike, minimum: int) -> Codes:
    """Return, for each stratum, the stratum it ends in once those with fewer than ``minimum`` units have merged.

    ``sizes`` (H,) units, ``blocks`` (H,) codes of what may never be mixed (size bands), ``order`` (H,) the rank that
    says who is the neighbour of whom inside a block. The rule: in each block, strata are walked in the order; a stratum
    (with those that joined it) still under the minimum joins the next one; what is left at the end joins the one
    before. A block with fewer units than the minimum becomes one stratum. Empty strata follow the same rule. A merged
    stratum bears the number of its first member.

    >>> merge_small([5, 1, 1, 9, 1], blocks=[0, 0, 0, 0, 0], order=[0, 1, 2, 3, 4], minimum=2).tolist()
    [0, 1, 1, 3, 3]
    """
    size = codes(sizes, "tailles")
    block = codes(blocks, "blocs", length=len(size))
    rank = np.asarray(order)
    merged = np.arange(len(size))
    for value in np.unique(block):
        walk = np.flatnonzero(block == value)
        for group in _walk(walk[np.argsort(rank[walk], kind="stable")], size, minimum):
            merged[group] = group[0]
    return merged


def _walk(walk: Codes, size: Codes, minimum: int) -> list[list[int]]:
    groups: list[list[int]] = [[]]
    for stratum in walk.tolist():
        groups[-1].append(stratum)
        if size[groups[-1]].sum() >= minimum:
            groups.append([])
    last = groups.pop()
    if groups:
        groups[-1].extend(last)
    elif last:
        groups.append(last)
    return groups
