"""Which published numbers add up to which others: what an intruder can subtract."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from scipy.sparse import csr_array

from maille.specs import TOTAL, Publication

Key = tuple[str, str, int, int | None]


@dataclass(frozen=True)
class Links:
    """Cells linked together: ``position`` of each key, and the equations (m, n) whose product with the cells is zero.

    A key is (universe, indicator, lower, upper): the same size interval is the same cell in whatever table it stands.
    """

    position: Mapping[Key, int]
    equations: csr_array


def key_of(row: Mapping[str, object]) -> Key:
    """Return the key of a cell of the estimates."""
    return row["universe"], row["indicator"], row["lower"], row["upper"]  # type: ignore[return-value]


def link(cells: pl.DataFrame, publications: Sequence[Publication]) -> Links:
    """Return the links between the cells of one measure, all tables together.

    Two kinds of additions: a size interval is the sum of the intervals that tile it, whatever schemes they come from;
    an indicator is the sum of its parts, as the tables' identities say.
    """
    keys = list(dict.fromkeys(key_of(row) for row in cells.iter_rows(named=True)))
    equations = [*_size_sums(keys), *_identities(keys, publications)]
    keys = list(dict.fromkeys([*keys, *(key for equation in equations for key in equation)]))
    position = {key: place for place, key in enumerate(keys)}
    rows, columns, values = [], [], []
    for line, equation in enumerate(equations):
        for key, sign in equation.items():
            rows.append(line)
            columns.append(position[key])
            values.append(sign)
    return Links(position, csr_array((values, (rows, columns)), shape=(len(equations), len(keys)), dtype=float))


def _size_sums(keys: Sequence[Key]) -> Iterator[dict[Key, float]]:
    intervals: dict[tuple[str, str], list[tuple[int, int | None]]] = {}
    for universe, indicator, lower, upper in keys:
        intervals.setdefault((universe, indicator), []).append((lower, upper))
    for (universe, indicator), found in intervals.items():
        for whole in found:
            for parts in _tilings(whole, found):
                equation = {(universe, indicator, *part): 1.0 for part in parts}
                yield {**equation, (universe, indicator, *whole): -1.0}


def _tilings(
    whole: tuple[int, int | None], found: Sequence[tuple[int, int | None]]
) -> Iterator[list[tuple[int, int | None]]]:
    """Yield the finest and the coarsest tilings of an interval by others that are strictly inside it."""
    inside = [part for part in found if part != whole and part[0] >= whole[0] and _end(part) <= _end(whole)]
    tilings = []
    for choose in (min, max):
        tiles: list[tuple[int, int | None]] = []
        start: float = whole[0]
        while start != _end(whole):
            candidates = [part for part in inside if part[0] == start]
            if not candidates:
                break
            tiles.append(choose(candidates, key=_end))
            start = _end(tiles[-1])
        if start == _end(whole) and tiles and tiles not in tilings:
            tilings.append(tiles)
            yield tiles


def _end(interval: tuple[int, int | None]) -> float:
    return float("inf") if interval[1] is None else interval[1]


def _identities(keys: Sequence[Key], publications: Sequence[Publication]) -> Iterator[dict[Key, float]]:
    """Yield the additions between indicators; ``ensemble``, all units of the domain, becomes a cell that all know."""
    known = set(keys)
    stated = dict.fromkeys(
        (publication.universe, identity.total, identity.parts)
        for publication in publications
        for identity in publication.identities
    )
    for universe, total, parts in stated:
        for interval in dict.fromkeys(key[2:] for key in keys if key[0] == universe):
            wanted = [(universe, part, *interval) for part in parts]
            whole = (universe, total, *interval)
            if known.issuperset(wanted) and (total == TOTAL or whole in known):
                yield {**dict.fromkeys(wanted, 1.0), whole: -1.0}
