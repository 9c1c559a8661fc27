"""The published tables: the protected cells, as datasets and as files to download. Nothing is computed here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from maille.catalogue import Confidentiality, Dataset, Draft, Materials, Variable
from maille.catalogue.cells import table_csv, table_parquet
from maille.disseminate.schema import (
    CELL_COLUMNS,
    CELL_VARIABLES,
    codebook,
    labels,
    table_schema,
)
from maille.disseminate.spreadsheet import reading_notes, workbook
from maille.errors import UserError
from maille.specs import (
    TOTAL,
    Indicator,
    Publication,
    load_bands,
    load_indicators,
    load_publications,
    load_questionnaire,
)
from maille.specs.publication import territory_domain
from maille.specs.questionnaire import UNIVERSES, questionnaire_file
from maille.territory import load_reference

SOURCE = "Maille, enquête sur l’action sociale des collectivités locales"


class NotOpen(UserError):
    """A dataset that is not open was about to be published."""


def publish(edition: str, materials: Materials) -> list[Draft]:
    """Return the published tables of an edition, their figures and their catalogue. Raises NotOpen."""
    cells = only_open(materials.inputs[f"protected/{edition}/cells"])
    publications = load_publications(materials.specs / "publications" / edition)
    indicators = load_indicators(materials.specs / "indicators")
    domains = {name: domain_labels(publication, materials.specs) for name, publication in publications.items()}
    drafts = [
        _table(edition, publication, cells, indicators=indicators, domains=domains[name])
        for name, publication in publications.items()
    ]
    drafts.append(_figures(edition, cells))
    words = labels(publications, indicators, domains=domains, questions=_questions(edition, materials.specs))
    conclusions = _conclusions(publications, indicators, cells=cells.table)
    drafts.append(_catalogue(edition, publications, conclusions=conclusions, content=words))
    return drafts


def _questions(edition: str, specs: Path) -> dict[tuple[str, str], str]:
    return {
        (universe, question.name): question.label
        for universe in UNIVERSES
        for question in load_questionnaire(specs / questionnaire_file(specs, edition, universe)).variables()
    }


def domain_labels(publication: Publication, specs: Path) -> dict[str, str]:
    """Return the labels of the domains of a table in their order: bands, régions, départements, the whole last."""
    found: dict[str, str] = {}
    if publication.bands is not None:
        scheme = load_bands(specs / "bands.yaml")[publication.bands]
        found |= {band.code: band.label for band in scheme.bands}
    reference = load_reference()
    for kind, names in (("region", reference.regions), ("departement", reference.departements)):
        if kind in publication.cuts:
            codes = zip(names["code"], names["name"], strict=True)
            found |= {territory_domain(kind, code): name for code, name in codes}
    return found | {TOTAL: "Ensemble"}


def only_open(dataset: Dataset) -> Dataset:
    """Return an open dataset; raises NotOpen for any other."""
    if dataset.card.confidentiality != Confidentiality.OPEN:
        raise NotOpen(
            "seul un jeu ouvert peut être publié.",
            where=dataset.card.name,
            got=dataset.card.confidentiality,
            expected=Confidentiality.OPEN,
            hint="la protection (analyse/protect.py) doit passer avant la diffusion.",
        )
    return dataset


def _table(
    edition: str,
    publication: Publication,
    cells: Dataset,
    *,
    indicators: Mapping[str, Indicator],
    domains: Mapping[str, str],
) -> Draft:
    table = cells.table.filter(pl.col("table") == publication.id).select(CELL_COLUMNS)
    notes = reading_notes(publication, simulated=cells.card.simulated)
    files = {
        f"{publication.id}.csv": table_csv(table),
        f"{publication.id}.parquet": table_parquet(table),
        f"{publication.id}.xlsx": workbook(publication, table, indicators=indicators, domains=domains, notes=notes),
        "schema.json": table_schema(publication, domains),
        "codebook.md": codebook(publication, indicators, domains),
    }
    return Draft(
        name=f"disseminated/{edition}/{publication.id}",
        table=table,
        title=publication.title,
        description=publication.note,
        variables=CELL_VARIABLES,
        source=SOURCE,
        vintage=edition,
        files=files,
    )


def _figures(edition: str, cells: Dataset) -> Draft:
    described = {variable.name: variable for variable in cells.card.variables}
    return Draft(
        name=f"disseminated/{edition}/figures",
        table=cells.table,
        title="Chaque chiffre publié, avec ce qui dit sa qualité",
        variables=tuple(described[name] for name in cells.table.columns),
        source=SOURCE,
        vintage=edition,
    )


_CATALOGUE = {
    "table": "Tableau",
    "number": "Numéro",
    "title": "Titre",
    "conclusion": "Ce que le tableau montre",
    "universe": "Univers",
    "bands": "Tranches de taille",
    "measures": "Mesures",
    "version": "Version",
    "date": "Date de publication",
    "field": "Champ",
    "note": "Précautions",
    "source": "Source",
}


def _conclusions(
    publications: Mapping[str, Publication], indicators: Mapping[str, Indicator], *, cells: pl.DataFrame
) -> dict[str, str]:
    figures = {
        (row["table"], row["indicator"], row["measure"], row["domain"]): row["estimate"]
        for row in cells.filter(pl.col("domain_type").is_in(["total", "size_band"])).iter_rows(named=True)
    }
    bound = {name: indicators[publication.conclusion.indicator] for name, publication in publications.items()}
    return {
        name: publication.conclude(figures, unit=bound[name].unit, decimals=bound[name].decimals)
        for name, publication in publications.items()
    }


def _catalogue(
    edition: str, publications: Mapping[str, Publication], *, conclusions: Mapping[str, str], content: bytes
) -> Draft:
    rows = [_catalogue_row(publication, conclusions[name]) for name, publication in publications.items()]
    return Draft(
        name=f"disseminated/{edition}/catalogue",
        table=pl.DataFrame(rows, schema=dict.fromkeys(_CATALOGUE, pl.String)),
        title="Les tableaux publiés",
        variables=tuple(Variable(name=name, label=label) for name, label in _CATALOGUE.items()),
        source=SOURCE,
        vintage=edition,
        files={"publication.json": content},
    )


def _catalogue_row(publication: Publication, conclusion: str) -> dict[str, str | None]:
    return {
        "table": publication.id,
        "number": publication.number,
        "title": publication.title,
        "conclusion": conclusion,
        "universe": publication.universe,
        "bands": publication.bands,
        "measures": " ".join(publication.measures),
        "version": str(publication.release.version),
        "date": publication.release.date.isoformat(),
        "field": publication.field,
        "note": publication.note,
        "source": publication.source,
    }


def publish_participation(edition: str, materials: Materials) -> Sequence[Draft]:
    """Return the protected participation by territory, and the summary of response and weights. Raises NotOpen."""
    names = ("participation", "quality")
    return [copied(edition, name, only_open(materials.inputs[f"protected/{edition}/{name}"])) for name in names]


def publish_evolutions(edition: str, materials: Materials) -> Sequence[Draft]:
    """Return what changed since the edition before. Raises NotOpen."""
    return [copied(edition, "evolutions", only_open(materials.inputs[f"analysed/{edition}/evolutions"]))]


def copied(edition: str, name: str, protected: Dataset) -> Draft:
    """Return an open dataset as it is published, with its files."""
    return Draft(
        name=f"disseminated/{edition}/{name}",
        table=protected.table,
        title=protected.card.title,
        description=protected.card.description,
        variables=protected.card.variables,
        source=SOURCE,
        vintage=edition,
        files={
            f"{name}.csv": table_csv(protected.table),
            f"{name}.parquet": table_parquet(protected.table),
        },
    )
