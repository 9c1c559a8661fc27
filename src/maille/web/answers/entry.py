"""The respondent's door: an identifier and a code."""

from collections.abc import Iterable

from axes.utils import reset
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from maille.web.accounts.access import Seat, anyone, respondent, take_seat
from maille.web.accounts.models import AuditEvent
from maille.web.accounts.throttle import may_try, note_failure, remember
from maille.web.answers.forms import identifier
from maille.web.campaigns.codes import same_code
from maille.web.campaigns.models import Unit


def latest_of(units: Iterable[Unit]) -> Unit | None:
    """Return the unit of the latest edition that is open, else of the latest edition; None without a unit."""
    today = timezone.localdate()
    return max(units, key=lambda unit: (unit.is_open(today), unit.edition.opens), default=None)


def door_of(code: str) -> str:
    """Return what is tried with the identifier of an authority, as the throttle counts it."""
    return f"unité {code}"


def _unit(code: str, access_code: str) -> Unit | None:
    """Return the unit that this pair opens; an authority in two editions has a code for each."""
    drawn = list(Unit.objects.select_related("edition").filter(code=code))
    if not drawn:
        # An unknown identifier costs what a wrong code costs: the time of the answer says nothing either.
        same_code(access_code, "")
    return latest_of(unit for unit in drawn if unit.accepts(access_code))


def _refusal(unit: Unit | None) -> str:
    """Say why the pair does not open the questionnaire, or nothing when it does."""
    if unit is None:
        return "Cet identifiant et ce code ne vont pas ensemble. Vérifiez les deux sur votre courrier."
    today = timezone.localdate()
    if today < unit.edition.opens:
        return f"L’enquête ouvrira le {unit.edition.opens:%d/%m/%Y}. Votre code est juste, gardez-le."
    if today > unit.closing and not unit.is_submitted:
        return f"L’enquête est close depuis le {unit.closing:%d/%m/%Y}. Appelez l’assistance si besoin."
    return ""


def _resumed(request: HttpRequest) -> str:
    """Return the page of the questionnaire where the session ended, else nothing."""
    asked = request.POST.get("suite") or request.GET.get("suite") or ""
    safe = url_has_allowed_host_and_scheme(asked, None) and asked.startswith(("/questionnaire/", "/repondre/"))
    return asked if safe else ""


@anyone
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    context = {"section": "enquete", "resumed": _resumed(request)}
    if request.method != "POST":
        return render(request, "answers/sign-in.html", context)
    code = identifier(request.POST.get("identifiant", ""))
    tried = door_of(code)
    if not may_try(request, tried):
        return render(request, "too-many.html", status=429)
    unit = _unit(code, request.POST.get("code", ""))
    if unit is None:
        note_failure(request, tried, door=Unit)
    refusal = _refusal(unit)
    if refusal or unit is None:
        context |= {"refusal": refusal, "has_errors": True, "identifier": code}
        return render(request, "answers/sign-in.html", context)
    reset(username=tried)
    take_seat(request, Seat(unit.pk))
    AuditEvent.record("répondant", "connexion", at=timezone.now(), unit=unit.code)
    response = redirect(context["resumed"] or reverse("answers:hub"))
    remember(request, response, tried)
    return response


@respondent
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Close the session; what was saved stays, nothing is sent."""
    is_guest = not request.seat.is_owner
    request.session.flush()
    return render(request, "answers/left.html", {"section": "enquete", "is_guest": is_guest})
