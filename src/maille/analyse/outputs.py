"""The check of what a researcher asks to take out: each figure recomputed on the file, then judged with all the others.

A cell is the rows of the file that satisfy conditions (variable = code). What was shown before, to this person or to
all, is known: a cell is refused when it gives a small one away by difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.errors import UserError
from maille.specs import Disclosure
from maille.stats.audit import audit
from maille.stats.disclosure import dominated, percent_protection, recoverable, too_few

Measure = Literal["count", "sum", "mean"]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
CLOSE = 0.005
LARGEST = 400
_ATOMS = 4000


class OutputUnreadable(UserError):
    """What a researcher asks to take out is not a table of figures of the file."""


@dataclass(frozen=True)
class Asked:
    """A figure asked for: its conditions (none: the whole file), the value typed, the place it had in the table."""

    conditions: Mapping[str, int]
    value: float | None
    row: int = 0


@dataclass(frozen=True)
class Judged:
    """A figure with what the file says: ``count`` rows, whether the value was found again, the verdict and why."""

    asked: Asked
    count: int
    found: bool
    verdict: Literal["ok", "refused", "unsure"]
    reason: str = ""


@dataclass(frozen=True)
class Shown:
    """Figures known already, of the rows that count for ``measure`` of ``variable``."""

    measure: Measure
    variable: str
    cells: tuple[Mapping[str, int], ...]


@dataclass(frozen=True)
class Request:
    """What is asked: ``measure`` of ``variable`` in each cell; ``earlier`` is known, ``secret`` is hidden publicly."""

    measure: Measure
    variable: str
    cells: tuple[Asked, ...]
    earlier: tuple[Shown, ...] = ()
    secret: tuple[Mapping[str, int], ...] = ()


@dataclass(frozen=True)
class _Ground:
    """The rows that count, cut into the smallest parts that any figure can tell apart: atoms."""

    atom: npt.NDArray[np.int64]
    keys: tuple[Mapping[str, int], ...]
    values: Floats
    counts: Floats = field(repr=False)

    def holds(self, conditions: Mapping[str, int]) -> Mask:
        """Return which atoms satisfy conditions."""
        return np.array([all(key.get(name) == code for name, code in conditions.items()) for key in self.keys])

    def contributions(self, conditions: Mapping[str, int]) -> Floats:
        """Return the values of the rows of a cell, largest first."""
        return -np.sort(-self.values[self.holds(conditions)[self.atom]])


def judge_output(table: pl.DataFrame, request: Request, rules: Disclosure) -> list[Judged]:
    """Return a verdict for each figure asked, in order.

    ``table`` is the research file: integers coded, nulls missing, ``poids``. Raises OutputUnreadable.
    """
    ground = _ground(table, request)
    judged = [_alone(ground, cell, request, rules=rules, table=table) for cell in request.cells]
    return _together(ground, judged, request, rules=rules)


def _ground(table: pl.DataFrame, request: Request) -> _Ground:
    shown = [cell.conditions for cell in request.cells]
    shown += [cell for known in request.earlier for cell in known.cells]
    names = sorted({name for conditions in shown for name in conditions})
    unknown = [
        name for name in (*names, *([request.variable] if request.variable else ())) if name not in table.columns
    ]
    if unknown:
        raise OutputUnreadable("le fichier n’a pas cette variable.", got=", ".join(unknown))
    if len(request.cells) > LARGEST:
        raise OutputUnreadable("la table a trop de cases.", got=len(request.cells), expected=f"{LARGEST} au plus")
    rows = table.filter(pl.col(request.variable).is_not_null()) if request.variable else table
    cut = rows.select(pl.col(names).fill_null(-1)) if names else rows.select(_whole=pl.lit(0))
    if cut.height != rows.height:
        cut = pl.DataFrame({"_whole": [0] * rows.height})
    atom = cut.select(pl.struct(pl.all()).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    size = int(atom.max()) + 1 if rows.height else 0
    if size > _ATOMS:
        raise OutputUnreadable("les croisements sont trop nombreux.", got=size, expected=f"{_ATOMS} au plus")
    keys: list[Mapping[str, int]] = [{} for _ in range(size)]
    for place, key in zip(atom.tolist(), cut.iter_rows(named=True), strict=True):
        keys[place] = key
    values = rows[request.variable].cast(pl.Float64).to_numpy() if request.variable else np.ones(rows.height)
    counts = np.bincount(atom, minlength=size).astype(float)
    return _Ground(atom, tuple(keys), np.asarray(values, dtype=float), counts)


def _alone(ground: _Ground, cell: Asked, request: Request, *, rules: Disclosure, table: pl.DataFrame) -> Judged:
    """Judge a figure by itself: enough units, nobody dominates, not a secret of the published tables."""
    values = ground.contributions(cell.conditions)
    count, threshold = len(values), rules.cells.threshold
    judged = Judged(cell, count, _found(cell, request, table), "ok")
    if too_few([count], threshold=threshold)[0]:
        return replace(judged, verdict="refused", reason=f"moins de {threshold} unités")
    if cell.conditions in request.secret:
        return replace(judged, verdict="refused", reason="secret dans un tableau publié")
    if request.measure != "count" and values.sum() > 0:
        top = [*values[:2], 0.0, 0.0][:2]
        if dominated([values.sum()], largest=[top[0]], share=rules.amounts.share)[0]:
            return replace(judged, verdict="refused", reason="une unité fait presque tout le montant")
        if recoverable([values.sum()], largest=[top], percent=rules.amounts.percent)[0]:
            return replace(judged, verdict="refused", reason="une unité peut retrouver le montant d’une autre")
    if not judged.found:
        return replace(judged, verdict="unsure", reason="valeur non retrouvée dans le fichier")
    return judged


def _found(cell: Asked, request: Request, table: pl.DataFrame) -> bool:
    """Tell whether the value is that of the file, weighted or not, to half a per cent."""
    rows = table.filter(pl.lit(True), *(pl.col(name) == code for name, code in cell.conditions.items()))
    if request.variable:
        rows = rows.filter(pl.col(request.variable).is_not_null())
    weights = rows["poids"].to_numpy()
    if request.measure == "count":
        known = [float(rows.height), float(weights.sum())]
    else:
        values = rows[request.variable].cast(pl.Float64).to_numpy()
        known = [float(values.sum()), float((values * weights).sum())]
        if request.measure == "mean":
            known = [known[0] / max(len(values), 1), known[1] / max(float(weights.sum()), 1e-9)]
    return cell.value is not None and any(abs(cell.value - one) <= CLOSE * max(abs(one), 1.0) for one in known)


def _together(ground: _Ground, judged: Sequence[Judged], request: Request, *, rules: Disclosure) -> list[Judged]:
    """Refuse, smallest first, the figures that give a small one away with all that is known."""
    told = list(judged)
    earlier = [ground.holds(cell) for known in request.earlier for cell in known.cells]
    mine = [ground.holds(one.asked.conditions) for one in told]
    while True:
        kept = [place for place, one in enumerate(told) if one.verdict != "refused"]
        guilty = _by_difference(ground, earlier, [mine[place] for place in kept], rules=rules)
        guilty |= _by_equations(
            ground, request, rules=rules, shown=(earlier, [mine[place] for place in kept]), every=mine
        )
        if not guilty:
            return told
        chosen = min((kept[place] for place in guilty), key=lambda place: (told[place].count, place))
        told[chosen] = replace(told[chosen], verdict="refused", reason="donne une petite case par différence")


def _by_difference(ground: _Ground, earlier: Sequence[Mask], kept: Sequence[Mask], *, rules: Disclosure) -> set[int]:
    """Return the kept figures whose difference with another shown one is a small group."""
    found: set[int] = set()
    for place, cell in enumerate(kept):
        for other in (*earlier, *kept):
            for inside, outside in ((cell, other), (other, cell)):
                if not (inside & ~outside).any():
                    rest = ground.counts[outside & ~inside].sum()
                    if 0 < rest < rules.cells.threshold:
                        found.add(place)
    return found


def _by_equations(
    ground: _Ground, request: Request, *, rules: Disclosure, shown: tuple[Sequence[Mask], Sequence[Mask]],
    every: Sequence[Mask],
) -> set[int]:  # fmt: skip
    """Return the kept figures that touch a small part which they let the linear programme find too well."""
    earlier, kept = shown
    if not kept:
        return set()
    hidden = [cell for cell in every if not any(cell is one for one in kept)]
    before = {place for place, _cell in _unsafe(ground, request, rules, known=earlier, hidden=())}
    found: set[int] = set()
    for place, small in _unsafe(ground, request, rules, known=[*earlier, *kept], hidden=hidden):
        if place not in before:
            found |= {number for number, cell in enumerate(kept) if (small & cell).any()}
    return found


def _unsafe(
    ground: _Ground, request: Request, rules: Disclosure, *, known: Sequence[Mask], hidden: Sequence[Mask]
) -> list[tuple[int, Mask]]:
    """Return the atoms, then the hidden cells, that an intruder finds too well: the place and the atoms of each."""
    if not known:
        return []
    atoms = len(ground.keys)
    groups = np.array([*np.eye(atoms, dtype=bool), *hidden, *known])
    secret = np.arange(len(groups)) < len(groups) - len(known)
    equations = np.hstack([-groups[atoms:].astype(float), np.eye(len(groups) - atoms)])
    found: set[int] = set()
    for values, need in _systems(ground, request, rules, groups=groups):
        judged = audit(values, secret, equations=equations, protection=np.where(secret, need, 0.0), every=False)
        found |= set(judged.unsafe.tolist())
    return [(place, groups[place]) for place in sorted(found)]


def _systems(
    ground: _Ground, request: Request, rules: Disclosure, *, groups: npt.NDArray[np.bool_]
) -> list[tuple[Floats, Floats]]:
    """Return the values of every group and how far each must stay uncertain: in rows, and in the variable's unit."""
    counts = groups.astype(float) @ ground.counts
    few = (counts > 0) & (counts < rules.cells.threshold)
    made = [(counts, np.where(few, rules.protection.minimum / 2, 0.0))]
    if request.measure != "count":
        tops = np.zeros((len(groups), 2))
        totals = np.zeros(len(groups))
        for place, group in enumerate(groups):
            values = -np.sort(-ground.values[group[ground.atom]])
            tops[place, : min(len(values), 2)] = values[:2]
            totals[place] = values.sum()
        made.append((totals, percent_protection(totals, largest=tops, percent=rules.amounts.percent)))
    return made
