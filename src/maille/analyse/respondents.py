"""The respondents of a universe, with what they count for and the design that their weights come from."""

from dataclasses import dataclass

import polars as pl

from maille.analyse.imputed import Imputed
from maille.stats.design import Design, calibrated, stratified


@dataclass(frozen=True)
class Respondents:
    """The respondents of a universe, row by row: their table, with their individual indicators, and their design.

    ``sample`` are the units that were drawn, ``frame`` all the units; the three have population, region, departement.
    ``imputed`` are the values that they did not give, None when all count as given.
    """

    table: pl.DataFrame
    sample: pl.DataFrame
    frame: pl.DataFrame
    design: Design
    imputed: Imputed | None = None


def respondents(
    sample: pl.DataFrame, *, indicators: pl.DataFrame, margins: pl.DataFrame, frame: pl.DataFrame
) -> Respondents:
    """Return the respondents of a universe with the design that their weights come from.

    ``sample`` are its weights (``processed/…/weights``) with the territories of the units, ``indicators`` and
    ``margins`` one row a respondent, ``frame`` all its units.
    """
    answered = sample.filter("responded")
    joined = answered.join(indicators, on="unit", how="left", maintain_order="left")
    auxiliaries = answered.select("unit").join(margins, on="unit", how="left", maintain_order="left").drop("unit")
    design = calibrated(
        _design(sample, answered),
        weights=answered["weight"].to_numpy(),
        auxiliaries=auxiliaries.to_numpy(),
        leverage=True,
    )
    return Respondents(joined, sample, frame, design)


def _design(sample: pl.DataFrame, answered: pl.DataFrame) -> Design:
    strata = sample.group_by("stratum").agg(pl.col("stratum_size", "stratum_sample").first()).sort("stratum")
    groups = sample.group_by("group").agg(pl.col("group_sample").first()).sort("group")
    position = {name: code for code, name in enumerate(strata["stratum"])}
    return stratified(
        answered["nonresponse_weight"].to_numpy(),
        strata=answered["stratum"].replace_strict(position, return_dtype=pl.Int64).to_numpy(),
        stratum_sizes=strata["stratum_size"].to_numpy(),
        stratum_samples=strata["stratum_sample"].to_numpy(),
        groups=answered["group"].to_numpy(),
        group_samples=groups["group_sample"].to_numpy(),
    )
