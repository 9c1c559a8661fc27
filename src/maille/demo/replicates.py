"""Draw, answer, weigh and estimate again and again on the known country: do the intervals say the truth?"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse import respondents
from maille.collect import KEYS, draw, frame_of
from maille.demo.country import countries
from maille.demo.response import response_probabilities
from maille.process import counts, frame_margins, weigh_sample
from maille.specs import TOTAL, UniversePlan, load_indicators, load_questionnaire, load_sample
from maille.specs.questionnaire import Universe, questionnaire_file
from maille.specs.rule_columns import ticks
from maille.stats.variance import domain_shares
from maille.territory import load_reference

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Replicates:
    """The truth (D, v) and, for each replicate (R, D, v), the estimate, its standard error and its interval.

    All in shares; domains are the size bands of the plan, then the whole.
    """

    indicators: tuple[str, ...]
    domains: tuple[str, ...]
    truth: Floats
    estimate: Floats
    error: Floats
    low: Floats
    high: Floats

    def coverage(self) -> Floats:
        """Return how often the interval holds the truth (D, v)."""
        held = (self.low <= self.truth + 1e-12) & (self.truth - 1e-12 <= self.high)
        return np.asarray(held.mean(axis=0))

    def relative_bias(self) -> Floats:
        """Return the mean error over the standard deviation of the estimates (D, v); zero where nothing varies."""
        gap, spread = self.estimate.mean(axis=0) - self.truth, self.estimate.std(axis=0)
        return np.where(spread > 1e-9, gap / np.where(spread > 1e-9, spread, 1.0), 0.0)

    def error_ratio(self) -> Floats:
        """Return the mean standard error over the standard deviation of the estimates (D, v)."""
        spread = self.estimate.std(axis=0, ddof=1)
        return np.asarray(self.error.mean(axis=0) / np.where(spread > 1e-9, spread, np.nan))


@dataclass(frozen=True)
class World:
    """A universe whose truth is known: its frame, the true indicators and the probability of answering."""

    plan: UniversePlan
    frame: pl.DataFrame
    margins: pl.DataFrame
    truth: pl.DataFrame
    chances: Floats


def replicate(
    specs: Path, *, universe: Universe, indicators: Sequence[str], edition: str, count: int, seed: int
) -> Replicates:
    """Draw ``count`` samples with nonresponse, and estimate the shares of units with each indicator.

    Replicate r depends on ``seed`` and r only. The truth, the draw, the weights and the variance are those of the
    survey; only the collection pages are left out.
    """
    world = known_world(specs, universe=universe, indicators=indicators, edition=edition, seed=seed)
    names = (*world.plan.size_bands.codes(), TOTAL)
    results = [_once(world, np.random.default_rng([seed, number])) for number in range(count)]
    stacked = [np.stack(part) for part in zip(*results, strict=True)]
    return Replicates(tuple(indicators), names, _truth(world), *stacked)


def known_world(specs: Path, *, universe: Universe, indicators: Sequence[str], edition: str, seed: int) -> World:
    """Return the simulated country with the indicators of every unit of the frame."""
    plan = load_sample(specs / "samples" / f"{edition}.yaml").universes[universe]
    loaded = load_indicators(specs / "indicators")
    reference = load_reference()
    table = reference.communes if universe == "communes" else reference.epci
    frame = frame_of(universe, plan, table)
    country = countries(seed=seed)[universe].rename({KEYS[universe]: "unit"})
    answers = frame.select("unit").join(country, on="unit", how="left", maintain_order="left")
    asked = load_questionnaire(specs / questionnaire_file(specs, edition, universe))
    chosen = [ticks(q, pl.col(q.name)) for q in asked.variables() if q.kind == "select_multiple"]
    answered = answers.with_columns(*(one for column in chosen for one in column))
    factor = answers.select("unit", "factor")
    people = frame.join(factor, on="unit", how="left", maintain_order="left").with_columns(universe=pl.lit(universe))
    rates: dict[tuple[str, str], float] = {(universe, band): rate for band, rate in plan.expected_response.items()}
    return World(
        plan=plan,
        frame=frame,
        margins=frame_margins(table, plan),
        truth=counts(asked, answered, {name: loaded[name] for name in indicators}),
        chances=response_probabilities(people, rates, seed=seed),
    )


def _once(world: World, rng: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats]:
    drawn, _allocation = draw(world.frame, world.plan, fraction=1.0, rng=rng)
    answers = rng.random(drawn.height) < world.chances
    units = drawn.with_columns(responded=pl.Series(answers)).filter("selected").with_columns(universe=pl.lit(""))
    weighted, margins, _summary = weigh_sample(units, world.plan, frame=world.margins)
    people = respondents(weighted, indicators=world.truth, margins=margins, frame=world.frame)
    values = people.table.select(world.truth.columns[1:])
    yes = values.fill_null(0).to_numpy().astype(np.float64)
    among = values.select(pl.all().is_not_null()).to_numpy().astype(np.float64)
    parts = []
    for domains in (_bands(world.plan, people.table["population"]), np.zeros(len(yes), dtype=np.int64)):
        shares = domain_shares(yes, design=people.design, denominators=among, domains=domains)
        parts.append((shares.estimate, shares.standard_error, shares.low, shares.high))
    bands, whole = parts
    estimate, error, low, high = (np.vstack([one, other]) for one, other in zip(bands, whole, strict=True))
    return estimate, error, low, high


def _bands(plan: UniversePlan, population: pl.Series) -> npt.NDArray[np.int64]:
    codes = plan.size_bands.codes()
    assigned = plan.size_bands.assign(population)
    return assigned.replace_strict(list(codes), list(range(len(codes))), return_dtype=pl.Int64).to_numpy()


def _truth(world: World) -> Floats:
    values = world.truth.drop("unit").cast(pl.Float64)
    where = _bands(world.plan, world.frame["population"])
    rows = [values.filter(pl.Series(where == band)).mean() for band in range(len(world.plan.size_bands.codes()))]
    return np.vstack([row.to_numpy()[0] for row in [*rows, values.mean()]])
