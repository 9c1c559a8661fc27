"""Who else has a section open: said to all, so that nobody is surprised; it locks nothing."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from maille.web.accounts.names import names_of
from maille.web.answers.models import Presence
from maille.web.answers.wording import clock
from maille.web.prepared import Insert, Rows, Slot, Update

AWAY = timedelta(minutes=3)
SOMEONE = "Une personne de votre équipe"

_lately = Rows(
    lambda: (
        Presence.objects.filter(unit_id=Slot(0), section=Slot(1), seen_at__gte=Slot(2))
        .exclude(session=Slot(3))
        .order_by("since")
        .values_list("author", "since")
    )
)
_stay = Update(
    lambda: Presence.objects.filter(unit_id=Slot(2), section=Slot(3), session=Slot(4), seen_at__gte=Slot(5)),
    seen_at=Slot(0),
    author=Slot(1),
)
_come = Insert(
    Presence,
    ("unit", "section", "session", "author", "since", "seen_at"),
    unique=("unit", "section", "session"),
    updated=("author", "since", "seen_at"),
)


@dataclass(frozen=True)
class Other:
    """Someone else on this section, and since when."""

    name: str
    since: datetime

    @property
    def initials(self) -> str:
        if self.name == SOMEONE:
            return ""
        words = [word for word in self.name.split(",")[0].split() if word[0].isalpha()]
        return "".join(word[0].upper() for word in (words[:1] + words[1:][-1:]))

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "since": clock(timezone.localtime(self.since))}


def _session(request: HttpRequest) -> str:
    return hashlib.sha256((request.session.session_key or "").encode()).hexdigest()[:16]


def others(request: HttpRequest, section: str, at: datetime) -> list[Other]:
    """Return who else showed up on this section lately, the first to come first."""
    rows = _lately(request.seat.unit_id, section, at - AWAY, _session(request))
    names = names_of(request.seat.unit_id) if rows else {}
    return [Other(names.get(author, SOMEONE), since) for author, since in rows]


def show_up(request: HttpRequest, section: str, at: datetime) -> None:
    """Say that this person has the section open; after an absence, they come anew."""
    seat, session = request.seat, _session(request)
    if not _stay(at, seat.author, seat.unit_id, section, session, at - AWAY):
        _come([(seat.unit_id, section, session, seat.author, at, at)])
