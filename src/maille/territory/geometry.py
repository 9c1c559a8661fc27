"""The shapes of communes, départements and régions, decoded from the TopoJSON files of the reference."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from maille.catalogue import Store
from maille.territory.areas import VINTAGE
from maille.territory.reference import reference_folder

Level = Literal["communes", "departements", "regions"]
Coordinates = NDArray[np.float64]

DATASET = f"territory/geometry-{VINTAGE}"


@dataclass(frozen=True, eq=False)
class Shape:
    """An area: its code, its name and its closed rings, each an array (k, 2) of longitudes and latitudes in degrees.

    Exterior rings and holes come together: fill them with the even-odd rule.
    """

    code: str
    name: str
    polygons: tuple[Coordinates, ...]


@cache
def shapes(level: Level, departement: str | None = None) -> tuple[Shape, ...]:
    """Return the shapes of a level, sorted by code, kept in memory.

    ``departement`` restricts communes to one département, drawn more finely; a département without file, as those of
    the overseas collectivities, raises DatasetNotFound.
    """
    document = json.loads(Store(reference_folder()).file(DATASET, file_of(level, departement)))
    return tuple(decode(document, level))


def file_of(level: Level, departement: str | None = None) -> str:
    """Return the name of the TopoJSON file that holds a level."""
    if level == "communes":
        return f"communes-{departement}.json" if departement else "communes.json"
    return "departements.json"


def decode(document: dict[str, Any], name: str) -> Sequence[Shape]:
    """Return the shapes of one object of a TopoJSON document whose arcs are quantised."""
    arcs = _arcs(document)
    return [
        Shape(
            geometry["id"],
            geometry["properties"]["name"],
            tuple(_ring(ring, arcs) for polygon in geometry["arcs"] for ring in polygon),
        )
        for geometry in document["objects"][name]["geometries"]
    ]


def _arcs(document: dict[str, Any]) -> list[Coordinates]:
    scale, translate = (np.array(document["transform"][key]) for key in ("scale", "translate"))
    ends = np.cumsum([len(arc) for arc in document["arcs"]])
    walked = np.cumsum([step for arc in document["arcs"] for step in arc], axis=0)
    # Each arc starts from the corner again: take away what the arcs before it have walked.
    before = np.concatenate([[[0, 0]], walked[ends[:-1] - 1]])
    points = (walked - np.repeat(before, np.diff(ends, prepend=0), axis=0)) * scale + translate
    return [points[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _ring(references: Sequence[int], arcs: Sequence[Coordinates]) -> Coordinates:
    pieces = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in references]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])
