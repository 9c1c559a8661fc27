"""The secrecy rules: dated and sourced thresholds, and how wide a hidden figure must stay uncertain."""

from datetime import date
from pathlib import Path

from pydantic import Field

from maille.specs.document import Frozen, build, read_document


class Frequency(Frozen):
    """A cell that rests on fewer than ``threshold`` units, and more than none, is secret."""

    threshold: int = Field(ge=1)
    since: date
    source: str


class Protection(Frozen):
    """How far a hidden number of units must stay uncertain for whoever knows the published ones.

    ``minimum`` is the least width, in units, of the interval that can be deduced for it.
    """

    minimum: int = Field(ge=1)
    since: date
    source: str


class Disclosure(Frozen):
    """The content of ``specs/disclosure.yaml``: for the cells of tables, and for the counts of participation."""

    cells: Frequency
    participation: Frequency
    protection: Protection


def load_disclosure(path: Path) -> Disclosure:
    """Return the secrecy rules of a file; raises SpecInvalid."""
    return build(read_document(path), Disclosure)
