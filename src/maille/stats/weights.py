"""What to publish about a set of weights.

Signature::

    weights_summary(weights) -> WeightsSummary(.count .total .minimum .maximum .ratio .variation .design_effect)
"""

from dataclasses import dataclass

import numpy.typing as npt

from maille.stats.arrays import ArrayInvalid, floats


@dataclass(frozen=True)
class WeightsSummary:
    """What to publish on weights; ``design_effect`` is Kish's 1 + CV², ``ratio`` the largest over the smallest."""

    count: int
    total: float
    minimum: float
    maximum: float
    ratio: float
    variation: float
    design_effect: float


def weights_summary(weights: npt.ArrayLike) -> WeightsSummary:
    """Summarise the positive weights (Kish, Journal of Official Statistics 8, 1992, p. 191).

    >>> weights_summary([1.0, 3.0, 0.0]).design_effect
    1.25
    """
    array = floats(weights, "poids")
    array = array[array > 0]
    if not len(array):
        raise ArrayInvalid("Aucun poids n’est positif.", where="poids")
    low, high = float(array.min()), float(array.max())
    variation = float(array.std() / array.mean())
    return WeightsSummary(len(array), float(array.sum()), low, high, high / low, variation, 1 + variation**2)
