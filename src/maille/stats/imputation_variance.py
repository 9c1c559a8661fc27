"""What imputation adds to the variance of a total: the part that an estimate would not see if imputed were observed.

Signatures::

    imputation_variance(links, *, design, domains=None, per=None) -> (D,)
    imputed_share_variance(links, values, *, at, design, domains, per=None) -> (D,)
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from maille.stats.arrays import ArrayInvalid, Codes, Floats, Mask, codes, floats
from maille.stats.design import Design
from maille.stats.imputation import Links


def imputation_variance(
    links: Links, *, design: Design, domains: npt.ArrayLike | None = None, per: npt.ArrayLike | None = None
) -> Floats:
    """Return what to add (D,) to the variance of Σ_D w y, computed as if imputed values had been observed.

    ``links`` over the n respondents of ``design`` in its order, ``domains`` (n,) codes, ``per`` (n,) what each value
    that was imputed is divided by, an amount per inhabitant, in the figure. With y* = f Σ φ y for the
    missing (M), σ² the model variance, w the final weights, g_j = Σ_{k∈D∩M} w_k f_k φ_kj and m_kk the diagonal of the
    form of the design, Särndal's three terms (Survey Methodology 18, 1992, p. 245; for any linear imputation:
    Beaumont, Bissonnette, Survey Methodology 37, 2011, p. 173) are, but for parts in 1/n,

        imputation  Σ_j g_j² σ_j² + Σ_{D∩M} w_k² σ_k²
        mixed       Σ_{j∈D} g_j (w_j − 1) σ_j² − Σ_{D∩M} w_k (w_k − 1) σ_k²
        difference  Σ_{D∩M} m_kk w_k² (σ_k² − f_k² Σ_j φ_j² σ_j²)

    and the result is imputation + 2 mixed + difference, not less than zero. The variance of a mean or ratio Y/X takes
    it over X²; when X is imputed too, add R² times its own over X². A deduced value adds nothing.

    >>> from maille.stats.design import stratified
    >>> from maille.stats.imputation import Deck, ratio
    >>> plan = stratified([2.0] * 4, strata=[0] * 4, stratum_sizes=[8], stratum_samples=[4])
    >>> done = ratio([1.0, 3.0, 2.0, np.nan], deck=Deck([False] * 3 + [True], minimum=2), auxiliary=[1.0] * 4)
    >>> imputation_variance(done.links, design=plan).round(9).tolist()
    [6.666666667]
    """
    where = np.zeros(len(design.weights), dtype=np.int64)
    if domains is not None:
        where = codes(domains, "domaines", length=len(design.weights))
    spread, own = links.spread, links.spread[links.recipients]
    if per is None:
        return _added(links, _Told(own, spread, spread, noise=_noise(links)), design=design, where=where)
    times = 1 / _divisors(per, len(where))
    mine = times[links.recipients]
    links = replace(links, factors=links.factors * mine)
    told = _Told(own * mine**2, lent=spread, shared=spread * times, noise=_noise(links))
    return _added(links, told, design=design, where=where)


def imputed_share_variance(
    links: Links,
    values: npt.ArrayLike,
    *,
    at: npt.ArrayLike,
    design: Design,
    domains: npt.ArrayLike,
    per: npt.ArrayLike | None = None,
) -> Floats:
    """Return what to add (D,) to the variance of the weighted number of units of a domain at or under a value.

    ``values`` (n,) with those imputed, ``at`` q (D,) the value of each domain, a quantile most often, and ``per`` as in
    ``imputation_variance``. The three terms are those of ``imputation_variance`` for z = 1(y ≤ q). A unit is at or
    under q with the chance P = Φ((q − y*)/τ), τ² the variance of y − y* under the model: z has the variance P(1 − P),
    and a donor lends to those who take its value as it is the variance of its own z. A value that several donors make
    moves with them, by the density d of such values at q: it lends d² σ²; being none of them it is off what is expected
    of z, whose square is added. It draws a median to the middle too, which no variance says: what a median is made from
    is better lent by donors. The variance of a share takes it over the square of Σ w.

    >>> from maille.stats.design import stratified
    >>> from maille.stats.imputation import Deck, hot_deck
    >>> plan = stratified([2.0] * 4, strata=[0] * 4, stratum_sizes=[8], stratum_samples=[4])
    >>> deck = Deck([False] * 3 + [True], minimum=2)
    >>> done = hot_deck([1.0, 3.0, 2.0, np.nan], deck=deck, rng=np.random.default_rng(1))
    >>> imputed_share_variance(done.links, done.values, at=[2.0], design=plan, domains=[0] * 4).round(2).tolist()
    [1.46]
    """
    where = codes(domains, "domaines", length=len(design.weights))
    given, limit = floats(values, "valeurs", length=len(where)), np.asarray(at, dtype=np.float64)
    result = np.zeros(int(where.max(initial=-1)) + 1)
    divisors = np.ones(len(where)) if per is None else _divisors(per, len(where))
    pools = np.bincount(links.donor_pools, minlength=int(links.pools.max(initial=-1)) + 1)
    whole = (pools[links.pools] == 1) & (links.factors == 1.0)
    home = where[links.recipients]
    for domain in np.unique(home[np.isfinite(limit[home])]):
        for copied in (True, False):
            mine = _only(links, (home == domain) & (whole == copied))
            if len(mine.recipients):
                told, moved = _under(mine, limit[domain] * divisors - given, copied=copied)
                result[domain] += _added(moved, told, design=design, where=where)[domain]
    return result


@dataclass(frozen=True)
class _Told:
    """Variances: ``own`` (m,) of recipients, ``noise`` (m,) of what was put in their place, and of donors (n,).

    ``lent`` is that of what donors lend, ``shared`` its covariance with their own value; ``off`` (m,) the square of
    what is put in the place of a recipient less what is expected of it.
    """

    own: Floats
    lent: Floats
    shared: Floats
    noise: Floats
    off: Floats | float = 0.0


def _under(links: Links, gaps: Floats, *, copied: bool) -> tuple[_Told, Links]:
    """Return what is told of z, and the links on its scale; ``gaps`` (n,) are those from the values to the limit.

    A value that is ``copied`` has one donor.
    """
    rows, spread = links.recipients, links.spread
    noise = _noise(links)
    chance, _ = _normal(gaps[rows], np.sqrt(spread[rows] + noise))
    theirs, slope = _normal(gaps, np.sqrt((2.0 if copied else 1.0) * spread))
    own, lent = chance * (1 - chance), theirs * (1 - theirs)
    if copied:
        donor = np.zeros(int(links.pools.max()) + 1, dtype=np.int64)
        donor[links.donor_pools] = links.donors
        return _Told(own, lent, lent, noise=lent[donor[links.pools]]), links
    # Values that donors make cross the limit where they are dense; z follows y by the density of y at the limit.
    width = 1.06 * gaps[rows].std() * len(rows) ** -0.2
    _, crossing = _normal(gaps[rows], np.full(len(rows), width))
    moved = replace(links, factors=links.factors * crossing)
    off = ((gaps[rows] >= 0) - chance) ** 2
    return _Told(own, lent=spread, shared=slope * spread, noise=crossing**2 * noise, off=off), moved


def _divisors(per: npt.ArrayLike, length: int) -> Floats:
    found = floats(per, "diviseurs", length=length)
    if (found <= 0).any():
        raise ArrayInvalid("Un diviseur doit être positif.", where="diviseurs", got=float(found.min()))
    return found


def _normal(gap: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Return the chance that a normal variable is at or under a gap, and its density there; 0 or 1 if it is certain."""
    sure = deviation <= 0
    place = gap / np.where(sure, 1.0, deviation)
    chance = np.where(sure, gap >= 0, ndtr(place))
    density = np.where(sure, 0.0, np.exp(-(place**2) / 2) / np.sqrt(2 * np.pi) / np.where(sure, 1.0, deviation))
    return np.asarray(chance, dtype=np.float64), np.asarray(density)


def _only(links: Links, kept: Mask) -> Links:
    """Return the links of some recipients."""
    pools = links.pools[kept]
    used = np.isin(links.donor_pools, pools)
    return replace(
        links,
        recipients=links.recipients[kept],
        pools=pools,
        factors=links.factors[kept],
        donors=links.donors[used],
        donor_pools=links.donor_pools[used],
        shares=links.shares[used],
    )


def _noise(links: Links) -> Floats:
    """Return the variance (m,) that donors give to what was put in the place of each recipient."""
    count = int(max(links.pools.max(initial=-1), links.donor_pools.max(initial=-1))) + 1
    lent = np.bincount(links.donor_pools, links.shares**2 * links.spread[links.donors], minlength=count)
    return np.asarray(links.factors**2 * lent[links.pools])


def _added(links: Links, told: _Told, *, design: Design, where: Codes) -> Floats:
    """Return the three terms (D,), not less than zero."""
    weights, count = design.weights, int(where.max(initial=0)) + 1
    rows = links.recipients
    inside, w = where[rows], weights[rows]
    pool_count = int(max(links.pools.max(initial=-1), links.donor_pools.max(initial=-1))) + 1
    domain, donor, given = _given(links, weights, inside=inside, pool_count=pool_count)
    imputation = np.zeros(count)
    imputation += np.bincount(domain, given**2 * told.lent[donor], minlength=count)
    imputation += np.bincount(inside, w**2 * (told.own + told.off), minlength=count)
    home = where[donor] == domain
    # Counts, not sums, come back from an empty array: where no donor is at home.
    mixed = np.zeros(count)
    mixed += np.bincount(domain[home], (given * (weights[donor] - 1) * told.shared[donor])[home], minlength=count)
    mixed -= np.bincount(inside, w * (w - 1) * told.own, minlength=count)
    difference = np.bincount(inside, _own(design)[rows] * w**2 * (told.own - told.noise), minlength=count)
    return np.asarray(np.maximum(imputation + 2 * mixed + difference, 0.0))


def _given(links: Links, weights: Floats, *, inside: Codes, pool_count: int) -> tuple[Codes, Codes, Floats]:
    """Return, for each domain and donor that serves it, the domain, the donor's row and g."""
    size = len(weights)
    pairs, which = np.unique(inside * pool_count + links.pools, return_inverse=True)
    asked = np.bincount(which.reshape(-1), weights[links.recipients] * links.factors, minlength=len(pairs))
    order = np.argsort(links.donor_pools, kind="stable")
    starts = np.searchsorted(links.donor_pools[order], np.arange(pool_count + 1))
    pool = pairs % max(pool_count, 1)
    lengths = starts[pool + 1] - starts[pool]
    spot = np.repeat(starts[pool] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
    link = order[spot] if len(pairs) else np.zeros(0, dtype=np.int64)
    domain = np.repeat(pairs // max(pool_count, 1), lengths)
    keys, place = np.unique(domain * size + links.donors[link], return_inverse=True)
    given = np.bincount(place.reshape(-1), np.repeat(asked, lengths) * links.shares[link], minlength=len(keys))
    return keys // size, keys % size, given.astype(np.float64)


def _own(design: Design) -> Floats:
    """Return the diagonal (n,) of the whole form."""
    result = design.diagonal.copy()
    for grouping in design.groupings:
        result -= grouping.own
    return result
