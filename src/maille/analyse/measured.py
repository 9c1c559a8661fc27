"""The estimates of some indicators of one kind on some domains, with what secrecy must know of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse.domains import Domains
from maille.analyse.respondents import Respondents
from maille.specs import Indicator
from maille.stats.effects import simple_variance
from maille.stats.forms import sum_rows
from maille.stats.giants import giants, giants_spread
from maille.stats.intervals import half_width
from maille.stats.quantiles import Quantiles, domain_quantiles
from maille.stats.variance import Estimates, Shares, domain_ratios, domain_shares, domain_totals, observed_whole

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
UNITS = ("communes", "epci")
"""The measures in which each unit counts for one."""


@dataclass(frozen=True)
class Values:
    """What respondents count for: ``above`` and ``below`` (n, v), zero for those that do not count, and ``counted``.

    ``sized`` tells that they grow with the population: shares of it and amounts, not numbers of units.
    """

    above: Floats
    below: Floats
    counted: npt.NDArray[np.bool_]
    sized: bool

    @classmethod
    def of(cls, people: Respondents, indicators: Sequence[Indicator], measure: str) -> "Values":
        """Read the columns of some indicators of the same kind."""
        table = people.table.select([item.id for item in indicators])
        counted = table.select(pl.all().is_not_null()).to_numpy().astype(bool)
        above = table.fill_null(0).to_numpy().astype(np.float64)
        below = counted.astype(np.float64)
        if indicators[0].kind == "ratio":
            columns = [item.below_column for item in indicators]
            below = people.table.select(columns).fill_null(0).to_numpy().astype(np.float64)
        if measure == "population":
            size = people.table["population"].to_numpy().astype(np.float64)[:, None]
            above, below = above * size, below * size
        return cls(above, below, counted, sized=measure not in UNITS)


def measured(
    people: Respondents, indicators: Sequence[Indicator], *, measure: str, domains: Domains
) -> tuple[pl.DataFrame, ...]:
    """Return one table an indicator, one row a domain: the estimate, its precision, and its contributors.

    ``indicators`` are of the same kind. Shares are in per cent, the others in the unit of the indicator.
    """
    values = Values.of(people, indicators, measure)
    count = len(domains.names)
    where = domains.codes(people.table)
    sizes = np.bincount(domains.codes(people.frame), minlength=count).astype(np.float64)
    columns = {
        **estimated(people, indicators[0].kind, values, where=where, domains=domains),
        **_contributors(people, values, where=where, count=count),
    }
    described = _described(people, where, domains=domains).with_columns(universe_size=pl.Series(sizes.astype(np.int64)))
    places = domains.places()
    return tuple(
        pl.concat(
            [places, pl.DataFrame({name: part[:, column] for name, part in columns.items()}), described],
            how="horizontal",
        )
        for column in range(len(indicators))
    )


def estimated(
    people: Respondents, kind: str, values: Values, *, where: Codes, domains: Domains
) -> dict[str, npt.NDArray[Any]]:
    """Return the estimates (D, v) with their precision, by name of column; ``where`` (n,) places the respondents.

    Shares are in per cent, the others in the unit of the indicator.
    """
    count, everywhere = len(domains.names), domains.codes(people.frame)
    sizes = np.bincount(everywhere, minlength=count).astype(np.float64)
    result, seen = _estimated(people, kind, values, where=where, sizes=sizes)
    if people.imputed is not None and kind in ("total", "mean", "ratio"):
        result = _with_imputation(people, kind, values, result=result, where=where)
    moved = _giants(people, kind, values, places=(where, everywhere), result=result)
    scale = 100.0 if kind == "share" else 1.0
    precision = _precision(result, _effect(people, kind, values, result=result, where=where), count=count, scale=scale)
    if kind != "share":
        moved = np.divide(moved, np.abs(result.estimate), out=np.zeros_like(moved), where=result.estimate != 0)
    return {**precision, "giants": _filled(100 * moved, count, 0.0), "all_observed": _filled(seen, count, False)}


def _giants(
    people: Respondents, kind: str, values: Values, *, places: tuple[Codes, Codes], result: Estimates
) -> Floats:
    """Return how far each figure would be (D, v), one standard deviation, if none of its giants had answered."""
    none, (where, everywhere) = np.zeros(result.estimate.shape), places
    if kind == "median" or not values.sized:
        return none
    weights, size = people.design.weights, people.table["population"].to_numpy().astype(np.float64)
    count, every = len(result.estimate), people.frame["population"].to_numpy()
    inside = everywhere < count
    large = giants(weights, sizes=size, domains=where, frame_sizes=every[inside], frame_domains=everywhere[inside])
    if not large.whole.any():
        return none
    below = size[:, None] if kind == "total" else values.below
    spread = giants_spread(values.above, below, giants=large, weights=weights, sizes=size, domains=where)
    if kind != "total":
        whole = _sums(np.broadcast_to(below, values.above.shape) * weights[:, None], where, count)
        spread = np.divide(spread, whole**2, out=np.zeros_like(spread), where=whole > 0)
    return np.sqrt(spread * large.whole[:, None])


def _estimated(
    people: Respondents, kind: str, values: Values, *, where: Codes, sizes: Floats
) -> tuple[Estimates, npt.NDArray[np.bool_]]:
    """Return the estimates of the domains up to the last that has a respondent, and which of them were seen whole."""
    design, sizes = people.design, sizes[: int(where.max(initial=-1)) + 1]
    if kind == "share":
        shares = domain_shares(
            values.above, design=design, denominators=values.below, domains=where, domain_sizes=sizes
        )
        return shares, shares.all_observed
    seen = observed_whole(values.counted, design=design, domains=where, domain_sizes=sizes)
    if kind == "total":
        found = domain_totals(values.above, design=design, domains=where)
        return replace(found, respondents=_sums(values.counted, where, len(sizes)).astype(np.int64)), seen
    if kind == "median":
        lent = None if people.imputed is None else partial(_lent, people, values, where=where)
        quantiles = domain_quantiles(
            values.above, design=design, counted=values.counted, domains=where, imputation=lent
        )
        return quantiles, seen
    found = domain_ratios(values.above, design=design, denominators=values.below, domains=where)
    return replace(found, respondents=_sums(values.counted, where, len(sizes)).astype(np.int64)), seen


def _lent(people: Respondents, values: Values, at: Floats, *, where: Codes) -> Floats:
    """Return what imputation adds (D, v) to the variance of the shares of units at or under ``at`` (D, v)."""
    assert people.imputed is not None
    added = np.zeros_like(at)
    for column in range(at.shape[1]):
        added[:, column] = people.imputed.share_variance(
            values.above[:, column], values.counted[:, column], at=at[:, column], design=people.design, domains=where
        )
    whole = _sums(values.counted * people.design.weights[:, None], where, len(at))
    return np.divide(added, whole**2, out=np.zeros_like(added), where=whole > 0)


def _with_imputation(people: Respondents, kind: str, values: Values, *, result: Estimates, where: Codes) -> Estimates:
    """Return the estimates with the variance of imputation in their errors and intervals."""
    assert people.imputed is not None
    added = np.zeros_like(result.standard_error)
    design = people.design
    for column in range(values.above.shape[1]):
        added[:, column] = people.imputed.variance(values.above[:, column], design=design, domains=where)
        if kind == "ratio":
            below = people.imputed.variance(values.below[:, column], design=design, domains=where)
            added[:, column] += np.nan_to_num(result.estimate[:, column]) ** 2 * below
    if kind != "total":
        whole = _sums(values.below * design.weights[:, None], where, len(added))
        added = np.divide(added, whole**2, out=np.zeros_like(added), where=whole > 0)
    error = np.sqrt(result.standard_error**2 + added)
    half = half_width(error)
    return replace(result, standard_error=error, low=result.estimate - half, high=result.estimate + half)


def _effect(people: Respondents, kind: str, values: Values, *, result: Estimates, where: Codes) -> Floats:
    """Return the design effects (D, v): the variance over that of a simple sample of as many units."""
    if isinstance(result, Shares | Quantiles):
        return result.design_effect
    below = None if kind == "total" else values.below
    simple = simple_variance(
        values.above, weights=people.design.weights, counted=values.counted, domains=where, denominators=below
    )
    return np.asarray(np.divide(result.standard_error**2, simple, out=np.full(simple.shape, np.nan), where=simple > 0))


def _precision(result: Estimates, effect: Floats, *, count: int, scale: float) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of the estimates, a line a domain, empty for the domains without respondent."""
    error, estimate = _filled(result.standard_error, count), _filled(result.estimate, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        variation = np.where(estimate != 0, 100 * error / np.abs(estimate), np.nan)
    return {
        "estimate": scale * estimate,
        "standard_error": scale * error,
        "ci_low": scale * _filled(result.low, count),
        "ci_high": scale * _filled(result.high, count),
        "cv": variation,
        "respondents": _filled(result.respondents, count, 0),
        "design_effect": _filled(effect, count),
    }


def _contributors(people: Respondents, values: Values, *, where: Codes, count: int) -> dict[str, npt.NDArray[Any]]:
    """Return, by domain and indicator, the weighted totals and who makes them (see ``ESTIMATES``)."""
    weights = people.design.weights[:, None]
    filled = _sums((values.above != 0) & values.counted, where, count).astype(np.int64)
    first, second = _largest(np.abs(values.above), where, count)
    return {
        "yes": filled,
        "nonzero": filled,
        "top1": first,
        "top2": second,
        "total": _sums(values.above * weights, where, count),
        "whole": _sums(values.below * weights, where, count),
    }


def _largest(values: Floats, where: Codes, count: int) -> tuple[Floats, Floats]:
    """Return the largest and second largest value of each domain and column, zero where there is none."""
    first, second = np.zeros((count, values.shape[1])), np.zeros((count, values.shape[1]))
    for domain in np.unique(where):
        inside = values[where == domain]
        place = inside.argmax(axis=0)
        first[domain] = inside[place, np.arange(values.shape[1])]
        inside[place, np.arange(values.shape[1])] = 0
        second[domain] = inside.max(axis=0)
    return first, second


def _described(people: Respondents, where: Codes, *, domains: Domains) -> pl.DataFrame:
    count, weights = len(domains.names), people.design.weights
    least, most = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(least, where, weights)
    np.maximum.at(most, where, weights)
    return pl.DataFrame(
        {
            "weight_min": np.where(np.isfinite(least), least, np.nan),
            "weight_max": most,
            "sampled": np.bincount(domains.codes(people.sample), minlength=count),
        }
    )


def _sums(values: npt.NDArray[Any], where: Codes, count: int) -> Floats:
    order = np.argsort(where, kind="stable")
    return sum_rows(values[order], np.searchsorted(where[order], np.arange(count + 1)).astype(np.int64))


def _filled(values: npt.NDArray[Any], count: int, nothing: float = np.nan) -> npt.NDArray[Any]:
    """Return ``values`` with the lines of the last domains, those without respondent."""
    missing = count - len(values)
    return np.pad(values, ((0, missing), (0, 0)), constant_values=nothing) if missing else values
