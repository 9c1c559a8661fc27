"""Nonresponse: groups of units that answer alike, and the weights that let respondents speak for the others.

Signatures::

    cross(*codes) -> codes of the crossing
    response_groups(responded, *, levels, minimum=10) -> groups (n,)
    nonresponse_weights(design_weights, *, responded, groups) -> Nonresponse

All arrays cover the whole sample, respondents or not; ``Nonresponse.sampled`` is what ``design.stratified`` wants as
``group_samples``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.errors import UserError
from maille.stats.arrays import Codes, Floats, Mask, codes, floats, mask


class TooFewRespondents(UserError):
    """Not one response group can be made: the whole sample has fewer respondents than one group must have."""


@dataclass(frozen=True)
class Nonresponse:
    """``weights`` (n,), zero for nonrespondents; ``groups`` (n,); per group ``rates``, ``sampled``, ``respondents``."""

    weights: Floats
    groups: Codes
    rates: Floats
    sampled: Codes
    respondents: Codes


def cross(*parts: npt.ArrayLike) -> Codes:
    """Return the codes, from zero, of the combinations present among several lists of codes.

    >>> cross([0, 0, 1, 1], [0, 2, 0, 2]).tolist()
    [0, 1, 2, 3]
    """
    table = np.column_stack([np.asarray(part) for part in parts])
    return np.unique(table, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def response_groups(responded: npt.ArrayLike, *, levels: Sequence[npt.ArrayLike], minimum: int = 10) -> Codes:
    """Return response-homogeneity groups (n,), each with at least ``minimum`` respondents.

    ``responded`` (n,) booleans, ``levels`` lists of codes (n,) from the finest grouping to the coarsest, each nested in
    the next. The rule: a group with too few respondents is set aside; those set aside under one code of the next level
    make one group; if it is still too small it takes in the smallest group of that code; if there is none, it goes up
    again. Above the last level stands the whole sample. Groups: Särndal, Swensson, Wretman, 1992, § 15.6.2.

    >>> answered = np.array([True] * 6 + [False] * 2)
    >>> response_groups(answered, levels=[[0, 0, 0, 1, 2, 2, 1, 2], [0, 0, 0, 1, 1, 1, 1, 1]], minimum=3).tolist()
    [0, 0, 0, 1, 1, 1, 1, 1]
    """
    answered = mask(responded, "a répondu")
    if answered.sum() < minimum:
        raise TooFewRespondents("Trop peu de réponses.", got=int(answered.sum()), expected=f"au moins {minimum}")
    steps = [codes(level, "niveau de regroupement", length=len(answered)) for level in levels]
    groups = np.full(len(answered), -1, dtype=np.int64)
    for step in [*steps, np.zeros(len(answered), dtype=np.int64)]:
        _settle(groups, step, answered=answered, minimum=minimum)
    return np.unique(groups, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _settle(groups: Codes, step: Codes, *, answered: Mask, minimum: int) -> None:
    """Give a group to the units that have none (-1), at this level, wherever enough respondents can be found."""
    label = int(groups.max()) + 1
    for code in np.unique(step[groups < 0]).tolist():
        inside = step == code
        loose = inside & (groups < 0)
        if (loose & answered).sum() < minimum:
            settled, counts = np.unique(groups[inside & (groups >= 0) & answered], return_counts=True)
            if not len(settled):
                continue
            loose |= groups == settled[counts.argmin()]
        groups[loose] = label
        label += 1


def nonresponse_weights(
    design_weights: npt.ArrayLike, *, responded: npt.ArrayLike, groups: npt.ArrayLike
) -> Nonresponse:
    """Return the weights of respondents, multiplied in each group by the inverse of its response rate.

    Everything (n,) over the sample. The rate is a count of respondents over a count of sampled units, as the response
    model wants (Särndal, Swensson, Wretman, 1992, eq. 15.6.6); the variance takes it so in ``design.stratified``.

    >>> nonresponse_weights([2.0, 2.0, 2.0], responded=[True, False, True], groups=[0, 0, 0]).weights.tolist()
    [3.0, 0.0, 3.0]
    """
    weights = floats(design_weights, "poids de sondage")
    answered = mask(responded, "a répondu", length=len(weights))
    group = codes(groups, "groupes", length=len(weights))
    sampled = np.bincount(group)
    respondents = np.bincount(group[answered], minlength=len(sampled))
    if ((sampled > 0) & (respondents == 0)).any():
        empty = int(np.flatnonzero((sampled > 0) & (respondents == 0))[0])
        raise TooFewRespondents("Un groupe de réponse n’a aucun répondant.", where=f"groupe {empty}", got=0, expected=1)
    rates = respondents / np.maximum(sampled, 1)
    corrected = np.where(answered, weights / np.where(rates > 0, rates, 1.0)[group], 0.0)
    return Nonresponse(weights=corrected, groups=group, rates=rates, sampled=sampled, respondents=respondents)
