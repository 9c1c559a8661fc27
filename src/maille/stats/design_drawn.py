"""Designs of samples drawn otherwise than simply: unequal chances, balanced or systematic, inside strata.

Signatures (arrays over the whole sample drawn, n rows; the design is that of the respondents, in the same order)::

    balanced(probabilities, *, strata, balancing=None, responded=None, groups=None) -> Design
    successive(probabilities, *, strata, order=None, responded=None, groups=None) -> Design
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Codes, Floats, Mask, codes, floats, mask
from maille.stats.design import Answer, Design, DesignInvalid, Grouping
from maille.stats.threads import one_thread

_NOTHING = 1e-9  # what a variable adds to those before it counts for nothing under this share of its length


def balanced(
    probabilities: npt.ArrayLike,
    *,
    strata: npt.ArrayLike,
    balancing: npt.ArrayLike | None = None,
    responded: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Design:
    """Return the design of a sample of fixed size in each stratum, of unequal chances or balanced or both.

    ``probabilities`` π (n,) of the units drawn, ``strata`` (n,) codes, ``balancing`` x (n, p) the variables that the
    sample balances over all strata; ``responded`` (n,) booleans and ``groups`` (n,) codes of the response groups. What
    balancing leaves to chance is what z, the strata and x/π, does not explain (Deville, Tillé, Journal of Statistical
    Planning and Inference 128, 2005, p. 576; Hájek's when there is no x, Annals of Mathematical Statistics 35, 1964):

        V = Σ c_k (y_k/π_k − z_k'b)², b = (Σ c z z')⁻ Σ c z y/π, c_k = κ_h (1 − π_k)

    is s'Ms with M = diag(c) − UU', U = C z L and LL' = (Σ c z z')⁻. κ makes Σ M_kk the Σ (1 − π_k) of Horvitz and
    Thompson: n_h/(n_h − 1) at constant chances, 1/(1 − Σ a²) with a = (1 − π)/Σ(1 − π) at others (Deville, 1993;
    ``varest`` of R sampling), more for the rank of x, which may repeat itself. A certain unit adds nothing. Where
    slopes differ between large strata, a flight in each did better than the formula says: it overestimates, and so it
    does for the units left alone to chance in their stratum, put together (Wolter, Introduction to Variance Estimation,
    2007, § 2.5). Nonresponse is the second phase of ``stratified``, which this is at constant chances without x. Raises
    DesignInvalid, ArrayInvalid.

    >>> plan = balanced([0.5, 0.5, 0.25, 1.0], strata=[0, 0, 0, 0])
    >>> plan.weights.tolist(), plan.unseen.tolist()
    ([2.0, 2.0, 4.0, 1.0], [0.5, 0.5, 0.75, 0.0])
    """
    drawn = _Drawn.read(probabilities, strata, responded=responded, groups=groups)
    n, left = len(drawn.chance), 1 - drawn.chance
    where = _together(drawn.stratum, left > 0)
    whole = np.bincount(where, left)
    shares = np.divide(left, whole[where], out=np.zeros(n), where=left > 0)
    diagonal = left / (1 - np.bincount(where, shares**2))[where]
    inside = np.sqrt(diagonal * shares)
    given = np.zeros((n, 0)) if balancing is None else floats(balancing, "variables d’équilibrage", length=n)
    free = int((left > 0).sum()) - int((whole > 0).sum())
    variables = given.reshape(n, -1)[:, : free // 2] / drawn.chance[:, None]
    across = np.sqrt(diagonal)[:, None] * _basis(variables, np.sqrt(shares), where, diagonal=diagonal)
    if across.shape[1]:
        scale = left.sum() / (diagonal - inside**2 - (across**2).sum(axis=1)).sum()
        diagonal, inside, across = scale * diagonal, np.sqrt(scale) * inside, np.sqrt(scale) * across
    terms = [Grouping(where, np.ones(len(whole)), inside[:, None])]
    if across.shape[1]:
        terms.append(Grouping(np.zeros(n, dtype=np.int64), np.ones(1), across))
    return drawn.design(diagonal - sum(term.own for term in terms), *terms)


def successive(
    probabilities: npt.ArrayLike,
    *,
    strata: npt.ArrayLike,
    order: npt.ArrayLike | None = None,
    responded: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Design:
    """Return the design of a systematic sample, whose variance is that of neighbours in the list of each stratum.

    ``order`` (n,) is that of the list, the rows as they come without it; the rest is that of ``balanced``. With d the
    differences of y/π between respondents that follow each other, n_h units drawn and m_h that answered, the first
    phase is Σ_h n_h / (2 (m_h − 1)) Σ (1 − π) d² (Wolter, Introduction to Variance Estimation, 2007, eq. 8.2.4, for
    all that was drawn), the second that of ``stratified``. In a list in random order both say the same, this with fewer
    degrees of freedom. In a list by territory it sees what the order gains, a step from one to the next counting for a
    little too much. Where the list follows y itself it says too little, (n − 6)/n of a straight line (§ 8.3): then
    ``stratified``, which always says too much, is the careful one, unless calibration takes the line off. No formula
    sees a period that the step of the draw follows. Raises DesignInvalid, ArrayInvalid.

    >>> from maille.stats.variance import domain_totals
    >>> result = domain_totals([1.0, 2.0, 3.0, 4.0], design=successive([0.5] * 4, strata=[0] * 4))
    >>> round(float(result.standard_error[0, 0]), 9)
    2.0
    """
    drawn = _Drawn.read(probabilities, strata, responded=responded, groups=groups)
    n = len(drawn.chance)
    listed = np.arange(n) if order is None else floats(order, "ordre de la liste", length=n)
    rows = np.flatnonzero(drawn.answered)
    left, rate = (1 - drawn.chance)[rows], drawn.rate
    where = _together(drawn.stratum[rows], left > 0)
    line = np.lexsort((listed[rows], where))
    line = line[left[line] > 0]
    one, two = line[:-1], line[1:]
    pairs = np.maximum(np.bincount(where[line], minlength=int(where.max(initial=0)) + 1) - 1, 1)
    # Those drawn that chance had left out: the respondents of a stratum stand for them, all of them at 1/θ.
    units = np.bincount(where[line], 1 / rate[line], minlength=len(pairs))
    factors = np.where(where[one] == where[two], (units / pairs)[where[one]] * (left[one] + left[two]) / 4, 0.0)
    diagonal = np.zeros(len(rows))
    np.add.at(diagonal, one, 2 * factors * rate[one] ** 2)
    np.add.at(diagonal, two, 2 * factors * rate[two] ** 2)
    terms = []
    for first in (0, 1):
        place = np.full(len(rows), len(line), dtype=np.int64)
        place[line] = (np.arange(len(line)) + first) // 2
        weight = np.zeros(len(line) + 1)
        weight[(np.arange(first, len(factors), 2) + first) // 2] = factors[first::2]
        terms.append(Grouping(place, weight, None if drawn.group is None else rate[:, None]))
    return drawn.answering(diagonal, *terms)


@dataclass(frozen=True)
class _Drawn:
    """A sample once checked: chances, strata, who answered, and the groups of response."""

    chance: Floats
    stratum: Codes
    answered: Mask
    group: Codes | None

    @classmethod
    def read(
        cls,
        probabilities: npt.ArrayLike,
        strata: npt.ArrayLike,
        *,
        responded: npt.ArrayLike | None,
        groups: npt.ArrayLike | None,
    ) -> "_Drawn":
        chance = floats(probabilities, "probabilités d’inclusion")
        n = len(chance)
        if ((chance <= 0) | (chance > 1)).any():
            raise ArrayInvalid(
                "Une unité tirée a une probabilité d’inclusion hors de ]0, 1].",
                where="probabilités d’inclusion",
                got=f"de {chance.min():g} à {chance.max():g}",
            )
        answered = np.ones(n, dtype=bool) if responded is None else mask(responded, "a répondu", length=n)
        if groups is None and not answered.all():
            raise DesignInvalid(
                "Des unités tirées n’ont pas répondu et aucun groupe de réponse n’est donné.",
                got=f"{int((~answered).sum())} unité(s)",
                hint="donnez groups",
            )
        group = None if groups is None else codes(groups, "groupes", length=n)
        return cls(chance, codes(strata, "strates", length=n), answered, group)

    @property
    def _answer(self) -> Answer | None:
        if self.group is None:
            return None
        return Answer.of(self.group[self.answered], np.bincount(self.group), length=int(self.answered.sum()))

    @property
    def rate(self) -> Floats:
        """Return the response rate of the group of each respondent (m,)."""
        answer = self._answer
        return np.ones(len(self.chance)) if answer is None else answer.rate

    def design(self, whole: Floats, *terms: Grouping) -> Design:
        """Return the design of respondents, from the diagonal M_kk (n,) and the terms of the form of the sample."""
        kept, answer = self.answered, self._answer
        mine = [
            Grouping(term.codes[kept], term.factors, None if term.columns is None else term.columns[kept])
            for term in terms
        ]
        if answer is None:
            return self._weighted(whole + sum(term.own for term in mine), *mine)
        diagonal, groupings = answer.corrected(whole[kept], *mine)
        return self._weighted(diagonal, *groupings)

    def answering(self, diagonal: Floats, *terms: Grouping) -> Design:
        """Return the design of respondents (m,), whose first phase is estimated among them, with the second."""
        answer = self._answer
        if answer is None:
            return self._weighted(diagonal, *terms)
        return self._weighted(diagonal + answer.own, *terms, answer.grouping)

    def _weighted(self, diagonal: Floats, *terms: Grouping) -> Design:
        seen = self.chance[self.answered] * self.rate
        return Design(1 / seen, diagonal, terms, unseen=1 - seen)


def _basis(variables: Floats, roots: Floats, where: Codes, *, diagonal: Floats) -> Floats:
    """Return orthonormal columns (n, r) that span √c times ``variables`` (n, p), once the strata are taken off.

    ``roots`` (n,) are the √c of each stratum ``where`` (n,), of length one.
    """
    columns = np.sqrt(diagonal)[:, None] * variables
    lengths = np.sqrt((columns**2).sum(axis=0))
    columns = columns[:, lengths > 0] / lengths[lengths > 0]
    for place in range(columns.shape[1]):
        columns[:, place] -= roots * np.bincount(where, roots * columns[:, place])[where]
    with one_thread():
        left, length, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, length > _NOTHING])


def _together(stratum: Codes, chancy: Mask) -> Codes:
    """Return strata (n,) numbered from zero, in which no unit left to chance is alone."""
    _, where = np.unique(stratum, return_inverse=True)
    where = where.reshape(-1).astype(np.int64)
    counts = np.bincount(where, chancy, minlength=1)
    alone = (counts == 1)[where] & chancy
    if alone.sum() == 1:
        others = np.flatnonzero(counts > 1)
        if not len(others):
            raise DesignInvalid(
                "Une seule unité représente les autres : la variance ne peut pas être estimée.",
                got="1 unité",
                expected="au moins deux unités, ou toutes",
            )
        after = others[others > where[alone][0]]
        where[alone] = after[0] if len(after) else others[-1]
    elif alone.any():
        where[alone] = len(counts)
    return where
