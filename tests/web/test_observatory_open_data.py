"""Open data is found by a person on a page, and by other catalogues in DCAT-AP."""

import pytest
from pyshacl import validate
from rdflib import DCAT, DCTERMS, RDF, Graph

from .observatory_addresses import text

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

SYNTAXES = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}
# What DCAT-AP 3.0 makes mandatory (§ 6), and what data.gouv.fr and data.europa.eu ask for beside it.
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
[] a sh:NodeShape ; sh:targetClass dcat:Catalog ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ; sh:nodeKind sh:Literal ] ,
    [ sh:path dct:description ; sh:minCount 1 ; sh:nodeKind sh:Literal ] ,
    [ sh:path dct:publisher ; sh:minCount 1 ; sh:maxCount 1 ; sh:class foaf:Agent ] ,
    [ sh:path dcat:dataset ; sh:minCount 4 ; sh:class dcat:Dataset ] .
[] a sh:NodeShape ; sh:targetClass dcat:Dataset ;
  sh:property [ sh:path dct:title ; sh:minCount 1 ] , [ sh:path dct:description ; sh:minCount 1 ] ,
    [ sh:path dct:publisher ; sh:maxCount 1 ; sh:class foaf:Agent ] ,
    [ sh:path dct:issued ; sh:maxCount 1 ; sh:datatype xsd:date ] ,
    [ sh:path dct:temporal ; sh:class dct:PeriodOfTime ] ,
    [ sh:path dcat:theme ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dcat:distribution ; sh:minCount 1 ; sh:class dcat:Distribution ] .
[] a sh:NodeShape ; sh:targetClass dcat:Distribution ;
  sh:property [ sh:path dcat:accessURL ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dcat:byteSize ; sh:maxCount 1 ; sh:datatype xsd:nonNegativeInteger ] ,
    [ sh:path dct:license ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path dct:format ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path spdx:checksum ; sh:maxCount 1 ; sh:class spdx:Checksum ] .
"""


def graph(client, syntax: str) -> Graph:
    response = client.get(f"/catalogue.{syntax}")
    assert response.status_code == 200
    return Graph().parse(data=response.content, format=SYNTAXES[syntax])


def test_the_catalogue_follows_dcat_ap(client, store):
    conforms, _, report = validate(graph(client, "ttl"), shacl_graph=Graph().parse(data=SHAPES, format="turtle"))
    assert conforms, report


def test_a_catalogue_without_a_publisher_would_be_refused(client, store):
    found = graph(client, "ttl")
    found.remove((None, DCTERMS.publisher, None))
    conforms, _, _ = validate(found, shacl_graph=Graph().parse(data=SHAPES, format="turtle"))
    assert not conforms


# The JSON-LD parser of rdflib uses what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph")
def test_the_three_syntaxes_say_the_same(client, store):
    counts = {syntax: len(graph(client, syntax)) for syntax in SYNTAXES}
    assert len(set(counts.values())) == 1, counts


def test_every_file_that_the_catalogue_names_can_be_downloaded(client, store, settings):
    found = graph(client, "ttl")
    addresses = [str(address) for address in found.objects(None, DCAT.downloadURL)]
    assert addresses
    for address in addresses:
        assert client.get(address.removeprefix(settings.MAILLE_SITE)).status_code == 200, address


def test_what_is_simulated_says_so_in_the_catalogue(client, store):
    found = graph(client, "ttl")
    for dataset in found.subjects(RDF.type, DCAT.Dataset):
        assert str(found.value(dataset, DCTERMS.description)).startswith("DONNÉES SIMULÉES")


def test_the_page_offers_the_archive_and_each_file(client, store):
    response = client.get("/resultats/asco-2025/donnees/")
    assert "Télécharger toute l’édition" in text(response)
    assert b'href="/resultats/asco-2025/datapackage.json"' in response.content
    for address in ("/resultats/asco-2025/datapackage.json", "/resultats/asco-2025/donnees/structure.xml"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer["ETag"]


def test_what_is_published_beside_the_tables_is_on_the_page_and_in_the_catalogue(client, store, settings):
    address = "/resultats/asco-2025/crossings.csv"
    assert f'href="{address}"' in client.get("/resultats/asco-2025/donnees/").content.decode()
    named = {str(one) for one in graph(client, "ttl").objects(None, DCAT.downloadURL)}
    assert f"{settings.MAILLE_SITE}{address}" in named


@pytest.mark.parametrize("file", ["card.json", "..%2f..%2fcard.json", "data.parquet", "rien.csv"])
def test_a_file_that_is_not_published_is_not_found(client, store, file):
    assert client.get(f"/resultats/asco-2025/donnees/{file}").status_code == 404
