"""A crossing: indicators of the survey by classes of what another source says of the same territories."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from maille.specs.bands import Identifier
from maille.specs.document import build, read_document
from maille.specs.indicator import AMOUNTS, Indicator, Measure
from maille.specs.problem import SpecInvalid, SpecProblem, nearest_or_list
from maille.specs.publication import Release
from maille.specs.questionnaire import Universe
from maille.specs.source_value import SourceMeasure, value_problems

CROSSED = ("share", "mean", "ratio")
"""The kinds of indicators whose classes are compared: a total grows with the class, medians have no difference."""


class Crossing(SourceMeasure):
    """A crossing, one file under ``specs/crossings/<edition>``.

    What is cut into classes is ``of``, divided by ``per`` when it is said and multiplied by ``times``, in ``unit``, of
    the territories of ``level``. ``quantiles`` makes classes of as many territories each, ``thresholds`` are the limits
    of classes, each in the class above it. ``question`` is what it is made to answer. ``measure`` is that of shares;
    means and ratios are amounts.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    edition: str
    number: str
    title: str
    question: str
    universe: Universe
    measure: Measure
    indicators: tuple[Identifier, ...] = Field(min_length=1)
    unit: str
    labels: tuple[str, ...]
    field: str
    note: str
    release: Release

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.quantiles is None) != bool(self.thresholds):
            raise ValueError("les classes sont des « quantiles » ou des seuils (« thresholds »), l’un ou l’autre.")
        if not self.rising():
            raise ValueError("les seuils doivent monter.")
        if len(self.labels) != self.count:
            raise ValueError(f"il faut {self.count} libellés de classe (« labels »).")
        if self.universe != "communes" or self.level not in ("commune", "departement"):
            raise ValueError("des communes se croisent avec ce qu’une source dit d’elles ou de leur département.")
        return self

    def measure_of(self, indicator: Indicator) -> Measure:
        """Return the measure in which an indicator is crossed."""
        return self.measure if indicator.kind == "share" else AMOUNTS


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
        yield from value_problems(document, crossing, at=(), sources=sources)


def _misfits(crossing: Crossing, name: str, indicators: Mapping[str, Indicator]) -> Iterator[tuple[str, str | None]]:
    found = indicators.get(name)
    if found is None:
        yield f"indicateur inconnu « {name} ».", nearest_or_list(name, indicators)
    elif found.kind not in CROSSED:
        yield f"« {name} » n’est ni une part, ni une moyenne, ni un rapport : il ne se compare pas entre classes.", None
    elif found.universe != crossing.universe or crossing.measure_of(found) not in found.measures:
        yield f"« {name} » ne porte pas sur cet univers, ou n’a pas cette mesure.", None
