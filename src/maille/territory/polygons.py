"""The polygon of every commune of today, rebuilt from those of older codes where the package has none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import shapely
from shapely import Geometry, STRtree

from maille.territory.sources import Origin

_SLIVER = 2e-5
"""Holes of less than this area, in square degrees (some 15 hectares), are slivers between two drawings."""

_DRAWN = 2024
"""The package draws the communes of 1 January 2024, plus the déléguées of later ones."""


@dataclass
class Contours:
    """Polygons by commune, and for those that are not simply the package's own, the codes that they come from."""

    polygons: dict[str, Geometry]
    rebuilt: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def table(self, communes: Iterable[str]) -> pl.DataFrame:
        """Return one row a commune: code, status, from_codes."""
        rows = []
        for code in sorted(communes):
            status = "rebuilt" if code in self.rebuilt else "own" if code in self.polygons else "missing"
            rows.append((code, status, " ".join(self.rebuilt.get(code, ())) or self.missing.get(code)))
        return pl.DataFrame(rows, schema=dict.fromkeys(("code", "status", "from_codes"), pl.String), orient="row")


def contours(origin: Origin, communes: pl.DataFrame, codes: pl.DataFrame) -> Contours:
    """Return the polygons of the communes, rebuilt where needed, in degrees (WGS 84).

    Three cases: the package has no polygon for a commune but has those of its old or déléguées communes (union); a
    commune absorbed another one after the package's drawing, which leaves a hole (filled); a commune was cut out of
    another one, whose polygon still holds it (missing, with the code of that polygon).
    """
    own = {row["code"]: row for row in origin.polygons if row["type"] == "COM"}
    found = Contours({str(code): _decoded(row["geometry"]) for code, row in own.items() if row["geometry"]})
    for code in communes.filter(pl.col("zone") != "com")["code"]:
        if code not in found.polygons:
            _rebuild(found, code, origin=origin, codes=codes)
    _fill_holes(found, _absorbed(codes), [_decoded(geometry) for geometry in origin.cantons])
    return found


def _decoded(geometry: str | None) -> Geometry:
    return shapely.from_wkb(bytes.fromhex(geometry or ""))


def _rebuild(found: Contours, code: str, *, origin: Origin, codes: pl.DataFrame) -> None:
    parts = {
        str(row["code"]): _decoded(row["geometry"])
        for row in origin.polygons
        if row["geometry"] and row["type"] != "COM" and code in (row["parent"], row["code"])
    }
    if parts:
        found.polygons[code] = shapely.union_all(list(parts.values()))
        found.rebuilt[code] = tuple(sorted(parts))
        return
    before = codes.filter(pl.col("code") == code, pl.col("commune") != code)["commune"]
    if len(before):
        found.missing[code] = str(before[-1])


def _absorbed(codes: pl.DataFrame) -> dict[str, list[str]]:
    """Return by commune of today the codes that were communes when the polygons were drawn and no longer are."""
    lost = codes.filter(pl.col("kind") == "commune", pl.col("valid_until") >= _DRAWN)["code"].unique()
    led = codes.filter(pl.col("valid_until").is_null(), pl.col("code").is_in(lost), pl.col("code") != pl.col("commune"))
    return {commune: rows["code"].sort().to_list() for (commune,), rows in led.group_by("commune")}


def _fill_holes(found: Contours, absorbed: Mapping[str, list[str]], cantons: Sequence[Geometry]) -> None:
    order = sorted(found.polygons)
    tree = STRtree([found.polygons[code] for code in order])
    open_holes = []
    for hole in _holes(found.polygons.values(), cantons):
        around = [order[i] for i in tree.query(hole, predicate="intersects")]
        if shapely.area(hole) < _SLIVER and around:
            _fill(found, hole, around)
        elif heirs := [code for code in around if code in absorbed]:
            open_holes.append((hole, heirs))
    # A hole with one possible heir comes first, so that the next ones go to the heirs that are still waiting.
    for hole, heirs in sorted(open_holes, key=lambda item: len(item[1])):
        waiting = [code for code in heirs if code not in found.rebuilt]
        heir = _fill(found, hole, waiting or heirs)
        found.rebuilt[heir] = tuple(absorbed[heir])


def _fill(found: Contours, hole: Geometry, candidates: list[str]) -> str:
    shared = {
        code: shapely.length(shapely.intersection(hole, shapely.boundary(found.polygons[code]))) for code in candidates
    }
    heir = max(candidates, key=lambda code: (shared[code], code))
    found.polygons[heir] = shapely.union(found.polygons[heir], hole)
    return heir


def _holes(polygons: Iterable[Geometry], cantons: Iterable[Geometry]) -> list[Geometry]:
    """Return the land without commune: inside the country's outline, or on its edge but inside a canton."""
    land = shapely.union_all(list(polygons))
    outlines = [shapely.polygons(part.exterior) for part in shapely.get_parts(land)]
    holes = shapely.get_parts(shapely.difference(shapely.union_all([*outlines, *cantons]), land))
    return sorted(holes, key=lambda hole: hole.bounds)


def coverage(found: Contours) -> tuple[list[str], np.ndarray]:
    """Return the codes and their polygons as a clean coverage: neighbours share their borders vertex by vertex."""
    order = sorted(found.polygons)
    clean = shapely.coverage_clean([found.polygons[code] for code in order])  # type: ignore[attr-defined]  # shapely 2.2
    return order, np.asarray(clean)
