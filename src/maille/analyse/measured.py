"""The estimates of some indicators of one kind on some domains, with what secrecy must know of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse.domains import Domains
from maille.analyse.respondents import Respondents
from maille.specs import Indicator
from maille.stats.quantiles import domain_quantiles
from maille.stats.variance import Estimates, Shares, domain_ratios, domain_shares, domain_totals, observed_whole

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
NORMAL = 1.959963984540054


@dataclass(frozen=True)
class Values:
    """What respondents count for: ``above`` and ``below`` (n, v), zero for those that do not count, and ``counted``."""

    above: Floats
    below: Floats
    counted: npt.NDArray[np.bool_]

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
        return cls(above, below, counted)


def measured(
    people: Respondents, indicators: Sequence[Indicator], *, measure: str, domains: Domains
) -> tuple[pl.DataFrame, ...]:
    """Return one table an indicator, one row a domain: the estimate, its precision, and its contributors.

    ``indicators`` are of the same kind. Shares are in per cent, the others in the unit of the indicator.
    """
    values = Values.of(people, indicators, measure)
    kind, count = indicators[0].kind, len(domains.names)
    where = domains.codes(people.table)
    sizes = np.bincount(domains.codes(people.frame), minlength=count).astype(np.float64)
    result, seen = _estimated(people, kind, values, where=where, sizes=sizes)
    if people.imputed is not None and kind in ("total", "mean", "ratio"):
        result = _with_imputation(people, kind, values, result=result, where=where)
    columns = {
        **_precision(result, count=count, scale=100.0 if kind == "share" else 1.0),
        "all_observed": _filled(seen, count, False),
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
        return domain_quantiles(values.above, design=design, counted=values.counted, domains=where), seen
    found = domain_ratios(values.above, design=design, denominators=values.below, domains=where)
    return replace(found, respondents=_sums(values.counted, where, len(sizes)).astype(np.int64)), seen


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
    half = NORMAL * error
    return replace(result, standard_error=error, low=result.estimate - half, high=result.estimate + half)


def _precision(result: Estimates, *, count: int, scale: float) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of the estimates, a line a domain, empty for the domains without respondent."""
    error, estimate = _filled(result.standard_error, count), _filled(result.estimate, count)
    with np.errstate(divide="ignore", invalid="ignore"):
        variation = np.where(estimate != 0, 100 * error / np.abs(estimate), np.nan)
    effect = result.design_effect if isinstance(result, Shares) else np.full(result.estimate.shape, np.nan)
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
    filled = (values.above != 0) & values.counted
    first, second = _largest(np.abs(values.above), where, count)
    return {
        "yes": _sums(filled, where, count).astype(np.int64),
        "nonzero": _sums(filled, where, count).astype(np.int64),
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
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, where, values)
    return sums


def _filled(values: npt.NDArray[Any], count: int, nothing: float = np.nan) -> npt.NDArray[Any]:
    """Return ``values`` with the lines of the last domains, those without respondent."""
    missing = count - len(values)
    return np.pad(values, ((0, missing), (0, 0)), constant_values=nothing) if missing else values
