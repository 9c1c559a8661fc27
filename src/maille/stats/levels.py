"""Two levels calibrated at once: clusters (EPCI, households) and their units (communes, persons), one weight a cluster.

Signatures::

    lift(values, *, clusters, count, factors=None) -> (count, p)
    calibrate_levels(weights, *, clusters, units, method="linear", bounds=None) -> Levels

Counts and amounts of the same units (communes and inhabitants) need none of this: they are columns of ``calibrate``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, Codes, Floats, codes, floats
from maille.stats.calibration import Calibration, Method, calibrate


@dataclass(frozen=True)
class ClusterMargins:
    """``margins`` (C, p) of the clusters themselves, ``totals`` (p,) and ``names``."""

    margins: npt.ArrayLike
    totals: npt.ArrayLike
    names: Sequence[str] = ()


@dataclass(frozen=True)
class UnitMargins:
    """``margins`` (n, q) of units, ``totals`` (q,), ``names``, the cluster (n,) that each belongs to, from zero.

    ``factors`` (n,) is the weight of a unit inside its cluster, one when every unit of a cluster is seen.
    """

    margins: npt.ArrayLike
    totals: npt.ArrayLike
    belongs: npt.ArrayLike
    names: Sequence[str] = ()
    factors: npt.ArrayLike | None = None


@dataclass(frozen=True)
class Levels:
    """The calibration of the clusters, and the weights (n,) of their units: that of the cluster times the factor."""

    clusters: Calibration
    unit_weights: Floats


def lift(values: npt.ArrayLike, *, clusters: npt.ArrayLike, count: int, factors: npt.ArrayLike | None = None) -> Floats:
    """Return the sums (count, p) of the variables (n, p) of units by cluster, weighted by ``factors`` (n,).

    >>> lift([[1.0], [2.0], [4.0]], clusters=[0, 0, 1], count=2).tolist()
    [[3.0], [4.0]]
    """
    table = floats(values, "variables des unités")
    where = codes(clusters, "grappes", length=len(table), size=count)
    inside = np.ones(len(where)) if factors is None else floats(factors, "poids dans la grappe", length=len(where))
    if table.ndim != 2 or (inside <= 0).any():
        raise ArrayInvalid("Il faut un tableau (n, p) et des poids positifs.", where="grappes", got=table.shape)
    return _sums(table * inside[:, None], where, count)


def _sums(table: Floats, where: Codes, count: int) -> Floats:
    result = np.zeros((count, table.shape[1]))
    np.add.at(result, where, table)
    return result


def calibrate_levels(
    weights: npt.ArrayLike,
    *,
    clusters: ClusterMargins,
    units: UnitMargins,
    method: Method = "linear",
    bounds: tuple[float, float] | None = None,
) -> Levels:
    """Return weights of clusters that give the totals of clusters and of units, equal for all units of a cluster.

    ``weights`` (C,) of the clusters. The variables of units are summed by cluster, so that both levels are margins of
    the clusters (Sautory, Calmar 2, 2003). The distance counts each cluster once; that of Lemaître and Dufour (Survey
    Methodology 13, 1987, p. 199; R ``calibrate(aggregate.stage)``) counts it once a unit: same totals, other weights.
    Raises MarginsInfeasible and NotConverged with the names of both levels.

    >>> two = calibrate_levels(
    ...     [2.0, 2.0],
    ...     clusters=ClusterMargins([[1.0], [1.0]], [5.0]),
    ...     units=UnitMargins([[10.0], [20.0], [50.0]], [230.0], belongs=[0, 0, 1]),
    ... )
    >>> two.unit_weights.round(9).tolist()
    [1.0, 1.0, 4.0]
    """
    start = floats(weights, "poids des grappes")
    own = floats(clusters.margins, "marges des grappes", length=len(start))
    lifted = lift(units.margins, clusters=units.belongs, count=len(start), factors=units.factors)
    if own.ndim != 2:
        raise ArrayInvalid("Il faut un tableau (C, p).", where="marges des grappes", got=own.shape)
    first = tuple(clusters.names) or tuple(f"grappe {column}" for column in range(own.shape[1]))
    second = tuple(units.names) or tuple(f"unité {column}" for column in range(lifted.shape[1]))
    found = calibrate(
        start,
        margins=np.column_stack([own, lifted]),
        totals=np.concatenate([floats(clusters.totals, "totaux"), floats(units.totals, "totaux")]),
        method=method,
        bounds=bounds,
        names=(*first, *second),
    )
    where = codes(units.belongs, "grappes")
    factors = np.ones(len(where)) if units.factors is None else floats(units.factors, "poids dans la grappe")
    return Levels(found, found.weights[where] * factors)
