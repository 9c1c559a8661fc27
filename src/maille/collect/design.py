"""What precision the plan gives, before a single answer."""

import polars as pl

from maille.catalogue import Variable
from maille.specs import TOTAL, UniversePlan
from maille.stats.allocation import expected_precision

DESIGN = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="frame", label="Unités de l’univers", kind="integer", unit="collectivités"),
    Variable(name="sample", label="Unités tirées (espérance)", kind="number", unit="collectivités"),
    Variable(name="expected_respondents", label="Réponses attendues", kind="number", unit="collectivités"),
    Variable(name="expected_standard_error", label="Erreur type attendue", kind="number", unit="points"),
    Variable(
        name="expected_half_width", label="Demi-largeur attendue de l’intervalle à 95 %", kind="number", unit="points"
    ),
)


def design_table(universe: str, plan: UniversePlan, *, drawn: pl.DataFrame) -> pl.DataFrame:
    """Return the expected precision of the plan's anticipated indicator, by size band, by région and in total.

    ``drawn`` has every unit of the frame with its stratum and inclusion probability. Precisions are in points; null
    where a part of the domain expects no respondent. Where chances differ, a part is worth the N²/Σ(1/π) units of a
    simple sample (Kish, Survey Sampling, 1965, § 11.7), the trait owing nothing to the chances. What an order or a
    balance would gain is not counted.
    """
    units = drawn.with_columns(
        share=pl.col("size_band").replace_strict(plan.anticipated_share, return_dtype=pl.Float64),
        answer=pl.col("size_band").replace_strict(plan.expected_response, return_dtype=pl.Float64),
    )
    tables = []
    for domain_type in ("size_band", "region", "total"):
        domain = pl.lit(TOTAL) if domain_type == "total" else pl.col(domain_type)
        placed = units.with_columns(domain=domain)
        tables.append(_by_domain(universe, domain_type, units=placed, unequal=plan.selection.kind == "pps"))
    return pl.concat(tables)


def _by_domain(universe: str, domain_type: str, *, units: pl.DataFrame, unequal: bool) -> pl.DataFrame:
    worth = {"worth": pl.len() ** 2 / (1 / pl.col("probability")).sum()} if unequal else {}
    parts = (
        units.group_by("domain", "stratum")
        .agg(
            size=pl.len(),
            sample=pl.col("probability").sum(),
            share=pl.col("share").mean(),
            answer=pl.col("answer").mean(),
            **worth,
        )
        .sort("domain", "stratum")
    )
    domains = parts["domain"].unique(maintain_order=True)
    codes = parts["domain"].replace_strict(list(domains), list(range(len(domains))), return_dtype=pl.Int64)
    of_units, of_worth = (
        expected_precision(
            parts["size"].to_numpy(),
            samples=parts[samples].to_numpy(),
            response_rates=parts["answer"].to_numpy(),
            share=parts["share"].to_numpy(),
            domains=codes.to_numpy(),
        )
        for samples in ("sample", "worth" if unequal else "sample")
    )
    return pl.DataFrame(
        {
            "universe": [universe] * len(domains),
            "domain_type": [domain_type] * len(domains),
            "domain": domains,
            "frame": of_units.frame.round().astype("int64"),
            "sample": of_units.sample,
            "expected_respondents": of_units.respondents,
            "expected_standard_error": 100 * of_worth.standard_error,
            "expected_half_width": 100 * of_worth.half_width,
        }
    ).with_columns(pl.col("expected_standard_error", "expected_half_width").fill_nan(None))
