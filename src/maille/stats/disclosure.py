"""Which cells may not be published as they are: too few units, or one unit that makes most of an amount.

Signatures::

    too_few(yes, *, no=None, threshold) -> mask            dominated(total, *, largest, share=0.85) -> mask
    relative_protection(values, *, share) -> half-widths
"""

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Floats, Mask, floats


def too_few(yes: npt.ArrayLike, *, no: npt.ArrayLike | None = None, threshold: int) -> Mask:
    """Return the cells resting on fewer than ``threshold`` units, but on at least one.

    ``yes`` (n,) counts units with the trait; with ``no`` (n,) those without, a cell is also kept back when these are
    few: « all but one » tells as much as « one ». A zero hides nothing by itself. Frequency rule: Hundepool et al.,
    Statistical Disclosure Control, 2012, § 4.2.1; Insee, Guide du secret statistique, 2024, § 3.

    >>> too_few([0, 1, 3, 8], no=[8, 7, 5, 0], threshold=3).tolist()
    [False, True, False, False]
    """
    counts = floats(yes, "effectif des oui")
    hidden = (counts > 0) & (counts < threshold)
    if no is not None:
        others = floats(no, "effectif des non", length=len(counts))
        hidden |= (others > 0) & (others < threshold)
    return np.asarray(hidden)


def dominated(total: npt.ArrayLike, *, largest: npt.ArrayLike, share: float = 0.85) -> Mask:
    """Return the cells where the largest contributors make more than ``share`` of the amount.

    ``total`` (n,), ``largest`` (n,) or (n, k) the k largest contributions: the (n, k) rule; Insee takes one contributor
    and 85 % (Insee, Guide du secret statistique, 2024, § 3).

    >>> dominated([100.0, 100.0], largest=[90.0, 60.0]).tolist()
    [True, False]
    """
    amounts = floats(total, "montant")
    top = floats(largest, "plus gros contributeurs", length=len(amounts)).reshape(len(amounts), -1).sum(axis=1)
    if (top > amounts * (1 + 1e-9)).any():
        raise ArrayInvalid("Un contributeur dépasse le montant de sa cellule.", where="plus gros contributeurs")
    return np.asarray((amounts > 0) & (top > share * amounts))


def relative_protection(values: npt.ArrayLike, *, share: float, least: float = 0.0) -> Floats:
    """Return half-widths: ``share`` of each value, and at least ``least``.

    >>> relative_protection([100.0, 2.0], share=0.1, least=1.0).tolist()
    [10.0, 1.0]
    """
    return np.maximum(np.abs(floats(values, "valeurs")) * share, least)
