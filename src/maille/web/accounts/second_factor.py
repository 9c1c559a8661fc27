"""The second factor of the staff: six digits from an application, or a recovery code kept on paper."""

import base64
import hashlib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.views import authenticate
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import view_recovery_codes
from allauth.mfa.totp.views import ActivateTOTPView
from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from maille.web.accounts.access import SESSION_SEEN, anyone, proved_twice
from maille.web.accounts.models import AuditEvent


class Accounts(DefaultAccountAdapter):
    """Nobody opens an account alone; the pages say what happened, not messages from elsewhere."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        return False

    def add_message(self, *args: object, **kwargs: object) -> None:
        return None

    def send_notification_mail(self, *args: object, **kwargs: object) -> None:
        return None

    def login(self, request: HttpRequest, user: object) -> None:
        super().login(request, user)
        request.session[SESSION_SEEN] = timezone.now().timestamp()
        AuditEvent.record(user.get_username(), "connexion", at=timezone.now())


class SecondFactors(DefaultMFAAdapter):
    """The secrets of the applications are kept encrypted, under the key of the site."""

    def _box(self) -> Fernet:
        key = hashlib.sha256(f"second facteur:{settings.SECRET_KEY}".encode()).digest()
        return Fernet(base64.urlsafe_b64encode(key))

    def encrypt(self, text: str) -> str:
        return self._box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._box().decrypt(encrypted_text.encode()).decode()


class SecondFactorForm(AuthenticateForm):
    """Six digits or a recovery code; five tries in a quarter of an hour."""

    def clean_code(self) -> str:
        credentials = {"username": f"second facteur {self.user.get_username()}"}
        if not AxesProxyHandler.is_allowed(context.request, credentials):
            context.request.axes_locked_out = True
            raise ValidationError("Trop d’essais : attendez un quart d’heure.")
        try:
            code = super().clean_code()
        except ValidationError as refused:
            user_login_failed.send(sender=Authenticator, credentials=credentials, request=context.request)
            raise ValidationError("Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant.") from refused
        reset(username=credentials["username"])
        return code


class _SetUp(ActivateTOTPView):
    def form_valid(self, form: object) -> HttpResponse:
        response = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa", type="totp")
        AuditEvent.record(self.request.user.get_username(), "second facteur", at=timezone.now())
        return response


_set_up = _SetUp.as_view()
_pages = require_http_methods(["GET", "HEAD", "POST"])
ask = anyone(_pages(sensitive_post_parameters("code")(authenticate)))


@anyone
@_pages
@sensitive_post_parameters("code")
def set_up(request: HttpRequest) -> HttpResponse:
    """Lead a person without a second factor to set it up; whoever has one must come in with it."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists():
        return redirect("/gestion/") if proved_twice(request) else redirect("accounts:sign_in")
    return _set_up(request)


@anyone
@_pages
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the recovery codes, once."""
    if not request.user.is_authenticated or not proved_twice(request):
        return redirect_to_login(request.get_full_path())
    return view_recovery_codes(request)


def forget(user: object) -> None:
    """Take the second factor away: at its next sign-in, the person sets another one up."""
    Authenticator.objects.filter(user=user).delete()


def has_second_factor(user: object) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
