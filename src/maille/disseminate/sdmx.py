"""The published figures as SDMX: a structure an edition (SDMX-ML 2.1), a file of observations a table (SDMX-CSV 2.0).

Statuses are those of the cross-domain code lists of the SDMX guidelines (CL_OBS_STATUS 2.2, CL_CONF_STATUS 1.3).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from maille.catalogue.cells import table_csv

AGENCY = "MAILLE"
VERSION = "1.0"
DIMENSIONS = {"INDICATOR": "Indicateur", "MEASURE": "Mesure", "DOMAIN": "Domaine", "TIME_PERIOD": "Année"}
VALUE = ("OBS_VALUE", "Estimation")
ATTRIBUTES = {
    "UNIT_MEASURE": "Unité",
    "STD_ERR": "Erreur type",
    "CI_LOW": "Borne basse de l’intervalle de confiance à 95 %",
    "CI_HIGH": "Borne haute de l’intervalle de confiance à 95 %",
    "RESPONDENTS": "Répondantes dans le domaine",
    "OBS_STATUS": "Statut de l’observation",
    "CONF_STATUS": "Statut de confidentialité",
}
OBS_STATUS = {
    "A": "valeur normale",
    "E": "valeur estimée par un modèle",
    "L": "donnée non collectée",
    "O": "valeur indisponible",
    "Q": "valeur supprimée",
    "U": "valeur peu précise",
}
CONF_STATUS = {"F": "libre", "C": "couverte par le secret statistique"}
_STATUSES = {
    "value": "A",
    "zero": "A",
    "estimated": "E",
    "not_collected": "L",
    "unavailable": "O",
    "secret": "Q",
}
_COLUMNS = {
    "INDICATOR": "indicator",
    "MEASURE": "measure",
    "OBS_VALUE": "estimate",
    "STD_ERR": "standard_error",
    "CI_LOW": "ci_low",
    "CI_HIGH": "ci_high",
    "RESPONDENTS": "respondents",
}


@dataclass(frozen=True)
class Lists:
    """The labels of every code, by code: indicators, measures, domains (``domain_id``) and units (``unit_id``)."""

    indicators: Mapping[str, str]
    measures: Mapping[str, str]
    domains: Mapping[str, str]
    units: Mapping[str, str]


def domain_id(domain_type: str, domain: str) -> str:
    """Return the SDMX code of a domain: a code is unique inside its type only (région 84, département 84)."""
    return f"{domain_type}-{domain}"


def unit_id(unit: str) -> str:
    """Return the SDMX code of a unit of measure: « % » is ``PC``, other words keep their letters and digits.

    >>> unit_id("%"), unit_id("€ par habitant")
    ('PC', 'EUR_PAR_HABITANT')
    """
    words = unit.replace("%", " PC ").replace("€", " EUR ").upper()
    return re.sub(r"[^A-Z0-9]+", "_", words).strip("_") or "UNIT"


def flow_id(edition: str, table: str) -> str:
    """Return the identifier of the dataflow of a table."""
    return f"{edition}_{table}".upper().replace("-", "_")


def observations(cells: pl.DataFrame, *, edition: str, table: str, year: int) -> bytes:
    """Return the SDMX-CSV 2.0 observations of one table, UTF-8.

    ``cells`` has the columns of the published tables; a cell that is not published has an empty value and a status.
    """
    given = set(cells.columns)
    unit = pl.col("unit").map_elements(unit_id, return_dtype=pl.String) if "unit" in given else pl.lit("PC")
    status = pl.col("status").replace_strict(_STATUSES, return_dtype=pl.String)
    if "flag" in given:
        status = pl.when(pl.col("flag").is_not_null() & (status == "A")).then(pl.lit("U")).otherwise(status)
    computed = {
        "STRUCTURE": pl.lit("dataflow"),
        "STRUCTURE_ID": pl.lit(f"{AGENCY}:{flow_id(edition, table)}({VERSION})"),
        "ACTION": pl.lit("I"),
        "DOMAIN": pl.col("domain_type") + "-" + pl.col("domain"),
        "TIME_PERIOD": pl.lit(year),
        "UNIT_MEASURE": unit,
        "OBS_STATUS": status,
        "CONF_STATUS": pl.when(pl.col("status") == "secret").then(pl.lit("C")).otherwise(pl.lit("F")),
    }
    order = ["STRUCTURE", "STRUCTURE_ID", "ACTION", *DIMENSIONS, VALUE[0], *ATTRIBUTES]
    chosen = [(computed[name] if name in computed else pl.col(_COLUMNS[name])).alias(name) for name in order]
    return table_csv(cells.select(chosen), line="\r\n")


def units_of(tables: Iterable[pl.DataFrame]) -> dict[str, str]:
    """Return the labels of the units of measure of the tables, by SDMX code."""
    named = {unit for table in tables if "unit" in table.columns for unit in table["unit"].drop_nulls().unique()}
    return {unit_id(unit): unit for unit in sorted(named | {"%"})}
