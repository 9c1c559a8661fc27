"""What imputation adds to the variance of a total: the part that an estimate would not see if imputed were observed.

Signature::

    imputation_variance(links, *, design, domains=None) -> (D,)
"""

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import Codes, Floats, codes
from maille.stats.design import Design
from maille.stats.imputation import Links


def imputation_variance(links: Links, *, design: Design, domains: npt.ArrayLike | None = None) -> Floats:
    """Return what to add (D,) to the variance of Σ_D w y, computed as if imputed values had been observed.

    ``links`` over the n respondents of ``design`` in its order, ``domains`` (n,) codes. With y* = f Σ φ y for the
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
    weights, spread = design.weights, links.spread
    where = np.zeros(len(weights), dtype=np.int64)
    if domains is not None:
        where = codes(domains, "domaines", length=len(weights))
    count = int(where.max(initial=0)) + 1
    rows = links.recipients
    inside, w, variance = where[rows], weights[rows], spread[rows]
    pool_count = int(max(links.pools.max(initial=-1), links.donor_pools.max(initial=-1))) + 1
    lent = np.bincount(links.donor_pools, links.shares**2 * spread[links.donors], minlength=pool_count)
    noise = links.factors**2 * lent[links.pools]
    domain, donor, given = _given(links, weights, inside=inside, pool_count=pool_count)
    imputation = np.zeros(count)
    imputation += np.bincount(domain, given**2 * spread[donor], minlength=count)
    imputation += np.bincount(inside, w**2 * variance, minlength=count)
    home = where[donor] == domain
    # Counts, not sums, come back from an empty array: where no donor is at home.
    mixed = np.zeros(count)
    mixed += np.bincount(domain[home], (given * (weights[donor] - 1) * spread[donor])[home], minlength=count)
    mixed -= np.bincount(inside, w * (w - 1) * variance, minlength=count)
    difference = np.bincount(inside, _own(design)[rows] * w**2 * (variance - noise), minlength=count)
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
