"""The doors of a demonstration: who a visitor may sign in as; there is no such page where a survey is real."""

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from maille.web.accounts.access import RESEARCHER, ROLES, anyone
from maille.web.accounts.people import BadAccount, current_code
from maille.web.campaigns.models import Edition

_DOES = ROLES | {RESEARCHER: "Chercheuse simulée : son accès est accordé, sa licence signée"}


def _accounts() -> dict[str, Any]:
    """Return what the demonstration wrote of its accounts; raises Http404 in a home that is not a demonstration's."""
    simulated = list(Edition.objects.values_list("simulated", flat=True))
    if not simulated or not all(simulated):
        raise Http404
    try:
        found: dict[str, Any] = json.loads((settings.MAILLE_HOME / "demo-accounts.json").read_bytes())
    except (OSError, ValueError) as error:
        raise Http404 from error
    return found


def _code(username: str) -> str:
    try:
        return current_code(username)
    except BadAccount:
        return ""


@anyone
@require_safe
def doors(request: HttpRequest) -> HttpResponse:
    accounts = _accounts()
    kinds = {kind: accounts.get(kind, ()) for kind in ("staff", "researchers")}
    people = {
        kind: [one | {"does": _DOES.get(one["role"], ""), "digits": _code(one["username"])} for one in found]
        for kind, found in kinds.items()
    }
    respondents = sorted(accounts.get("respondents", ()), key=lambda one: not one["midway"])
    context = people | {"respondents": respondents, "colleagues": accounts.get("colleagues", ())}
    response = render(request, "demonstration.html", context | {"section": "demonstration"})
    response["Cache-Control"] = "no-store"
    return response
