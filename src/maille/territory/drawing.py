"""Territories turned into SVG paths: projection, frame, small integer coordinates.

Pure geometry, shared by the maps of the site and those of the report. Coordinates are
integers, so that two neighbours share exactly the same rounded border and no gap shows between them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt

from maille.territory.geometry import Shape, shapes
from maille.territory.reference import load_reference

OVERSEAS = ("971", "972", "973", "974", "976")
INNER_PARIS = ("75", "92", "93", "94")
_FRAMES = {
    "metropole": "France métropolitaine",
    "paris": "Paris et petite couronne",
    "971": "Guadeloupe",
    "972": "Martinique",
    "973": "Guyane",
    "974": "La Réunion",
    "976": "Mayotte",
}

Points = npt.NDArray[np.float64]
Project = Callable[[Points], Points]


@dataclass(frozen=True)
class Frame:
    """A sheet of ``width`` × ``height`` units, a unit being ``metres`` long, whose corner is at ``left``, ``top``."""

    key: str
    name: str
    project: Project
    left: float
    top: float
    metres: float
    width: int
    height: int

    @property
    def kilometres(self) -> int:
        """A round length, in km, that fits in a quarter of the width."""
        longest = max(self.width * self.metres / 4000, 1)
        power: int = 10 ** int(np.log10(longest))
        return max(step * power for step in (1, 2, 5) if step * power <= longest)

    @property
    def scale(self) -> str:
        """The length of ``kilometres``, in per cent of the width."""
        return percent(self.kilometres * 100_000 / (self.width * self.metres))

    @property
    def view_box(self) -> str:
        """The ``viewBox`` of the frame, a text so that no template writes it with French thousands."""
        return f"0 0 {self.width} {self.height}"


@dataclass(frozen=True)
class Outline:
    """One territory drawn: the ``d`` of its path, and its centre in per cent of the frame."""

    code: str
    name: str
    path: str
    x: str
    y: str


@dataclass(frozen=True)
class Drawing:
    """Territories drawn in a frame."""

    frame: Frame
    outlines: tuple[Outline, ...]


def percent(value: float) -> str:
    """Write a coordinate in per cent, always with a point."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".") + "%"


def lambert93(points: Points) -> Points:
    """Project degrees (k, 2) to Lambert-93 metres from the pole (conformal cone touching 44° and 49°, GRS80)."""
    eccentricity, half_axis = 0.0818191910428158, 6_378_137.0

    def isometric(latitude: Points) -> Points:
        sine = eccentricity * np.sin(latitude)
        return np.log(np.tan(np.pi / 4 + latitude / 2)) - eccentricity * np.arctanh(sine)

    def radius(latitude: Points) -> Points:
        return np.cos(latitude) / np.sqrt(1 - (eccentricity * np.sin(latitude)) ** 2)

    south, north = np.radians(44.0), np.radians(49.0)
    exponent = np.log(radius(north) / radius(south)) / (isometric(south) - isometric(north))
    scale = half_axis * radius(south) / exponent * np.exp(exponent * isometric(south))
    longitude, latitude = np.radians(points[:, 0]), np.radians(points[:, 1])
    distance = scale * np.exp(-exponent * isometric(latitude))
    angle = exponent * (longitude - np.radians(3.0))
    return np.column_stack([distance * np.sin(angle), -distance * np.cos(angle)])


def equirectangular(points: Points, *, latitude: float) -> Points:
    """Project degrees (k, 2) to metres, true along a latitude in degrees: enough for one island."""
    return np.asarray(np.radians(points) * 6_371_000 * np.array([np.cos(np.radians(latitude)), 1.0]))


def fit(
    territories: Sequence[Shape], *, key: str = "", name: str = "", width: int = 1000, height: int | None = None
) -> Frame:
    """Return the frame that holds territories: as high as they need, or centred in ``width`` × ``height``."""
    points = np.concatenate([ring for shape in territories for ring in _rings(shape)])
    project = _projection(key, points)
    projected = project(points)
    low, high = projected.min(axis=0), projected.max(axis=0)
    across, up = np.maximum(high - low, 1.0)
    metres = across / width if height is None else max(across / width, up / height)
    height = int(np.ceil(up / metres)) if height is None else height
    left = low[0] - (width * metres - across) / 2
    top = high[1] + (height * metres - up) / 2
    return Frame(key, name, project, float(left), float(top), float(metres), width, height)


def draw(territories: Sequence[Shape], frame: Frame) -> Drawing:
    """Draw territories in a frame."""
    return Drawing(frame, tuple(_outline(shape, frame) for shape in territories))


def joined(outlines: Iterable[Outline]) -> str:
    """Return one path for many outlines: a page of thousands of communes then holds a few elements."""
    return "".join(outline.path for outline in outlines)


@lru_cache(maxsize=8)
def departement_map(departement: str) -> Drawing:
    """Draw the communes of a département."""
    communes = shapes("communes", departement)
    return draw(communes, fit(communes, key=departement))


@lru_cache(maxsize=1)
def france_frames() -> tuple[Frame, ...]:
    """Return the frames of France: the mainland, inner Paris enlarged, and each overseas département."""
    groups = _by_frame(shapes("departements"), lambda shape: shape.code)
    return tuple(
        fit(group, key=key, name=_FRAMES[key], width=1000 if key == "metropole" else 250, height=_height(key))
        for key, group in groups.items()
        if group
    )


@lru_cache(maxsize=1)
def france_map() -> tuple[Drawing, ...]:
    """Draw the départements of France in its frames."""
    return draw_france(shapes("departements"), lambda shape: shape.code)


def draw_france(territories: Sequence[Shape], departement: Callable[[Shape], str]) -> tuple[Drawing, ...]:
    """Draw territories in the frames of France, each where its département is."""
    groups = _by_frame(territories, departement)
    return tuple(draw(groups[frame.key], frame) for frame in france_frames())


@lru_cache(maxsize=1)
def region_map() -> tuple[Drawing, ...]:
    """Draw the régions of France in its frames; each overseas région is one département."""
    reference = load_reference().departements
    places = dict(zip(reference["region"], reference["code"], strict=True))
    regions = shapes("regions")
    groups = _by_frame(regions, lambda shape: places[shape.code])
    return tuple(draw(groups[frame.key], frame) for frame in france_frames() if groups[frame.key])


def _height(key: str) -> int | None:
    return None if key == "metropole" else 250


def _by_frame(territories: Sequence[Shape], departement: Callable[[Shape], str]) -> dict[str, list[Shape]]:
    groups: dict[str, list[Shape]] = {key: [] for key in _FRAMES}
    for shape in territories:
        code = departement(shape)
        groups[code if code in OVERSEAS else "metropole"].append(shape)
        if code in INNER_PARIS:
            groups["paris"].append(shape)
    return groups


def _projection(key: str, points: Points) -> Project:
    if key not in OVERSEAS:
        return lambert93
    return partial(equirectangular, latitude=float(points[:, 1].min() + points[:, 1].max()) / 2)


def _rings(shape: Shape) -> list[Points]:
    return [np.asarray(ring) for ring in shape.polygons]


def _outline(shape: Shape, frame: Frame) -> Outline:
    rings = [_placed(ring, frame) for ring in _rings(shape)]
    if not rings:
        return Outline(shape.code, shape.name, "", "0%", "0%")
    largest = max(rings, key=_area)
    centre = (largest.min(axis=0) + largest.max(axis=0)) / 2
    x, y = centre / np.array([frame.width, frame.height]) * 100
    return Outline(shape.code, shape.name, "".join(map(_path, rings)), percent(x), percent(y))


def _placed(ring: Points, frame: Frame) -> Points:
    projected = frame.project(ring)
    return np.column_stack([projected[:, 0] - frame.left, frame.top - projected[:, 1]]) / frame.metres


def _area(ring: Points) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def _path(ring: Points) -> str:
    points = np.rint(ring).astype(int)
    points = points[np.concatenate([[True], np.any(np.diff(points, axis=0) != 0, axis=1)])]
    start = f"M{points[0][0]},{points[0][1]}"
    if len(points) < 3:  # an island smaller than a unit stays visible
        return start + "h1v1z"
    return start + "l" + " ".join(f"{dx},{dy}" for dx, dy in np.diff(points, axis=0)) + "z"
