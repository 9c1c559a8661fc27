"""What larger cells already say of a small one: where everybody answers alike, each part does.

« 100 % of the communes of 10,000 inhabitants or more » says it of Paris, which makes a département alone. To hide Paris
would ask to hide the country's figure too, and would hide nothing.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from maille.analyse.links import Key, end_of, key_of, limits
from maille.specs import Disclosure

Said = Mapping[Key, frozenset[Key]]
"""The cells that say everything of a smaller one, by the key of that one."""


def said(cells: pl.DataFrame, rules: Disclosure, frames: Mapping[str, pl.DataFrame]) -> Said:
    """Return the territories of which size bands say everything, with these bands.

    ``cells`` are estimates of one measure, ``frames`` the units of each universe. It is so where all the communes of a
    territory are in bands of which the respondents, as many as the rules ask, all answer as those of the territory do,
    and the rules publish that everybody, or nobody, does.
    """
    shares = cells.filter(pl.col("kind") == "share")
    found: dict[Key, frozenset[Key]] = {}
    for universe, frame in frames.items():
        rows = {key_of(row): row for row in shares.filter(pl.col("universe") == universe).iter_rows(named=True)}
        alike = {key: answer for key, row in rows.items() if (answer := _answer(row, rules)) is not None}
        bands = {key for key in alike if key[4] is None and rows[key]["respondents"] >= rules.cells.threshold}
        found |= dict(_covered(alike, bands, limits(frame)))
    return found


def _answer(row: Mapping[str, object], rules: Disclosure) -> bool | None:
    """Return what everybody answers in a cell, None where answers differ or where the rules keep it back."""
    yes, respondents = row["yes"], row["respondents"]
    if yes == 0 and rules.groups.zeros == "publish":
        return False
    return True if yes == respondents and rules.groups.everybody == "publish" else None


def _covered(
    alike: Mapping[Key, bool], bands: set[Key], sizes: Mapping[tuple[str | None, str | None], tuple[int, int]]
) -> Iterator[tuple[Key, frozenset[Key]]]:
    tiles: dict[str, list[tuple[int, int | None]]] = {}
    for _, indicator, lower, upper, *_ in bands:
        tiles.setdefault(indicator, []).append((lower, upper))
    for key, answer in alike.items():
        universe, indicator, lower, upper, *place = key
        territory = sizes.get((place[0], place[1]))
        if territory is None or (lower, upper) != (0, None):
            continue
        same = [tile for tile in tiles.get(indicator, []) if alike[universe, indicator, *tile, None, None] == answer]
        cover = _cover(same, territory)
        if cover:
            yield key, frozenset((universe, indicator, *tile, None, None) for tile in cover)


def _cover(tiles: Sequence[tuple[int, int | None]], sizes: tuple[int, int]) -> Sequence[tuple[int, int | None]]:
    """Return tiles that hold, end to end, the smallest to the largest commune; nothing when none do."""
    start, most = sizes
    chosen: list[tuple[int, int | None]] = []
    while tile := max((tile for tile in tiles if tile[0] <= start < end_of(tile)), key=end_of, default=None):
        chosen.append(tile)
        if most < end_of(tile):
            return chosen
        start = int(end_of(tile))
    return []
