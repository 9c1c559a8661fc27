"""Drawing the sample: stratified simple random sampling without replacement.

Signature::

    select_stratified(strata, *, counts, rng) -> Selection(.selected .probabilities)
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.errors import UserError
from maille.stats.arrays import Floats, Mask, codes


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
