"""Who tries codes, links and passwords: where they come from, and when they have tried enough."""

from ipaddress import ip_address, ip_network
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.http import HttpRequest

from maille.web.discretion import without_link

TRIES_AN_ADDRESS = 50
"""Failed tries from one address in a quarter of an hour, whatever the identifiers: offices share an address."""

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


class Throttle(AxesDatabaseHandler):
    """Refuse an address that fails on one identifier after another, besides one that fails on the same."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        failures = super().get_failures(request, credentials)
        return failures if _failed(request) < TRIES_AN_ADDRESS else max(failures, settings.AXES_FAILURE_LIMIT)

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


def may_try(request: HttpRequest, what: str) -> bool:
    return AxesProxyHandler.is_allowed(request, {"username": what})


def note_failure(request: HttpRequest, what: str, *, door: type) -> None:
    """Count a try; ``what`` names what was tried without any secret."""
    user_login_failed.send(sender=door, credentials={"username": what}, request=request)
