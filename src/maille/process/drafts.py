"""The tables that this room makes, as the store takes them."""

from collections.abc import Sequence

import polars as pl

from maille.catalogue import Draft, Variable


def processed(edition: str, what: str, table: pl.DataFrame, *, title: str, described: Sequence[Variable]) -> Draft:
    """Return the draft ``processed/<edition>/<what>``: of ``table``, the columns that are described, in their order."""
    return Draft(
        name=f"processed/{edition}/{what}",
        table=table.select([variable.name for variable in described]),
        title=title,
        variables=tuple(described),
        source="Maille, réponses collectées",
        vintage=edition,
    )
