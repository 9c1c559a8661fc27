"""A publication: one table, its indicators in order, its conclusion, its release."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from maille.specs.bands import TOTAL, Identifier, Scheme, load_bands
from maille.specs.document import Document, Frozen, build, read_document
from maille.specs.indicator import Measure
from maille.specs.problem import SpecInvalid, SpecProblem
from maille.specs.questionnaire import Universe
from maille.specs.sentence import fill_sentence, known_placeholders

PARTICIPATION = "participation"
APART = (PARTICIPATION, "evolutions")
"""The files of a folder of publications that have a form of their own."""

_PAGES = ("codebook", "croisements", "donnees", "evolutions", "explorer", "qualite", "rapport", "versions")
_OTHERS = ("catalogue", "crossing-classes", "crossings", "figures", "open-data", "quality", "quality-report", "report")
TAKEN = frozenset((*_PAGES, *_OTHERS, *APART))
"""What no table may be called: the pages of an edition on the site, then the other datasets that are published."""

DomainType = Literal["size_band", "region", "departement", "total"]
Kind = Literal["table", "figure"]


_PREFIXES = {"region": "REG-", "departement": "DEP-"}


def territory_domain(kind: str, code: str) -> str:
    """Return the domain of a région or a département: as in Insee's codes, région 11 is not département 11."""
    return _PREFIXES[kind] + code


class Conclusion(Frozen):
    """The title that says what the table shows: a template bound to one of its figures."""

    template: str
    indicator: Identifier
    measure: Measure
    domain: str = TOTAL

    @field_validator("template")
    @classmethod
    def _known(cls, template: str) -> str:
        return known_placeholders(template, ("part", "precis", "fraction", "Fraction", "valeur", "rond"))


class Identity(Frozen):
    """An addition that holds between numbers of units: ``total`` is the sum of ``parts`` in every domain.

    ``total`` may be ``ensemble``, all the units of the domain. Disclosure control needs to know every such addition.
    """

    total: Identifier
    parts: tuple[Identifier, ...] = Field(min_length=2)


class Within(Frozen):
    """The only indicators and measures that a table gives by département."""

    indicators: tuple[Identifier, ...] = Field(min_length=1)
    measures: tuple[Measure, ...] = Field(min_length=1)


class Release(Frozen):
    """The version and date under which a table is published."""

    version: str
    date: date


class Publication(Frozen):
    """A published table: one file under ``specs/publications/<edition>``.

    Cells are indicator x measure x domain. ``domains`` are what the table is cut by: unless it is said, the bands of
    the scheme ``bands`` (none when it is absent) and the total. ``kind`` says whether readers get a table or a figure.
    ``by_departement`` keeps to some indicators and measures what is given by département: a share near 100 % would
    have to be hidden there, and the régions with it. ``field`` is who the figures describe, ``note`` how to read them.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    edition: str
    number: str
    title: str
    conclusion: Conclusion
    universe: Universe
    field: str
    kind: Kind = "table"
    bands: Scheme | None = None
    domains: tuple[DomainType, ...] = ()
    indicators: tuple[Identifier, ...] = Field(min_length=1)
    measures: tuple[Measure, ...] = Field(min_length=1)
    by_departement: Within | None = None
    identities: tuple[Identity, ...] = ()
    note: str
    source: str
    release: Release

    @model_validator(mode="after")
    def _cut(self) -> Self:
        if self.domains and (self.bands is not None) != ("size_band" in self.domains):
            raise ValueError("« bands » va avec le domaine « size_band », et ce domaine avec « bands ».")
        if self.domains and "total" not in self.domains:
            raise ValueError("« domains » finit par « total » : un tableau donne toujours l’ensemble.")
        return self

    @model_validator(mode="after")
    def _within(self) -> Self:
        kept = self.by_departement
        if kept is None:
            return self
        if "departement" not in self.domains:
            raise ValueError("« by_departement » va avec le domaine « departement ».")
        unknown = [*({*kept.indicators} - {*self.indicators}), *({*kept.measures} - {*self.measures})]
        if unknown:
            raise ValueError(f"« by_departement » nomme ce que le tableau n’a pas : {', '.join(sorted(unknown))}.")
        return self

    def gives(self, indicator: str, measure: str, cut: DomainType) -> bool:
        """Tell whether the table gives an indicator, in a measure, for the domains of a cut."""
        if cut != "departement" or self.by_departement is None:
            return True
        return indicator in self.by_departement.indicators and measure in self.by_departement.measures

    @property
    def cuts(self) -> tuple[DomainType, ...]:
        """Return what the table is cut by, in order, the total last."""
        if not self.domains:
            return ("total",) if self.bands is None else ("size_band", "total")
        order: tuple[DomainType, ...] = ("size_band", "region", "departement", "total")
        return tuple(cut for cut in order if cut in self.domains)

    def conclude(
        self, figures: Mapping[tuple[str, str, str, str], float | None], *, unit: str = "%", decimals: int = 1
    ) -> str:
        """Return the conclusion filled with its figure, or the plain title when the figure is not published.

        ``figures`` gives estimates by (table, indicator, measure, domain), ``unit`` and ``decimals`` are of the
        indicator of the conclusion.
        """
        bound = self.conclusion
        estimate = figures.get((self.id, bound.indicator, bound.measure, bound.domain))
        if estimate is None:
            return self.title
        return fill_sentence(bound.template, estimate=estimate, unit=unit, decimals=decimals)


class Participation(Frozen):
    """The table of who took part: numbers of sampled and responding units by territory, protected like the others."""

    id: Literal["participation"]
    edition: str
    number: str
    title: str
    universes: tuple[Universe, ...] = Field(min_length=1)
    domain_types: tuple[DomainType, ...] = Field(min_length=1)
    bands: Scheme
    field: str
    note: str
    source: str
    release: Release


def _document(path: Path) -> tuple[Document, dict[str, object]]:
    return read_document(path), {"bands": load_bands(path.parents[2] / "bands.yaml")}


def load_publication(path: Path) -> Publication:
    """Return the table of one file, with the bands of ``bands.yaml`` three folders up; raises SpecInvalid."""
    document, context = _document(path)
    publication = build(document, Publication, context=context)
    if publication.id in TAKEN:
        message = f"« {publication.id} » est déjà le nom d’une page ou d’un fichier de l’édition."
        raise SpecInvalid([document.problem(message, at=("id",), hint="Donner un autre nom au tableau et au fichier.")])
    if publication.id != path.stem:
        message = f"l’identifiant « {publication.id} » n’est pas le nom du fichier."
        raise SpecInvalid([document.problem(message, at=("id",), hint=f"Écrire « id: {path.stem} ».")])
    return publication


def load_participation(path: Path) -> Participation:
    """Return the specification of the participation table; raises SpecInvalid."""
    document, context = _document(path)
    return build(document, Participation, context=context)


def publication_ids(folder: Path) -> tuple[str, ...]:
    """Return the identifiers of the tables of an edition, from the names of their files, those with a form apart."""
    return tuple(path.stem for path in sorted(folder.glob("*.yaml")) if path.stem not in APART)


def _rank(table: Publication) -> tuple[tuple[int, str], ...]:
    """Return the place of a table: number 10 comes after number 9."""
    return tuple((int(part) if part.isdigit() else 0, part) for part in table.number.split("."))


def load_publications(folder: Path) -> dict[str, Publication]:
    """Return the tables of an edition by identifier, in order of number, participation left out; raises SpecInvalid."""
    problems: list[SpecProblem] = []
    found: list[Publication] = []
    for name in publication_ids(folder):
        try:
            found.append(load_publication(folder / f"{name}.yaml"))
        except SpecInvalid as error:
            problems.extend(error.problems)
    if problems:
        raise SpecInvalid(problems)
    return {publication.id: publication for publication in sorted(found, key=_rank)}
