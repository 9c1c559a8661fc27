"""How a collection goes: answers against what the plan expected, the precision to come, and whom to call first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from maille.specs import TOTAL, SamplePlan
from maille.stats.allocation import expected_precision
from maille.stats.fieldwork import answer_gains, forecast

OUT_OF_SCOPE = ("out_of_scope", "merged", "duplicate")
"""Outcomes that take a unit out of the rates: it should not have been asked, or not twice."""

PUBLISHED = {"communes": ("size_band", "total"), "epci": ("total",)}
"""The domains whose precision counts: those of the published results."""


@dataclass(frozen=True)
class Calendar:
    """The dates of a collection, and the day it is; ``until`` is the closing that forecasts are made for."""

    opens: date
    closes: date
    today: date
    until: date

    def elapsed(self, day: date) -> float:
        """Return the share of the planned time that is gone; above 1 after the planned closing."""
        return max(0.0, (day - self.opens).days / max(1, (self.closes - self.opens).days))


@dataclass(frozen=True)
class FollowUp:
    """The state of a collection.

    ``units``: the sample in scope, one row a unit, with ``responded``, ``status`` and ``gain``, the share of the
    variance of the published shares that its answer is expected to remove. ``strata``: one row a universe and stratum,
    with ``asked``, ``responded``, ``expected`` (answers planned by now), ``forecast`` and ``deviation`` at closing.
    ``precision``: one row a published domain, half-widths of 95 % intervals in points: ``planned``, ``now``,
    ``closing``; null where a size band has no answer. ``days``: one row a day, cumulated ``rate`` and
    ``expected_rate``.
    """

    units: pl.DataFrame
    strata: pl.DataFrame
    precision: pl.DataFrame
    days: pl.DataFrame

    def by(self, column: str) -> pl.DataFrame:
        """Return asked, answers, started, rate, expected_rate and forecast_rate by universe and ``column``.

        ``column`` « universe » gives the totals.
        """
        keys = dict.fromkeys(("universe", column))
        shares = self.strata.select(
            "universe",
            "stratum",
            expected_unit=pl.col("expected") / pl.col("asked"),
            forecast_unit=pl.col("forecast") / pl.col("asked"),
        )
        rates = ("responded", "expected_unit", "forecast_unit")
        return (
            self.units.join(shares, on=["universe", "stratum"])
            .group_by(*keys)
            .agg(
                pl.len().alias("asked"),
                pl.col("responded").sum().alias("answers"),
                (pl.col("status") == "started").sum().alias("started"),
                *(pl.col(name).mean().alias(f"mean_{name}") for name in rates),
            )
            .rename({"mean_responded": "rate", "mean_expected_unit": "expected_rate"})
            .rename({"mean_forecast_unit": "forecast_rate"})
            .sort(*keys)
        )

    def population_rate(self) -> float | None:
        """Return the share of the population of the sampled communes, weighted, that lives where it was answered."""
        communes = self.units.filter(pl.col("universe") == "communes")
        people = (communes["weight"] * communes["population"]).to_numpy()
        total = float(people.sum())
        return float(people[communes["responded"].to_numpy()].sum()) / total if total else None


def planned_share(curve: tuple[tuple[float, float], ...], elapsed: float) -> float:
    """Return the share of the planned answers due by then.

    Beyond the closing, answers go on at half the mean pace of the last fifth of the collection: a working hypothesis.
    """
    times, shares = (np.array(column) for column in zip(*curve, strict=True))
    if elapsed <= 1:
        return float(np.interp(elapsed, times, shares))
    pace = (1 - float(np.interp(0.8, times, shares))) / 0.2
    return 1 + pace / 2 * (elapsed - 1)


def follow_up(sample: pl.DataFrame, statuses: pl.DataFrame, *, plan: SamplePlan, calendar: Calendar) -> FollowUp:
    """Return the state of a collection.

    ``sample`` is ``collected/<survey>/sample``; ``statuses`` has unit, status, outcome and day of sending (null before)
    of each of its units.
    """
    units = sample.join(statuses, on="unit", how="inner").filter(~pl.col("outcome").is_in(OUT_OF_SCOPE))
    units = units.with_columns(
        responded=pl.col("status") == "submitted",
        share=_by_band(plan, "anticipated_share"),
        planned_rate=_by_band(plan, "expected_response"),
    )
    strata = _strata(units, plan, calendar)
    return FollowUp(
        units=units.with_columns(pl.Series("gain", _gains(units, plan))),
        strata=strata,
        precision=_precision(strata),
        days=_days(units, plan, calendar),
    )


def _by_band(plan: SamplePlan, field: str) -> pl.Expr:
    known: dict[tuple[str, str], float] = {
        (universe, band): value
        for universe, one in plan.universes.items()
        for band, value in getattr(one, field).items()
    }
    keys = pl.struct("universe", "size_band")
    return keys.map_elements(lambda key: known[key["universe"], key["size_band"]], return_dtype=pl.Float64)


def _strata(units: pl.DataFrame, plan: SamplePlan, calendar: Calendar) -> pl.DataFrame:
    strata = (
        units.group_by("universe", "stratum")
        .agg(
            pl.col("size_band").first(),
            pl.col("stratum_size").first(),
            pl.len().alias("asked"),
            pl.col("responded").sum(),
            pl.col("share").mean(),
            pl.col("planned_rate").mean(),
        )
        .sort("universe", "stratum")
    )
    curve = plan.collection.curve
    now = planned_share(curve, min(calendar.elapsed(calendar.today), calendar.elapsed(calendar.until)))
    later = max(now, planned_share(curve, calendar.elapsed(calendar.until)))
    coming = forecast(
        strata["asked"].to_numpy(),
        respondents=strata["responded"].to_numpy(),
        rates=strata["planned_rate"].to_numpy(),
        now=now,
        later=later,
    )
    return strata.with_columns(
        expected=pl.col("asked") * pl.col("planned_rate") * min(now, 1.0),
        forecast=pl.Series(coming.expected),
        deviation=pl.Series(coming.deviation),
    )


def _precision(strata: pl.DataFrame) -> pl.DataFrame:
    planned = pl.col("planned_rate") * pl.col("asked")
    moments = {"planned": planned, "now": pl.col("responded"), "closing": pl.col("forecast")}
    rows = []
    for universe, kinds in PUBLISHED.items():
        here = strata.filter(pl.col("universe") == universe)
        for kind in kinds if here.height else ():
            domain = pl.lit(TOTAL) if kind == "total" else pl.col(kind)
            table = here.with_columns(domain=domain)
            names = table["domain"].unique().sort().to_list()
            widths = {moment: _half_widths(table, names, answers) for moment, answers in moments.items()}
            rows.append(pl.DataFrame({"universe": universe, "domain_type": kind, "domain": names, **widths}))
    schema = {
        "universe": pl.String,
        "domain_type": pl.String,
        "domain": pl.String,
        **dict.fromkeys(moments, pl.Float64),
    }
    return pl.concat([pl.DataFrame(schema=schema), *rows])


def _half_widths(table: pl.DataFrame, names: list[str], answers: pl.Expr) -> pl.Series:
    """Return the half-width of each domain, in points; strata without an answer join the others of their size band."""
    parts = table.with_columns(answers=answers)
    empty = (pl.col("answers") <= 0).any().over("size_band")
    parts = (
        parts.group_by("domain", pl.when(empty).then("size_band").otherwise("stratum").alias("part"))
        .agg(pl.col("stratum_size", "answers").sum(), pl.col("share").mean())
        .sort("domain", "part")
    )
    width = expected_precision(
        parts["stratum_size"].to_numpy(),
        samples=parts["answers"].to_numpy(),
        response_rates=np.ones(parts.height),
        share=parts["share"].to_numpy(),
        domains=np.array([names.index(name) for name in parts["domain"]]),
    ).half_width
    return pl.Series(100 * width).fill_nan(None)


def _gains(units: pl.DataFrame, plan: SamplePlan) -> np.ndarray:
    """Return what calling each unit is worth: mean share of variance removed, times its chance of answering."""
    calls: Mapping[str, float] = plan.collection.answers_when_called  # type: ignore[assignment]
    chance = np.array([calls.get(status, 0.0) for status in units["status"]])
    refused = (units["outcome"] == "refusal").to_numpy()
    total, figures = np.zeros(units.height), np.zeros(units.height)
    for universe, kinds in PUBLISHED.items():
        here = (units["universe"] == universe).to_numpy()
        part = units.filter(pl.Series(here))
        for kind in kinds if part.height else ():
            for measure in (np.ones(part.height), part["population"].to_numpy().astype(np.float64)):
                total[here] += answer_gains(
                    measure,
                    weights=part["weight"].to_numpy(),
                    responded=part["responded"].to_numpy(),
                    share=part["share"].to_numpy(),
                    strata=_codes(part["stratum"]),
                    domains=np.zeros(part.height, dtype=np.int64) if kind == "total" else _codes(part[kind]),
                )
                figures[here] += 1
    return np.where(refused, 0.0, chance * total / np.maximum(figures, 1))


def _codes(names: pl.Series) -> np.ndarray:
    return names.rank("dense").cast(pl.Int64).to_numpy() - 1


def _days(units: pl.DataFrame, plan: SamplePlan, calendar: Calendar) -> pl.DataFrame:
    last = max(calendar.closes, calendar.until)
    days = pl.DataFrame({"day": pl.date_range(calendar.opens, last, eager=True)})
    sent = units.filter(pl.col("responded")).group_by(pl.col("sent_on").alias("day")).len("answers")
    final = float(units["planned_rate"].mean() or 0.0)  # type: ignore[arg-type]
    due = [final * planned_share(plan.collection.curve, calendar.elapsed(day)) for day in days["day"]]
    early = sent.filter(pl.col("day") < calendar.opens)["answers"].sum()
    return (
        days.join(sent, on="day", how="left")
        .with_columns(pl.col("answers").fill_null(0), pl.Series("expected_rate", due))
        .with_columns(rate=(pl.col("answers").cum_sum() + early) / max(1, units.height))
        .with_columns(rate=pl.when(pl.col("day") <= calendar.today).then("rate"))
    )
