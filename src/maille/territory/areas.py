"""The tables of today's territory: communes, EPCI, départements, régions, from the records of the package."""

from typing import Any

import polars as pl

from maille.territory.sources import Origin
from maille.territory.universe import (
    ASCO,
    METROPOLE_DE_LYON,
    Universe,
    commune_exclusion,
    epci_exclusion,
    with_decision,
)

VINTAGE = 2026

_COMMUNE_COLUMNS = (
    "code",
    "name",
    "siren",
    "population",
    "zone",
    "departement",
    "college",
    "region",
    "arrondissement",
    "epci",
    "epci_type",
)
_COMMUNE_SCHEMA = pl.Schema({name: pl.Int64() if name == "population" else pl.String() for name in _COMMUNE_COLUMNS})


def communes(origin: Origin, universe: Universe = ASCO) -> pl.DataFrame:
    """Return one row a commune of the last vintage, sorted by code, with the survey's decision."""
    epci = {member["code"]: group for group in origin.epci for member in group["membres"]}
    records = current_communes(origin)
    rows = [_commune(record, epci.get(record["code"])) for record in records.values()]
    table = pl.DataFrame(rows, schema=_COMMUNE_SCHEMA, orient="row")
    return with_decision(table.sort("code"), commune_exclusion(universe))


def current_communes(origin: Origin) -> dict[str, dict[str, Any]]:
    """Return the records of the communes of the last vintage, by code."""
    records = origin.vintages[max(origin.vintages)]
    return {record["code"]: record for record in records if record["type"] == "commune-actuelle"}


def _commune(record: dict[str, Any], epci: dict[str, Any] | None) -> tuple[object, ...]:
    siren, departement = (epci or {}).get("code"), record["departement"]
    college = departement if departement != "69" else "69M" if siren == METROPOLE_DE_LYON else "69D"
    return (
        record["code"],
        record["nom"],
        record.get("siren"),
        record.get("population"),
        record["zone"],
        departement,
        college,
        record["region"],
        record.get("arrondissement"),
        siren,
        (epci or {}).get("type"),
    )


def epci(origin: Origin, frame: pl.DataFrame, universe: Universe = ASCO) -> pl.DataFrame:
    """Return one row an EPCI, sorted by SIREN.

    Populations are sums of the communes' own, so that EPCI and communes add up; département and région are those
    where most of its inhabitants live, the first code in a tie.
    """
    named = pl.DataFrame(
        [(group["code"], group["nom"], group["type"]) for group in origin.epci],
        schema={"siren": pl.String, "name": pl.String, "type": pl.String},
        orient="row",
    )
    members = frame.drop("siren").filter(pl.col("epci").is_not_null()).rename({"epci": "siren"})
    sizes = members.group_by("siren").agg(pl.col("population").sum(), communes=pl.len().cast(pl.Int64))
    table = named.join(sizes, on="siren").sort("siren")
    for level in ("departement", "region"):
        table = table.join(_main(members, level), on="siren", maintain_order="left")
    return with_decision(table, epci_exclusion(universe))


def _main(members: pl.DataFrame, level: str) -> pl.DataFrame:
    shares = members.group_by("siren", level).agg(pl.col("population").sum())
    ordered = shares.sort(["siren", "population", level], descending=[False, True, False])
    return ordered.group_by("siren", maintain_order=True).agg(pl.col(level).first())


def departements(origin: Origin) -> pl.DataFrame:
    """Return one row a département, overseas collectivities left out, sorted by code."""
    rows = [(record["code"], record["nom"], record["region"]) for record in _inside(origin.departements)]
    return pl.DataFrame(rows, schema=dict.fromkeys(("code", "name", "region"), pl.String), orient="row").sort("code")


def regions(origin: Origin) -> pl.DataFrame:
    """Return one row a région, overseas collectivities left out, sorted by code."""
    rows = [(record["code"], record["nom"]) for record in _inside(origin.regions)]
    return pl.DataFrame(rows, schema=dict.fromkeys(("code", "name"), pl.String), orient="row").sort("code")


def _inside(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if record["zone"] != "com"]
