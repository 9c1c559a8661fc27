"""The respondent's door: an identifier and a code."""

from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from maille.web.accounts.access import Seat, anyone, respondent, take_seat
from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.models import Unit


def _unit(identifier: str, code: str) -> Unit | None:
    """Return the unit of the latest edition that this pair opens."""
    unit = Unit.objects.select_related("edition").filter(code=identifier).order_by("-edition__opens").first()
    return unit if unit is not None and unit.accepts(code) else None


def _refusal(unit: Unit | None) -> str:
    """Say why the pair does not open the questionnaire, or nothing when it does."""
    if unit is None:
        return "Cet identifiant et ce code ne vont pas ensemble. Vérifiez les deux sur votre courrier."
    today = timezone.localdate()
    if today < unit.edition.opens:
        return f"L’enquête ouvrira le {unit.edition.opens:%d/%m/%Y}. Votre code est juste, gardez-le."
    if today > unit.edition.closes and not unit.is_submitted:
        return f"L’enquête est close depuis le {unit.edition.closes:%d/%m/%Y}. Appelez l’assistance si besoin."
    return ""


@anyone
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "answers/sign-in.html", {"section": "enquete"})
    identifier = "".join(request.POST.get("identifiant", "").split()).upper()[:20]
    credentials = {"username": f"unité {identifier}"}
    refusal, unit = "", None
    if AxesProxyHandler.is_allowed(request, credentials):
        unit = _unit(identifier, request.POST.get("code", ""))
        refusal = _refusal(unit)
        if unit is None:
            user_login_failed.send(sender=Unit, credentials=credentials, request=request)
    else:
        return render(request, "too-many.html", status=429)
    if refusal or unit is None:
        context = {"section": "enquete", "refusal": refusal, "has_errors": True, "identifier": identifier}
        return render(request, "answers/sign-in.html", context)
    reset(username=credentials["username"])
    take_seat(request, Seat(unit.pk))
    AuditEvent.record("répondant", "connexion", at=timezone.now(), unit=unit.code)
    return redirect("answers:hub")


@respondent
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Close the session; what was saved stays, nothing is sent."""
    request.session.flush()
    return render(request, "answers/left.html", {"section": "enquete"})
