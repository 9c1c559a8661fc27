"""The releases of an edition: each version published, with its date and the reason why it came."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from maille.specs.document import Frozen, build, read_document
from maille.specs.problem import SpecProblem


class EditionRelease(Frozen):
    """One version of all the tables of an edition; ``note`` says to readers what it brings or corrects."""

    version: str = Field(pattern=r"^\d+(\.\d+)*$")
    date: date
    kind: Literal["first", "correction", "addition"]
    note: str = Field(min_length=1)

    @property
    def rank(self) -> tuple[int, ...]:
        """Return what versions are ordered by: 1.10 comes after 1.9."""
        return tuple(int(part) for part in self.version.split("."))


class Releases(Frozen):
    """The content of ``specs/releases/<edition>.yaml``: the versions of an edition, the last one current."""

    edition: str
    releases: tuple[EditionRelease, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        ranks, dates = [item.rank for item in self.releases], [item.date for item in self.releases]
        if ranks != sorted(set(ranks)):
            raise ValueError("les versions ne vont pas en croissant : la dernière de la liste est la version en cours.")
        if dates != sorted(dates):
            raise ValueError("une version est datée d’avant celle qui la précède.")
        if [item.kind == "first" for item in self.releases] != [True, *([False] * (len(ranks) - 1))]:
            raise ValueError("la première version, et elle seule, est « first » ; les autres corrigent ou ajoutent.")
        return self

    @property
    def current(self) -> EditionRelease:
        """Return the version that the tables are made for."""
        return self.releases[-1]

    @property
    def earlier(self) -> tuple[EditionRelease, ...]:
        """Return the versions before the current one, the first first: what they published is known for ever."""
        return self.releases[:-1]


def releases_file(edition: str) -> str:
    """Return the file of the releases of an edition, below the folder of specifications."""
    return f"releases/{edition}.yaml"


def load_releases(path: Path) -> Releases:
    """Return the releases of a file; raises SpecInvalid."""
    return build(read_document(path), Releases)


def edition_releases(specs: Path, edition: str) -> Releases | None:
    """Return the releases of an edition, None when no file declares any; raises SpecInvalid."""
    path = specs / releases_file(edition)
    return load_releases(path) if path.exists() else None


def check_releases(path: Path, releases: Releases) -> Iterator[SpecProblem]:
    """Yield what is wrong between the file and its name."""
    if releases.edition != path.stem:
        hint = f"Écrire « edition: {path.stem} »."
        yield read_document(path).problem("l’édition n’est pas le nom du fichier.", at=("edition",), hint=hint)
