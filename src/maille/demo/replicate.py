"""One survey of the known country after another: draw, answer, weigh, estimate, and add up how far from the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse.estimate import LOW_PRECISION, RARE, flagged
from maille.analyse.respondents import Respondents, respondents
from maille.analyse.winsorised import winsorised
from maille.collect import draw
from maille.demo.world import World, figures
from maille.process import WeightsNegative, weigh_sample
from maille.specs import Precision
from maille.stats.contradictions import MarginsInfeasible, NotConverged
from maille.stats.nonresponse_model import ResponseSeparated

Floats = npt.NDArray[np.float64]
Sums = dict[str, Floats]
"""Sums over replicates (C,) by name: see ``measure``."""

ROUNDING = 1e-9
"""An interval holds a truth that is as near as this, in share of its size: both are sums taken in another order."""


@dataclass(frozen=True)
class Ground:
    """What every replicate of a universe under one plan needs; ``cells`` and ``truth`` (C,) are of its figures."""

    world: World
    cells: pl.DataFrame
    truth: Floats
    precision: Precision
    effects: bool

    @classmethod
    def of(cls, world: World, precision: Precision, *, effects: bool = True) -> "Ground":
        """Compute the truth; ``effects`` asks for the estimates without correction of nonresponse too."""
        return cls(world, world.cells(), world.truth(), precision, effects)


def survey(world: World, rng: np.random.Generator) -> Respondents:
    """Return the respondents of one survey: sample, response, weights and winsorising are those of the plan.

    Imputation is that of the edition when the world has it, else left out.
    """
    drawn, _allocation = draw(world.frame, world.plan, fraction=1.0, rng=rng)
    answered = pl.Series(rng.random(drawn.height) < world.chances)
    units = drawn.with_columns(responded=answered, universe=pl.lit(world.universe)).filter("selected")
    weighted, margins, _summary = weigh_sample(units, world.plan, frame=world.margins)
    plan, values, imputed = world.plan, world.values, None
    if world.imputing is not None:
        values, imputed = world.imputing.filled(units.filter("responded"))
    people = respondents(weighted, indicators=values, margins=margins, frame=world.frame, selection=plan.selection)
    people = replace(people, imputed=imputed)
    return winsorised(people, plan.winsorising, universe=world.universe, bands=plan.size_bands)[0]


def replicates(ground: Ground, *, seed: Sequence[int], first: int, last: int) -> Sums:
    """Return the sums over the replicates ``first`` to ``last`` (excluded); replicate r depends on ``seed`` and r.

    ``failed`` counts the surveys whose weights could not meet the margins: they give no estimate.
    """
    total: Sums = {"failed": np.zeros(len(ground.truth))}
    for number in range(first, last):
        try:
            people = survey(ground.world, np.random.default_rng([*seed, number]))
        except (MarginsInfeasible, NotConverged, ResponseSeparated, WeightsNegative):
            # A design that draws too few units in a region cannot always be calibrated: that too is a result.
            total = added(total, {"failed": np.ones(len(ground.truth))})
        else:
            total = added(total, measure(ground, people))
    return total


def added(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> Sums:
    """Return the sum of two sums; nothing counts as zero."""
    return {**one, **{name: one[name] + values if name in one else values for name, values in other.items()}}


def measure(ground: Ground, people: Respondents) -> Sums:
    """Return what one survey adds to the sums, zero for a figure without estimate.

    ``count`` surveys with an estimate; ``error`` and ``error_2`` its distance to the truth and the square;
    ``spread`` and ``spread_2`` the standard error and its square; ``half`` the half-width; ``held``, ``under`` and
    ``over`` whether the interval holds the truth, lies under it or over it; ``low_precision`` and ``rare`` its flag;
    ``whole`` whether all was observed; ``respondents``, ``yes``, ``no``, ``effect`` (of the design), ``giants``;
    ``raw``, ``raw_2``, ``grouped``, ``grouped_2`` the distances before correction and before calibration.
    """
    found = figures(ground.world, people, others=_uncorrected(ground, people) if ground.effects else None)
    there = np.isfinite(found["estimate"]) & np.isfinite(ground.truth)
    error = found["estimate"] - ground.truth
    slack = ROUNDING * np.maximum(np.abs(ground.truth), 1e-9)
    low, high = found["ci_low"] - slack, found["ci_high"] + slack
    flags = _flags(ground, found)
    columns = {
        "count": there,
        "error": error,
        "error_2": error**2,
        "spread": found["standard_error"],
        "spread_2": found["standard_error"] ** 2,
        "half": (found["ci_high"] - found["ci_low"]) / 2,
        "held": (low <= ground.truth) & (ground.truth <= high),
        "under": high < ground.truth,
        "over": ground.truth < low,
        LOW_PRECISION: flags == LOW_PRECISION,
        RARE: flags == RARE,
        "whole": found["all_observed"],
        "respondents": found["respondents"],
        "yes": found["yes"],
        "no": found["no"],
        "effect": found["design_effect"],
        "giants": found["giants"],
    }
    if ground.effects:
        raw, grouped = found["raw"] - ground.truth, found["grouped"] - ground.truth
        columns |= {"raw": raw, "raw_2": raw**2, "grouped": grouped, "grouped_2": grouped**2}
    return {name: np.where(there, np.nan_to_num(np.asarray(column, float)), 0.0) for name, column in columns.items()}


def _flags(ground: Ground, found: Mapping[str, Floats]) -> npt.NDArray[np.object_]:
    columns = ("estimate", "standard_error", "ci_low", "ci_high", "cv", "design_effect", "respondents", "giants")
    table = ground.cells.select("kind", "indicator", "measure", "domain").with_columns(
        *(pl.Series(name, found[name]) for name in columns), all_observed=pl.Series(found["all_observed"] > 0)
    )
    return np.asarray(flagged(table, ground.precision)["flag"].fill_null("").to_numpy(), dtype=object)


def _uncorrected(ground: Ground, people: Respondents) -> Sums:
    """Return the weights of respondents without any correction, and with that of the groups alone.

    Without correction, each keeps the weight of its draw, times one number for all.
    """
    drawn = people.table["design_weight"].to_numpy()
    raw = drawn * (ground.world.frame.height / drawn.sum())
    return {"raw": raw, "grouped": people.table["nonresponse_weight"].to_numpy()}
