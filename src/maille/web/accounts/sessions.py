"""The sessions of Django, in the database; each request reads one with a query that is already written."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from maille.web.prepared import Rows, Slot

_session = Rows(
    lambda: Session.objects.filter(session_key=Slot(0), expire_date__gt=Slot(1)).values_list(
        "session_key", "session_data", "expire_date"
    )
)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        found = _session(self.session_key, timezone.now())
        if found:
            return Session(*found[0])
        self._session_key = None
        return None
