"""The two tables of the secrecy rows: enterprises by activity and territory, both hierarchical, made from one seed."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

SECTIONS = (3, 5, 24, 1, 4, 3, 3, 5, 2, 6, 3, 1, 7, 6, 1, 1, 3, 4, 3)
"""Divisions in each section of a nomenclature like NAF: 85 divisions, 19 sections."""
REGIONS = (8, 8, 6, 6, 4, 10, 5, 5, 12, 13, 6, 2, 11)
"""Départements in each of thirteen regions: 96."""


@dataclass(frozen=True)
class Table:
    """A table of amounts: one row a cell, its keys, its two largest contributions, and the equations between cells."""

    keys: list[tuple[str, str]]
    values: np.ndarray
    largest: np.ndarray
    counts: np.ndarray
    equations: csr_array
    units: dict[str, np.ndarray]


def instance(name: str) -> Table:
    """Return « S » (activity × region) or « M » (activity × département and region)."""
    fine = name == "M"
    count, skew, spread, seed = (20_000, 1.3, 1.2, 11) if fine else (9_000, 0.99, 1.6, 5)
    rng = np.random.default_rng(seed)
    divisions, departements = sum(SECTIONS), sum(REGIONS)
    activity = rng.choice(divisions, count, p=_shares(divisions, skew, rng))
    place = rng.choice(departements, count, p=_shares(departements, 0.7, rng))
    amount = np.round(rng.lognormal(4.0, spread, count), 2) + 1
    section, region = np.repeat(np.arange(len(SECTIONS)), SECTIONS), np.repeat(np.arange(len(REGIONS)), REGIONS)
    first = [np.char.add("a", np.char.zfill(activity.astype(str), 2)), np.char.add("s", section[activity].astype(str))]
    second = [np.char.add("r", np.char.zfill(region[place].astype(str), 2))]
    if fine:
        second.insert(0, np.char.add("d", np.char.zfill(place.astype(str), 2)))
    above = {f"a{i:02d}": f"s{section[i]}" for i in range(divisions)}
    above |= {f"s{i}": "Total" for i in range(len(SECTIONS))} | {f"r{i:02d}": "Total" for i in range(len(REGIONS))}
    above |= {f"d{i:02d}": f"r{region[i]:02d}" for i in range(departements)}
    units = {"activity": first[0], "place": second[0], "amount": amount}
    return _tabulate(first, second, amount=amount, parent=above.__getitem__, units=units)


def _shares(count: int, skew: float, rng: np.random.Generator) -> np.ndarray:
    sizes = 1 / np.arange(1, count + 1) ** skew
    return rng.permutation(sizes / sizes.sum())


def _tabulate(
    first: list[np.ndarray], second: list[np.ndarray], *, amount: np.ndarray, parent: Callable[[str], str], units: dict
) -> Table:
    whole = np.full(len(amount), "Total")
    cells: dict[tuple[str, str], list[float]] = {}
    for left in (*first, whole):
        for right in (*second, whole):
            for a, b, value in zip(left.tolist(), right.tolist(), amount.tolist(), strict=True):
                cells.setdefault((a, b), []).append(value)
    keys = list(cells)
    tops = np.array([sorted([*found, 0.0], reverse=True)[:2] for found in cells.values()])
    values = np.array([sum(found) for found in cells.values()])
    counts = np.array([len(found) for found in cells.values()])
    return Table(keys, values, tops, counts, _equations(keys, parent), units)


def _equations(keys: list[tuple[str, str]], parent: Callable[[str], str]) -> csr_array:
    place = {key: index for index, key in enumerate(keys)}
    sums: dict[tuple[int, int], list[int]] = {}
    for (a, b), index in place.items():
        if a != "Total":
            sums.setdefault((place[parent(a), b], 0), []).append(index)
        if b != "Total":
            sums.setdefault((place[a, parent(b)], 1), []).append(index)
    rows = [line for line, parts in enumerate(sums.values()) for _ in range(len(parts) + 1)]
    columns = [index for (total, _), parts in sums.items() for index in (total, *parts)]
    signs = [sign for parts in sums.values() for sign in (-1.0, *[1.0] * len(parts))]
    return csr_array((signs, (rows, columns)), shape=(len(sums), len(keys)))
