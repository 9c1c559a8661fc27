"""What an EPCI of a year became: its successor today by where its inhabitants live, not by its SIREN."""

import polars as pl

from maille.territory.history import period_at, today
from maille.territory.reference import Reference, load_reference

SAME = 0.9
"""From this share on, both ways, a former EPCI and one of today are the same authority. A commune that comes or goes
leaves it what it was; above a tenth of the inhabitants, its establishments, agents and spending are no longer those of
the same territory. What other limits would keep is in docs/explications/statistique.md."""
_MOST = 0.5


def matched(members: pl.DataFrame, *, year: int, reference: Reference | None = None) -> pl.DataFrame:
    """Return what each EPCI of ``members`` (``code``, ``epci``: null in none), of 1 January of ``year``, became.

    Columns: ``epci``; ``successor``, the EPCI of today where most of its inhabitants live (at equal numbers the one of
    the same SIREN, then the lowest), null when none do; ``of_former`` and ``of_successor``, the shares from 0 to 1 of
    the inhabitants of each that are in the other; ``status``, ``same`` (both shares reach ``SAME``; never two former
    EPCI with one successor), ``continued`` (most are in a successor that is not the same), ``scattered`` or ``gone``
    (none are in an EPCI); ``unknown``, the codes that never were a commune's, whose inhabitants count nowhere.

    Inhabitants are those of today, communes those that the former ones became. A commune that several merged into
    counts for an equal part in each one's EPCI, as a file of members gives no population. The Métropole de Lyon holds
    its communes as an EPCI does.
    """
    known = reference or load_reference()
    flows = _flows(members, year=year, reference=known)
    best = (
        flows.filter(pl.col("now").is_not_null(), pl.col("inhabitants") > 0)
        .sort("epci", -pl.col("inhabitants"), pl.col("epci") != pl.col("now"), "now")
        .unique("epci", keep="first", maintain_order=True)
    )
    whole = known.communes.group_by(now="epci").agg(whole=pl.col("population").sum()).drop_nulls("now")
    lost = members.filter(today(members["code"], known).is_null()).group_by("epci").agg(unknown=pl.col("code").sort())
    found = (
        members.select("epci")
        .drop_nulls()
        .unique()
        .join(flows.group_by("epci").agg(total=pl.col("inhabitants").sum()), on="epci", how="left")
        .join(best, on="epci", how="left")
        .join(whole, on="now", how="left")
        .join(lost, on="epci", how="left")
        .with_columns(
            of_former=(pl.col("inhabitants") / pl.col("total")).fill_null(0.0),
            of_successor=(pl.col("inhabitants") / pl.col("whole")).fill_null(0.0),
            unknown=pl.col("unknown").fill_null(pl.lit([], dtype=pl.List(pl.String))),
        )
    )
    status = (
        pl.when(pl.col("now").is_null())
        .then(pl.lit("gone"))
        .when((pl.col("of_former") >= SAME) & (pl.col("of_successor") >= SAME))
        .then(pl.lit("same"))
        .when(pl.col("of_former") > _MOST)
        .then(pl.lit("continued"))
        .otherwise(pl.lit("scattered"))
    )
    shown = ("of_former", "of_successor", "unknown")
    return found.select("epci", status.alias("status"), pl.col("now").alias("successor"), *shown).sort("epci")


def same_by_members(units: pl.Series, members: pl.DataFrame, *, year: int) -> pl.Series:
    """Return the EPCI of today that each former one is by its members; null for one that none is, or not in them."""
    same = matched(members, year=year).filter(pl.col("status") == "same")
    return units.replace_strict(same["epci"], same["successor"], default=None, return_dtype=pl.String)


def _flows(members: pl.DataFrame, *, year: int, reference: Reference) -> pl.DataFrame:
    """Return the inhabitants of each former EPCI by EPCI of today (``epci``, ``now``, ``inhabitants``)."""
    then = members.select("code", "epci", commune=today(members["code"], reference)).drop_nulls("commune")
    reached = set(then["commune"])
    cut = {code: period_at(code, year, reference).commune for code in _listed(reference) if code not in reached}
    rows = pl.DataFrame(
        {"commune": list(cut), "code": list(cut.values())}, schema=dict.fromkeys(("commune", "code"), pl.String)
    )
    # A commune cut out of another since lives where that one did.
    apart = rows.join(members, on="code").select("code", "epci", "commune")
    now = reference.communes.select(commune="code", inhabitants=pl.col("population").fill_null(0), now="epci")
    parts = pl.concat([then, apart]).join(now, on="commune")
    part = pl.col("inhabitants") / pl.len().over("commune")
    return parts.with_columns(part).drop_nulls("epci").group_by("epci", "now").agg(pl.col("inhabitants").sum())


def _listed(reference: Reference) -> list[str]:
    current = reference.codes.filter(pl.col("valid_until").is_null(), pl.col("code") == pl.col("commune"))
    return current["code"].unique().sort().to_list()
