"""How the questionnaire is filled, never what is answered: the events that a page leaves behind."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from maille.web.answers.models import PageEvent
from maille.web.prepared import Insert

_PHONE, _TABLET = re.compile(r"Mobi|iPhone|Android.*Mobile"), re.compile(r"iPad|Tablet|Android")
_LONGEST = 24 * 3600
_add_event = Insert(PageEvent, ("unit", "section", "kind", "question", "author_kind", "device", "at", "seconds"))


def device(agent: str) -> str:
    """Return phone, tablet or computer, from the name that the browser gives itself."""
    if _PHONE.search(agent):
        return "phone"
    return "tablet" if _TABLET.search(agent) else "computer"


@dataclass(frozen=True)
class Trace:
    """Who is on which section, with what: all that an event says besides its kind and its question."""

    unit_id: int
    section: str
    author_kind: str
    device: str
    at: datetime

    @classmethod
    def of(cls, request: HttpRequest, section: str = "") -> "Trace":
        agent = request.headers.get("User-Agent", "")[:300]
        return cls(request.seat.unit_id, section, request.seat.kind, device(agent), timezone.now())

    def record(self, events: Iterable[tuple[str, str]], seconds: int | None = None) -> None:
        """Write events, each a kind and a question (or none)."""
        spent = None if seconds is None else max(0, min(seconds, _LONGEST))
        who = (self.author_kind, self.device, self.at, spent)
        _add_event((self.unit_id, self.section, kind, question, *who) for kind, question in events)
