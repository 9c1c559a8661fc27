"""All that the reference knows of a commune, an EPCI or a département, as JSON objects."""

import polars as pl

from maille.territory.history import former_codes, periods
from maille.territory.reference import Reference, load_reference
from maille.territory.resolve import resolve

Row = dict[str, object]


def show(code: str, reference: Reference | None = None) -> Row:
    """Return what is known of a code: ``level`` says whether it is a ``commune``, an ``epci`` or a ``departement``.

    Old codes, SIREN and names of communes are accepted too, and shown as the commune of today with the
    ``resolution``; an ambiguous name gives level ``ambiguous`` and its candidates. Raises UnknownTerritory.
    """
    known = reference or load_reference()
    text = code.strip().upper()
    if text in known.departements["code"]:
        return _departement(text, known)
    if text in known.epci["siren"]:
        return _epci(text, known)
    resolution = resolve(code, reference=known)
    if resolution.code is None:
        return {"level": "ambiguous", "resolution": resolution.as_dict()}
    return {**_commune(resolution.code, known), "resolution": resolution.as_dict()}


def _commune(code: str, known: Reference) -> Row:
    row = known.communes.row(by_predicate=pl.col("code") == code, named=True)
    return {
        "level": "commune",
        **row,
        "departement_name": _name(known.departements, "code", row["departement"]),
        "region_name": _name(known.regions, "code", row["region"]),
        "epci_name": _name(known.epci, "siren", row["epci"]),
        "codes": former_codes(code, known).select("code", "name", "kind", "reason").to_dicts(),
        "history": [dict(period.__dict__) for period in periods(known)[code]],
    }


def _epci(siren: str, known: Reference) -> Row:
    row = known.epci.row(by_predicate=pl.col("siren") == siren, named=True)
    members = known.communes.filter(pl.col("epci") == siren)
    return {
        "level": "epci",
        **row,
        "departement_name": _name(known.departements, "code", row["departement"]),
        "region_name": _name(known.regions, "code", row["region"]),
        "departements": members["departement"].unique().sort().to_list(),
        "members": members.select("code", "name", "population").to_dicts(),
    }


def _departement(code: str, known: Reference) -> Row:
    row = known.departements.row(by_predicate=pl.col("code") == code, named=True)
    communes = known.communes.filter(pl.col("departement") == code)
    colleges = communes.group_by("college").agg(pl.len().alias("communes"), pl.col("population").sum()).sort("college")
    return {
        "level": "departement",
        **row,
        "region_name": _name(known.regions, "code", row["region"]),
        "population": communes["population"].sum(),
        "communes": communes.height,
        "communes_in_survey": int(communes["in_survey"].sum()),
        "epci": known.epci.filter(pl.col("departement") == code)["siren"].to_list(),
        "colleges": colleges.to_dicts(),
    }


def _name(table: pl.DataFrame, key: str, code: str | None) -> str | None:
    if code is None:
        return None
    found = table.filter(pl.col(key) == code)["name"]
    return str(found[0]) if len(found) else None
