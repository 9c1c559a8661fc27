"""The attack: all that is published together, and how near it leads to each hidden figure.

Written apart from ``links`` and ``protect``: additions are not taken from a list but found again, from who is in which
domain. A domain is a sum of atoms, sets of units that no domain tells apart; an identity between indicators holds in
every atom; the rest is what rounding leaves open.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from maille.analyse.intruder import Figure, Identity, Public, figures, whole
from maille.analyse.participation import COUNTS
from maille.specs import TOTAL
from maille.stats.audit import intervals

Report = Callable[[str, int, int], None]

LOOSENINGS = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""By how much the weighted size of a domain may differ from the known one: the first that contradicts nothing."""


@dataclass(frozen=True)
class Finding:
    """How near the intruder comes to a hidden figure: between ``low`` and ``high``, where ``needed`` apart was due."""

    cell: str
    low: float
    high: float
    needed: float

    def as_dict(self) -> dict[str, object]:
        """Return the finding for a program; ``high`` is null without limit."""
        high = float(self.high) if np.isfinite(self.high) else None
        return {
            "cell": self.cell,
            "low": float(self.low),
            "high": high,
            "needed": float(self.needed),
            "broken": self.broken,
        }

    @property
    def broken(self) -> bool:
        """Say whether the figure is known too well."""
        return bool(self.high - self.low < self.needed * (1 - 1e-6))


def attack(tables: Sequence[pl.DataFrame], public: Public, report: Report = lambda *_: None) -> list[Finding]:
    """Return the nearest that the intruder comes to each hidden figure of ``tables``, the most broken first.

    ``tables`` are published cells, or the published participation; nothing secret is read. A hidden share must stay
    uncertain by ``protection.minimum`` units of average size, or by the whole domain when it is smaller; an amount by
    ``amounts.percent`` of the least that it can be. Figures without additions (medians, ratios, shares among some
    units only) are not narrowed by anything.
    """
    cells = [table for table in tables if "indicator" in table.columns]
    parts = [table for table in tables if "responded" in table.columns]
    systems = [*_systems(cells, public)]
    count = len(systems) + len(parts)
    found: list[Finding] = []
    for done, (identities, system) in enumerate(systems):
        report(f"Attaquer {system[0].indicator}", done, count)
        found += _narrowed(system, identities, public)
    for done, table in enumerate(parts):
        report("Attaquer la participation", len(systems) + done, count)
        found += _participation(table, public)
    report("", count, count)
    return sorted(found, key=lambda one: ((one.high - one.low) / max(one.needed, 1e-12), one.cell))


def _systems(tables: Sequence[pl.DataFrame], public: Public) -> Iterator[tuple[list[Identity], list[Figure]]]:
    """Yield the figures that additions bind, of one measure, and the identities between their indicators."""
    for universe, known in figures(tables, public):
        names = {figure.indicator for figure in known}
        stated = [
            (total, parts)
            for total, parts in public.identities(universe)
            if names.issuperset(parts) and (total == TOTAL or total in names)
        ]
        for group in _tied(names, stated):
            system = [figure for figure in known if figure.indicator in group]
            yield [one for one in stated if one[1][0] in group], system + (whole(system) if TOTAL in group else [])


def _tied(names: set[str], identities: Sequence[Identity]) -> list[set[str]]:
    groups = [{name} for name in sorted(names)]
    for total, parts in identities:
        joined = [group for group in groups if group & {total, *parts}]
        groups = [group for group in groups if group not in joined] + [{total}.union(*joined)]
    return groups


def _narrowed(system: list[Figure], identities: Sequence[Identity], public: Public) -> Iterator[Finding]:
    """Solve one system: unknowns are the figures, then the total of each indicator in each atom."""
    hidden = np.array([figure.hidden for figure in system])
    if not hidden.any():
        return
    equations = _equations(system, identities)
    free = np.zeros(equations.shape[1] - len(system))
    goals = np.concatenate([hidden, np.zeros(len(free), dtype=bool)])
    low, high = np.array([[figure.low, figure.high] for figure in system]).T
    reached = None
    for loose in LOOSENINGS:
        least, most = (
            np.minimum(low * (1 - loose), low * (1 + loose)),
            np.maximum(high * (1 - loose), high * (1 + loose)),
        )
        least, most = np.concatenate([least, free + min(float(low.min()), 0.0)]), np.concatenate([most, free + np.inf])
        reached = intervals(equations, least=least, most=most, goals=goals)
        if reached is not None:
            break
    # Figures that contradict one another whatever is supposed lead nowhere.
    low, high = (low, high) if reached is None else (reached[0], reached[1])
    for place in np.flatnonzero(hidden).tolist():
        yield Finding(
            system[place].name, float(low[place]), float(high[place]), _needed(system[place], low[place], public)
        )


def _needed(figure: Figure, low: float, public: Public) -> float:
    if np.isfinite(figure.high):
        average = figure.size / max(int(figure.units.sum()), 1)
        return min(public.rules.protection.minimum * average, figure.size)
    return public.rules.amounts.percent / 100 * max(low, 0.0)


def _equations(system: list[Figure], identities: Sequence[Identity]) -> csr_array:
    domains = {figure.domain: figure.units for figure in system}
    atoms = dict(zip(domains, _atoms(np.array([*domains.values()])), strict=True))
    names = {name: place for place, name in enumerate(dict.fromkeys(figure.indicator for figure in system))}
    width = len(next(iter(atoms.values())))
    start = {name: len(system) + place * width for name, place in names.items()}
    lines = [
        {place: -1.0, **dict.fromkeys((start[figure.indicator] + np.flatnonzero(atoms[figure.domain])).tolist(), 1.0)}
        for place, figure in enumerate(system)
    ]
    lines += [
        {start[total] + atom: -1.0, **{start[part] + atom: 1.0 for part in parts}}
        for total, parts in identities
        for atom in range(width)
    ]
    return _sparse(lines, len(system) + len(names) * width)


def _atoms(units: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the distinct columns of who (N) is in which domain (d, N)."""
    packed = np.ascontiguousarray(np.packbits(units, axis=0).T)
    _, first = np.unique(packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_index=True)
    return np.asarray(units[:, first])


def _sparse(lines: Sequence[Mapping[int, float]], width: int) -> csr_array:
    rows = [row for row, line in enumerate(lines) for _ in line]
    columns = [column for line in lines for column in line]
    signs = [sign for line in lines for sign in line.values()]
    return csr_array((signs, (rows, columns)), shape=(len(lines), width))


def _participation(table: pl.DataFrame, public: Public) -> Iterator[Finding]:
    """Narrow the hidden numbers of communes drawn, answering and silent, that territories add up."""
    rows = table.with_columns(silent=pl.col("sampled") - pl.col("responded"))
    values = rows.select(COUNTS).cast(pl.Float64).to_numpy().ravel()
    hidden = np.isnan(values)
    frame = public.frames["communes"]
    most = np.repeat([_communes(row, frame) for row in rows.iter_rows(named=True)], len(COUNTS)).astype(float)
    reached = intervals(
        _sparse([*_territories(rows)], len(values)),
        least=np.where(hidden, 0.0, values),
        most=np.where(hidden, most, values),
        goals=hidden,
    )
    if reached is None:
        return
    for place in np.flatnonzero(hidden).tolist():
        name = f"participation, {rows['level'][place // 3]} {rows['code'][place // 3]}, {COUNTS[place % 3]}"
        needed = min(float(public.rules.protection.minimum), float(most[place]))
        yield Finding(name, float(reached[0][place]), float(reached[1][place]), needed)


def _communes(row: Mapping[str, object], frame: pl.DataFrame) -> int:
    level = str(row["level"])
    return frame.filter(pl.col(level) == row["code"]).height if level in frame.columns else frame.height


def _territories(rows: pl.DataFrame) -> Iterator[dict[int, float]]:
    """Yield drawn = answering + silent, a région the sum of its départements, the country that of its régions."""
    levels, regions = rows["level"].to_numpy(), rows["region"].to_numpy()
    for place, level in enumerate(levels):
        yield {3 * place: -1.0, 3 * place + 1: 1.0, 3 * place + 2: 1.0}
        below: npt.NDArray[np.bool_] = levels == ("region" if level == "ensemble" else "departement")
        if level == "region":
            below = below & (regions == regions[place])
        for count in range(len(COUNTS) if level != "departement" and below.any() else 0):
            yield {3 * place + count: -1.0, **{3 * int(part) + count: 1.0 for part in np.flatnonzero(below)}}
