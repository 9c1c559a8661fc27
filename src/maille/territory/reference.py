"""The reference that comes with the code, read once."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from maille.catalogue import Store
from maille.territory.areas import VINTAGE


@dataclass(frozen=True, eq=False)
class Reference:
    """The five tables of the territory, described in docs/reference/territoires.md."""

    communes: pl.DataFrame
    epci: pl.DataFrame
    departements: pl.DataFrame
    regions: pl.DataFrame
    codes: pl.DataFrame


def reference_folder() -> Path:
    """Return the root of the store that holds the committed datasets ``territory/*``."""
    return Path(__file__).parent / "reference"


def read_reference(store: Store) -> Reference:
    """Read the tables from a store. Raises DatasetNotFound, DatasetAltered."""
    names = ("communes", "epci", "departements", "regions", "codes")
    return Reference(**{name: store.read(f"territory/{name}-{VINTAGE}").table for name in names})


@cache
def load_reference() -> Reference:
    """Return the committed reference, read once a process. Raises DatasetAltered."""
    return read_reference(Store(reference_folder()))
