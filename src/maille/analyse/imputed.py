"""What imputation adds to the variance of a figure, from the links that ``process`` wrote."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.stats.design import Design
from maille.stats.imputation import Links
from maille.stats.imputation_variance import imputation_variance, imputed_share_variance

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Imputed:
    """The imputed variables of respondents: ``responses`` (n rows) as they are used, and the ``links`` of each.

    ``population`` (n,) is what an amount per inhabitant was divided by.
    """

    responses: pl.DataFrame
    links: Mapping[str, Links]
    population: Floats | None = None

    @cached_property
    def _values(self) -> dict[str, Floats]:
        return {name: self.responses[name].cast(pl.Float64).fill_null(0).to_numpy() for name in self.links}

    def variance(self, values: Floats, *, design: Design, domains: npt.NDArray[np.int64]) -> Floats | float:
        """Return what imputation adds (D,) to the variance of the weighted totals of ``values`` (n,).

        A figure whose amounts come from no imputed variable gets zero. Otherwise a value is its variable times one
        constant (a change of unit), per inhabitant or not, or zero where the unit does not count: the links of the
        units that count are kept.
        """
        source = self._source(values)
        if source is None:
            return 0.0
        name, scale, per = source
        mine = self._counting(name, values != 0)
        return scale**2 * imputation_variance(mine, design=design, domains=domains, per=per)

    def share_variance(
        self, values: Floats, counted: Mask, *, at: Floats, design: Design, domains: npt.NDArray[np.int64]
    ) -> Floats | float:
        """Return what imputation adds (D,) to the variance of the weighted number of units at or under ``at`` (D,).

        ``counted`` (n,) says whose ``values`` (n,) count.
        """
        source = self._source(values)
        if source is None:
            return 0.0
        name, scale, per = source
        mine, used = self._counting(name, counted), self._values[name]
        return imputed_share_variance(mine, used, at=at / scale, design=design, domains=domains, per=per)

    def _source(self, values: Floats) -> tuple[str, float, Floats | None] | None:
        """Return the imputed variable that values are, the constant that they are of it, and what divides it."""
        for name in self.links:
            scale = _scale(values, self._values[name])
            if scale:
                return name, scale, None
            scale = _scale(values * self.population, self._values[name]) if self.population is not None else 0.0
            if scale:
                return name, scale, self.population
        return None

    def _counting(self, name: str, counted: Mask) -> Links:
        links = self.links[name]
        kept = counted[links.recipients]
        return replace(links, recipients=links.recipients[kept], pools=links.pools[kept], factors=links.factors[kept])


def _scale(values: Floats, variable: Floats) -> float:
    """Return the constant that values are of a variable wherever they are not zero, or zero when there is none."""
    counted = values != 0
    if not counted.any() or (variable[counted] == 0).any():
        return 0.0
    ratios = values[counted] / variable[counted]
    same = np.ptp(ratios) <= 1e-9 * np.abs(ratios).max()
    # The values that all units share say nothing of where they come from.
    return float(ratios[0]) if same and np.ptp(values[counted]) > 0 else 0.0


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
