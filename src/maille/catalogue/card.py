"""What a dataset says of itself."""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Confidentiality(StrEnum):
    """Who may see a dataset; the strictest parent decides for its children."""

    OPEN = "open"
    SECRET = "secret"  # noqa: S105  # a level, not a password
    PERSONAL = "personal"


_ORDER = (Confidentiality.OPEN, Confidentiality.SECRET, Confidentiality.PERSONAL)


def strictest(levels: Iterable[Confidentiality]) -> Confidentiality:
    """Return the strictest of several confidentialities, ``open`` when there is none."""
    return max(levels, key=_ORDER.index, default=Confidentiality.OPEN)


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Variable(_Frozen):
    """A column: its name, French label, unit, kind and the labels of its codes."""

    name: str
    label: str
    kind: Literal["code", "text", "integer", "number", "boolean", "date"] = "text"
    unit: str | None = None
    codes: dict[str, str] = {}


class Reference(_Frozen):
    """A file or dataset named together with the checksum that it had."""

    name: str
    checksum: str


class Ancestor(_Frozen):
    """The short form of an ancestor's card, kept in the card of whatever is made from it."""

    name: str
    title: str
    checksum: str
    confidentiality: Confidentiality
    rows: int
    step: str | None
    code_version: str | None
    specs: tuple[Reference, ...] = ()
    parents: tuple[Reference, ...] = ()


LICENCE = "Licence Ouverte 2.0"
LICENCE_ADDRESS = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"


class Card(_Frozen):
    """The identity of a dataset: what it is, where it comes from, and the checksums that prove it.

    ``ancestry`` lists every ancestor once, parents first, so that a published dataset tells its whole history even
    where its ancestors are not at hand. ``files`` are companion files (name, SHA-256 of the bytes).
    """

    name: str
    title: str
    description: str = ""
    source: str
    licence: str
    vintage: str
    confidentiality: Confidentiality
    simulated: bool = False
    variables: tuple[Variable, ...]
    rows: int
    checksum: str
    files: tuple[Reference, ...] = ()
    step: str | None = None
    code_version: str | None = None
    parameters: dict[str, str] = {}
    specs: tuple[Reference, ...] = ()
    parents: tuple[Reference, ...] = ()
    ancestry: tuple[Ancestor, ...] = ()

    def as_ancestor(self) -> Ancestor:
        """Return the short form that descendants keep."""
        kept = set(Ancestor.model_fields)
        return Ancestor(**{field: getattr(self, field) for field in kept})
