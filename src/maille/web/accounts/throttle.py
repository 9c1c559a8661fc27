"""Who tries codes, links and passwords: where they come from, and when they have tried enough.

Three counts, over a quarter of an hour. Five failures on one identifier from one address, or fifty from one address on
any, close the door to that address. Failures on one identifier from anywhere slow it down for all: each doubles the
wait before the next try, up to a bound that fits what is guessed. It is never a lock, or a stranger could keep a town
hall out: tries refused meanwhile do not count, a code of 60 bits needs a few seconds at most, and a browser that came
in before (a signed cookie says so) does not wait; a link by e-mail and the telephone remain for the others. Six digits
are asked of who already gave the password: they bear a quarter of an hour, and no browser is spared.
"""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.core import signing
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse

from maille.web.accounts.tokens import token_hash
from maille.web.discretion import without_link

TRIES_AN_ADDRESS = 50
"""Failed tries from one address in a quarter of an hour, whatever the identifiers: offices share an address."""

CAME_BEFORE = "maille_connu"
"""The cookie of a browser that came in: keyed prints of the identifiers that it opened, nothing else."""

_A_YEAR = 365 * 24 * 3600
_IDENTIFIERS = 8
_LONGEST = 255
"""Signs of what was typed as a name that are kept: the column of axes has no more."""


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from: what our proxy saw last, never what the visitor claims.

    The 2⁶⁴ addresses of an IPv6 line are one.
    """
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.HTTPS:
        seen = request.headers.get("X-Forwarded-For", seen).split(",")[-1].strip()
    try:
        address = ip_address(seen)
    except ValueError:
        return request.META.get("REMOTE_ADDR", "")
    return str(address if address.version == 4 else ip_network((address, 64), strict=False).network_address)


@dataclass(frozen=True)
class Pace:
    """How one identifier is slowed down: failures that cost nothing, then the longest wait; who is spared."""

    free: int
    longest: timedelta
    spares_known: bool = True

    def wait(self, failures: int) -> timedelta:
        beyond = failures - self.free
        return min(timedelta(seconds=2 ** min(beyond, 10)), self.longest) if beyond >= 0 else timedelta(0)


_PASSWORD = Pace(20, timedelta(seconds=30))
_PACES = {
    "unité": Pace(20, timedelta(seconds=2)),
    "second": Pace(10, timedelta(minutes=15), spares_known=False),
    "lien": None,
    "invitation": None,
}
"""By the first word of what is tried: links are 256 bits and belong to nobody, usernames are one word."""


class Throttle(AxesDatabaseHandler):
    """Refuse an address that fails on one identifier after another, and slow down an identifier tried from many."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        failures = super().get_failures(request, credentials)
        tried = str((credentials or {}).get("username") or "")[:_LONGEST]
        refused = _failed(request) >= TRIES_AN_ADDRESS or _too_soon(request, tried)
        return max(failures, settings.AXES_FAILURE_LIMIT) if refused else failures

    def user_login_failed(
        self, sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **more: Any
    ) -> None:
        if request is not None:
            request.axes_path_info = without_link(request.axes_path_info)
        credentials = credentials | {"username": str(credentials.get("username") or "")[:_LONGEST]}
        super().user_login_failed(sender, credentials, request, **more)


def _failed(request: HttpRequest) -> int:
    since = get_cool_off_threshold(request)
    tries = AccessAttempt.objects.filter(ip_address=request.axes_ip_address, attempt_time__gte=since)
    return tries.aggregate(all=Sum("failures_since_start"))["all"] or 0


def _too_soon(request: HttpRequest, tried: str) -> bool:
    kind, _, named = tried.partition(" ")
    pace = _PACES.get(kind, _PASSWORD) if named else _PASSWORD
    if not tried or pace is None:
        return False
    tries = AccessAttempt.objects.filter(username=tried, attempt_time__gte=get_cool_off_threshold(request))
    found = tries.aggregate(all=Sum("failures_since_start"), last=Max("attempt_time"))
    wait = pace.wait(found["all"] or 0)
    if not wait or request.axes_attempt_time - found["last"] >= wait:
        return False
    return not (pace.spares_known and _print(tried) in _came_before(request))


def _came_before(request: HttpRequest) -> list[str]:
    try:
        known: list[str] = signing.loads(request.COOKIES.get(CAME_BEFORE, ""), salt=CAME_BEFORE)
    except signing.BadSignature:
        return []
    return known


def _print(tried: str) -> str:
    return token_hash(f"connu {tried}")[:20]


def remember(request: HttpRequest, response: HttpResponse, what: str) -> None:
    """Let this browser in without a wait when others try the same identifier: it has just proved that it opens it."""
    known = [_print(what), *(one for one in _came_before(request) if one != _print(what))][:_IDENTIFIERS]
    response.set_cookie(
        CAME_BEFORE,
        signing.dumps(known, salt=CAME_BEFORE),
        max_age=_A_YEAR,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def may_try(request: HttpRequest, what: str) -> bool:
    return AxesProxyHandler.is_allowed(request, {"username": what})


def note_failure(request: HttpRequest, what: str, *, door: type) -> None:
    """Count a try; ``what`` names what was tried without any secret."""
    user_login_failed.send(sender=door, credentials={"username": what}, request=request)
