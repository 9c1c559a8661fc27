"""The attack: all that is published together, and how near it leads to each hidden figure.

Written apart from ``links`` and ``protect``: additions are not taken from a list but found again, from who is in which
domain. A domain is a sum of atoms, sets of units that no domain tells apart; an identity between indicators holds in
every atom; a difference of two shares ties their domains; the rest is what rounding leaves open.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from maille.analyse.attack_counts import narrowed_counts, narrowed_outcomes, sparse
from maille.analyse.clues import QUALITY, of_kind, read
from maille.analyse.intruder import Figure, Gap, Identity, Public, Scope, whole
from maille.analyse.memory import remembered
from maille.analyse.quotient_clues import divided
from maille.specs import TOTAL
from maille.specs.quotient import quotients
from maille.stats.audit import intervals

Report = Callable[[str, int, int], None]
Reason = Literal["secret", "cover", "unknown"]

LOOSENINGS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""By how much the weighted size of a domain may differ from the known one: the first that contradicts nothing."""

UNEVEN = 0.05
"""By how much variances of parts may differ from that of their whole: 1 % for size bands, 5 % for régions, measured."""


@dataclass(frozen=True)
class Finding:
    """How near the intruder comes to a hidden figure: between ``low`` and ``high``, where ``needed`` apart was due.

    ``given`` names the publication that shows outright what another hides, nothing when the limits are worked out. The
    intruder cannot tell why a figure is hidden; whoever judges can: secret by itself, which is supposed, to ``cover``
    others, and then nothing is due to it, or ``unknown``. Everybody knew that it is from ``least`` to ``most``, of a
    ``total`` or in the figure's own unit; ``pierced`` says that what was found leaves out a part of the interval that
    protects the true figure.
    """

    cell: str
    low: float
    high: float
    needed: float
    given: str = ""
    least: float = 0.0
    most: float = float("inf")
    total: bool = True
    reason: Reason = "secret"
    pierced: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return the finding for a program; ``high`` is null without limit, ``broken`` where nobody can tell."""
        high = float(self.high) if np.isfinite(self.high) else None
        unsure = self.reason == "unknown" and self.narrowed and not self.given
        return {
            "cell": self.cell,
            "low": float(self.low),
            "high": high,
            "needed": float(self.needed),
            "given": self.given or None,
            "reason": self.reason,
            "narrowed": self.narrowed,
            "broken": None if unsure else self.broken,
        }

    @property
    def narrowed(self) -> bool:
        """Say whether the figure is known better than a secret may be."""
        return bool(self.given) or self.pierced or bool(self.high - self.low < self.needed * (1 - 1e-6))

    @property
    def broken(self) -> bool:
        """Say whether a secret is known too well, or a figure that one publication hides shown by another."""
        return bool(self.given) or (self.reason == "secret" and self.narrowed)

    @property
    def nearness(self) -> tuple[bool, float, str]:
        """Return what findings are sorted by: those given outright, then the narrowest for what was due."""
        return not self.given, (self.high - self.low) / max(self.needed, 1e-12), self.cell


@dataclass(frozen=True)
class _System:
    """Figures that additions and differences tie together, and the identities between their indicators."""

    figures: list[Figure]
    identities: list[Identity]
    gaps: list[Gap]


def attack(
    tables: Sequence[pl.DataFrame],
    public: Public,
    report: Report = lambda *_: None,
    *,
    earlier: Mapping[str, Sequence[pl.DataFrame]] | None = None,
) -> list[Finding]:
    """Return the nearest that the intruder comes to each hidden figure of ``tables``, the most broken first.

    ``tables`` are what is published now: cells, evolutions, crossings with their classes, participation, quality;
    ``earlier`` the same by earlier version, which readers kept. Nothing secret is read. A hidden share must stay
    uncertain by ``protection.minimum`` units of average size, or by the whole domain when it is smaller; an amount by
    ``amounts.percent`` of the least that it can be, nothing where nobody (or everybody) is found and the rules publish
    that; no publication may show what another hides. Figures without additions (medians, ratios, shares among some
    units) are narrowed by their precision, by other publications, and by the total that they divide.
    """
    versions = [list(tables), *(list(kept) for kept in (earlier or {}).values())]
    readings = remembered([read(kept, public) for kept in versions], ["", *(earlier or {})])
    for reading in readings:
        divided(reading, quotients(public.indicators))
    scopes = [scope for reading in readings for scope in reading.values()]
    for scope in scopes:
        _erred(scope)
    systems = [system for scope in scopes if scope.adds for system in _systems(scope, public)]
    count = len(systems) + 1
    alone = [figure for scope in scopes if not scope.adds for figure in scope.figures.values()]
    found = [_found(figure, public, total=False) for figure in alone if figure.hidden]
    for done, system in enumerate(systems):
        report(f"Attaquer {system.figures[0].indicator}", done, count)
        found += _narrowed(system, public)
    report("Attaquer la participation", len(systems), count)
    for name, low, high, needed in narrowed_counts(versions, public):
        found.append(Finding(name, low, high, needed))
    for kept in versions:
        found += [Finding(*told) for told in narrowed_outcomes(of_kind(kept, QUALITY), public)]
    report("", count, count)
    return _narrowest(found)


def _erred(scope: Scope) -> None:
    """Narrow the hidden amounts of a scope by the errors of the others: none is less than its own error.

    Variances add up as totals do, to ``UNEVEN`` of them; so what is left of an error belongs to what is hidden. A total
    of amounts that are never negative, some respondents having one, has an error that is at most itself.
    """
    for indicator in {figure.indicator for figure in scope.figures.values() if figure.hidden and scope.errors}:
        figures = [figure for figure in scope.figures.values() if figure.indicator == indicator]
        told = [scope.errors.get(figure.name, (0.0, np.inf)) for figure in figures]
        squares = [(low**2 * (1 - UNEVEN), high**2 * (1 + UNEVEN)) for low, high in told]
        system = _System(
            [replace(one, low=low, high=high) for one, (low, high) in zip(figures, squares, strict=True)], [], []
        )
        equations = _equations(system)
        least, most = np.zeros(equations.shape[1]), np.full(equations.shape[1], np.inf)
        least[: len(figures)], most[: len(figures)] = np.array(squares).T
        goals = np.arange(len(least)) < len(figures)
        goals[: len(figures)] = [figure.hidden for figure in figures]
        reached = intervals(equations, least=least, most=most, goals=goals)
        for figure, low in zip(figures, [] if reached is None else np.sqrt(np.maximum(reached[0], 0.0)), strict=False):
            if figure.hidden and not figure.shown:
                scope.figures[figure.name] = figure.narrowed(float(low), np.inf)


def _narrowest(found: Sequence[Finding]) -> list[Finding]:
    """Return one finding a figure: several versions may have hidden it, and all that they leave holds together."""
    best: dict[str, Finding] = {}
    for one in sorted(found, key=lambda one: one.nearness):
        best.setdefault(one.cell, one)
    return list(best.values())


def _systems(scope: Scope, public: Public) -> Iterator[_System]:
    """Yield the figures that additions bind, of one measure, and the identities between their indicators."""
    known = list(scope.figures.values())
    names = {figure.indicator for figure in known}
    stated = [
        (total, parts)
        for total, parts in public.identities(scope.universe)
        if names.issuperset(parts) and (total == TOTAL or total in names)
    ]
    for group in _tied(names, stated):
        figures = [figure for figure in known if figure.indicator in group]
        mine = {figure.name for figure in figures}
        yield _System(
            figures + (whole(figures) if TOTAL in group else []),
            [one for one in stated if one[1][0] in group],
            [gap for gap in scope.gaps if gap.later in mine],
        )


def _tied(names: set[str], identities: Sequence[Identity]) -> list[set[str]]:
    groups = [{name} for name in sorted(names)]
    for total, parts in identities:
        joined = [group for group in groups if group & {total, *parts}]
        groups = [group for group in groups if group not in joined] + [{total}.union(*joined)]
    return groups


def _narrowed(system: _System, public: Public) -> Iterator[Finding]:
    """Solve one system: unknowns are the figures, the total of each indicator in each atom, then the differences."""
    hidden = np.array([figure.hidden for figure in system.figures])
    if not hidden.any():
        return
    equations = _equations(system)
    low, high = np.array([[figure.low, figure.high] for figure in system.figures]).T
    reached = None
    for loose in LOOSENINGS:
        least, most = _limits(system, equations.shape[1], low=low, high=high, loose=loose)
        goals = np.concatenate([hidden, np.zeros(len(least) - len(hidden), dtype=bool)])
        reached = intervals(equations, least=least, most=most, goals=goals)
        if reached is not None:
            break
    # Figures that contradict one another whatever is supposed lead nowhere.
    low, high = (low, high) if reached is None else (reached[0], reached[1])
    for place in np.flatnonzero(hidden).tolist():
        figure = replace(system.figures[place], low=float(low[place]), high=float(high[place]))
        yield _found(figure, public)


def _found(figure: Figure, public: Public, *, total: bool = True) -> Finding:
    """Return how near the limits of a figure come to it."""
    needed = 0.0 if _said(figure, public) else _needed(figure, public)
    known = figure.size if figure.share else float("inf")
    return Finding(figure.name, figure.low, figure.high, needed, figure.shown, most=known, total=total)


def _limits(
    system: _System, count: int, *, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64], loose: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    atoms = np.zeros(count - len(low) - len(system.gaps))
    scales = np.array([_scale(system, gap) for gap in system.gaps])
    apart = np.array([[gap.low, gap.high] for gap in system.gaps]).reshape(-1, 2).T
    least = [np.minimum(low * (1 - loose), low * (1 + loose)), atoms + min(float(low.min()), 0.0)]
    most = [np.maximum(high * (1 - loose), high * (1 + loose)), atoms + np.inf]
    least.append(scales * (apart[0] - 2 * loose))
    most.append(scales * (apart[1] + 2 * loose))
    return np.concatenate(least), np.concatenate(most)


def _scale(system: _System, gap: Gap) -> float:
    return min(figure.size for figure in system.figures if figure.name in (gap.later, gap.earlier))


def _said(figure: Figure, public: Public) -> bool:
    """Say whether nobody, or everybody, is all that is found, where the rules publish that."""
    groups, slack = public.rules.groups, 1e-6 * max(figure.size, 1.0)
    if figure.share and groups.everybody == "publish" and figure.low >= figure.size - slack:
        return figure.high <= figure.size + slack
    return groups.zeros == "publish" and -slack <= figure.low and figure.high <= slack


def _needed(figure: Figure, public: Public) -> float:
    if figure.share:
        average = figure.size / max(int(figure.units.sum()), 1)
        return min(public.rules.protection.minimum * average, figure.size)
    return public.rules.amounts.percent / 100 * max(figure.low, 0.0)


def _equations(system: _System) -> csr_array:
    figures = system.figures
    domains = {figure.domain: figure.units for figure in figures}
    atoms = dict(zip(domains, _atoms(np.array([*domains.values()])), strict=True))
    names = {name: place for place, name in enumerate(dict.fromkeys(figure.indicator for figure in figures))}
    width = len(next(iter(atoms.values())))
    start = {name: len(figures) + place * width for name, place in names.items()}
    lines = [
        {place: -1.0, **dict.fromkeys((start[figure.indicator] + np.flatnonzero(atoms[figure.domain])).tolist(), 1.0)}
        for place, figure in enumerate(figures)
    ]
    lines += [
        {start[total] + atom: -1.0, **{start[part] + atom: 1.0 for part in parts}}
        for total, parts in system.identities
        for atom in range(width)
    ]
    places = {figure.name: place for place, figure in enumerate(figures)}
    first = len(figures) + len(names) * width
    for number, gap in enumerate(system.gaps):
        scale, later, earlier = _scale(system, gap), places[gap.later], places[gap.earlier]
        ends = {later: scale / figures[later].size, earlier: -scale / figures[earlier].size}
        lines.append({**ends, first + number: -1.0})
    return sparse(lines, width=first + len(system.gaps))


def _atoms(units: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the distinct columns of who (N) is in which domain (d, N)."""
    packed = np.ascontiguousarray(np.packbits(units, axis=0).T)
    _, first = np.unique(packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_index=True)
    return np.asarray(units[:, first])
