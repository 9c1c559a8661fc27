"""A crossing: indicators of the survey by classes of what another source says of the same territories."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from maille.specs.bands import Identifier
from maille.specs.document import Document, Frozen, build, read_document
from maille.specs.indicator import Indicator, Measure
from maille.specs.problem import SpecInvalid, SpecProblem, nearest_or_list
from maille.specs.publication import Release
from maille.specs.questionnaire import Universe
from maille.specs.source import Level, Source, load_source, source_dataset

CROSSED = ("share",)
"""The kinds of indicators whose classes are compared: the error of a difference of imputed amounts is not known yet."""
UNKNOWN = "inconnu"
"""The class of those for whom the source says nothing: they are shown, never left out."""


class SourceValue(Frozen):
    """A value of a source: its variable in a year."""

    source: Identifier
    variable: Identifier
    year: int


class Crossing(Frozen):
    """A crossing, one file under ``specs/crossings/<edition>``.

    What is cut into classes is ``of``, divided by ``per`` when it is said and multiplied by ``times``, in ``unit``, of
    the territories of ``level``. ``quantiles`` makes classes of as many territories each, ``thresholds`` are the limits
    of classes, each in the class above it. ``question`` is what it is made to answer.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    edition: str
    number: str
    title: str
    question: str
    universe: Universe
    measure: Measure
    indicators: tuple[Identifier, ...] = Field(min_length=1)
    level: Level
    of: SourceValue
    per: SourceValue | None = None
    times: float = Field(default=1.0, gt=0)
    unit: str
    quantiles: Literal[2, 3, 4, 5] | None = None
    thresholds: tuple[float, ...] = ()
    labels: tuple[str, ...]
    field: str
    note: str
    release: Release

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.quantiles is None) != bool(self.thresholds):
            raise ValueError("les classes sont des « quantiles » ou des seuils (« thresholds »), l’un ou l’autre.")
        if any(after <= before for before, after in pairwise(self.thresholds)):
            raise ValueError("les seuils doivent monter.")
        count = self.quantiles or len(self.thresholds) + 1
        if len(self.labels) != count:
            raise ValueError(f"il faut {count} libellés de classe (« labels »).")
        if self.universe != "communes" or self.level not in ("commune", "departement"):
            raise ValueError("des communes se croisent avec ce qu’une source dit d’elles ou de leur département.")
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the datasets that it reads."""
        wanted = [self.of, *([self.per] if self.per else [])]
        return tuple(dict.fromkeys(source_dataset(one.source) for one in wanted))


def load_crossing(path: Path) -> Crossing:
    """Return the crossing of a file; raises SpecInvalid."""
    document = read_document(path)
    crossing = build(document, Crossing)
    for key, got, wanted in (("id", crossing.id, path.stem), ("edition", crossing.edition, path.parent.name)):
        if got != wanted:
            message = f"« {got} » n’est pas le nom du fichier ou du dossier."
            raise SpecInvalid([document.problem(message, at=(key,), hint=f"Écrire « {key}: {wanted} ».")])
    return crossing


def load_crossings(specs: Path, edition: str) -> dict[str, Crossing]:
    """Return the crossings of an edition by identifier; raises SpecInvalid."""
    return {path.stem: load_crossing(path) for path in sorted((specs / "crossings" / edition).glob("*.yaml"))}


def crossing_problems(folder: Path, indicators: Mapping[str, Indicator]) -> Iterator[SpecProblem]:
    """Yield what is wrong in the crossings of a folder: alone, then against indicators and sources."""
    sources = {path.stem: path for path in (folder / "sources").glob("*.yaml")}
    for path in sorted((folder / "crossings").glob("*/*.yaml")):
        try:
            crossing = load_crossing(path)
        except SpecInvalid as error:
            yield from error.problems
            continue
        document = read_document(path)
        for position, name in enumerate(crossing.indicators):
            for message, hint in _misfits(crossing, name, indicators):
                yield document.problem(message, at=("indicators", position), hint=hint)
        for key, wanted in (("of", crossing.of), ("per", crossing.per)):
            if wanted is not None:
                yield from _unknown(document, crossing, wanted, at=key, sources=sources)


def _misfits(crossing: Crossing, name: str, indicators: Mapping[str, Indicator]) -> Iterator[tuple[str, str | None]]:
    found = indicators.get(name)
    if found is None:
        yield f"indicateur inconnu « {name} ».", nearest_or_list(name, indicators)
    elif found.universe != crossing.universe or crossing.measure not in found.measures:
        yield f"« {name} » ne porte pas sur cet univers, ou n’a pas cette mesure.", None
    elif found.kind not in CROSSED:
        yield f"« {name} » n’est pas une part : seules les parts se comparent entre classes.", None


def _unknown(
    document: Document, crossing: Crossing, wanted: SourceValue, *, at: str, sources: Mapping[str, Path]
) -> Iterator[SpecProblem]:
    if wanted.source not in sources:
        hint = nearest_or_list(wanted.source, sources)
        yield document.problem(f"source inconnue « {wanted.source} ».", at=(at, "source"), hint=hint)
        return
    try:
        source: Source = load_source(sources[wanted.source])
    except SpecInvalid:
        return
    known = [variable.name for level, variable in source.variables() if level == crossing.level]
    if wanted.variable not in known:
        hint = nearest_or_list(wanted.variable, known)
        yield document.problem(f"variable inconnue « {wanted.variable} ».", at=(at, "variable"), hint=hint)
