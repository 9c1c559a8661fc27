"""An indicator: what is counted, among whom, and how it is said."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from maille.specs.bands import Identifier
from maille.specs.document import Frozen, build, read_document
from maille.specs.problem import SpecInvalid, SpecProblem
from maille.specs.questionnaire import Universe
from maille.specs.rule import Rule, RuleText
from maille.specs.sentence import QUANTITIES, SHARES, known_placeholders

Measure = Literal["communes", "epci", "population", "amounts"]
Kind = Literal["share", "total", "mean", "ratio", "median"]

AMOUNTS: Measure = "amounts"
PERCENT = "%"
TAKEN = frozenset({"versions"})
"""What no indicator may be called: the pages of a table on the site."""


class Indicator(Frozen):
    """What is counted and how; one file under ``specs/indicators``.

    A ``share``, in per cent, of the units or of the population has a ``numerator``: true for a unit that counts, false
    for one that does not, null for one that is left out. The other kinds have a ``value``, a numeric rule, in ``unit``:
    its ``total``, its ``mean`` by unit, its ``median``, or its ``ratio`` to the total of ``below``; a unit whose value
    is null is left out. They are published in one measure, ``amounts``, with ``decimals`` decimals.

    ``among`` restricts the denominator; without it, every unit of the universe is in. ``sentences`` gives, for each
    published measure, a template of the number (``sentence.py``). ``question`` is the variable that carries the answer.
    """

    id: Identifier
    universe: Universe
    title: str
    label: str = Field(max_length=60)
    kind: Kind = "share"
    sentences: dict[Measure, str] = Field(min_length=1)
    numerator: RuleText | None = None
    value: RuleText | None = None
    below: RuleText | None = None
    unit: str = PERCENT
    decimals: int = Field(default=1, ge=0, le=4)
    among: RuleText | None = None
    among_label: str | None = None
    question: Identifier
    concept: Identifier
    note: str | None = None
    targets: tuple[str, ...] = ()

    @field_validator("sentences")
    @classmethod
    def _known(cls, sentences: dict[Measure, str]) -> dict[Measure, str]:
        for measure, template in sentences.items():
            known_placeholders(template, QUANTITIES if measure == AMOUNTS else SHARES)
        return sentences

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wanted = {"numerator"} if self.kind == "share" else {"value", "below"} if self.kind == "ratio" else {"value"}
        for name in ("numerator", "value", "below"):
            if (getattr(self, name) is None) == (name in wanted):
                verb = "demande" if name in wanted else "n’a pas de"
                raise ValueError(f"un indicateur « {self.kind} » {verb} « {name} ».")
        if (self.kind == "share") != (self.unit == PERCENT):
            raise ValueError(
                "« unit » se dit pour un total, une moyenne, un rapport ou une médiane : « € », « places »…"
            )
        if (self.kind == "share") == (AMOUNTS in self.sentences) or (self.kind != "share" and len(self.sentences) > 1):
            raise ValueError("une part a des phrases par unité ou par population, les autres une seule, « amounts ».")
        return self

    @property
    def rule(self) -> Rule:
        """Return the rule that says what counts: the numerator of a share, the value of the other kinds."""
        found = self.numerator if self.kind == "share" else self.value
        assert found is not None
        return found

    @property
    def below_column(self) -> str:
        """Return the column of the denominator of a ratio, beside that of its value, in the individual indicators."""
        return f"{self.id}__below"

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Return the measures that are published, in order."""
        return tuple(self.sentences)

    @property
    def sentence(self) -> str:
        """Return the sentence of the first measure."""
        return next(iter(self.sentences.values()))


def load_indicator(path: Path) -> Indicator:
    """Return the indicator of one file; raises SpecInvalid."""
    document = read_document(path)
    indicator = build(document, Indicator)
    if indicator.id in TAKEN:
        message = f"« {indicator.id} » est déjà le nom d’une page de chaque tableau."
        hint = "Donner un autre nom à l’indicateur et au fichier."
        raise SpecInvalid([document.problem(message, at=("id",), hint=hint)])
    if indicator.id != path.stem:
        message = f"l’identifiant « {indicator.id} » n’est pas le nom du fichier."
        raise SpecInvalid([document.problem(message, at=("id",), hint=f"Écrire « id: {path.stem} ».")])
    return indicator


def load_indicators(folder: Path) -> dict[str, Indicator]:
    """Return the indicators of a folder by identifier, in order of file name; raises SpecInvalid."""
    problems: list[SpecProblem] = []
    found: dict[str, Indicator] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            found[path.stem] = load_indicator(path)
        except SpecInvalid as error:
            problems.extend(error.problems)
    if problems:
        raise SpecInvalid(problems)
    return found
