"""How a survey is conducted: who is written to, when, how often, and what stops it; one file beside the messages."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from maille.specs.bands import Identifier
from maille.specs.document import Frozen, build, read_document
from maille.specs.problem import SpecInvalid, SpecProblem, nearest_or_list

EventKind = Literal["announcement", "opening", "reminder", "closing", "notice", "thanks", "archive", "purge"]
Anchor = Literal["opens", "closes"]
Status = Literal["never_opened", "started", "submitted"]


class Audience(Frozen):
    """A group of authorities: every condition that is written must hold; none holds for all of them."""

    label: str
    status: tuple[Status, ...] = ()
    bounced: bool | None = None
    sections_left: int | None = Field(default=None, ge=1)
    """At most this number of sections that were never saved."""


class PlannedEvent(Frozen):
    """A date of the calendar, counted from the opening or the closing; a date without a template sends nothing."""

    kind: EventKind
    label: str
    anchor: Anchor
    days: int
    audience: str | None = None
    template: str | None = None

    @model_validator(mode="after")
    def _both(self) -> "PlannedEvent":
        if (self.audience is None) != (self.template is None):
            raise ValueError("un envoi a un public (audience) et un message (template), ou ni l’un ni l’autre.")
        return self


class Campaign(Frozen):
    """The conduct of a survey.

    ``weekly_cap`` is how many messages an authority may receive in seven days; ``stops`` are the outcomes after which
    it receives none.
    """

    weekly_cap: int = Field(ge=1)
    contacts_kept_days: int = Field(ge=0)
    stops: tuple[Identifier, ...]
    audiences: dict[Identifier, Audience] = Field(min_length=1)
    events: tuple[PlannedEvent, ...]


def load_campaign(folder: Path) -> Campaign:
    """Return the conduct of a survey from ``campaign.yaml``, its names checked; raises SpecInvalid."""
    document = read_document(folder / "campaign.yaml")
    campaign = build(document, Campaign)
    known = {path.stem for path in folder.glob("*.md")}
    problems: list[SpecProblem] = []
    for position, event in enumerate(campaign.events):
        for key, name, names in (("audience", event.audience, campaign.audiences), ("template", event.template, known)):
            if name is not None and name not in names:
                at = ("events", position, key)
                problems.append(document.problem(f"« {name} » n’existe pas.", at=at, hint=nearest_or_list(name, names)))
    if problems:
        raise SpecInvalid(problems)
    return campaign
