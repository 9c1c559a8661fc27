"""Which cells may not be published as they are, and how far a hidden one must stay uncertain.

Signatures::

    too_few(yes, *, no=None, threshold) -> mask            dominated(total, *, largest, share=0.85) -> mask
    recoverable(total, *, largest, percent, coalition=1) -> mask      unanimous(counts, *, sensitive=None) -> mask
    dominance_protection(…) · percent_protection(…) · relative_protection(values, *, share) -> widths
"""

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Floats, Mask, floats, mask


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
    amounts, tops = _contributions(total, largest)
    return np.asarray((amounts > 0) & (tops.sum(axis=1) > share * amounts))


def recoverable(total: npt.ArrayLike, *, largest: npt.ArrayLike, percent: float, coalition: int = 1) -> Mask:
    """Return the cells where the contributors just below the largest know it to within ``percent`` % : the p % rule.

    ``largest`` (n, k) contributions in decreasing order, k ≥ 1 + ``coalition``; ``coalition`` is how many contributors
    put what they know together (one: the second largest, the intruder of the rule). Subtracting their own from the
    total leaves the largest plus the rest; the cell is secret when the rest is under p % of the largest. One
    contributor alone, or a coalition and one other, leave no rest: always secret (Hundepool et al., Statistical
    Disclosure Control, 2012, § 4.2.2). With sampled amounts ``total`` is weighted and ``largest`` is not: the intruder
    is supposed to ignore the weights, so what he cannot subtract protects (tau-Argus manual 4.2, § 2.2.5).

    >>> recoverable([100.0, 100.0, 50.0], largest=[[60.0, 37.0], [60.0, 20.0], [30.0, 20.0]], percent=10).tolist()
    [True, False, True]
    """
    amounts, tops = _contributions(total, largest)
    if tops.shape[1] < 1 + coalition:
        raise ArrayInvalid(
            "Il manque des contributeurs pour juger d’une coalition.", where="plus gros contributeurs",
            got=tops.shape[1], expected=1 + coalition,
        )  # fmt: skip
    rest = amounts - tops[:, : 1 + coalition].sum(axis=1)
    return np.asarray((tops[:, 0] > 0) & (rest < percent / 100 * tops[:, 0] - 1e-9 * amounts))


def unanimous(counts: npt.ArrayLike, *, sensitive: npt.ArrayLike | None = None) -> Mask:
    """Return the domains whose units all fall in one sensitive category: what is said of all is said of each.

    ``counts`` (n, k) units of each domain by category, ``sensitive`` (k,) booleans (by default every category is).
    Group disclosure: Hundepool et al., Statistical Disclosure Control, 2012, § 5.2.3. An empty domain says nothing.

    >>> unanimous([[4, 0], [3, 1], [0, 6], [0, 0]], sensitive=[True, False]).tolist()
    [True, False, False, False]
    """
    table = floats(counts, "effectifs par modalité")
    if table.ndim != 2:
        raise ArrayInvalid("Il faut une colonne par modalité.", where="effectifs par modalité", got=table.shape)
    told = np.ones(table.shape[1], dtype=bool)
    if sensitive is not None:
        told = mask(sensitive, "modalités sensibles", length=table.shape[1])
    return np.asarray(((table > 0).sum(axis=1) == 1) & (table[:, told] > 0).any(axis=1))


def dominance_protection(total: npt.ArrayLike, *, largest: npt.ArrayLike, share: float = 0.85) -> Floats:
    """Return how far above its value a dominated cell must reach to be dominated no more; 0 when it is not.

    Upper protection level of the (n, k) rule, Σ largest / share − total; the lower one is the same (Hundepool et al.,
    Statistical Disclosure Control, 2012, table 4.2; tau-Argus manual 4.2, § 4.3.1).

    >>> dominance_protection([100.0, 100.0], largest=[95.0, 60.0], share=0.5).tolist()
    [90.0, 20.0]
    """
    amounts, tops = _contributions(total, largest)
    return np.asarray(np.maximum(tops.sum(axis=1) / share - amounts, 0.0))


def percent_protection(total: npt.ArrayLike, *, largest: npt.ArrayLike, percent: float, coalition: int = 1) -> Floats:
    """Return how far above its value a cell must reach for the p % rule to hold; 0 where it already does.

    Upper protection level, p/100 · largest − rest; the lower one is the same (same references as
    ``dominance_protection``). Shapes as in ``recoverable``.

    >>> percent_protection([100.0], largest=[[60.0, 37.0]], percent=10).tolist()
    [3.0]
    """
    amounts, tops = _contributions(total, largest)
    rest = amounts - tops[:, : 1 + coalition].sum(axis=1)
    return np.asarray(np.maximum(percent / 100 * tops[:, 0] - rest, 0.0))


def relative_protection(values: npt.ArrayLike, *, share: float, least: float = 0.0) -> Floats:
    """Return half-widths: ``share`` of each value, and at least ``least``: the range that goes with a frequency rule.

    >>> relative_protection([100.0, 2.0], share=0.1, least=1.0).tolist()
    [10.0, 1.0]
    """
    return np.maximum(np.abs(floats(values, "valeurs")) * share, least)


def _contributions(total: npt.ArrayLike, largest: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the totals (n,) and the largest contributions (n, k), judged."""
    amounts = floats(total, "montant")
    tops = floats(largest, "plus gros contributeurs", length=len(amounts)).reshape(len(amounts), -1)
    if (tops < 0).any():
        raise ArrayInvalid(
            "Une contribution est négative.", where="plus gros contributeurs",
            hint="prenez les valeurs absolues des contributions, et leur somme pour total",
        )  # fmt: skip
    if (np.diff(tops, axis=1) > 1e-9 * np.abs(tops[:, 1:])).any():
        raise ArrayInvalid("Les contributeurs ne vont pas du plus gros au plus petit.", where="plus gros contributeurs")
    if (tops.sum(axis=1) > amounts * (1 + 1e-9)).any():
        raise ArrayInvalid("Un contributeur dépasse le montant de sa cellule.", where="plus gros contributeurs")
    return amounts, tops
