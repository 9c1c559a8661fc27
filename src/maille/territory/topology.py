"""Write a coverage as TopoJSON: rounded to a grid, each border between two neighbours stored once.

The format is that of « The TopoJSON Format Specification » (M. Bostock and C. Metcalf, version 1.0.0).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import shapely
from shapely import Geometry

Point = tuple[int, int]
Ring = list[Point]
_SMALLEST_RING = 3


@dataclass(frozen=True)
class Layer:
    """Shapes of one level: codes, names and polygons, in the same order."""

    codes: Sequence[str]
    names: Sequence[str]
    polygons: Sequence[Geometry]


@dataclass
class _Arcs:
    """The borders met so far, numbered in the order of their first use."""

    junctions: set[Point]
    arcs: list[Ring] = field(default_factory=list)
    known: dict[tuple[Point, ...], int] = field(default_factory=dict)

    def references(self, ring: Ring) -> list[int]:
        """Return the numbers of the arcs that make a ring, complemented where they run backwards."""
        return [self._reference(piece) for piece in _pieces(ring, self.junctions)]

    def _reference(self, piece: Ring) -> int:
        forward, backward = tuple(piece), tuple(reversed(piece))
        if forward in self.known:
            return self.known[forward]
        if backward in self.known:
            return ~self.known[backward]
        self.known[forward] = len(self.arcs)
        self.arcs.append(piece)
        return self.known[forward]


def topojson(layers: Mapping[str, Layer], *, step: float) -> bytes:
    """Return a TopoJSON document with one object a layer, coordinates rounded to multiples of ``step`` degrees.

    Each geometry is a MultiPolygon with its code as ``id`` and its name as the property ``name``. Layers share arcs.
    """
    rings = {name: [_grid(polygon, step) for polygon in layer.polygons] for name, layer in layers.items()}
    every = [ring for shapes in rings.values() for shape in shapes for part in shape for ring in part]
    corner = (min(x for ring in every for x, _ in ring), min(y for ring in every for _, y in ring))
    arcs = _Arcs(_junctions(every))
    objects = {name: _object(layer, rings[name], arcs) for name, layer in layers.items()}
    document = {
        "type": "Topology",
        "transform": {"scale": [step, step], "translate": [round(corner[0] * step, 9), round(corner[1] * step, 9)]},
        "objects": objects,
        "arcs": [_deltas(arc, corner) for arc in arcs.arcs],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _object(layer: Layer, shapes: list[list[list[Ring]]], arcs: _Arcs) -> dict[str, object]:
    geometries = [
        {
            "type": "MultiPolygon",
            "id": code,
            "properties": {"name": name},
            "arcs": [[arcs.references(ring) for ring in part] for part in shape],
        }
        for code, name, shape in zip(layer.codes, layer.names, shapes, strict=True)
    ]
    return {"type": "GeometryCollection", "geometries": geometries}


def _grid(polygon: Geometry, step: float) -> list[list[Ring]]:
    parts = [[_rounded(ring, step) for ring in (part.exterior, *part.interiors)] for part in shapely.get_parts(polygon)]
    kept = [[ring for ring in part if len(ring) >= _SMALLEST_RING] for part in parts if len(part[0]) >= _SMALLEST_RING]
    return kept or [[max((part[0] for part in parts), key=len)]]


def _rounded(ring: Geometry, step: float) -> Ring:
    """Return the distinct successive points of a ring on the grid, the first one not repeated at the end."""
    points = np.rint(shapely.get_coordinates(ring)[:-1] / step).astype(np.int64)
    moved = np.any(points != np.roll(points, 1, axis=0), axis=1)
    return [(x, y) for x, y in points[moved].tolist()] or [tuple(points[0].tolist())]


def _junctions(rings: Sequence[Ring]) -> set[Point]:
    """Return the points where rings part: those that do not always have the same two neighbours."""
    neighbours: dict[Point, frozenset[Point]] = {}
    found = set()
    for ring in rings:
        for before, point, after in zip(ring[-1:] + ring[:-1], ring, ring[1:] + ring[:1], strict=True):
            pair = frozenset((before, after))
            if neighbours.setdefault(point, pair) != pair:
                found.add(point)
    return found


def _pieces(ring: Ring, junctions: set[Point]) -> Iterator[Ring]:
    cuts = [i for i, point in enumerate(ring) if point in junctions] or [ring.index(min(ring))]
    turned = ring[cuts[0] :] + ring[: cuts[0] + 1]
    ends = [cut - cuts[0] for cut in cuts] + [len(ring)]
    for start, end in pairwise(ends):
        yield turned[start : end + 1]


def _deltas(arc: Ring, corner: Point) -> list[list[int]]:
    points = np.array(arc) - np.array(corner)
    points[1:] = np.diff(points, axis=0)
    deltas: list[list[int]] = points.tolist()
    return deltas
