"""Files for researchers: what is dropped, how identifiers are coarsened, and the licence to sign."""

from datetime import date
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from maille.specs.bands import Identifier
from maille.specs.disclosure import Sourced
from maille.specs.document import Frozen, build, read_document
from maille.specs.questionnaire import Universe

IDENTIFIERS = ("size_band", "region", "departement", "epci_type", "stratum", "group", "epci")
"""The columns that help to recognise a unit, which a file may carry."""


class Masked(Frozen):
    """An identifier masked for the units that too few others resemble; ``hides`` tells it, and goes with it."""

    name: str
    hides: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Self:
        unknown = {self.name, *self.hides} - set(IDENTIFIERS)
        if unknown:
            raise ValueError(
                f"identifiant inconnu : {', '.join(sorted(unknown))} (possibles : {', '.join(IDENTIFIERS)})."
            )
        return self


class Anonymity(Sourced):
    """At least ``units`` rows of the file carry the same identifiers; below, the masks apply in order."""

    units: int = Field(ge=2)


class Numbers(Sourced):
    """What is done of numbers: the ``top`` largest are replaced by their mean, the others keep ``digits`` digits."""

    top: int = Field(ge=3)
    digits: int = Field(ge=1)


class UniverseFile(Frozen):
    """The file of a universe: its masks in order, the variables left out, the codes of identifiers that are joined."""

    masks: tuple[Masked, ...] = Field(min_length=1)
    drop: tuple[Identifier, ...] = ()
    joined: dict[str, dict[str, str]] = Field(default_factory=dict)

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Return the identifiers of the file, in the order of ``IDENTIFIERS``."""
        used = {name for mask in self.masks for name in (mask.name, *mask.hides)}
        return tuple(name for name in IDENTIFIERS if name in used)


class Research(Frozen):
    """The content of ``specs/research/<edition>.yaml``; another ``version`` draws other pseudonyms."""

    edition: str
    version: str
    date: date
    anonymity: Anonymity
    numbers: Numbers
    members: int = Field(ge=2)
    universes: dict[Universe, UniverseFile]


def research_file(edition: str) -> str:
    """Return the path of the specification of an edition, below the folder of specifications."""
    return f"research/{edition}.yaml"


def load_research(path: Path) -> Research:
    """Return the specification of the files of an edition; raises SpecInvalid."""
    return build(read_document(path), Research)
