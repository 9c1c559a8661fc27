"""What every page of the shell shows."""

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from maille.web.campaigns.models import Edition
from maille.web.prepared import Rows

_editions = Rows(lambda: Edition.objects.values_list("simulated"))


def _simulated() -> bool:
    """Say whether the pages must be marked: an edition is simulated, or none is open yet."""
    try:
        simulated = [one for (one,) in _editions()]
    except DatabaseError:
        return True
    return not simulated or any(simulated)


def shell(request: HttpRequest) -> dict[str, object]:
    simulated = _simulated()
    return {
        "simulated": simulated,
        "demonstration": simulated and (settings.MAILLE_HOME / "demo-accounts.json").is_file(),
        "help_phone": settings.MAILLE_HELP_PHONE,
        "help_email": settings.MAILLE_HELP_EMAIL,
    }
