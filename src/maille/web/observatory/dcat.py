"""The catalogue of what is published, for other catalogues: DCAT-AP in Turtle, JSON-LD and RDF/XML.

Application profile: semiceu.github.io/DCAT-AP/releases/3.0.0; authority tables of the EU Publications Office.
"""

from dataclasses import dataclass
from datetime import date

from rdflib import DCAT, DCTERMS, FOAF, RDF, XSD, BNode, Graph, Literal, Namespace, URIRef

from maille.catalogue.card import LICENCE_ADDRESS
from maille.web.exports import XLSX

SPDX = Namespace("http://spdx.org/rdf/terms#")
_EU = "http://publications.europa.eu/resource/authority/"
# New in DCAT 3: the namespace of the library stops at DCAT 2.
_VERSION = URIRef(f"{DCAT}version")
_LICENCE = URIRef(LICENCE_ADDRESS)
_FORMATS = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("XLSX", XLSX),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
    "xml": ("XML", "application/vnd.sdmx.structure+xml"),
    "json": ("JSON", "application/json"),
    "zip": ("ZIP", "application/zip"),
}


@dataclass(frozen=True)
class File:
    """One way to get a dataset: its address, its name, how many bytes it weighs, and their SHA-256."""

    address: str
    title: str
    size: int
    checksum: str

    @property
    def ending(self) -> str:
        """What the file name ends with."""
        return self.address.rpartition(".")[2]


@dataclass(frozen=True)
class Described:
    """One published table in one version, as a catalogue names it.

    ``replaces`` and ``replaced_by`` are the addresses of the versions before and after.
    """

    address: str
    title: str
    description: str
    released: date
    version: str
    year: str
    files: tuple[File, ...]
    landing: str
    replaces: str | None = None
    replaced_by: str | None = None


def catalogue(site: str, datasets: list[Described]) -> Graph:
    """Return the graph of the catalogue of a site, ``site`` being its address without a final slash."""
    graph = Graph()
    for prefix, namespace in (("dcat", DCAT), ("dct", DCTERMS), ("foaf", FOAF), ("spdx", SPDX)):
        graph.bind(prefix, namespace)
    whole, publisher = URIRef(f"{site}/catalogue"), URIRef(f"{site}/#editeur")
    graph.add((publisher, RDF.type, FOAF.Agent))
    graph.add((publisher, FOAF.name, Literal("Maille", lang="fr")))
    graph.add((whole, RDF.type, DCAT.Catalog))
    graph.add((whole, DCTERMS.title, Literal("Enquête sur l’action sociale des collectivités locales", lang="fr")))
    words = "Les tableaux publiés, chacun avec sa précision et ses statuts."
    graph.add((whole, DCTERMS.description, Literal(words, lang="fr")))
    graph.add((whole, DCTERMS.publisher, publisher))
    graph.add((whole, DCTERMS.language, URIRef(f"{_EU}language/FRA")))
    graph.add((whole, DCTERMS.license, _LICENCE))
    graph.add((whole, FOAF.homepage, URIRef(f"{site}/")))
    for described in datasets:
        graph.add((whole, DCAT.dataset, _dataset(graph, described, publisher=publisher)))
    return graph


def _dataset(graph: Graph, described: Described, *, publisher: URIRef) -> URIRef:
    node = URIRef(described.address)
    known = {
        DCTERMS.title: Literal(described.title, lang="fr"),
        DCTERMS.description: Literal(described.description, lang="fr"),
        DCTERMS.publisher: publisher,
        DCTERMS.identifier: Literal(described.address),
        DCTERMS.issued: Literal(described.released.isoformat(), datatype=XSD.date),
        _VERSION: Literal(described.version),
        DCTERMS.language: URIRef(f"{_EU}language/FRA"),
        DCTERMS.spatial: URIRef(f"{_EU}country/FRA"),
        DCTERMS.accrualPeriodicity: URIRef(f"{_EU}frequency/IRREG"),
        DCTERMS.accessRights: URIRef(f"{_EU}access-right/PUBLIC"),
        DCAT.theme: URIRef(f"{_EU}data-theme/SOCI"),
        DCAT.keyword: Literal("action sociale", lang="fr"),
        DCAT.landingPage: URIRef(described.landing),
    }
    graph.add((node, RDF.type, DCAT.Dataset))
    for predicate, value in known.items():
        graph.add((node, predicate, value))
    links = {DCTERMS.replaces: described.replaces, DCTERMS.isReplacedBy: described.replaced_by}
    for predicate, address in links.items():
        if address:
            graph.add((node, predicate, URIRef(address)))
    graph.add((node, DCTERMS.temporal, _year(graph, described.year)))
    for file in described.files:
        graph.add((node, DCAT.distribution, _distribution(graph, file)))
    return node


def _year(graph: Graph, year: str) -> BNode:
    period = BNode()
    graph.add((period, RDF.type, DCTERMS.PeriodOfTime))
    graph.add((period, DCAT.startDate, Literal(f"{year}-01-01", datatype=XSD.date)))
    graph.add((period, DCAT.endDate, Literal(f"{year}-12-31", datatype=XSD.date)))
    return period


def _distribution(graph: Graph, file: File) -> URIRef:
    node, checksum = URIRef(f"{file.address}#distribution"), BNode()
    code, media = _FORMATS[file.ending]
    known = {
        DCTERMS.title: Literal(file.title, lang="fr"),
        DCAT.accessURL: URIRef(file.address),
        DCAT.downloadURL: URIRef(file.address),
        DCTERMS.license: _LICENCE,
        DCTERMS["format"]: URIRef(f"{_EU}file-type/{code}"),
        DCAT.mediaType: URIRef(f"https://www.iana.org/assignments/media-types/{media}"),
        DCAT.byteSize: Literal(file.size, datatype=XSD.nonNegativeInteger),
        SPDX.checksum: checksum,
    }
    graph.add((node, RDF.type, DCAT.Distribution))
    for predicate, value in known.items():
        graph.add((node, predicate, value))
    graph.add((checksum, RDF.type, SPDX.Checksum))
    graph.add((checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256))
    graph.add((checksum, SPDX.checksumValue, Literal(file.checksum, datatype=XSD.hexBinary)))
    return node
