"""A step: which datasets and specifications it reads, which datasets it makes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maille.catalogue.dataset import Dataset, Draft


@dataclass(frozen=True)
class Materials:
    """What a step is given: its input datasets by name, the folder of specifications, and its parameters."""

    inputs: Mapping[str, Dataset]
    specs: Path
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One box of the graph; ``pipeline`` derives the arrows from ``inputs`` and ``outputs``.

    ``specs`` are paths below the folder of specifications, a folder standing for all its files; ``parameters`` are
    the names of the run's parameters that change the result; ``lowers`` belongs to the protection step alone.
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    specs: tuple[str, ...]
    make: Callable[[Materials], Sequence[Draft]]
    parameters: tuple[str, ...] = ()
    lowers: bool = False
