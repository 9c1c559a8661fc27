"""How many units each stratum gives, by the rule of the plan, and what each precision asked for costs."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from maille.catalogue import Variable
from maille.specs import TOTAL, UniversePlan
from maille.specs.sample import Precision
from maille.stats.allocation import AllocationImpossible, allocate, neyman_goal, power_goal

CONSTRAINTS = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="indicator", label="Indicateur", kind="code"),
    Variable(name="share", label="Part anticipée", kind="number"),
    Variable(name="cv_asked", label="Coefficient de variation demandé", kind="number"),
    Variable(name="cv_expected", label="Coefficient de variation attendu", kind="number"),
    Variable(name="price_point", label="Unités épargnées en accordant un point de plus", kind="number"),
    Variable(name="price_percent", label="Unités épargnées en accordant un centième de plus", kind="number"),
)


@dataclass(frozen=True)
class Allocated:
    """The strata of a universe with ``stratum_sample`` and ``take_all``, and the constraints, empty without any."""

    strata: pl.DataFrame
    constraints: pl.DataFrame


def allocate_strata(frame: pl.DataFrame, plan: UniversePlan, *, fraction: float) -> Allocated:
    """Return the allocation of a frame (``frame_of``) by the plan, its size times ``fraction``.

    Raises AllocationImpossible.
    """
    strata = _strata(frame, plan)
    take_all = strata["take_all"].to_numpy() & (fraction >= 1)
    constraints = _no_constraint()
    if plan.allocation.kind == "constrained":
        counts, constraints = _constrained(frame, plan, strata, fraction=fraction)
    else:
        counts = allocate(
            strata["stratum_size"].to_numpy(),
            total=round(plan.total * fraction),
            goal=_goal(strata, plan),
            minimum=max(2, round(plan.allocation.minimum * fraction)),
            take_all=take_all,
        ).counts
    return Allocated(
        strata.with_columns(
            pl.Series("stratum_sample", counts),
            pl.Series("take_all", take_all | (counts == strata["stratum_size"].to_numpy())),
        ).with_columns(expected_respondents=pl.col("stratum_sample") * pl.col("answer")),
        constraints,
    )


def _strata(frame: pl.DataFrame, plan: UniversePlan) -> pl.DataFrame:
    share = pl.col("size_band").replace_strict(plan.anticipated_share, return_dtype=pl.Float64)
    answer = pl.col("size_band").replace_strict(plan.expected_response, return_dtype=pl.Float64)
    return (
        frame.with_columns(share=share, answer=answer)
        .group_by("stratum")
        .agg(
            stratum_size=pl.len().cast(pl.Int64),
            population=pl.col("population").sum(),
            take_all=pl.col("take_all").first(),
            share=pl.col("share").mean(),
            answer=pl.col("answer").mean(),
        )
        .sort("stratum")
    )


def _goal(strata: pl.DataFrame, plan: UniversePlan) -> np.ndarray | None:
    sizes = strata["stratum_size"].to_numpy()
    if plan.allocation.kind == "power":
        return power_goal(sizes, power=plan.allocation.power)
    if plan.allocation.kind == "neyman":
        share = strata["share"].to_numpy()
        return neyman_goal(sizes, deviations=np.sqrt(share * (1 - share)))
    return None


def _constrained(
    frame: pl.DataFrame, plan: UniversePlan, strata: pl.DataFrame, *, fraction: float
) -> tuple[np.ndarray, pl.DataFrame]:
    """Return the counts and the table of constraints: the least sample, or the best of the size of the plan."""
    from maille.stats.allocation_constrained import (
        ConstraintUnreachable,
        Limits,
        best_precision,
        constrained,
    )

    rows, columns, levels = [], [], []
    for asked in plan.allocation.precision:
        for domain, deviations, level, share in _domains(frame, plan, strata, asked=asked):
            rows.append({"domain_type": asked.domain, "domain": domain, "share": share, "cv_asked": asked.cv})
            rows[-1]["indicator"] = asked.indicator or plan.anticipated_indicator
            columns.append(deviations)
            levels.append(level)
    sizes, cvs = strata["stratum_size"].to_numpy(), np.array([row["cv_asked"] for row in rows], dtype=np.float64)
    limits = Limits(
        minimum=max(2, round(plan.allocation.minimum * min(fraction, 1.0))),
        maximum=None if plan.allocation.maximum is None else np.minimum(plan.allocation.maximum, sizes),
        take_all=strata["take_all"].to_numpy() & (fraction >= 1),
        response_rates=strata["answer"].to_numpy(),
    )
    spread, total = np.column_stack(columns), round(plan.total * fraction)
    try:
        if plan.allocation.aim == "best" or fraction != 1:
            found = best_precision(sizes, total=total, deviations=spread, levels=levels, cvs=cvs, limits=limits)
        else:
            found = constrained(sizes, deviations=spread, levels=levels, cvs=cvs, limits=limits)
    except ConstraintUnreachable as error:
        named = rows[error.position]
        error.where = f"allocation, « {named['indicator']} », {named['domain_type']} {named['domain']}"
        raise
    if found.counts.sum() > total:
        raise AllocationImpossible(
            "Les précisions demandées veulent un échantillon plus grand que « total ».",
            got=f"{int(found.counts.sum())} unités",
            expected=f"au plus {total}",
            hint="relevez « total », ou la contrainte qui coûte le plus : " + _dearest(rows, found.prices_percent),
        )
    table = pl.DataFrame(rows).with_columns(
        cv_expected=found.cvs, price_point=found.prices_point, price_percent=found.prices_percent
    )
    return found.counts, table


def _dearest(rows: list[dict[str, object]], prices: np.ndarray) -> str:
    row = rows[int(np.argmax(prices))]
    return f"« {row['indicator']} », {row['domain_type']} {row['domain']}"


def _domains(
    frame: pl.DataFrame, plan: UniversePlan, strata: pl.DataFrame, *, asked: Precision
) -> list[tuple[str, np.ndarray, float, float]]:
    """Return each domain of a precision: its code, its deviations by stratum, its level and its anticipated share."""
    from maille.stats.allocation_constrained import share_deviations

    share = pl.col("size_band").replace_strict(asked.share or plan.anticipated_share, return_dtype=pl.Float64)
    domain = pl.lit(TOTAL) if asked.domain == "total" else pl.col(asked.domain)
    parts = (
        frame.with_columns(share=share, domain=domain)
        .group_by("stratum", "domain")
        .agg(size=pl.len(), share=pl.col("share").mean())
        .sort("stratum", "domain")
    )
    place = {stratum: position for position, stratum in enumerate(strata["stratum"])}
    where = parts["stratum"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    found = []
    for code in sorted(parts["domain"].drop_nulls().unique()):
        if asked.codes and code not in asked.codes:
            continue
        inside = (parts["domain"] == code).fill_null(value=False).to_numpy()
        try:
            deviations, level = share_deviations(
                parts["size"].to_numpy(), shares=parts["share"].to_numpy(), strata=where, inside=inside
            )
        except AllocationImpossible as error:
            error.where = f"allocation, {asked.domain} {code}"
            raise
        found.append((code, deviations, level, level / float(parts["size"].to_numpy()[inside].sum())))
    return found


def _no_constraint() -> pl.DataFrame:
    types = {"code": pl.String, "number": pl.Float64}
    return pl.DataFrame(schema={one.name: types[one.kind] for one in CONSTRAINTS if one.name != "universe"})
