"""The only door of the observatory to datasets: it opens what is published, and nothing else."""

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from maille.catalogue import Card, Confidentiality, Dataset, DatasetNotFound, Store
from maille.errors import InternalError

NUMBERS = ("estimate", "standard_error", "ci_low", "ci_high", "respondents", "design_effect", "responded", "rate")
SECRET = "secret"  # noqa: S105  # a status, not a password
HIDDEN = (SECRET, "unavailable", "not_collected")


class NotPublic(InternalError):
    """The observatory was asked for a dataset that is not open, or that still holds a number it hides."""


@dataclass(frozen=True)
class Release:
    """A frozen version of an edition: readers have it, it never changes; ``kind`` is first, correction or addition."""

    edition: str
    version: str
    date: date
    kind: str
    note: str
    previous: str | None
    changed: int

    @property
    def folder(self) -> str:
        """Where its datasets are."""
        return f"released/{self.edition}/{self.version}/"


class Published:
    """The open datasets of a store, each read once as long as it does not change.

    ``disseminated/<edition>/…`` names what readers are given: the last frozen version once there is one, or the one at
    which this door is set, and nothing that this one does not have.
    """

    def __init__(self, store: Store, release: Release | None = None) -> None:
        self._store = store
        self._release = release
        self._known: dict[str, tuple[Release, ...]] = {}

    def at(self, release: Release) -> "Published":
        """Return the same datasets, those of an edition as a frozen version gave them."""
        return Published(self._store, release)

    def given(self, edition: str) -> Release | None:
        """Return the version of an edition that readers are given, None while it is provisional."""
        if self._release is not None and self._release.edition == edition:
            return self._release
        return next(iter(self.releases(edition)), None)

    def releases(self, edition: str) -> tuple[Release, ...]:
        """Return the frozen versions of an edition, the last one first; one that was interrupted is not there yet."""
        if edition not in self._known:
            names = self._store.names(f"released/{edition}/")
            rows = [self.read(name).table.row(0, named=True) for name in names if name.endswith("/release")]
            found = (Release(edition=edition, **row) for row in rows)
            self._known[edition] = tuple(sorted(found, key=_rank, reverse=True))
        return self._known[edition]

    def names(self, prefix: str = "") -> list[str]:
        """Return the names of the open datasets that start with a prefix."""
        return [name for name in self._store.names(prefix) if self.exists(name)]

    def exists(self, name: str) -> bool:
        """Tell whether an open dataset of that name exists."""
        return self._store.exists(self._current(name)) and self._is_open(name)

    def card(self, name: str) -> Card:
        """Return the card of an open dataset. Raises DatasetNotFound, NotPublic."""
        card = self._store.card(self._current(name))
        if card.confidentiality != Confidentiality.OPEN:
            raise NotPublic(
                "ce jeu de données n'est pas public.",
                where=name,
                got=card.confidentiality,
                expected=Confidentiality.OPEN,
                hint="seule l'étape de protection rend un jeu public ; l'observatoire n'en lit aucun autre.",
            )
        return card

    def read(self, name: str) -> Dataset:
        """Return an open dataset, checked. Raises DatasetNotFound, DatasetAltered, NotPublic."""
        self.card(name)
        return self._read(self._current(name))

    def file(self, name: str, file: str) -> tuple[bytes, str]:
        """Return a companion file of an open dataset and its checksum. Raises as ``read``."""
        card = self.read(name).card
        for reference in card.files:
            if reference.name == file:
                return self._store.file(self._current(name), file), reference.checksum
        raise DatasetNotFound(f"le jeu de données « {name} » n'a pas de fichier « {file} ».")

    def json(self, name: str, file: str) -> dict[str, Any]:
        """Return a companion file read as a JSON object."""
        return dict(json.loads(self.file(name, file)[0]))

    def _is_open(self, name: str) -> bool:
        return self._store.card(self._current(name)).confidentiality == Confidentiality.OPEN

    def _current(self, name: str) -> str:
        """Return where a dataset is: in the frozen version of its edition that readers are given, when it has one."""
        phase, _, rest = name.partition("/")
        edition, _, dataset = rest.partition("/")
        release = self.given(edition) if phase == "disseminated" else None
        frozen = f"{release.folder}{dataset}" if release else ""
        return frozen if frozen and (release is self._release or self._store.exists(frozen)) else name

    def _read(self, name: str) -> Dataset:
        return _checked(_Key(self._store, name, self._store.card(name).checksum))


def _rank(release: Release) -> tuple[int, ...]:
    return tuple(int(part) for part in release.version.split("."))


class _Key:
    """A dataset at one checksum: what the cache knows it by."""

    def __init__(self, store: Store, name: str, checksum: str) -> None:
        self.store, self.name = store, name
        self._identity = (store.home, name, checksum)

    def __hash__(self) -> int:
        return hash(self._identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other._identity == self._identity


@lru_cache(maxsize=64)
def _checked(key: _Key) -> Dataset:
    dataset = key.store.read(key.name)
    _refuse_leaks(key.name, dataset.table)
    return dataset


def _refuse_leaks(name: str, table: pl.DataFrame) -> None:
    numbers = [column for column in NUMBERS if column in table.columns]
    if "status" not in table.columns or not numbers:
        return
    hidden = table.filter(pl.col("status") == SECRET)
    leaked = [column for column in numbers if hidden[column].is_not_null().any()]
    if leaked:
        raise NotPublic(
            "des cases tenues secrètes portent encore un nombre.",
            where=name,
            got=", ".join(leaked),
            expected="aucun nombre dans une case secrète",
            hint="la diffusion doit effacer ces nombres ; rien n'est affiché d'ici là.",
        )
