"""The published figures as SDMX: a structure an edition (SDMX-ML 2.1), a file of observations a table (SDMX-CSV 2.0).

Statuses are those of the cross-domain code lists of the SDMX guidelines (CL_OBS_STATUS 2.2, CL_CONF_STATUS 1.3).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import polars as pl
from sdmx import to_xml
from sdmx.message import Header, StructureMessage
from sdmx.model import common, v21

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


def structure(edition: str, *, lists: Lists, tables: Mapping[str, str], released: date) -> bytes:
    """Return the SDMX-ML 2.1 message: code lists, concepts, one structure and a dataflow a table.

    ``tables`` gives titles by identifier. The bytes depend on the arguments only.
    """
    agency = common.Agency(id=AGENCY)
    concepts = _concepts(agency)
    codelists = {
        "INDICATOR": _codelist(agency, "CL_INDICATOR", lists.indicators),
        "MEASURE": _codelist(agency, "CL_MEASURE", lists.measures),
        "DOMAIN": _codelist(agency, "CL_DOMAIN", lists.domains),
        "UNIT_MEASURE": _codelist(agency, "CL_UNIT_MEASURE", lists.units),
        "OBS_STATUS": _codelist(agency, "CL_OBS_STATUS", OBS_STATUS),
        "CONF_STATUS": _codelist(agency, "CL_CONF_STATUS", CONF_STATUS),
    }
    definition = _definition(agency, edition, concepts=concepts, codelists=codelists)
    # The date of the release, never that of the run: the same tables give the same bytes.
    prepared = datetime.combine(released, time(12))  # SDMX headers carry local time
    message = StructureMessage(header=Header(id=flow_id(edition, "STRUCTURE"), test=False, prepared=prepared))
    for artefact in (*codelists.values(), concepts, definition):
        message.add(artefact)
    for table, title in tables.items():
        message.add(
            v21.DataflowDefinition(
                id=flow_id(edition, table), version=VERSION, maintainer=agency, structure=definition, name={"fr": title}
            )
        )
    return bytes(to_xml(message, pretty_print=True, xml_declaration=True, encoding="UTF-8"))


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


def _codelist(agency: common.Agency, name: str, labels: Mapping[str, str]) -> common.Codelist:
    found: common.Codelist = common.Codelist(id=name, version=VERSION, maintainer=agency, name={"fr": name})
    for code, label in labels.items():
        found.append(common.Code(id=code, name={"fr": label}))
    return found


def _concepts(agency: common.Agency) -> common.ConceptScheme:
    scheme = common.ConceptScheme(id="CONCEPTS", version=VERSION, maintainer=agency, name={"fr": "Concepts"})
    for name, label in (DIMENSIONS | dict([VALUE]) | ATTRIBUTES).items():
        scheme.append(common.Concept(id=name, name={"fr": label}))
    return scheme


def _definition(
    agency: common.Agency,
    edition: str,
    *,
    concepts: common.ConceptScheme,
    codelists: Mapping[str, common.Codelist],
) -> v21.DataStructureDefinition:
    definition = v21.DataStructureDefinition(
        id=flow_id(edition, "DSD"), version=VERSION, maintainer=agency, name={"fr": f"Tableaux de l’édition {edition}"}
    )
    for order, name in enumerate(DIMENSIONS, start=1):
        kind = common.TimeDimension if name == "TIME_PERIOD" else common.Dimension
        definition.dimensions.append(kind(order=order, **_component(name, concepts, codelists)))
    definition.measures.append(v21.PrimaryMeasure(**_component(VALUE[0], concepts, {})))
    for name in ATTRIBUTES:
        observation = v21.PrimaryMeasureRelationship()
        definition.attributes.append(
            common.DataAttribute(related_to=observation, **_component(name, concepts, codelists))
        )
    return definition


def _component(name: str, concepts: common.ConceptScheme, codelists: Mapping[str, common.Codelist]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": name, "concept_identity": concepts[name]}
    if name in codelists:
        found["local_representation"] = common.Representation(enumerated=codelists[name])
    return found


def units_of(tables: Iterable[pl.DataFrame]) -> dict[str, str]:
    """Return the labels of the units of measure of the tables, by SDMX code."""
    named = {unit for table in tables if "unit" in table.columns for unit in table["unit"].drop_nulls().unique()}
    return {unit_id(unit): unit for unit in sorted(named | {"%"})}
