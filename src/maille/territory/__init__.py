"""The territory: communes, EPCI, départements and régions at a date, their old codes and their shapes."""

from maille.territory.geometry import Shape, shapes
from maille.territory.history import today
from maille.territory.reference import Reference, load_reference, reference_folder
from maille.territory.resolve import Candidate, Resolution, UnknownTerritory, resolve
from maille.territory.show import show

__all__ = [
    "Candidate",
    "Reference",
    "Resolution",
    "Shape",
    "UnknownTerritory",
    "load_reference",
    "reference_folder",
    "resolve",
    "shapes",
    "show",
    "today",
]
