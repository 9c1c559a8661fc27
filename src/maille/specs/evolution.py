"""What changed since an edition before: which figures are compared, and what breaks the comparison."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from maille.specs.bands import Identifier
from maille.specs.document import Frozen, build, read_document
from maille.specs.publication import Release

EVOLUTIONS = "evolutions"


class Break(Frozen):
    """A change in the law, the question or the field, that a difference also measures; ``indicators`` it touches."""

    id: Identifier
    text: str
    indicators: tuple[Identifier, ...] = Field(min_length=1)


class Evolution(Frozen):
    """The table of evolutions of an edition: one file, ``evolutions.yaml``, beside its publications.

    ``before`` is the edition compared with: its published figures (``specs/targets/<before>.yaml``), which have no
    precision. ``years`` are those that the two editions describe. ``left_out`` are the indicators whose two figures do
    not measure the same thing.
    """

    id: Literal["evolutions"]
    kind: Literal["evolution"]
    edition: str
    before: str
    years: tuple[int, int]
    number: str
    title: str
    field: str
    breaks: tuple[Break, ...] = ()
    left_out: tuple[Identifier, ...] = ()
    note: str
    source: str
    release: Release


def load_evolution(path: Path) -> Evolution:
    """Return the table of evolutions of one file; raises SpecInvalid."""
    return build(read_document(path), Evolution)
