"""Who answers, who stops on the way, and when: about half of the sample, small communes less.

Given its size band and région, an authority answers nearly at random: the only link with what it does is the weight
``response.commune`` of the working values, kept tiny so that the hypothesis of the correction is almost true.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

from maille.demo.latent import generator, uniform_of
from maille.demo.working import Floats, load_working

SUBMITTED, STARTED, SILENT = "submitted", "started", "silent"
HTTP, SIMULATED = "http_demo", "simulated"

Rates = Mapping[tuple[str, str], float]
"""Expected response by (universe, size band)."""

_WAVES = ((0.30, 0.02), (0.25, 0.22), (0.25, 0.48), (0.20, 0.80))
"""The launch and three reminders: share of the answers, and when each starts as a share of the window."""


def response_probabilities(units: pl.DataFrame, rates: Rates, *, seed: int) -> Floats:
    """Return the probability that each unit answers; its mean in each band is the band's rate.

    ``units`` has universe, size_band, region, population and factor, one row a unit; a band without a rate raises
    KeyError. Within a band the logit adds the région, the size and a very little of the hidden tendency.
    """
    values = load_working().response
    size = np.log(np.maximum(units["population"].to_numpy().astype(np.float64), 1))
    regions = {code: float(generator(seed, "response", code).normal()) for code in units["region"].unique()}
    regional = np.array([regions[code] for code in units["region"]], dtype=np.float64)
    tendency = values.region * regional + values.commune * units["factor"].to_numpy()
    probabilities = np.zeros(units.height)
    keys = list(zip(units["universe"], units["size_band"], strict=True))
    for key in sorted(set(keys)):
        here = np.array([other == key for other in keys])
        slope = values.size * (size[here] - size[here].mean()) / (float(size[here].std()) or 1.0)
        probabilities[here] = _with_mean(tendency[here] + slope, rates[key])
    return probabilities


def plan_response(units: pl.DataFrame, rates: Rates, *, seed: int, over_http: int) -> pl.DataFrame:
    """Return what each sampled unit will do, in the order in which they finish.

    The result has unit, universe, outcome (submitted, started or silent), reached (share of the sections that a unit
    which stops on the way saves), mode, started_at and finished_at (UTC, within the collection). ``over_http`` units
    of those that submit do it through the pages.
    """
    table = units.sort("universe", "unit")
    uniform = generator(seed, "outcome").uniform(size=table.height)
    answers = uniform < response_probabilities(table, rates, seed=seed)
    begins = ~answers & (generator(seed, "begins").uniform(size=table.height) < load_working().response.started)
    outcome = np.where(answers, SUBMITTED, np.where(begins, STARTED, SILENT))
    finished = _moments(table.height, seed)
    minutes = generator(seed, "duration").uniform(20, 3000, size=table.height)
    opened = datetime.combine(load_working().response.opens, time(6), tzinfo=UTC)
    started = [max(opened, end - timedelta(minutes=int(took))) for end, took in zip(finished, minutes, strict=True)]
    rank = pl.Series([uniform_of(unit, "http", seed=seed) for unit in table["unit"]])
    plan = table.select("unit", "universe").with_columns(
        outcome=pl.Series(outcome.tolist()),
        reached=pl.Series(generator(seed, "reached").uniform(size=table.height)),
        started_at=pl.Series(started),
        finished_at=pl.Series(finished),
        rank=pl.when(pl.Series(outcome.tolist()) == SUBMITTED).then(rank),
    )
    return (
        plan.with_columns(
            mode=pl.when(pl.col("rank").rank("ordinal") <= over_http).then(pl.lit(HTTP)).otherwise(pl.lit(SIMULATED))
        )
        .drop("rank")
        .sort("finished_at", "unit")
    )


def _with_mean(logit: Floats, mean: float) -> Floats:
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if float(_logistic(logit + middle).mean()) < mean:
            low = middle
        else:
            high = middle
    return _logistic(logit + (low + high) / 2)


def _logistic(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logit)))


def _moments(count: int, seed: int) -> list[datetime]:
    """Return weekday moments of the collection, crowded after its launch and after each reminder."""
    values = load_working().response
    rng = generator(seed, "moments")
    wave = rng.choice(len(_WAVES), p=[share for share, _ in _WAVES], size=count)
    start = np.array([begins for _, begins in _WAVES])[wave]
    days = (values.closes - values.opens).days
    offsets = np.minimum(start * days + rng.exponential(7, size=count), days - 3).astype(int)
    minutes = rng.integers(7 * 60, 17 * 60, size=count)
    return [
        _weekday(values.opens + timedelta(days=int(day)), int(minute))
        for day, minute in zip(offsets, minutes, strict=True)
    ]


def _weekday(day: date, minute: int) -> datetime:
    weekday = day - timedelta(days=max(0, day.weekday() - 4))
    return datetime.combine(weekday, time(minute // 60, minute % 60), tzinfo=UTC)
