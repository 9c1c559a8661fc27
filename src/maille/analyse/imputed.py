"""Who lent to whom, as ``stats.imputation_variance`` wants it, from the links that ``process`` wrote."""

import numpy as np
import polars as pl

from maille.stats.imputation import Links


def imputation_links(table: pl.DataFrame, units: pl.Series) -> dict[str, Links]:
    """Return the links of each imputed variable, on rows that are those of ``units`` (n,).

    ``table`` is ``processed/…/imputation-links-…``. The variance of an estimate of the variable, in a domain, takes
    ``imputation_variance(links, design=design, domains=…)`` more for a total, that over X² for a mean or a ratio Y/X.
    A unit that is not among ``units`` neither lends nor receives there.
    """
    rows = pl.DataFrame({"unit": units}).with_row_index("row")
    placed = table.join(rows, on="unit", how="inner", maintain_order="left")
    return {str(name): _links(part, len(units)) for (name,), part in placed.group_by("variable", maintain_order=True)}


def _links(part: pl.DataFrame, count: int) -> Links:
    spread = np.zeros(count)
    spread[part["row"].to_numpy()] = part["spread"].to_numpy()
    recipients, donors = part.filter(pl.col("role") == "recipient"), part.filter(pl.col("role") == "donor")
    pools = part["pool"].unique().sort()
    numbers = {pool: number for number, pool in enumerate(pools)}

    def column(table: pl.DataFrame, name: str) -> np.ndarray:
        return table[name].to_numpy().astype(np.int64 if name == "row" else np.float64)

    def numbered(table: pl.DataFrame) -> np.ndarray:
        return table["pool"].replace_strict(numbers, return_dtype=pl.Int64).to_numpy()

    return Links(
        recipients=column(recipients, "row"),
        pools=numbered(recipients),
        factors=column(recipients, "coefficient"),
        donors=column(donors, "row"),
        donor_pools=numbered(donors),
        shares=column(donors, "coefficient"),
        spread=spread,
    )
