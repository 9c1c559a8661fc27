"""What a mean or a ratio gives away beside the total that it divides: of the three figures, two give the third.

A mean number of agents and their total say how many communes have some, however well the share of these is hidden. What
is supposed is that all three speak of the same units, which their rules say (``specs.quotient``).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from maille.analyse.intruder import Figure, Scope
from maille.analyse.precision_clues import Limits
from maille.specs import TOTAL
from maille.specs.indicator import AMOUNTS
from maille.specs.quotient import Quotient

Reading = dict[tuple[str, str], Scope]


def divided(reading: Reading, quotients: list[Quotient]) -> None:
    """Narrow, in each domain of what was read, the hidden figures of each quotient by the two others."""
    for quotient in quotients:
        rates, tops, bottoms = (
            _of([scope for (universe, _), scope in reading.items() if universe == quotient.universe], name, measure)
            for name, measure in (
                (quotient.rate, AMOUNTS),
                (quotient.top, AMOUNTS),
                (quotient.bottom, quotient.measure),
            )
        )
        for domain, (rate, rated) in rates.items():
            top, bottom = tops.get(domain), bottoms.get(domain)
            if quotient.bottom == TOTAL and top is not None:
                # Both are totals of the same thing: the ratio was read with the known size of its domain.
                _narrow(top[0], top[1], _times(_limits(rated), 1 / quotient.factor))
                _narrow(rate, rated, _times(_limits(top[1]), quotient.factor))
            elif top is not None and bottom is not None:
                below = _limits(bottom[1])
                _narrow(top[0], top[1], _times(_product(_limits(rated), below), 1 / quotient.factor))
                _narrow(bottom[0], bottom[1], _times(_ratio(_limits(top[1]), _limits(rated)), quotient.factor))
                _narrow(rate, rated, _times(_ratio(_limits(top[1]), below), quotient.factor))


def _of(scopes: Sequence[Scope], indicator: str, measure: str) -> Mapping[str, tuple[Scope, Figure]]:
    """Return the figures of an indicator by domain, each with the scope in which it is written."""
    return {
        figure.domain: (scope, figure)
        for scope in scopes
        if scope.measure == measure
        for figure in scope.figures.values()
        if figure.indicator == indicator
    }


def _narrow(scope: Scope, figure: Figure, limits: Limits) -> None:
    if figure.hidden and not figure.shown:
        scope.figures[figure.name] = scope.figures[figure.name].narrowed(*limits)


def _limits(figure: Figure) -> Limits:
    return max(figure.low, 0.0), figure.high


def _times(limits: Limits, factor: float) -> Limits:
    return limits[0] * factor, limits[1] * factor


def _product(one: Limits, other: Limits) -> Limits:
    high = one[1] * other[1] if one[1] and other[1] else 0.0
    return one[0] * other[0], high


def _ratio(above: Limits, below: Limits) -> Limits:
    low = above[0] / below[1] if np.isfinite(below[1]) and below[1] > 0 else 0.0
    return low, above[1] / below[0] if below[0] > 0 else np.inf
