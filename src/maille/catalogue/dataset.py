"""A dataset: a table together with its card."""

from dataclasses import dataclass, field

import polars as pl

from maille.catalogue.card import LICENCE, Card, Confidentiality, Variable


@dataclass(frozen=True)
class Draft:
    """A dataset that a step has just made and that nobody has stored yet.

    ``variables`` has one entry a column, in the order of the columns; ``files`` are companion files by name.
    ``confidentiality`` and ``simulated`` left at None are inherited from the parents.
    """

    name: str
    table: pl.DataFrame
    title: str
    variables: tuple[Variable, ...]
    source: str
    vintage: str
    licence: str = LICENCE
    description: str = ""
    confidentiality: Confidentiality | None = None
    simulated: bool | None = None
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """A stored dataset, read back and checked against its card."""

    card: Card
    table: pl.DataFrame
