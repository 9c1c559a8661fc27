"""A step: which datasets and specifications it reads, which datasets it makes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maille.catalogue.dataset import Dataset, Draft
from maille.catalogue.store import Store


@dataclass(frozen=True)
class Materials:
    """What a step is given: its input datasets by name, the folder of specifications, its parameters and secrets.

    Parameters are written on the cards of what is made; secrets never are.
    """

    inputs: Mapping[str, Dataset]
    specs: Path
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Step:
    """One box of the graph; ``pipeline`` derives the arrows from ``inputs`` and ``outputs``.

    ``specs`` are paths below the folder of specifications, a folder standing for all its files; ``parameters`` are
    the names of the run's parameters that change the result; ``secrets`` names settings of the environment, else files
    of the home; ``lowers`` belongs to the protection step alone.
    ``optional`` are inputs that the step does without when nobody has brought them in: they are then not among its
    materials, and the step runs again when they come.
    """

    name: str
    title: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    specs: tuple[str, ...]
    make: Callable[[Materials], Sequence[Draft]]
    parameters: tuple[str, ...] = ()
    lowers: bool = False
    optional: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

    def reads(self, store: Store) -> tuple[str, ...]:
        """Return the datasets that the step reads from this store: its inputs, and the optional ones that are there."""
        return (*self.inputs, *(name for name in self.optional if store.exists(name)))
