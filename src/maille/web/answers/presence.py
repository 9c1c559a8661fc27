"""Who else has a section open: said to all, so that nobody is surprised; it locks nothing."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from maille.web.accounts.names import names_of
from maille.web.answers.models import Presence
from maille.web.answers.wording import clock

AWAY = timedelta(minutes=3)
SOMEONE = "Une personne de votre équipe"


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
    lately = Presence.objects.filter(unit_id=request.seat.unit_id, section=section, seen_at__gte=at - AWAY)
    rows = list(lately.exclude(session=_session(request)).order_by("since"))
    names = names_of(request.seat.unit_id) if rows else {}
    return [Other(names.get(row.author, SOMEONE), row.since) for row in rows]


def show_up(request: HttpRequest, section: str, at: datetime) -> None:
    """Say that this person has the section open; after an absence, they come anew."""
    mine = Presence.objects.filter(unit_id=request.seat.unit_id, section=section, session=_session(request))
    if mine.filter(seen_at__gte=at - AWAY).update(seen_at=at, author=request.seat.author):
        return
    Presence.objects.update_or_create(
        unit_id=request.seat.unit_id,
        section=section,
        session=_session(request),
        defaults={"author": request.seat.author, "since": at, "seen_at": at},
    )
