"""Imputation of missing items: ratio, nearest neighbour, random hot deck, in classes that widen until donors suffice.

Signatures::

    Deck(missing, levels, donors=None, weights=None, minimum=5, limit=None)
    ratio(values, *, deck, auxiliary) -> Imputed
    nearest(values, *, deck, auxiliaries) -> Imputed
    hot_deck(values, *, deck, rng) -> Imputed

Every method is linear in the donors: y*_k = f_k Σ_j φ_j y_j over the pool of k, which is all that
``imputation_variance`` needs. A value that other answers imply is no statistics: see ``process.impute``.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from maille.errors import UserError
from maille.stats.arrays import ArrayInvalid, Codes, Floats, Mask, codes, floats, mask

_Draw = Callable[[Codes, Codes, Codes], Codes]
NEIGHBOURS = 5  # donors around a donor, from which the spread near it is measured


class NoDonor(UserError):
    """A missing value has no donor left: too few answers, or the limit on the reuse of donors is reached."""


@dataclass(frozen=True)
class Deck:
    """Who lacks a value, who may lend one, and where to look: all (n,) over the units that were asked.

    ``missing`` booleans; ``levels`` lists of codes from the finest class to the widest, the whole standing above;
    ``donors`` who may lend (all that answered by default); ``weights`` positive, one by default; ``minimum`` donors
    that a class must have, two at least; ``limit`` times that a donor may serve, None without limit.
    """

    missing: npt.ArrayLike
    levels: Sequence[npt.ArrayLike] = ()
    donors: npt.ArrayLike | None = None
    weights: npt.ArrayLike | None = None
    minimum: int = 5
    limit: int | None = None


@dataclass(frozen=True)
class Links:
    """Who lent to whom, and the variance of each value around the model of its class.

    ``recipients`` (m,) rows, the ``pools`` (m,) they drew from and their ``factors`` f (m,); ``donors`` (L,) rows,
    ``donor_pools`` (L,) and ``shares`` φ (L,); ``spread`` (n,) the model variance σ² of each unit.
    """

    recipients: Codes
    pools: Codes
    factors: Floats
    donors: Codes
    donor_pools: Codes
    shares: Floats
    spread: Floats


@dataclass(frozen=True)
class Imputed:
    """``values`` (n,) without a gap, the ``links``, and the ``level`` (m,) of class that each recipient drew from."""

    values: Floats
    links: Links
    level: Codes


@dataclass(frozen=True)
class _Deck:
    """A deck once checked, the whole added to its levels."""

    values: Floats
    missing: Mask
    donors: Mask
    levels: tuple[Codes, ...]
    weights: Floats
    minimum: int
    limit: int | None

    @classmethod
    def read(cls, values: npt.ArrayLike, deck: Deck) -> "_Deck":
        missing = mask(deck.missing, "manquant")
        size = len(missing)
        given = np.where(missing, 0.0, np.asarray(values, dtype=np.float64))
        able = ~missing if deck.donors is None else mask(deck.donors, "donneurs", length=size) & ~missing
        weights = np.ones(size) if deck.weights is None else floats(deck.weights, "poids", length=size)
        levels = tuple(codes(level, "classes", length=size) for level in deck.levels)
        if (weights <= 0).any() or deck.minimum < 2 or (deck.limit is not None and deck.limit < 1):
            raise ArrayInvalid(
                "Il faut des poids positifs, deux donneurs par classe au moins et une limite d’au moins un emploi.",
                where="imputation",
                got=(float(weights.min(initial=1.0)), deck.minimum, deck.limit),
            )
        if able.sum() < deck.minimum:
            raise NoDonor(
                "Trop peu de donneurs, même en prenant toutes les classes ensemble.",
                got=int(able.sum()),
                expected=f"au moins {deck.minimum}",
                hint="renoncez à imputer cette variable, ou abaissez le minimum",
            )
        whole = (*levels, np.zeros(size, dtype=np.int64))
        return cls(floats(given, "valeurs"), missing, able, whole, weights, deck.minimum, deck.limit)

    def homes(self) -> tuple[Codes, Codes]:
        """Return the pool (n,) of each unit, the finest class with enough donors, and its level (n,)."""
        pool = np.full(len(self.missing), -1, dtype=np.int64)
        found = np.zeros_like(pool)
        for number, level in enumerate(self.levels):
            enough = np.bincount(level[self.donors], minlength=int(level.max(initial=0)) + 1) >= self.minimum
            settled = (pool < 0) & enough[level]
            pool[settled] = level[settled] + int(pool.max(initial=-1)) + 1
            found[settled] = number
        return pool, found

    def classes(self, pending: Codes, level: Codes) -> Iterator[tuple[Codes, Codes]]:
        """Yield the recipients and the donors of each class of a level that has enough donors."""
        for code in np.unique(level[pending]):
            able = np.flatnonzero(self.donors & (level == code))
            if len(able) >= self.minimum:
                yield pending[level[pending] == code], able


def ratio(values: npt.ArrayLike, *, deck: Deck, auxiliary: npt.ArrayLike) -> Imputed:
    """Return values imputed by the ratio of their class: y* = x Σ w y / Σ w x over the donors.

    ``auxiliary`` x (n,), nonnegative, known for all; who has none lends nothing. Model: E(y) = R x, V(y) = σ² x
    (Särndal, Survey Methodology 18, 1992, p. 244). Raises NoDonor, and ArrayInvalid where x is negative.

    >>> done = ratio([2.0, 4.0, np.nan], deck=Deck([False, False, True], minimum=2), auxiliary=[1.0, 2.0, 5.0])
    >>> done.values.tolist()
    [2.0, 4.0, 10.0]
    """
    missing = mask(deck.missing, "manquant")
    x = floats(auxiliary, "auxiliaire", length=len(missing))
    if (x < 0).any():
        raise ArrayInvalid("L’auxiliaire d’un ratio ne peut pas être négative.", where="auxiliaire", got=float(x.min()))
    lending = ~missing if deck.donors is None else mask(deck.donors, "donneurs", length=len(missing))
    read = _Deck.read(values, replace(deck, donors=lending & (x > 0)))
    pool, found = read.homes()
    # A recipient's class and the donors of that very class: those of a wider class hold finer ones too.
    rows, spread = np.flatnonzero(read.missing), np.zeros(len(x))
    filled, parts = read.values.copy(), []
    for number in np.unique(pool):
        inside = pool == number
        first = int(np.flatnonzero(inside)[0])
        level = read.levels[found[first]]
        able = np.flatnonzero(read.donors & (level == level[first]))
        below = float(read.weights[able] @ x[able])
        slope = float(read.weights[able] @ read.values[able]) / below
        squares = read.weights[able] * (read.values[able] - slope * x[able]) ** 2 / x[able]
        scale = squares.sum() / read.weights[able].sum() * len(able) / (len(able) - 1)
        spread[inside] = scale * x[inside]
        filled[inside & read.missing] = slope * x[inside & read.missing]
        if (inside & read.missing).any():
            parts.append((able, np.full(len(able), number), read.weights[able] / below))
    donors, pools, shares = (np.concatenate(part) for part in zip(*parts, strict=True)) if parts else _nothing()
    links = Links(rows, pool[rows], x[rows], donors, pools, shares, spread)
    return Imputed(filled, links, found[rows])


def _nothing() -> tuple[Codes, Codes, Floats]:
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)


def hot_deck(values: npt.ArrayLike, *, deck: Deck, rng: np.random.Generator) -> Imputed:
    """Return values lent by donors drawn at random, in proportion to their weights, in the finest class that can.

    Random hot deck within classes (Rao, Shao, Biometrika 79, 1992, p. 811); the model is a mean and a variance by
    class. A donor that has served ``limit`` times is out; recipients that a class cannot serve go to the next one.
    Raises NoDonor.

    >>> done = hot_deck([2.0, 2.0, np.nan], deck=Deck([False, False, True], minimum=2), rng=np.random.default_rng(1))
    >>> done.values.tolist()
    [2.0, 2.0, 2.0]
    """
    read = _Deck.read(values, deck)

    def draw(recipients: Codes, able: Codes, left: Codes) -> Codes:
        if read.limit is None:
            chance = read.weights[able] / read.weights[able].sum()
            return rng.choice(able, size=len(recipients), p=chance).astype(np.int64)
        cards = np.repeat(able, left[able])
        served = min(len(recipients), len(cards))
        chance = read.weights[cards] / read.weights[cards].sum() if len(cards) else None
        chosen = np.full(len(recipients), -1, dtype=np.int64)
        chosen[:served] = rng.choice(cards, size=served, replace=False, p=chance)
        return chosen

    pool, _ = read.homes()
    return _lent(read, rng.permutation(np.flatnonzero(read.missing)), draw=draw, spread=_class_variance(read, pool))


def _class_variance(read: _Deck, pool: Codes) -> Floats:
    """Return for each unit the weighted variance of the donors of its pool, those that the pool holds and no other."""
    weights = np.where(read.donors, read.weights, 0.0)
    size = np.bincount(pool[read.donors], minlength=int(pool.max()) + 1)
    total = np.maximum(np.bincount(pool, weights), 1e-300)
    mean = np.bincount(pool, weights * read.values) / total
    squares = np.bincount(pool, weights * (read.values - mean[pool]) ** 2) / total
    spread = np.where(size > 1, squares * size / np.maximum(size - 1, 1), np.nan)
    able = read.donors
    return np.where(np.isnan(spread), float(np.var(read.values[able], ddof=1)), spread)[pool]


def nearest(values: npt.ArrayLike, *, deck: Deck, auxiliaries: npt.ArrayLike) -> Imputed:
    """Return values lent by the nearest donor of the class, on auxiliaries divided by their standard deviation there.

    ``auxiliaries`` (n, q) known for all, one of them at least not constant. Ties go to the donor that comes first; with
    a ``limit``, the closest pairs are served first. The spread near a donor is the variance of its nearest donors
    (Chen, Shao, Journal of Official Statistics 16, 2000, p. 113). Raises NoDonor, ArrayInvalid.

    >>> deck = Deck([False, False, True], minimum=2)
    >>> nearest([2.0, 8.0, np.nan], deck=deck, auxiliaries=[[1.0], [5.0], [4.0]]).values.tolist()
    [2.0, 8.0, 8.0]
    """
    read = _Deck.read(values, deck)
    x = floats(auxiliaries, "auxiliaires", length=len(read.missing))
    x = x[:, None] if x.ndim == 1 else x
    if not (np.ptp(x, axis=0) > 0).any():
        raise ArrayInvalid("Les auxiliaires sont toutes constantes : aucune distance n’existe.", where="auxiliaires")

    def closest(recipients: Codes, able: Codes, left: Codes) -> Codes:
        deviation = x[np.concatenate([recipients, able])].std(axis=0)
        scaled = x / np.where(deviation > 0, deviation, 1.0)
        return _serve(scaled[recipients], scaled[able], able=able, left=left)

    pool, _ = read.homes()
    return _lent(read, np.flatnonzero(read.missing), draw=closest, spread=_near_variance(read, x, pool))


def _serve(wanted: Floats, offered: Floats, *, able: Codes, left: Codes) -> Codes:
    """Return the donor of each recipient, -1 when all have served: the closest pairs first, each while it may serve."""
    order = np.lexsort((able,))
    tree, able = cKDTree(offered[order]), able[order]
    found = tree.query(wanted, k=min(2, len(able)))
    distance, place = np.asarray(found[0]), np.asarray(found[1])
    if left[able].min() >= len(wanted):
        tied = place[:, 0].copy()
        same = distance[:, 1] == distance[:, 0] if len(able) > 1 else np.zeros(len(wanted), dtype=bool)
        for row in np.flatnonzero(same):
            tied[row] = min(tree.query_ball_point(wanted[row], distance[row, 0] * (1 + 1e-12) + 1e-300))
        return np.asarray(able[tied])
    chosen, uses = np.full(len(wanted), -1, dtype=np.int64), left[able].copy()
    for row in np.argsort(distance[:, 0], kind="stable"):
        gaps = ((offered[order] - wanted[row]) ** 2).sum(axis=1)
        gaps[uses <= 0] = np.inf
        best = int(gaps.argmin())
        if np.isfinite(gaps[best]):
            chosen[row] = able[best]
            uses[best] -= 1
    return chosen


def _near_variance(read: _Deck, x: Floats, pool: Codes) -> Floats:
    """Return for each unit the variance of the values of the donors nearest to it in its pool."""
    spread = np.zeros(len(pool))
    for number in np.unique(pool):
        inside = np.flatnonzero(pool == number)
        able = inside[read.donors[inside]]
        if len(able) < 2:
            able = np.flatnonzero(read.donors)
        deviation = x[able].std(axis=0)
        scaled = x / np.where(deviation > 0, deviation, 1.0)
        place = np.asarray(cKDTree(scaled[able]).query(scaled[inside], k=min(NEIGHBOURS + 1, len(able)))[1])
        spread[inside] = read.values[able][place].var(axis=1, ddof=1)
    return spread


def _lent(read: _Deck, pending: Codes, *, draw: _Draw, spread: Floats) -> Imputed:
    """Give each recipient a donor, class by class and level by level."""
    donor = np.full(len(read.missing), -1, dtype=np.int64)
    found = np.zeros_like(donor)
    left = np.where(read.donors, len(donor) + 1 if read.limit is None else read.limit, 0).astype(np.int64)
    for number, level in enumerate(read.levels):
        for recipients, able in read.classes(pending, level):
            chosen = draw(recipients, able, left)
            served = chosen >= 0
            donor[recipients[served]] = chosen[served]
            found[recipients[served]] = number
            if read.limit is not None:
                np.subtract.at(left, chosen[served], 1)
        pending = pending[donor[pending] < 0]
    if len(pending):
        raise NoDonor(
            "Tous les donneurs ont servi autant de fois qu’ils le peuvent.",
            got=f"{len(pending)} valeur(s) sans donneur",
            expected=f"au plus {read.limit} emploi(s) par donneur",
            hint="relevez la limite, ou élargissez les classes",
        )
    rows = np.flatnonzero(read.missing)
    filled = read.values.copy()
    filled[rows] = read.values[donor[rows]]
    each = np.arange(len(rows))
    links = Links(rows, each, np.ones(len(rows)), donor[rows], each, np.ones(len(rows)), spread)
    return Imputed(filled, links, found[rows])
