"""Counts that are changed rather than hidden, rounded or blurred: every one moves a little, none is known exactly."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from maille.analyse.protect import SecrecyBroken
from maille.specs import Disclosure
from maille.stats.arrays import Codes, Floats
from maille.stats.audit import intervals
from maille.stats.cellkey import cell_keys, noise, perturb, record_keys
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
    # A count that moved by more than a multiple would be read as nearer than it is.
    if found.moved:
        raise SecrecyBroken("les nombres arrondis ne s’additionnent pas : rien n’est publié.", got=multiple)
    known, step = np.isfinite(exact), multiple - 1
    low = np.where(known, exact, np.maximum(found.values - step, 0.0))
    high = np.where(known, exact, np.minimum(found.values + step, most))
    require_doubt(low, high, equations=equations, rules=rules, most=most, names=names)
    return found.values


def blurred_counts(cells: Sequence[Sequence[str]], *, rules: Disclosure, key: bytes) -> Codes:
    """Return the size of each cell, the units in it, with the noise of the rules: the same wherever these units are.

    ``key`` is secret. Raises NoiseImpossible.
    """
    rule = rules.participation
    assert rule.variance is not None
    assert rule.reach is not None
    sums = [cell_keys(record_keys(units, key=key), cells=np.zeros(len(units), dtype=int), size=1) for units in cells]
    made = noise(variance=rule.variance, reach=rule.reach)
    return perturb([len(units) for units in cells], keys=np.concatenate(sums), noise=made)


def require_doubt(
    low: Floats, high: Floats, *, equations: Any, rules: Disclosure, most: Floats, names: Sequence[str]
) -> None:
    """Refuse that a count that may be small be known too well by who knows each (n,) between ``low`` and ``high``.

    The others are as in ``rounded_counts``. Raises SecrecyBroken.
    """
    goals = (low < high) & (low < rules.participation.threshold)
    reached = intervals(equations, least=low, most=high, goals=goals)
    if reached is None:
        raise SecrecyBroken("les nombres protégés se contredisent : rien n’est publié.")
    small = goals & (reached[0] < rules.participation.threshold)
    narrow = np.flatnonzero(small & (reached[1] - reached[0] < np.minimum(rules.protection.minimum, most) - 1e-6))
    if len(narrow):
        raise SecrecyBroken(
            "les nombres publiés laissent retrouver un petit nombre : rien n’est publié.",
            where=names[int(narrow[0])],
            hint="changez « multiple », ou « reach », dans specs/disclosure.yaml, ou prenez la méthode « suppression »",
        )
