"""The thresholds of precision: when a published figure is said to be imprecise, and when it is not published."""

from datetime import date
from pathlib import Path

from pydantic import Field

from maille.specs.bands import Identifier
from maille.specs.document import Frozen, build, read_document


class Threshold(Frozen):
    """A dated and sourced limit; its unit is that of the line it stands in."""

    limit: float = Field(gt=0)
    since: date
    source: str


class Simulated(Frozen):
    """The figures whose intervals did not hold as often as they say when the survey was simulated.

    ``figures``: domains by measure by indicator.
    """

    since: date
    source: str
    figures: dict[Identifier, dict[Identifier, tuple[str, ...]]]

    def names(self) -> list[str]:
        """Return the figures as « indicator measure domain »."""
        return [
            f"{indicator} {measure} {domain}"
            for indicator, measures in self.figures.items()
            for measure, domains in measures.items()
            for domain in domains
        ]


class Precision(Frozen):
    """The content of ``specs/precision.yaml``.

    ``half_width``: half of the 95 % interval of a share, in points, above which the share is imprecise; ``variation``:
    coefficient of variation, in per cent, above which any other figure is; ``giants``: how far the figure would be if
    its largest units had not answered, in points of a share and in per cent of another figure, above which it is
    imprecise too; ``respondents``: below so many respondents, unless all were seen, a figure is not published;
    ``simulated``: figures that are imprecise because a simulation showed it.
    """

    half_width: Threshold
    variation: Threshold
    giants: Threshold
    respondents: Threshold
    simulated: Simulated | None = None


def load_precision(path: Path) -> Precision:
    """Return the thresholds of a file; raises SpecInvalid."""
    return build(read_document(path), Precision)
