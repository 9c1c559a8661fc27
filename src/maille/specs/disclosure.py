"""The secrecy rules: dated and sourced thresholds, and how wide a hidden figure must stay uncertain."""

from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from maille.specs.document import Frozen, build, read_document


class Sourced(Frozen):
    """A rule says since when it holds, and who says so."""

    since: date
    source: str


class Frequency(Sourced):
    """A cell that rests on fewer than ``threshold`` units, and more than none, is secret."""

    threshold: int = Field(ge=1)


class Participation(Frequency):
    """How counts of participation are protected: small ones are hidden, or all are changed.

    ``rounding`` rounds them to a ``multiple``; ``cell_key`` adds a noise of the given ``variance``, ``reach`` at most.
    """

    method: Literal["suppression", "rounding", "cell_key"] = "suppression"
    multiple: int | None = Field(default=None, ge=2)
    variance: float | None = Field(default=None, gt=0)
    reach: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.method == "rounding") != (self.multiple is not None):
            raise ValueError("« multiple » est le nombre auquel la méthode « rounding » arrondit, et d’elle seule.")
        if {self.variance is not None, self.reach is not None} != {self.method == "cell_key"}:
            raise ValueError("« variance » et « reach » sont celles du bruit de « cell_key », et de lui seul.")
        return self

    @property
    def slack(self) -> int | None:
        """How far a published count of respondents may be from the true one; None when what is shown is exact."""
        return self.reach if self.multiple is None else self.multiple - 1


class Protection(Sourced):
    """How far a hidden number of units must stay uncertain for whoever knows the published ones.

    ``minimum`` is the least width, in units, of the interval that can be deduced for it.
    """

    minimum: int = Field(ge=1)


class Amounts(Sourced):
    """What makes an amount secret, beside the number of its contributors.

    Its ``contributors`` largest make more than ``share``, or ``coalition`` contributors know the largest to within
    ``percent`` %.
    """

    contributors: int = Field(ge=1, le=2)
    share: float = Field(gt=0, le=1)
    percent: float = Field(gt=0, le=100)
    coalition: int = Field(default=1, ge=1)


class Groups(Sourced):
    """What is done of a cell that says nobody (``zeros``) or everybody: publish it, or hide it."""

    zeros: Literal["publish", "hide"] = "publish"
    everybody: Literal["publish", "hide"] = "publish"


class Said(Sourced):
    """What is said of the precision of a figure.

    Numbers of respondents are rounded to a multiple of ``rounding``; the standard error and the interval of an amount
    are kept back under so many ``contributors``.
    """

    rounding: int = Field(ge=2)
    contributors: int = Field(ge=3)


class Provider(Frequency):
    """What a provider asks of the figures that it hands over; ``rounding`` is the multiple that it rounds to."""

    share: float | None = Field(default=None, gt=0, le=1)
    rounding: int | None = Field(default=None, ge=2)


class Disclosure(Frozen):
    """The content of ``specs/disclosure.yaml``: for cells of tables, counts of participation, amounts, providers."""

    cells: Frequency
    participation: Participation
    protection: Protection
    amounts: Amounts
    groups: Groups
    precision: Said
    sources: dict[str, Provider] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _uncertain(self) -> Self:
        slack, minimum = self.participation.slack, self.protection.minimum
        if slack is not None and slack < minimum:
            key = "reach" if self.participation.multiple is None else "multiple"
            raise ValueError(
                f"un zéro publié se situerait entre 0 et {slack} ; « protection » demande {minimum} d’écart : "
                f"il faut un plus grand « {key} »."
            )
        return self


def load_disclosure(path: Path) -> Disclosure:
    """Return the secrecy rules of a file; raises SpecInvalid."""
    return build(read_document(path), Disclosure)
