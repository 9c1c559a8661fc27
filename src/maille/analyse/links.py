"""Which published numbers add up to which others: what an intruder can subtract."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from maille.specs import TOTAL, Publication
from maille.specs.quotient import Quotient

Place = tuple[str | None, str | None]
Key = tuple[str, str, int, int | None, str | None, str | None]

UNADDED = "median"


@dataclass(frozen=True)
class Links:
    """Cells linked together: ``position`` of each key, and the equations (m, n) whose product with the cells is zero.

    ``unseen`` are the cells that stand in an equation and in no table. A key is (universe, indicator, lower, upper,
    région, département), without région for the country: the same domain is the same cell in whatever table it stands.
    """

    position: Mapping[Key, int]
    equations: csr_array
    unseen: frozenset[Key] = frozenset()

    def among(self, keys: Collection[Key]) -> npt.NDArray[np.bool_]:
        """Return which cells (n,) have one of these keys."""
        return np.array([key in keys for key in self.position], dtype=bool)


def key_of(row: Mapping[str, object]) -> Key:
    """Return the key of a cell of the estimates."""
    names = ("universe", "indicator", "lower", "upper", "region", "departement")
    return tuple(row[name] for name in names)  # type: ignore[return-value]


def link(
    cells: pl.DataFrame,
    publications: Sequence[Publication],
    *,
    frames: Mapping[str, pl.DataFrame] | None = None,
    divided: Sequence[Quotient] = (),
) -> Links:
    """Return the links between the cells of one measure, all tables together.

    Three kinds of additions: a size interval is the sum of the intervals that tile it, whatever schemes they come from;
    a région is the sum of its départements and the country that of its régions, in every size interval; an indicator is
    the sum of its parts, as the tables' identities say. Medians do not add up. With ``frames``, the units of each
    universe, a territory is a part of the size bands of its communes, the rest being in no table. A mean or a ratio is
    the total that it divides, in the same unit, when ``divided`` says that both are published.
    """
    keys = list(dict.fromkeys(key_of(row) for row in cells.iter_rows(named=True)))
    adding = list(dict.fromkeys(key_of(row) for row in cells.iter_rows(named=True) if row["kind"] != UNADDED))
    rests = {
        rest: equation
        for universe, frame in (frames or {}).items()
        for rest, equation in _inside([key for key in adding if key[0] == universe], frame)
    }
    equations = [*_size_sums(adding), *_place_sums(adding), *_identities(adding, publications), *rests.values()]
    equations += _same_totals(adding, divided)
    keys = list(dict.fromkeys([*keys, *(key for equation in equations for key in equation)]))
    position = {key: place for place, key in enumerate(keys)}
    rows, columns, values = [], [], []
    for line, equation in enumerate(equations):
        for key, sign in equation.items():
            rows.append(line)
            columns.append(position[key])
            values.append(sign)
    return Links(
        position, csr_array((values, (rows, columns)), shape=(len(equations), len(keys)), dtype=float), frozenset(rests)
    )


def _size_sums(keys: Sequence[Key]) -> Iterator[dict[Key, float]]:
    intervals: dict[tuple[str, str, str | None, str | None], list[tuple[int, int | None]]] = {}
    for universe, indicator, lower, upper, *place in keys:
        intervals.setdefault((universe, indicator, place[0], place[1]), []).append((lower, upper))
    for (universe, indicator, *place), found in intervals.items():
        for whole in found:
            for parts in _tilings(whole, found):
                equation: dict[Key, float] = {(universe, indicator, *part, place[0], place[1]): 1.0 for part in parts}
                yield {**equation, (universe, indicator, *whole, place[0], place[1]): -1.0}


def _place_sums(keys: Sequence[Key]) -> Iterator[dict[Key, float]]:
    """Yield the additions between nested territories, wherever all the parts that exist stand beside the whole.

    Where départements are published without their régions, the country is the sum of them all.
    """
    places: dict[tuple[str, str, int, int | None], set[Place]] = {}
    for universe, indicator, lower, upper, region, departement in keys:
        places.setdefault((universe, indicator, lower, upper), set()).add((region, departement))
    for cell, found in places.items():
        for whole, parts in _nested(found):
            if parts and whole in found:
                equation: dict[Key, float] = {(*cell, *part): 1.0 for part in sorted(parts)}
                yield {**equation, (*cell, *whole): -1.0}


def _inside(keys: Sequence[Key], frame: pl.DataFrame) -> Iterator[tuple[Key, dict[Key, float]]]:
    """Yield, for a territory that some size bands hold whole, the rest of these bands, and the addition."""
    sizes = limits(frame)
    bands: dict[tuple[str, str], list[tuple[int, int | None]]] = {}
    for universe, indicator, lower, upper, region, _ in keys:
        if region is None:
            bands.setdefault((universe, indicator), []).append((lower, upper))
    for universe, indicator, lower, upper, region, departement in keys:
        if (lower, upper) != (0, None) or (region, departement) not in sizes:
            continue
        least, most = sizes[region, departement]
        for number, tiles in enumerate(_tilings((0, None), bands.get((universe, indicator), []))):
            cover = [tile for tile in tiles if tile[0] <= most and least < end_of(tile)]
            if len(cover) < len(tiles):
                rest: Key = (universe, f"{indicator} ailleurs {number}", 0, None, region, departement)
                whole: dict[Key, float] = {(universe, indicator, *tile, None, None): 1.0 for tile in cover}
                yield rest, {**whole, (universe, indicator, 0, None, region, departement): -1.0, rest: -1.0}


def limits(frame: pl.DataFrame) -> dict[Place, tuple[int, int]]:
    """Return the smallest and the largest commune of each région and département of a frame, in inhabitants."""
    sizes = pl.col("population").min().alias("least"), pl.col("population").max().alias("most")
    nested = (frame.group_by(by).agg(*sizes) for by in (["region"], ["region", "departement"]))
    return {
        (row["region"], row.get("departement")): (row["least"], row["most"])
        for rows in nested
        for row in rows.iter_rows(named=True)
    }


def _nested(found: set[Place]) -> Iterator[tuple[Place, set[Place]]]:
    regions = {place for place in found if place[0] is not None and place[1] is None}
    departements = {place for place in found if place[1] is not None}
    yield (None, None), regions or departements
    for region in sorted(regions, key=str):
        yield region, {place for place in departements if place[0] == region[0]}


def _tilings(
    whole: tuple[int, int | None], found: Sequence[tuple[int, int | None]]
) -> Iterator[list[tuple[int, int | None]]]:
    """Yield the finest and the coarsest tilings of an interval by others that are strictly inside it."""
    inside = [part for part in found if part != whole and part[0] >= whole[0] and end_of(part) <= end_of(whole)]
    tilings = []
    for choose in (min, max):
        tiles: list[tuple[int, int | None]] = []
        start: float = whole[0]
        while start != end_of(whole):
            candidates = [part for part in inside if part[0] == start]
            if not candidates:
                break
            tiles.append(choose(candidates, key=end_of))
            start = end_of(tiles[-1])
        if start == end_of(whole) and tiles and tiles not in tilings:
            tilings.append(tiles)
            yield tiles


def end_of(interval: tuple[int, int | None]) -> float:
    """Return the upper bound of an interval of sizes, infinite where it has none."""
    return float("inf") if interval[1] is None else interval[1]


def _same_totals(keys: Sequence[Key], divided: Sequence[Quotient]) -> Iterator[dict[Key, float]]:
    known = set(keys)
    for quotient in divided:
        for universe, indicator, *domain in keys:
            top: Key = (universe, quotient.top, *domain)  # type: ignore[assignment]
            if (universe, indicator) == (quotient.universe, quotient.rate) and top in known:
                yield {top: 1.0, (universe, indicator, *domain): -1.0}  # type: ignore[dict-item]


def divided_by(keys: Collection[Key], divided: Sequence[Quotient]) -> set[Key]:
    """Return the means and ratios of the same domains that some cells divide: with the totals, they would give them."""
    return {
        (quotient.universe, quotient.rate, *key[2:])
        for quotient in divided
        for key in keys
        if key[:2] == (quotient.universe, quotient.bottom)
    }


def _identities(keys: Sequence[Key], publications: Sequence[Publication]) -> Iterator[dict[Key, float]]:
    """Yield the additions between indicators; ``ensemble``, all units of the domain, becomes a cell that all know."""
    known = set(keys)
    stated = dict.fromkeys(
        (publication.universe, identity.total, identity.parts)
        for publication in publications
        for identity in publication.identities
    )
    for universe, total, parts in stated:
        for domain in dict.fromkeys(key[2:] for key in keys if key[0] == universe):
            wanted: list[Key] = [(universe, part, *domain) for part in parts]
            whole: Key = (universe, total, *domain)
            if known.issuperset(wanted) and (total == TOTAL or whole in known):
                yield {**dict.fromkeys(wanted, 1.0), whole: -1.0}
