"""Published results that a simulated edition must reproduce, row by row, with their sources."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from maille.specs.bands import Identifier, Scheme, load_bands
from maille.specs.document import Frozen, build, read_document


class Target(Frozen):
    """A published figure: ``value`` and ``tolerance`` in per cent and points.

    ``bands`` are the bands that it covers, all of them when empty. ``published`` is what the source says, when it is
    not the number; ``status`` says how far the number is from what was printed.
    """

    id: str = Field(pattern=r"^[A-Z]\d+p?$")
    label: str
    indicator: Identifier
    scheme: Scheme
    bands: tuple[str, ...] = ()
    measure: Literal["communes", "population"]
    value: float = Field(ge=0, le=100)
    tolerance: float = Field(ge=0, le=100)
    status: Literal["published", "approximate", "qualitative", "derived"]
    published: str | None = None
    source: str


class FrameCount(Frozen):
    """The number of communes and inhabitants of a band in the year of the results."""

    scheme: Scheme
    band: str
    communes: int = Field(ge=0)
    population: int = Field(ge=0)


class TargetFile(Frozen):
    """The content of a file of targets: the results, their sources, and the frame that they describe."""

    edition: str
    title: str
    sources: dict[str, str]
    targets: tuple[Target, ...]
    frame: tuple[FrameCount, ...]


def load_target_file(path: Path) -> TargetFile:
    """Return a whole file of targets, with the bands of ``bands.yaml`` two folders up; raises SpecInvalid."""
    bands = load_bands(path.parent.parent / "bands.yaml")
    return build(read_document(path), TargetFile, context={"bands": bands})


def load_targets(path: Path) -> tuple[Target, ...]:
    """Return the targets of a file, in order; raises SpecInvalid."""
    return load_target_file(path).targets
