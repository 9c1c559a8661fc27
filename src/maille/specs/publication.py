"""A publication: one table, its indicators in order, its conclusion, its release."""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from maille.specs.bands import TOTAL, Bands, Identifier, load_bands
from maille.specs.document import Document, Frozen, build, read_document
from maille.specs.indicator import Measure
from maille.specs.problem import SpecInvalid
from maille.specs.questionnaire import Universe

PARTICIPATION = "participation"


class Conclusion(Frozen):
    """The title that says what the table shows: a template bound to one of its figures."""

    template: str
    indicator: Identifier
    measure: Measure
    domain: str = TOTAL


class Identity(Frozen):
    """An addition that holds between numbers of units: ``total`` is the sum of ``parts`` in every domain.

    ``total`` may be ``ensemble``, all the units of the domain. Disclosure control needs to know every such addition.
    """

    total: Identifier
    parts: tuple[Identifier, ...] = Field(min_length=2)


class Release(Frozen):
    """The version and date under which a table is published."""

    version: str
    date: date


class Publication(Frozen):
    """A published table: one file under ``specs/publications/<edition>``.

    Cells are indicator x measure x domain; domains are the bands of ``bands`` (none when it is absent) and the total.
    """

    table: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    edition: str
    number: str
    title: str
    conclusion: Conclusion
    universe: Universe
    field: str
    bands: Bands | None = None
    indicators: tuple[Identifier, ...] = Field(min_length=1)
    measures: tuple[Measure, ...] = Field(min_length=1)
    identities: tuple[Identity, ...] = ()
    reading: str
    source: str
    release: Release

    def domains(self) -> tuple[str, ...]:
        """Return the codes of the domains in order, the total last."""
        return (*self.bands.codes(), TOTAL) if self.bands else (TOTAL,)


class Participation(Frozen):
    """The table of who took part: numbers of sampled and responding units by territory, protected like the others."""

    table: Literal["participation"]
    edition: str
    number: str
    title: str
    universes: tuple[Universe, ...] = Field(min_length=1)
    domain_types: tuple[Literal["departement", "region", "size_band", "total"], ...] = Field(min_length=1)
    bands: Bands
    field: str
    reading: str
    source: str
    release: Release


def _document(path: Path) -> tuple[Document, dict[str, object]]:
    return read_document(path), {"bands": load_bands(path.parents[2] / "bands.yaml")}


def load_publication(path: Path) -> Publication:
    """Return the table of one file, with the bands of ``bands.yaml`` three folders up; raises SpecInvalid."""
    document, context = _document(path)
    publication = build(document, Publication, context=context)
    if publication.table != path.stem:
        message = f"l’identifiant « {publication.table} » n’est pas le nom du fichier."
        raise SpecInvalid([document.problem(message, at=("table",), hint=f"Écrire « table: {path.stem} ».")])
    return publication


def load_participation(path: Path) -> Participation:
    """Return the specification of the participation table; raises SpecInvalid."""
    document, context = _document(path)
    return build(document, Participation, context=context)


def load_publications(folder: Path) -> dict[str, Publication]:
    """Return the tables of an edition by identifier, in order of number, participation left out; raises SpecInvalid."""
    problems, found = [], []
    for path in sorted(folder.glob("*.yaml")):
        if path.stem == PARTICIPATION:
            continue
        try:
            found.append(load_publication(path))
        except SpecInvalid as error:
            problems.extend(error.problems)
    if problems:
        raise SpecInvalid(problems)
    return {publication.table: publication for publication in sorted(found, key=lambda table: table.number)}
