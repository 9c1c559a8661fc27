"""The structure of the published figures, in SDMX-ML 2.1: alone to load the slow library of SDMX."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from sdmx import to_xml
from sdmx.message import Header, StructureMessage
from sdmx.model import common, v21

from maille.disseminate.sdmx import (
    AGENCY,
    ATTRIBUTES,
    CONF_STATUS,
    DIMENSIONS,
    OBS_STATUS,
    VALUE,
    VERSION,
    Lists,
    flow_id,
)


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
