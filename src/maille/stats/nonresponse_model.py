"""The chance of answering as a logistic model, groups of like chances, and how unequal the response is.

Signatures::

    response_model(responded, *, features, names=(), ridge=0.0) -> ResponseModel
    score_groups(scores, *, responded, count=10, minimum=10) -> groups (n,)
    response_quality(scores, *, responded, weights, groups) -> ResponseQuality

Groups made from scores are used as those made by crossing: ``nonresponse_weights`` then ``design.stratified``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, expit

from maille.errors import UserError
from maille.stats.arrays import ArrayInvalid, Codes, Floats, codes, floats, mask
from maille.stats.nonresponse import TooFewRespondents
from maille.stats.threads import one_thread

STEPS = 50
FAR = 30.0  # a linear predictor further from zero than this is a chance of zero or one


class ResponseSeparated(UserError):
    """Some variable tells exactly who answered: the chances of answering cannot be estimated."""


@dataclass(frozen=True)
class ResponseModel:
    """``coefficients`` (p+1,) the constant first, ``scores`` (n,) the chances of answering, ``iterations``."""

    coefficients: Floats
    scores: Floats
    iterations: int


@dataclass(frozen=True)
class ResponseQuality:
    """What to publish on a response: how well it is told apart, how unequal it is, and what the groups make of it.

    ``auc`` from 0.5, no one is told apart, to 1; ``hosmer_lemeshow`` statistic and its ``p_value``; ``r_indicator``
    from 0 to 1, one when all have the same chance; per group ``sizes``, ``rates``; the ``least`` and ``most``
    adjustment of weights.
    """

    auc: float
    hosmer_lemeshow: float
    p_value: float
    r_indicator: float
    sizes: Codes
    rates: Floats
    least: float
    most: float


def response_model(
    responded: npt.ArrayLike, *, features: npt.ArrayLike, names: Sequence[str] = (), ridge: float = 0.0
) -> ResponseModel:
    """Return the logistic model of answering on ``features`` (n, p), which a constant is added to.

    Maximum likelihood by reweighted least squares, each sampled unit counting once (Kim, Kim, Canadian Journal of
    Statistics 35, 2007, p. 501); ``ridge`` shrinks the coefficients of standardised features, the constant apart.
    Collinear or constant features do no harm: the scores stay the same. Raises TooFewRespondents when all or none
    answered, ResponseSeparated when the likelihood has no maximum.

    >>> response_model([True, False, True, False], features=[[0.0], [0.0], [1.0], [1.0]]).scores.round(9).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    answered = mask(responded, "a répondu").astype(np.float64)
    given = floats(features, "variables de la réponse", length=len(answered))
    if given.ndim != 2 or ridge < 0 or (names and len(names) != given.shape[1]):
        raise ArrayInvalid("Il faut un tableau (n, p), un nom par colonne, une pénalité positive.", got=given.shape)
    if not 0 < answered.sum() < len(answered):
        raise TooFewRespondents("Toutes les unités ont répondu, ou aucune.", where="modèle de réponse")
    deviation = given.std(axis=0)
    centred = (given - given.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    table = np.column_stack([np.ones(len(answered)), centred])
    with one_thread():
        solved, steps = _fit(table, answered, ridge=ridge)
    if steps > STEPS or np.abs(table @ solved).max() > FAR:
        worst = int(np.abs(solved[1:]).argmax()) if given.shape[1] else 0
        raise ResponseSeparated(
            "Le modèle de réponse n’a pas de solution : une variable dit exactement qui a répondu.",
            where=names[worst] if names else f"variable {worst}",
            expected="des répondantes et des non-répondantes pour chaque valeur",
            hint="retirez cette variable, regroupez ses modalités, ou donnez une pénalité (ridge)",
        )
    slopes = solved[1:] / np.where(deviation > 0, deviation, 1.0)
    constant = solved[0] - slopes @ given.mean(axis=0)
    return ResponseModel(np.append(constant, slopes), expit(table @ solved), steps)


def _fit(table: Floats, answered: Floats, *, ridge: float) -> tuple[Floats, int]:
    """Return the coefficients and how many steps they took, more than STEPS when they went on growing."""
    penalty = np.full(table.shape[1], ridge)
    penalty[0] = 0.0
    solved = np.zeros(table.shape[1])
    for step in range(1, STEPS + 1):
        chance = expit(table @ solved)
        weight = np.maximum(chance * (1 - chance), 1e-12)
        slope = table.T @ (answered - chance) - penalty * solved
        matrix = (table * weight[:, None]).T @ table + np.diag(penalty)
        move = np.linalg.lstsq(matrix, slope, rcond=1e-11)[0]
        solved = solved + move * min(1.0, 5.0 / max(float(np.abs(move).max()), 1e-300))
        if np.abs(move).max() < 1e-10:
            return solved, step
        if np.abs(table @ solved).max() > FAR:
            return solved, STEPS + 1
    return solved, STEPS + 1


def score_groups(scores: npt.ArrayLike, *, responded: npt.ArrayLike, count: int = 10, minimum: int = 10) -> Codes:
    """Return groups (n,) of like scores, cut at their quantiles, each with at least ``minimum`` respondents.

    A group with too few joins the next one up, the last the one below (Eltinge, Yansaneh, Survey Methodology 23, 1997,
    p. 33; Haziza, Beaumont, International Statistical Review 75, 2007, p. 25). Equal scores are never parted. Raises
    TooFewRespondents.

    >>> score_groups([0.2, 0.3, 0.7, 0.8], responded=[True] * 4, count=2, minimum=2).tolist()
    [0, 0, 1, 1]
    """
    score = floats(scores, "scores")
    answered = mask(responded, "a répondu", length=len(score))
    if count < 1 or answered.sum() < minimum:
        raise TooFewRespondents("Trop peu de réponses.", got=int(answered.sum()), expected=f"au moins {minimum}")
    cuts = np.unique(np.quantile(score, np.arange(1, count) / count, method="inverted_cdf"))
    group = np.searchsorted(cuts, score, side="left").astype(np.int64)
    respondents = np.bincount(group[answered], minlength=int(group.max()) + 1)
    merged, number, inside = np.zeros(len(respondents), dtype=np.int64), 0, 0
    for place, found in enumerate(respondents):
        merged[place] = number
        inside += int(found)
        if inside >= minimum:
            number, inside = number + 1, 0
    if inside < minimum:
        merged[merged == number] = max(number - 1, 0)
    return merged[group]


def response_quality(
    scores: npt.ArrayLike, *, responded: npt.ArrayLike, weights: npt.ArrayLike, groups: npt.ArrayLike
) -> ResponseQuality:
    """Return how unequal the response is, from the ``scores`` (n,) of the sampled units and their response ``groups``.

    R = 1 − 2 S(ρ), S the standard deviation of the scores weighted by the design ``weights`` (Schouten, Cobben,
    Bethlehem, Survey Methodology 35, 2009, p. 101); Hosmer and Lemeshow on ten groups, eight degrees of freedom
    (Communications in Statistics A9, 1980, p. 1043).

    >>> flat = response_quality([0.5] * 4, responded=[True, False, True, False], weights=[1.0] * 4, groups=[0] * 4)
    >>> flat.auc, flat.r_indicator, flat.most
    (0.5, 1.0, 2.0)
    """
    score = floats(scores, "scores")
    answered = mask(responded, "a répondu", length=len(score))
    weight = floats(weights, "poids de sondage", length=len(score))
    group = codes(groups, "groupes", length=len(score))
    if (weight <= 0).any() or not answered.sum() > 0 or (score < 0).any() or (score > 1).any():
        raise ArrayInvalid(
            "Il faut des poids positifs, une réponse au moins, des scores entre 0 et 1.", where="réponse"
        )
    yes, no = int(answered.sum()), int((~answered).sum())
    _, place, ties = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[place][answered].sum() - yes * (yes + 1) / 2
    statistic, value = _hosmer_lemeshow(score, answered.astype(np.float64))
    mean = float(np.average(score, weights=weight))
    spread = float(np.sqrt(weight @ (score - mean) ** 2 / max(float(weight.sum()) - 1, 1e-300)))
    sizes = np.bincount(group)
    rates = np.bincount(group, answered) / np.maximum(sizes, 1)
    known = rates[(sizes > 0) & (rates > 0)]
    return ResponseQuality(
        auc=float(ranks / (yes * no)) if no else 0.5,
        hosmer_lemeshow=statistic,
        p_value=value,
        r_indicator=1 - 2 * spread,
        sizes=sizes,
        rates=rates,
        least=float(1 / known.max()),
        most=float(1 / known.min()),
    )


def _hosmer_lemeshow(score: Floats, answered: Floats) -> tuple[float, float]:
    cuts = np.unique(np.quantile(score, np.arange(1, 10) / 10, method="inverted_cdf"))
    tenth = np.searchsorted(cuts, score, side="left")
    size = np.maximum(np.bincount(tenth), 1)
    expected, found = np.bincount(tenth, score), np.bincount(tenth, answered)
    spread = expected * (1 - expected / size)
    seen = spread > 0
    statistic = float(((found - expected)[seen] ** 2 / spread[seen]).sum())
    return statistic, float(chdtrc(max(int(seen.sum()) - 2, 1), statistic))
