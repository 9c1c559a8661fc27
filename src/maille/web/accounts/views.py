"""The staff come in and go out."""

from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from maille.web.accounts.access import anyone
from maille.web.accounts.models import AuditEvent


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if safe else "/gestion/"


@anyone
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    form = AuthenticationForm(request, data=request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        AuditEvent.record(form.get_user().get_username(), "connexion", at=timezone.now())
        return redirect(_next(request))
    context = {"refused": form.is_bound, "has_errors": form.is_bound, "next": _next(request)}
    return render(request, "accounts/sign-in.html", context)


@anyone
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        AuditEvent.record(request.user.get_username(), "déconnexion", at=timezone.now())
    logout(request)
    return redirect("accounts:sign_in")
