"""Balanced sampling: the cube, plain or stratified, with the exact inclusion probabilities.

Signature::

    cube(probabilities, *, balancing, rng, strata=None, fixed_size=True, landing="drop") -> Balanced

The estimates of the balancing totals equal the totals, but for the last units: no sample may fit exactly, and the
landing then gives up constraints in a declared order. Without balancing variables, it is the pivotal method.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from maille.stats.arrays import Codes, Floats, Mask, codes, floats
from maille.stats.flight import fly
from maille.stats.selection import SelectionImpossible, chances_of
from maille.stats.threads import one_thread

Landing = Literal["drop", "program"]
_MOST_PROGRAMMED = 14


@dataclass(frozen=True)
class Balanced:
    """``selected`` (N,), ``probabilities`` (N,), and how well the sample is balanced.

    ``gaps`` (p,) are (estimate − total) / Σ|x| of each balancing variable; ``undecided`` is the number of units that
    the flight left to the landing.
    """

    selected: Mask
    probabilities: Floats
    gaps: Floats
    undecided: int


def cube(
    probabilities: npt.ArrayLike,
    *,
    balancing: npt.ArrayLike,
    rng: np.random.Generator,
    strata: npt.ArrayLike | None = None,
    fixed_size: bool = True,
    landing: Landing = "drop",
) -> Balanced:
    """Draw a sample balanced on the columns of ``balancing``, with the inclusion probabilities given.

    ``probabilities`` (N,) in [0, 1]; ``balancing`` (N, p), p may be 0; ``strata`` (N,) codes. With ``fixed_size`` the
    sample has Σπ units (the integer below or above when it is not one), and so has each stratum. The flight is that
    of Deville and Tillé (Biometrika 91, 2004, p. 893), inside strata then on what they leave (Chauvet, Survey
    Methodology 35, 2009, p. 115). The landing ``"drop"`` gives up the last balancing variable, flies again, then the
    one before, the sizes last: put first what matters most. The landing ``"program"`` chooses among all samples of
    the last units, by linear programming, the design of least expected imbalance (2004, p. 905); it takes at most 14
    units. A variable that is constant, or repeats others, does no harm. Units are considered in random order. Raises
    SelectionImpossible, ArrayInvalid.

    >>> draw = cube([0.5] * 4, balancing=[[1.0], [2.0], [2.0], [1.0]], rng=np.random.default_rng(1))
    >>> int(draw.selected.sum()), draw.gaps.tolist()
    (2, [0.0])
    """
    chance = chances_of(probabilities)
    variables = floats(balancing, "variables d’équilibrage", length=len(chance))
    variables = variables if variables.ndim == 2 else variables[:, None]
    inside = np.zeros(len(chance), dtype=np.int64) if strata is None else codes(strata, "strates", length=len(chance))
    scale = np.maximum(np.abs(variables).sum(axis=0), 1e-300)
    walk = chance.copy()
    open_ = np.flatnonzero((chance > 0) & (chance < 1))
    with one_thread():
        rows = _constraints(variables, chance, fixed_size=fixed_size)
        left = _fly_inside(walk, open_, rows=rows, strata=inside, rng=rng)
        sizes = _sizes(inside[left], by_stratum=strata is not None) if fixed_size else np.zeros((len(left), 0))
        last = np.hstack([sizes, rows[left, int(fixed_size) :] / scale])
        _land(walk, left, rows=last, kept=sizes.shape[1], landing=landing, rng=rng)
        selected = walk > 0.5
        excess = np.where(chance > 0, selected / np.where(chance > 0, chance, 1.0) - 1, 0.0)
        gaps = excess @ variables / scale
    return Balanced(selected, chance, gaps, undecided=len(left))


def _constraints(variables: Floats, chance: Floats, *, fixed_size: bool) -> Floats:
    """Return x/π, after a column of ones for the size."""
    first = int(fixed_size)
    rows = np.empty((len(chance), variables.shape[1] + first))
    rows[:, :first] = 1.0
    np.divide(variables, np.where(chance > 0, chance, 1.0)[:, None], out=rows[:, first:])
    return rows


def _fly_inside(walk: Floats, units: Codes, *, rows: Floats, strata: Codes, rng: np.random.Generator) -> Codes:
    """Fly in each stratum, in random order; return the undecided units."""
    order = rng.permutation(units)
    order = order[np.argsort(strata[order], kind="stable")]
    starts = np.flatnonzero(np.diff(strata[order], prepend=-1))
    left = [fly(walk, part, rows=rows, draws=rng.random(len(part))) for part in np.split(order, starts)[1:]]
    return np.concatenate([np.zeros(0, dtype=np.int64), *left])


def _sizes(strata: Codes, *, by_stratum: bool) -> Floats:
    """Return the constraints that keep the size of the sample, and that of each stratum present."""
    whole = np.ones((len(strata), 1))
    if not by_stratum:
        return whole
    present, place = np.unique(strata, return_inverse=True)
    return np.hstack([whole, np.eye(len(present))[place.reshape(-1)]])


def _land(walk: Floats, left: Codes, *, rows: Floats, kept: int, landing: Landing, rng: np.random.Generator) -> None:
    """Decide the last units: all constraints, then fewer and fewer, the first ``kept`` together before the last."""
    chance = walk[left]
    undecided = np.arange(len(left))
    levels = [*range(rows.shape[1], kept - 1, -1), *({1, 0} if kept else {0})]
    for level in sorted(set(levels), reverse=True):
        undecided = fly(chance, undecided, rows=np.ascontiguousarray(rows[:, :level]), draws=rng.random(len(undecided)))
        if landing == "program" and len(undecided):
            undecided = _program(chance, undecided, rows=rows, sizes=kept, rng=rng)
    walk[left] = chance


def _program(chance: Floats, units: Codes, *, rows: Floats, sizes: int, rng: np.random.Generator) -> Codes:
    """Draw one of the samples of the last units, from the design of least expected squared gap; nobody is left.

    The first ``sizes`` constraints are sizes: they are met, to the integer below or above.
    """
    if len(units) > _MOST_PROGRAMMED:
        raise SelectionImpossible(
            "Trop d’unités restent pour l’atterrissage par programmation linéaire.",
            got=f"{len(units)} unités",
            expected=f"au plus {_MOST_PROGRAMMED}",
            hint="retirez des variables d’équilibrage, ou choisissez l’atterrissage « drop »",
        )
    samples = (np.arange(2 ** len(units))[:, None] >> np.arange(len(units))) & 1
    moved = (samples - chance[units]) @ rows[units]
    kept = (np.abs(moved[:, :sizes]) < 1 - 1e-9).all(axis=1)
    samples, costs = samples[kept], (moved[kept] ** 2).sum(axis=1)
    equations = np.vstack([samples.T, np.ones(len(samples))])
    found = linprog(costs, A_eq=equations, b_eq=np.append(chance[units], 1.0), method="highs")
    if found.status:
        raise SelectionImpossible("Aucun plan sur les dernières unités n’a ces probabilités.", got=found.message)
    design = np.clip(np.asarray(found.x), 0.0, 1.0)
    chance[units] = samples[rng.choice(len(samples), p=design / design.sum())]
    return np.zeros(0, dtype=np.int64)
