"""The published tables as other people's tools expect them: SDMX, Data Package, and one archive with everything."""

from collections.abc import Mapping, Sequence

import polars as pl

from maille.catalogue import Dataset, Draft, Materials, Variable, sha256
from maille.catalogue.cells import table_csv
from maille.disseminate import package, sdmx
from maille.disseminate.quality import quality_texts
from maille.disseminate.schema import MEASURES, codebook, dataset_schema, table_schema
from maille.disseminate.tables import SOURCE, domain_labels
from maille.specs import Indicator, Publication, load_indicators, load_publications, load_sample

FILES = (
    Variable(name="file", label="Fichier"),
    Variable(name="title", label="Contenu"),
    Variable(name="bytes", label="Taille", kind="integer", unit="octets"),
    Variable(name="sha256", label="Empreinte SHA-256", kind="code"),
)
NOTES = {"rapport-qualite.md": "quality.md", "methode.md": "method.md"}
BESIDE = ("evolutions", "participation", "crossings", "crossing-classes")
"""What is published beside the tables, each with a form of its own."""

PACKAGE, STRUCTURE = "datapackage.json", "structure.xml"
_TITLES = {
    PACKAGE: "Description des tableaux et de leurs colonnes (Data Package)",
    STRUCTURE: "Structure et listes de codes (SDMX-ML 2.1)",
}


def archive_name(edition: str) -> str:
    """Return the name of the archive of an edition."""
    return f"maille-{edition}.zip"


def publish_open_data(edition: str, materials: Materials) -> Sequence[Draft]:
    """Return the list of the open files of an edition, the files being its companions.

    SDMX structure and observations, ``datapackage.json``, and an archive of these with the tables in CSV and their
    dictionaries. What is published beside the tables (``BESIDE``), where there is some, is in the package too.
    """
    from maille.disseminate.sdmx_structure import structure

    publications = load_publications(materials.specs / "publications" / edition)
    indicators = load_indicators(materials.specs / "indicators")
    domains = {name: domain_labels(publication, materials.specs) for name, publication in publications.items()}
    inputs = {name: materials.inputs[f"disseminated/{edition}/{name}"] for name in publications}
    tables = {name: dataset.table for name, dataset in inputs.items()}
    year = load_sample(materials.specs / "samples" / f"{edition}.yaml").reference_year
    simulated = any(dataset.card.simulated for dataset in inputs.values())
    described = {
        name: package.Table(
            title=publication.title,
            csv=table_csv(tables[name]),
            schema=table_schema(publication, domains[name]),
        )
        for name, publication in publications.items()
    }
    described |= {
        name: package.Table(title=one.card.title, csv=table_csv(one.table), schema=dataset_schema(one.card))
        for name, one in _beside(edition, materials).items()
    }
    files = {
        PACKAGE: package.datapackage(_about(edition, publications, simulated=simulated), described),
        STRUCTURE: structure(
            edition,
            lists=_lists(publications, indicators, tables=tables, domains=domains),
            tables={name: publication.title for name, publication in publications.items()},
            released=max(publication.release.date for publication in publications.values()),
        ),
    }
    for name, table in tables.items():
        files[f"{name}.sdmx.csv"] = sdmx.observations(table, edition=edition, table=name, year=year)
    inside = {f"{name}.csv": table.csv for name, table in described.items()}
    inside |= _notes(edition, materials)
    inside |= {f"{name}.md": codebook(item, indicators, domains[name]) for name, item in publications.items()}
    files[archive_name(edition)] = package.bundle({**files, **inside})
    return [_draft(edition, files, publications)]


def _beside(edition: str, materials: Materials) -> dict[str, Dataset]:
    found = {name: materials.inputs.get(f"disseminated/{edition}/{name}") for name in BESIDE}
    return {name: dataset for name, dataset in found.items() if dataset is not None and dataset.table.height}


def _notes(edition: str, materials: Materials) -> dict[str, bytes]:
    """Return the quality report and the note of method, under the names that they have in the archive."""
    measures = materials.inputs[f"protected/{edition}/quality-measures"]
    texts = quality_texts(edition, measures.table, materials.specs, simulated=measures.card.simulated)
    return {name: texts[source] for name, source in NOTES.items()}


def _about(edition: str, publications: Mapping[str, Publication], *, simulated: bool) -> package.Described:
    releases = [publication.release for publication in publications.values()]
    latest = max(releases, key=lambda release: (release.date, release.version))
    warning = "DONNÉES SIMULÉES : ces chiffres ne décrivent aucune collectivité réelle. " if simulated else ""
    return package.Described(
        name=edition,
        title=f"{SOURCE}, édition {edition}",
        description=f"{warning}Chaque case a un statut : une case secrète n’est ni un zéro ni une absence de réponse.",
        version=latest.version,
        released=latest.date,
    )


def _lists(
    publications: Mapping[str, Publication],
    indicators: Mapping[str, Indicator],
    *,
    tables: Mapping[str, pl.DataFrame],
    domains: Mapping[str, Mapping[str, str]],
) -> sdmx.Lists:
    used = {name for publication in publications.values() for name in publication.indicators}
    places = {
        sdmx.domain_id(kind, code): domains[name].get(code, code)
        for name, table in tables.items()
        for kind, code in table.select("domain_type", "domain").unique(maintain_order=True).iter_rows()
    }
    return sdmx.Lists(
        indicators={name: indicators[name].title for name in sorted(used)},
        measures=MEASURES,
        domains=places,
        units=sdmx.units_of(tables.values()),
    )


def _draft(edition: str, files: dict[str, bytes], publications: Mapping[str, Publication]) -> Draft:
    titles = {
        **_TITLES,
        **{f"{name}.sdmx.csv": f"{item.title} (SDMX-CSV 2.0)" for name, item in publications.items()},
        archive_name(edition): "Tout télécharger",
    }
    rows = [
        {"file": name, "title": titles[name], "bytes": len(content), "sha256": sha256(content)}
        for name, content in sorted(files.items())
    ]
    return Draft(
        name=f"disseminated/{edition}/open-data",
        table=pl.DataFrame(rows),
        title="Les fichiers ouverts de l’édition",
        variables=FILES,
        source=SOURCE,
        vintage=edition,
        files=files,
    )
