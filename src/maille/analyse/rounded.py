"""Counts that are rounded rather than hidden: every one moves a little, all still add up, none is known exactly."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from maille.analyse.protect import SecrecyBroken
from maille.specs import Disclosure
from maille.stats.arrays import Floats
from maille.stats.audit import intervals
from maille.stats.rounding import round_table


def rounded_counts(
    counts: Floats, *, equations: Any, rules: Disclosure, most: Floats, exact: Floats, names: Sequence[str]
) -> Floats:
    """Return counts (n,) rounded to the multiple of the rules, still adding up.

    ``equations`` (m, n) with equations @ counts = 0, ``most`` (n,) what everybody knows that each cannot exceed,
    ``exact`` (n,) the counts that are published as they are elsewhere, nan for the others, ``names`` (n,) for the
    message. Then what a reader deduces of a count that may be small must be as wide as the rules say, and otherwise
    nothing is published: SecrecyBroken. Raises RoundingImpossible.
    """
    multiple = rules.participation.multiple
    assert multiple is not None
    found = round_table(counts, equations=equations, multiple=multiple)
    step = multiple - 1
    known = np.isfinite(exact)
    low = np.where(known, exact, np.maximum(found.values - step, 0.0))
    high = np.where(known, exact, np.minimum(found.values + step, most))
    goals = ~known & (low < rules.participation.threshold)
    reached = intervals(equations, least=low, most=high, goals=goals)
    needed = np.minimum(rules.protection.minimum, most)
    # A count that moved by more than a multiple would be read as nearer than it is.
    if reached is None or found.moved:
        raise SecrecyBroken("les nombres arrondis ne s’additionnent pas : rien n’est publié.", got=multiple)
    small = goals & (reached[0] < rules.participation.threshold)
    narrow = np.flatnonzero(small & (reached[1] - reached[0] < needed - 1e-6))
    if len(narrow):
        raise SecrecyBroken(
            "les nombres arrondis laissent retrouver un petit nombre : rien n’est publié.",
            where=names[int(narrow[0])],
            hint="prenez un autre multiple dans specs/disclosure.yaml, ou la méthode « suppression »",
        )
    return found.values
