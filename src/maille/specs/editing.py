"""How the answers of an edition are imputed and which are looked at as outliers: ``specs/editing/<edition>.yaml``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from maille.specs.bands import Bands, Identifier, load_bands
from maille.specs.document import Document, Frozen, build, read_document
from maille.specs.problem import SpecProblem, nearest_or_list
from maille.specs.questionnaire import Questionnaire, Universe
from maille.specs.rule import Rule, RuleText
from maille.specs.rule_check import check_rule
from maille.specs.source_value import SourceMeasure, value_problems

METHODS = {
    "deductive": "déduction",
    "ratio": "ratio",
    "nearest": "plus proche voisine",
    "hot_deck": "tirage au hasard dans la classe",
}
"""What each method is called."""

NUMBERS = ("integer", "decimal")
LEVELS = ("size_band", "region", "departement", "epci_type")


class Imputation(Frozen):
    """How some numbers are imputed where they were asked and are missing.

    ``deductive`` takes the ``value`` (a rule that gives a number) of the units for which ``when`` is true. The other
    methods look for donors in classes, the crossing of ``classes`` (levels of the sample or single choices), last one
    dropped first when a class has fewer than ``minimum`` donors. ``auxiliaries`` are ``population`` or other numbers;
    ``limit`` is how many times a donor may serve.
    """

    questions: tuple[Identifier, ...] = Field(min_length=1)
    method: Literal["deductive", "ratio", "nearest", "hot_deck"]
    value: RuleText | None = None
    when: RuleText | None = None
    auxiliaries: tuple[Identifier, ...] = ()
    classes: tuple[Identifier, ...] = ()
    minimum: int = Field(default=5, ge=2)
    limit: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if (self.method == "deductive") != (self.value is not None):
            raise ValueError("la méthode « deductive », et elle seule, demande une valeur (« value »).")
        if self.method != "deductive" and self.when is not None:
            raise ValueError("« when » n’a de sens que pour la méthode « deductive ».")
        wanted = {"deductive": (0, 0), "hot_deck": (0, 0), "ratio": (1, 1), "nearest": (1, 9)}[self.method]
        if not wanted[0] <= len(self.auxiliaries) <= wanted[1]:
            raise ValueError(f"la méthode « {self.method} » ne prend pas {len(self.auxiliaries)} auxiliaire(s).")
        return self


class OutlierTest(Frozen):
    """Numbers whose ratio to ``against`` is compared with that of like units (``stats.outliers``).

    ``against`` is ``population``, another number, or ``previous``: the answer of the edition that the question takes
    up. ``u``, ``a`` and ``c`` are the parameters of Hidiroglou and Berthelot.
    """

    questions: tuple[Identifier, ...] = Field(min_length=1)
    against: Identifier
    classes: tuple[Identifier, ...] = ()
    u: float = Field(default=0.5, ge=0, le=1)
    a: float = Field(default=0.05, ge=0)
    c: float = Field(default=4.0, gt=0)
    minimum: int = Field(default=10, ge=1)


class UniverseEditing(Frozen):
    """The imputations of a universe, in the order in which they are made, and the tests that come before them.

    ``sources`` are what other sources say of the units, by the name under which an imputation uses it: among its
    ``auxiliaries``, or its ``classes`` when it is cut.
    """

    size_bands: Bands
    sources: dict[Identifier, SourceMeasure] = Field(default_factory=dict)
    outliers: tuple[OutlierTest, ...] = ()
    imputations: tuple[Imputation, ...] = ()


class Counterpart(Frozen):
    """What a commune says of its intercommunalité and what this one says of itself: the same codes, the same fact."""

    communes: Identifier
    epci: Identifier
    label: str


class Editing(Frozen):
    """What is done to the answers of an edition; ``seed`` makes the draws of donors reproducible.

    ``previous`` is the survey whose imported answers the tests against ``previous`` read; ``counterparts`` are facts
    that a commune and its intercommunalité both give.
    """

    edition: str
    seed: int
    previous: str | None = None
    counterparts: tuple[Counterpart, ...] = ()
    universes: dict[Universe, UniverseEditing] = Field(default_factory=dict)


def load_editing(path: Path) -> Editing:
    """Return the editing of a file, with the size bands of ``bands.yaml`` two folders up; raises SpecInvalid."""
    return build(read_document(path), Editing, context={"bands": load_bands(path.parent.parent / "bands.yaml")})


def editing_file(edition: str) -> str:
    """Return the file of the editing of an edition, below the folder of specifications."""
    return f"editing/{edition}.yaml"


def edition_editing(specs: Path, edition: str) -> Editing:
    """Return the editing of an edition, one that does nothing when no file says what to do; raises SpecInvalid."""
    path = specs / editing_file(edition)
    return load_editing(path) if path.exists() else Editing(edition=edition, seed=0)


def check_editing(path: Path, editing: Editing, questionnaires: Mapping[str, Questionnaire]) -> Iterator[SpecProblem]:
    """Yield what the file says that its questionnaires, by universe, do not know."""
    document = read_document(path)
    if editing.edition != path.stem:
        hint = f"Écrire « edition: {path.stem} »."
        yield document.problem("l’édition n’est pas le nom du fichier.", at=("edition",), hint=hint)
    for position, pair in enumerate(editing.counterparts):
        for universe, name in (("communes", pair.communes), ("epci", pair.epci)):
            known = [one.name for one in questionnaires[universe].variables()] if universe in questionnaires else [name]
            if name not in known:
                hint = nearest_or_list(name, known)
                yield document.problem(
                    f"« {name} » n’est pas posée.", at=("counterparts", position, universe), hint=hint
                )
    for universe, part in editing.universes.items():
        if universe in questionnaires:
            yield from _Checker(document, questionnaires[universe], editing).check(part, at=("universes", universe))


class _Checker:
    def __init__(self, document: Document, questionnaire: Questionnaire, editing: Editing) -> None:
        self._document = document
        self._questionnaire = questionnaire
        self._editing = editing
        asked = questionnaire.variables()
        self._numbers = [question.name for question in asked if question.kind in NUMBERS]
        self._classes = [*LEVELS, *(question.name for question in asked if question.kind == "select_one")]

    def check(self, part: UniverseEditing, *, at: tuple[str | int, ...]) -> Iterator[SpecProblem]:
        """Yield what is wrong in a universe."""
        sources = {path.stem: path for path in (Path(self._document.file).parents[1] / "sources").glob("*.yaml")}
        taken = {"population", *LEVELS, *(question.name for question in self._questionnaire.variables())}
        for name, measure in part.sources.items():
            if name in taken:
                message = f"« {name} » est déjà une question ou un niveau : donner un autre nom à la source."
                yield self._document.problem(message, at=(*at, "sources", name), hint=None)
            yield from value_problems(self._document, measure, at=(*at, "sources", name), sources=sources)
        cut = [name for name, measure in part.sources.items() if measure.count]
        for position, item in enumerate(part.imputations):
            here = (*at, "imputations", position)
            yield from self._named(item.questions, self._numbers, at=(*here, "questions"))
            known = ["population", *part.sources, *self._numbers]
            yield from self._named(item.auxiliaries, known, at=(*here, "auxiliaries"))
            yield from self._named(item.classes, [*self._classes, *cut], at=(*here, "classes"))
            yield from self._rule(item.when, number=False, at=(*here, "when"))
            yield from self._rule(item.value, number=True, at=(*here, "value"))
        for position, test in enumerate(part.outliers):
            here = (*at, "outliers", position)
            yield from self._named(test.questions, self._numbers, at=(*here, "questions"))
            yield from self._named((test.against,), ["previous", "population", *self._numbers], at=(*here, "against"))
            yield from self._named(test.classes, self._classes, at=(*here, "classes"))
            if test.against == "previous" and self._editing.previous is None:
                message = "ce test lit l’édition précédente, que « previous » ne nomme pas."
                yield self._document.problem(message, at=(*here, "against"), hint="Écrire « previous: asco-2015 ».")

    def _named(self, names: tuple[str, ...], known: list[str], *, at: tuple[str | int, ...]) -> Iterator[SpecProblem]:
        for name in names:
            if name not in known:
                hint = nearest_or_list(name, known)
                yield self._document.problem(f"« {name} » ne convient pas ici.", at=at, hint=hint)

    def _rule(self, rule: Rule | None, *, number: bool, at: tuple[str | int, ...]) -> Iterator[SpecProblem]:
        if rule is not None:
            for fault in check_rule(rule, self._questionnaire, wanted="number" if number else "boolean"):
                yield self._document.problem(fault.message, at=at, hint=fault.hint)
