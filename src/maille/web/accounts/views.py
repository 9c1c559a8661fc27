"""The staff come in and go out."""

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from maille.web.accounts import proconnect
from maille.web.accounts.access import HOTLINE, RESEARCHER, anyone, has_role
from maille.web.accounts.models import AuditEvent
from maille.web.accounts.throttle import remember

_HOME = "/gestion/"


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if safe else _HOME


@anyone
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    form = AuthenticationForm(request, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        asked = _next(request)
        if asked == _HOME and has_role(user, HOTLINE):
            asked = "/gestion/assistance/"
        elif asked == _HOME and has_role(user, RESEARCHER) and not user.is_superuser:
            asked = "/chercheurs/espace/"
        person = Login(user=user, redirect_url=asked)
        response = perform_password_login(request, {"username": user.get_username()}, person)
        remember(request, response, user.get_username())
        return response
    context = {
        "refused": form.is_bound,
        "has_errors": form.is_bound,
        "next": _next(request),
        "password_chosen": "mot-de-passe" in request.GET,
        "proconnect": proconnect.is_configured(),
        "one_factor": not settings.MAILLE_STAFF_SECOND_FACTOR,
    }
    return render(request, "accounts/sign-in.html", context)


@anyone
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        AuditEvent.record(request.user.get_username(), "déconnexion", at=timezone.now())
    logout(request)
    return redirect("accounts:sign_in")


class _ChoosePassword(PasswordResetConfirmView):
    template_name = "accounts/password.html"
    success_url = "/connexion/?mot-de-passe=choisi"

    def form_valid(self, form: object) -> HttpResponse:
        AuditEvent.record(self.user.get_username(), "mot de passe", at=timezone.now())
        return super().form_valid(form)


choose_password = anyone(require_http_methods(["GET", "HEAD", "POST"])(_ChoosePassword.as_view()))
