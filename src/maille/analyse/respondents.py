"""The respondents of a universe, with what they count for and the design that their weights come from."""

from dataclasses import dataclass

import polars as pl

from maille.analyse.imputed import Imputed
from maille.specs.sample import Selection
from maille.stats.design import Design, calibrated, stratified
from maille.stats.design_drawn import balanced, successive

SIMPLE = Selection()
"""How a plan that says nothing draws."""


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
    sample: pl.DataFrame,
    *,
    indicators: pl.DataFrame,
    margins: pl.DataFrame,
    frame: pl.DataFrame,
    selection: Selection = SIMPLE,
) -> Respondents:
    """Return the respondents of a universe with the design that their weights come from.

    ``sample`` are its weights (``processed/…/weights``) with the territories of the units, ``indicators`` and
    ``margins`` one row a respondent, ``frame`` all its units. ``selection`` says how they were drawn: the sample then
    has what it balances or the list that it goes through.
    """
    answered = sample.filter("responded")
    joined = answered.join(indicators, on="unit", how="left", maintain_order="left")
    auxiliaries = answered.select("unit").join(margins, on="unit", how="left", maintain_order="left").drop("unit")
    design = calibrated(
        _drawn(sample, selection),
        weights=answered["weight"].to_numpy(),
        auxiliaries=auxiliaries.to_numpy(),
        leverage=True,
    )
    return Respondents(joined, sample, frame, design)


def _drawn(sample: pl.DataFrame, selection: Selection) -> Design:
    """Return the design of the draw and of the response to it, before calibration.

    A systematic sample counts as a simple one, which is the careful choice, unless the plan asks for ``neighbours``.
    """
    if selection.kind == "simple" or (selection.kind == "systematic" and not selection.neighbours):
        return _simple(sample, sample.filter("responded"))
    chances = 1 / sample["design_weight"].to_numpy()
    strata = sample["stratum"].rank("dense").cast(pl.Int64).to_numpy() - 1
    answer = {"responded": sample["responded"].to_numpy(), "groups": sample["group"].to_numpy()}
    if selection.kind == "systematic":
        return successive(chances, strata=strata, order=selection.places(sample), **answer)
    return balanced(chances, strata=strata, balancing=selection.balancing_variables(sample), **answer)


def _simple(sample: pl.DataFrame, answered: pl.DataFrame) -> Design:
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
