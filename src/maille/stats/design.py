"""The design behind the weights, as the quadratic form that gives the variance of any total.

Signatures::

    stratified(weights, *, strata, stratum_sizes, stratum_samples, groups=None, group_samples=None) -> Design
    two_stage(weights, *, clusters, cluster_count, cluster_sizes) -> Design
    calibrated(design, *, weights, auxiliaries, leverage=False) -> Design

All arrays cover the respondents only. The variance of Σ w e is s'Ms with s = w e, and M a diagonal less one square per
group of one or several groupings; every estimator, whatever the design, is then the same few grouped sums.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.errors import UserError
from maille.stats.arrays import ArrayInvalid, Codes, Floats, codes, floats


class DesignInvalid(UserError):
    """The design does not allow a variance: a lone unit in a stratum or group that was not observed whole."""


@dataclass(frozen=True)
class Grouping:
    """Terms of the form: less Σ_g ``factors[g]`` |Σ_{k in g} s_k u_k|², with ``codes`` (n,) and ``factors`` (G,).

    ``columns`` (n, q) are the u_k; without them each is 1, and the term is the square of a sum.
    """

    codes: Codes
    factors: Floats
    columns: Floats | None = None

    @property
    def own(self) -> Floats:
        """Return what the term has on the diagonal (n,)."""
        given = self.factors[self.codes]
        return given if self.columns is None else given * (self.columns**2).sum(axis=1)


@dataclass(frozen=True, eq=False)
class Design:
    """Final ``weights`` (n,), ``diagonal`` (n,) and ``groupings`` of the form, and how the weights were calibrated.

    ``unseen`` (n,) is the diagonal of the whole form, 1 − probability of being observed: zero for a unit of a stratum
    taken whole whose group answered whole. ``start`` (n,) and ``auxiliaries`` (n, p) are the weights before calibration
    and the margins' variables, or None; ``leverage`` says that residuals are divided by one less their leverage.
    """

    weights: Floats
    diagonal: Floats
    groupings: tuple[Grouping, ...]
    unseen: Floats
    start: Floats | None = None
    auxiliaries: Floats | None = None
    leverage: bool = False


def stratified(
    weights: npt.ArrayLike,
    *,
    strata: npt.ArrayLike,
    stratum_sizes: npt.ArrayLike,
    stratum_samples: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    group_samples: npt.ArrayLike | None = None,
) -> Design:
    """Return the design of a stratified simple random sample, with or without nonresponse inside groups.

    ``weights`` (n,) of the respondents; ``strata`` (n,) codes, ``stratum_sizes`` N_h and ``stratum_samples`` n_h (H,)
    counting the sampled units that did not answer too; ``groups`` (n,) codes and ``group_samples`` n_c (C,) of the
    response groups, which may cross strata. Phase one is the sample, phase two a simple random sample of m_c
    respondents among n_c (Särndal, Swensson, Wretman, 1992, result 9.3.1 and § 15.6.2; Särndal, Lundström, Estimation
    in Surveys with Nonresponse, 2005, ch. 11). With s = w e, θ = m/n and ρ = m(n−1)/(n(m−1)), their estimator is

        Σ_k [(1−f)(θ + ρ/(n_h−1)) + (1−θ)m/(m−1)] s² − Σ_h (1−f)/(n_h−1) S_h²
        − Σ_hc (1−f)(ρ−1)/(n_h−1) S_hc² − Σ_c (1−θ)/(m−1) S_c²

    A stratum taken whole adds no sampling variance, be it of a single unit; it still carries that of nonresponse.

    >>> design = stratified([2.0, 2.0], strata=[0, 0], stratum_sizes=[4], stratum_samples=[2])
    >>> design.unseen.tolist()
    [0.5, 0.5]
    """
    weights = floats(weights, "poids")
    size, sample = floats(stratum_sizes, "tailles des strates"), floats(stratum_samples, "échantillon des strates")
    stratum = codes(strata, "strates", length=len(weights), size=len(size))
    left = left_out(stratum, size=size, sample=sample, name="strate")
    spread = np.where(left > 0, left / np.maximum(sample - 1, 1), 0.0)
    if groups is None:
        _complete(stratum, sample)
        return Design(weights, (left + spread)[stratum], (Grouping(stratum, spread),), unseen=left[stratum])
    if group_samples is None:
        raise ArrayInvalid("Il manque le nombre d’unités échantillonnées de chaque groupe.", where="group_samples")
    answer = Answer.of(groups, group_samples, length=len(weights))
    diagonal, groupings = answer.corrected(left[stratum], Grouping(stratum, spread))
    return Design(weights, diagonal, groupings, unseen=1 - ((1 - left)[stratum] * answer.rate))


@dataclass(frozen=True)
class Answer:
    """The second phase: ``group`` (n,) of each respondent, and by group the ``silent`` share and respondents (C,)."""

    group: Codes
    silent: Floats
    sampled: Floats
    answered: Floats

    @classmethod
    def of(cls, groups: npt.ArrayLike, group_samples: npt.ArrayLike, *, length: int) -> "Answer":
        """Read the groups of ``length`` respondents; refuse a lone respondent that stands for others."""
        sampled = floats(group_samples, "échantillon des groupes")
        group = codes(groups, "groupes", length=length, size=len(sampled))
        answered = np.bincount(group, minlength=len(sampled)).astype(np.float64)
        return cls(group, left_out(group, size=sampled, sample=answered, name="groupe"), sampled, answered)

    @property
    def rate(self) -> Floats:
        """Return θ (n,)."""
        return (1 - self.silent)[self.group]

    @property
    def own(self) -> Floats:
        """Return the diagonal (n,) of the second phase."""
        return (self.silent * self.answered / np.maximum(self.answered - 1, 1))[self.group]

    @property
    def grouping(self) -> Grouping:
        """Return the term of the second phase."""
        return Grouping(self.group, self.silent / np.maximum(self.answered - 1, 1))

    def corrected(self, whole: Floats, *drawn: Grouping) -> tuple[Floats, tuple[Grouping, ...]]:
        """Return the diagonal and the terms of both phases, from those of the sample restricted to respondents.

        ``whole`` (n,) is the diagonal M_kk of the form of the sample, ``drawn`` its terms. Each M_kl is divided by the
        chance that k and l answered, which is θ² / ρ inside a group and θ_k θ_l between two.
        """
        lone = np.maximum(self.answered - 1, 1)
        more = self.answered * (self.sampled - 1) / (np.maximum(self.sampled, 1) * lone)
        rho = np.where(self.silent > 0, more, 1.0)
        diagonal = whole * self.rate
        crossed = []
        for term in drawn:
            diagonal = diagonal + term.own * rho[self.group]
            pairs, pair = np.unique(term.codes * len(self.sampled) + self.group, return_inverse=True)
            factors = term.factors[pairs // len(self.sampled)] * (rho[pairs % len(self.sampled)] - 1)
            crossed.append(Grouping(pair.reshape(-1), factors, term.columns))
        return diagonal + self.own, (*drawn, *crossed, self.grouping)


def left_out(group: Codes, *, size: Floats, sample: Floats, name: str) -> Floats:
    """Return 1 − n/N per group, refusing a sample larger than its group and a lone unit that stands for others."""
    present = np.bincount(group, minlength=len(size))
    if len(sample) != len(size) or (sample > size).any() or (present > sample).any():
        raise DesignInvalid(
            "Plus d’unités observées que tirées, ou plus d’unités tirées que d’unités.",
            where=name,
            hint="les effectifs tirés comptent les unités qui n’ont pas répondu",
        )
    alone = np.flatnonzero((present > 0) & (sample < 2) & (size > sample))
    if len(alone):
        raise DesignInvalid(
            "Une seule unité y représente les autres : la variance ne peut pas être estimée.",
            where=f"{name} {int(alone[0])}",
            got=f"1 unité sur {size[alone[0]]:g}",
            expected="au moins deux unités, ou toutes",
            hint="fusionnez les petites strates ou les petits groupes",
        )
    return np.where(size > 0, 1 - sample / np.where(size > 0, size, 1), 0.0)


def _complete(stratum: Codes, sample: Floats) -> None:
    present = np.bincount(stratum, minlength=len(sample))
    if (present != sample).any():
        first = int(np.flatnonzero(present != sample)[0])
        raise DesignInvalid(
            "Des unités tirées n’ont pas répondu et aucun groupe de réponse n’est donné.",
            where=f"strate {first}",
            got=f"{present[first]} répondant(s)",
            expected=f"{sample[first]:g}",
            hint="donnez groups et group_samples",
        )


def two_stage(
    weights: npt.ArrayLike, *, clusters: npt.ArrayLike, cluster_count: int, cluster_sizes: npt.ArrayLike
) -> Design:
    """Return the design of a simple random sample of clusters, then of units inside each.

    ``weights`` (n,), ``clusters`` (n,) codes of the sampled clusters, ``cluster_count`` clusters in the universe,
    ``cluster_sizes`` (I,) units in each sampled cluster (Särndal, Swensson, Wretman, 1992, result 4.3.1).

    >>> design = two_stage([4.0] * 4, clusters=[0, 0, 1, 1], cluster_count=4, cluster_sizes=[4, 4])
    >>> design.unseen.tolist()
    [0.75, 0.75, 0.75, 0.75]
    """
    weights = floats(weights, "poids")
    size = floats(cluster_sizes, "tailles des grappes")
    cluster = codes(clusters, "grappes", length=len(weights), size=len(size))
    drawn = np.bincount(cluster, minlength=len(size)).astype(np.float64)
    inside = left_out(cluster, size=size, sample=drawn, name="grappe")
    whole = np.zeros(len(weights), dtype=np.int64)
    every, picked = np.array([float(cluster_count)]), np.array([float(len(size))])
    left = float(left_out(np.zeros(len(size), dtype=np.int64), size=every, sample=picked, name="tirage")[0])
    share, spread = 1 - left, left / max(len(size) - 1, 1)
    diagonal = (share * inside * drawn / np.maximum(drawn - 1, 1))[cluster]
    within = share * inside / np.maximum(drawn - 1, 1) - (left + spread)
    groupings = (Grouping(whole, np.array([spread])), Grouping(cluster, within))
    return Design(weights, diagonal, groupings, unseen=1 - share * (1 - inside)[cluster])


def calibrated(design: Design, *, weights: npt.ArrayLike, auxiliaries: npt.ArrayLike, leverage: bool = False) -> Design:
    """Return the design with calibrated weights: variances will be those of the residuals on the auxiliaries.

    ``weights`` (n,) after calibration, ``auxiliaries`` (n, p) the variables of the margins (collinear columns do no
    harm). The regression is weighted by the weights before calibration, the residuals by those after (Deville, Särndal,
    JASA 87, 1992, eq. 3.4). A unit that weighs much in a margin draws the regression through itself, and its residual
    is too small: with ``leverage``, the residual is divided by 1 − h, as if the regression had been drawn without it,
    which is the jackknife's (Valliant, Survey Methodology 28, 2002, p. 103).

    >>> plain = stratified([2.0, 2.0], strata=[0, 0], stratum_sizes=[4], stratum_samples=[2])
    >>> calibrated(plain, weights=[1.5, 2.5], auxiliaries=[[1.0], [1.0]]).start.tolist()
    [2.0, 2.0]
    """
    final = floats(weights, "poids calés", length=len(design.weights))
    variables = floats(auxiliaries, "variables de calage", length=len(final))
    if variables.ndim != 2 or design.auxiliaries is not None:
        raise ArrayInvalid("Un plan se cale une fois, sur un tableau (n, p).", where="calage", got=variables.shape)
    return Design(
        final,
        design.diagonal,
        design.groupings,
        unseen=design.unseen,
        start=design.weights,
        auxiliaries=variables,
        leverage=leverage,
    )
