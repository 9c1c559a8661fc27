"""The numbers of the quality report: response, coverage, editing, imputation, precision, delays, burden.

They are counted on what is secret or personal; ``participation`` protects them before anybody reads them.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from maille.analyse.estimate import SOURCE
from maille.catalogue import Draft, Materials, Variable
from maille.specs import TOTAL, edition_releases, load_sample
from maille.specs.questionnaire import UNIVERSES

MEASURED = (
    Variable(name="measure", label="Mesure", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="count", label="Nombre d’unités ou de valeurs concernées", kind="integer"),
    Variable(name="of", label="Parmi combien", kind="integer"),
    Variable(name="value", label="Valeur", kind="number"),
)
SCHEMA = {
    "measure": pl.String,
    "universe": pl.String,
    "domain_type": pl.String,
    "domain": pl.String,
    "count": pl.Int64,
    "of": pl.Int64,
    "value": pl.Float64,
}
ALL = "tous"
LONGEST = 3600
"""Seconds of one visit of a page beyond which the page was left open, not filled."""
ASKED = 30
"""Fewer units than this were asked: a rate of item nonresponse would say nothing."""
_OUTSIDE = ("out_of_scope", "merged", "duplicate")
_MISSING = ("unknown", "empty", "previous")
Row = dict[str, Any]


def measure_quality(edition: str, materials: Materials) -> list[Draft]:
    """Return the measures of quality, one row a measure and domain; ``count`` and ``of`` are numbers of units."""
    tables = {name.rpartition("/")[2]: dataset.table for name, dataset in materials.inputs.items()}
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml")
    rows: list[Row] = []
    for universe in UNIVERSES:
        own = {
            name: table.filter(pl.col("universe") == universe) if "universe" in table.columns else table
            for name, table in tables.items()
        }
        frame = materials.inputs[plan.universes[universe].frame.dataset].table
        own["values"] = tables[f"values-{universe}"]
        rows += [{"universe": universe, **row} for row in _of_universe(own, frame=frame)]
    rows += [{"universe": ALL, **row} for row in precision(tables["cells"])]
    released = edition_releases(materials.specs, edition)
    if released:
        rows += _delays(tables["outcomes"], year=plan.reference_year, released=released.current.date)
    table = pl.DataFrame([{"domain_type": "total", "domain": TOTAL, **row} for row in rows], schema=SCHEMA)
    return [
        Draft(
            name=f"analysed/{edition}/quality-measures",
            table=table,
            title="Mesures de la qualité, avant protection",
            variables=MEASURED,
            source=SOURCE,
            vintage=edition,
        )
    ]


def _of_universe(tables: Mapping[str, pl.DataFrame], *, frame: pl.DataFrame) -> Iterator[Row]:
    units = outcomes_of(tables["sample"], tables["weights"], tables["outcomes"])
    yield {"measure": "frame", "value": float(frame["in_survey"].sum())}
    yield {"measure": "sampled", "value": float(units.height)}
    yield from response(units)
    yield from item_nonresponse(tables["answers"])
    yield from _processing(tables, respondents=int((units["outcome"] == "responded").sum()))
    yield from burden(tables["paradata"], units.filter(pl.col("outcome") == "responded"))
    given = tables["answers"].filter(pl.col("state") == "answered").group_by("unit").len()["len"]
    yield {"measure": "values", "of": len(given), "value": _number(given.median())}
    yield from winsorising(tables.get("winsorised"))
    for row in tables["weights-summary"].iter_rows(named=True):
        yield from ({"measure": name, "value": float(row[name])} for name in _WEIGHTS if row[name] is not None)


def winsorising(effects: pl.DataFrame | None) -> Iterator[Row]:
    """Yield the effect of winsorising on each total; counts are of the values cut, among those that count."""
    for row in (effects if effects is not None else pl.DataFrame()).iter_rows(named=True):
        where = {"domain_type": "indicator", "domain": row["indicator"], "count": row["cut"], "of": row["respondents"]}
        yield {"measure": "winsorised", **where, "value": row["effect"]}


_RESPONSE = ("groups", "r_indicator", "adjustment_min", "adjustment_max", "response_auc", "response_fit")
_WEIGHTS = (*_RESPONSE, "weight_min", "weight_max", "design_effect", "margins")


def outcomes_of(sample: pl.DataFrame, weights: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return the sampled units with ``outcome``: one of ``specs.quality.OUTCOMES``, and ``design_weight``.

    Who answered is responding whatever the team noted; the definitions follow AAPOR, Standard Definitions (2023).
    """
    known = outcomes.select("unit", "partial", said=pl.col("outcome"))
    joined = (
        sample.select("unit", "size_band")
        .join(weights.select("unit", "responded", "design_weight"), on="unit", how="left", maintain_order="left")
        .join(known, on="unit", how="left", maintain_order="left")
    )
    outcome = (
        pl.when("responded")
        .then(pl.lit("responded"))
        .when(pl.col("said").is_in(_OUTSIDE))
        .then(pl.lit("out_of_scope"))
        .when(pl.col("said").is_in(["refusal", "wrong_contact"]))
        .then(pl.col("said"))
        .when(pl.col("partial").fill_null(value=False))
        .then(pl.lit("partial"))
        .otherwise(pl.lit("silent"))
    )
    return joined.with_columns(outcome=outcome)


def response(units: pl.DataFrame) -> Iterator[Row]:
    """Yield the outcomes, the rate of over-coverage and the response rates, in total and by size band."""
    for name, count in units.group_by("outcome").len().sort("outcome").iter_rows():
        yield {"measure": "outcome", "domain_type": "outcome", "domain": name, "count": count, "of": units.height}
    outside = int((units["outcome"] == "out_of_scope").sum())
    yield _rate("out_of_scope_rate", outside, units.height)
    responded = int((units["outcome"] == "responded").sum())
    yield _rate("eligible_response_rate", responded, units.height - outside)
    yield from _response_rates(units, domain_type="total", domain=TOTAL)
    for (band,), part in units.group_by("size_band", maintain_order=True):
        yield from _response_rates(part, domain_type="size_band", domain=str(band))


def _response_rates(units: pl.DataFrame, *, domain_type: str, domain: str) -> Iterator[Row]:
    answered = units.filter(pl.col("outcome") == "responded")
    where = {"domain_type": domain_type, "domain": domain, "count": answered.height, "of": units.height}
    weights, responding = (float(part["design_weight"].sum()) for part in (units, answered))
    yield {"measure": "response_rate", **where, "value": _percent(answered.height, units.height)}
    yield {"measure": "weighted_response_rate", **where, "value": _percent(responding, weights)}


def item_nonresponse(answers: pl.DataFrame) -> Iterator[Row]:
    """Yield the rate of each question asked to enough units, and their median. A value not confirmed is missing."""
    asked = answers.filter(pl.col("state") != "not_applicable")
    found = (
        asked.group_by("variable")
        .agg(of=pl.len(), count=pl.col("state").is_in(_MISSING).sum())
        .filter(pl.col("of") >= ASKED)
        .with_columns(value=100 * pl.col("count") / pl.col("of"))
        .sort("variable")
    )
    for row in found.iter_rows(named=True):
        domain = row.pop("variable")
        yield {"measure": "item_nonresponse", "domain_type": "question", "domain": domain, **row}
    if found.height:
        yield {"measure": "item_nonresponse_median", "value": _number(found["value"].median())}


def _processing(tables: Mapping[str, pl.DataFrame], *, respondents: int) -> Iterator[Row]:
    findings, given = tables["checks"].height, tables["answers"].filter(pl.col("state") == "answered")
    value = None if respondents == 0 else 100 * findings / respondents
    yield {"measure": "findings", "count": findings, "of": respondents, "value": value}
    yield _rate("forced", given.filter(pl.col("status") == "forced").height, given.height)
    yield _rate("edited", tables["values"].filter(pl.col("state") == "edited").height, given.height)
    filled = (
        tables["imputations"]
        .filter(pl.col("class") == TOTAL)
        .group_by("variable", maintain_order=True)
        .agg(count=pl.col("imputed").sum(), of=pl.col("asked").max())
    )
    for row in filled.filter(pl.col("of") >= ASKED).iter_rows(named=True):
        where = {"domain_type": "question", "domain": row["variable"]}
        yield {**_rate("imputation_rate", row["count"], row["of"]), **where}
    yield _rate("imputed", int(filled["count"].sum()), int(filled["of"].sum()))


def burden(paradata: pl.DataFrame, respondents: pl.DataFrame) -> Iterator[Row]:
    """Yield the median and the last decile of the minutes that those that answered spent on the pages."""
    pages = ["unit", "section", "author_kind"]
    kept = paradata.filter(pl.col("kind").is_in(["open", "save", "leave"])).join(respondents, on="unit", how="semi")
    visits = (
        kept.sort(*pages, "at", maintain_order=True)
        .with_columns(visit=(pl.col("kind") == "open").cum_sum().over(pages))
        .group_by(*pages, "visit")
        .agg(pl.col("seconds").max().clip(0, LONGEST))
    )
    minutes = visits.group_by("unit").agg(minutes=pl.col("seconds").sum() / 60).filter(pl.col("minutes") > 0)["minutes"]
    if len(minutes):
        yield {"measure": "minutes", "of": len(minutes), "value": _number(minutes.median())}
        yield {"measure": "minutes_90", "of": len(minutes), "value": _number(minutes.quantile(0.9, "linear"))}


def precision(cells: pl.DataFrame) -> Iterator[Row]:
    """Yield what published cells say of their own precision, all tables together, then table by table."""
    yield from _precise(cells, domain_type="total", domain=TOTAL)
    for (table,), part in cells.group_by("table", maintain_order=True):
        yield from _precise(part, domain_type="table", domain=str(table))


def _precise(cells: pl.DataFrame, *, domain_type: str, domain: str) -> Iterator[Row]:
    where = {"domain_type": domain_type, "domain": domain}
    shown = cells.filter(pl.col("estimate").is_not_null())
    ranged = shown.filter((pl.col("kind") == "share") & pl.col("ci_low").is_not_null() & ~pl.col("all_observed"))
    widths = ranged.select((pl.col("ci_high") - pl.col("ci_low")) / 2).to_series()
    variations = shown.filter(pl.col("kind") != "share")["cv"].drop_nulls()
    found = {
        "cells": float(cells.height),
        "secret": _percent(cells.filter(pl.col("status") == "secret").height, cells.height),
        "imprecise": _percent(shown.filter(pl.col("flag") == "low_precision").height, shown.height),
        "unavailable": _percent(cells.filter(pl.col("status") == "unavailable").height, cells.height),
        "half_width": _number(widths.median()),
        "half_width_90": _number(widths.quantile(0.9, "linear")),
        "variation": _number(variations.median()),
    }
    yield from ({"measure": name, **where, "value": value} for name, value in found.items() if value is not None)


def _delays(outcomes: pl.DataFrame, *, year: int, released: date) -> list[Row]:
    rows = [{"measure": "age", "universe": ALL, "value": float((released - date(year, 12, 31)).days)}]
    last = outcomes["submitted_at"].drop_nulls().dt.date().max()
    if isinstance(last, date):
        rows.append({"measure": "delay", "universe": ALL, "value": float((released - last).days)})
    return rows


def _rate(measure: str, count: int, of: int) -> Row:
    return {"measure": measure, "count": count, "of": of, "value": _percent(count, of)}


def _percent(count: float, of: float) -> float | None:
    return None if of == 0 else 100 * count / of


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
