"""A border between two neighbours is stored once, and what is written is what is read."""

import json

import numpy as np
import pytest
from shapely import Polygon, box

from maille.territory.geometry import Shape, decode
from maille.territory.topology import Layer, topojson


def written(*polygons: Polygon, step: float = 0.5) -> tuple[dict, list[Shape]]:
    names = [f"n{i}" for i in range(len(polygons))]
    document = json.loads(topojson({"communes": Layer(names, names, polygons)}, step=step))
    return document, list(decode(document, "communes"))


def area(ring: np.ndarray) -> float:
    return Polygon(ring).area


def test_two_neighbours_share_one_arc() -> None:
    document, shapes = written(box(0, 0, 1, 1), box(1, 0, 2, 1))
    assert len(document["arcs"]) == 3
    assert [area(shape.polygons[0]) for shape in shapes] == [1, 1]


def test_rings_are_closed_and_keep_their_place() -> None:
    _, (shape,) = written(box(-3, 41, -1, 42))
    ring = shape.polygons[0]
    assert (ring[0] == ring[-1]).all()
    assert (ring.min(axis=0).tolist(), ring.max(axis=0).tolist()) == ([-3, 41], [-1, 42])


def test_an_enclave_is_a_hole_of_its_neighbour_and_one_arc_for_both() -> None:
    inner = box(1, 1, 2, 2)
    document, (outside, inside) = written(box(0, 0, 3, 3).difference(inner), inner)
    assert len(document["arcs"]) == 2
    assert [area(ring) for ring in outside.polygons] == [9, 1]
    assert [area(ring) for ring in inside.polygons] == [1]


def test_coordinates_are_rounded_to_the_grid() -> None:
    _, (shape,) = written(box(0.1, 0.2, 1.1, 0.9))
    assert shape.polygons[0].max(axis=0).tolist() == [1, 1]


def test_a_commune_smaller_than_the_grid_stays_on_the_map() -> None:
    _, shapes = written(box(0, 0, 1, 1), box(2, 2, 2.01, 2.01))
    assert shapes[1].polygons[0].mean(axis=0).tolist() == pytest.approx([2, 2])
