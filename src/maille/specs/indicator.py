"""An indicator: what is counted, among whom, and how it is said."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from maille.specs.bands import Identifier
from maille.specs.document import Frozen, build, read_document
from maille.specs.problem import SpecInvalid, SpecProblem
from maille.specs.questionnaire import Universe
from maille.specs.rule import RuleText
from maille.specs.sentence import known_placeholders

Measure = Literal["communes", "epci", "population"]


class Indicator(Frozen):
    """A share, in per cent, of the units or of the population; one file under ``specs/indicators``.

    ``numerator`` is true for a unit that counts, false for one that does not, null for one that is left out. ``among``
    restricts the denominator; without it, every unit of the universe is in. ``sentences`` gives, for each published
    measure, a template of the number (``sentence.py``). ``question`` is the variable that carries the answer.
    """

    id: Identifier
    universe: Universe
    title: str
    label: str = Field(max_length=60)
    sentences: dict[Measure, str] = Field(min_length=1)
    numerator: RuleText
    among: RuleText | None = None
    among_label: str | None = None
    question: Identifier
    concept: Identifier
    note: str | None = None
    targets: tuple[str, ...] = ()

    @field_validator("sentences")
    @classmethod
    def _known(cls, sentences: dict[Measure, str]) -> dict[Measure, str]:
        for template in sentences.values():
            known_placeholders(template)
        return sentences

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
