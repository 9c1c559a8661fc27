"""Means and ratios that are a published total over another: who has two of the three has the third."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from maille.specs.bands import TOTAL
from maille.specs.indicator import AMOUNTS, Indicator
from maille.specs.rule import Constant, Node, Operation, Rule, Variable

POPULATION = "population"


@dataclass(frozen=True)
class Quotient:
    """``rate`` = ``factor`` x ``top`` / ``bottom``, of the same units.

    ``rate`` is a mean or a ratio, ``top`` a total, ``bottom`` in ``measure`` a share, for the units or inhabitants that
    it counts, another total, or « ensemble », all the units or inhabitants of the domain, which everybody knows. What
    ``rate`` divides adds up to ``scale`` x ``top``.
    """

    universe: str
    rate: str
    top: str
    bottom: str
    measure: str
    factor: float
    scale: float


def quotients(indicators: Mapping[str, Indicator]) -> list[Quotient]:
    """Return what the rules of indicators say of one another, each mean or ratio with every total that it divides."""
    return [found for rate in indicators.values() if rate.kind in ("mean", "ratio") for found in _of(rate, indicators)]


def over_population(indicator: Indicator) -> bool:
    """Say whether a ratio is by inhabitant of all units: with the population, which all know, it is a total."""
    below = indicator.below.tree if indicator.below else None
    return indicator.kind == "ratio" and below == Variable(POPULATION) and indicator.among is None


def _of(rate: Indicator, indicators: Mapping[str, Indicator]) -> Iterator[Quotient]:
    conditions, node, factor = _summed(rate.value, rate.among)
    for name, measure, below in _bottoms(rate, indicators):
        for total in indicators.values():
            if total.kind == "total" and total.universe == rate.universe:
                others, same, scale = _summed(total.value, total.among)
                if (others, same) == (conditions, node):
                    yield Quotient(
                        rate.universe, rate.id, total.id, name, measure, factor / scale / below, factor / scale
                    )


def _bottoms(rate: Indicator, indicators: Mapping[str, Indicator]) -> Iterator[tuple[str, str, float]]:
    """Yield what a mean or a ratio is divided by: its name, its measure, and its unit in that of the division."""
    if rate.below is None or rate.below.tree == Variable(POPULATION):
        measure = rate.universe if rate.below is None else POPULATION
        if rate.among is None:
            yield TOTAL, measure, 1.0
        else:
            wanted = _conditions(rate.among.tree)
            for share in indicators.values():
                counted = share.numerator is not None and share.universe == rate.universe and share.among is None
                if counted and share.numerator is not None and _conditions(share.numerator.tree) == wanted:
                    yield share.id, measure, 1.0
        return
    conditions, node, factor = _summed(rate.below, rate.among)
    for total in indicators.values():
        if total.kind == "total" and total.universe == rate.universe:
            others, same, scale = _summed(total.value, total.among)
            if (others, same) == (conditions, node):
                yield total.id, AMOUNTS, factor / scale


def _summed(rule: Rule | None, among: Rule | None) -> tuple[frozenset[Node], Node | None, float]:
    """Return under which conditions a unit counts, what is summed, and times what."""
    conditions = _conditions(among.tree) if among else frozenset()
    node, factor = (rule.tree, 1.0) if rule else (None, 1.0)
    while isinstance(node, Operation):
        first, *rest = node.arguments
        if node.operator == "if" and rest[1] == Constant(0):
            conditions |= _conditions(first)
            node = rest[0]
        elif node.operator in ("*", "div") and isinstance(rest[0], Constant) and isinstance(rest[0].value, int | float):
            factor = factor * rest[0].value if node.operator == "*" else factor / rest[0].value
            node = first
        else:
            break
    return conditions, node, factor


def _conditions(node: Node) -> frozenset[Node]:
    if isinstance(node, Operation) and node.operator == "and":
        return frozenset().union(*map(_conditions, node.arguments))
    return frozenset({node})
