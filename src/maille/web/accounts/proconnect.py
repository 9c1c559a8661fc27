"""Sign-in by ProConnect, or any OpenID Connect provider: it opens the accounts of people already invited, no other."""

import secrets

import jwt
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from maille.web.accounts.access import ROLES, anyone, has_role
from maille.web.accounts.models import AuditEvent

PROVIDER = "proconnect"
_ALGORITHMS = ["RS256", "ES256"]
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]


def is_configured() -> bool:
    return bool(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])


class Adapter(OpenIDConnectOAuth2Adapter):
    """Checks everything of the identity token: signature, issuer, audience, dates, nonce, level of the sign-in."""

    nonce = ""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: dict) -> SocialLogin:
        claims = self._claims(kwargs["response"].get("id_token", ""), app)
        if not self.nonce or not secrets.compare_digest(str(claims["nonce"]), self.nonce):
            raise OAuth2Error("nonce")
        if settings.MAILLE_OIDC_ACR and claims.get("acr") not in settings.MAILLE_OIDC_ACR:
            raise OAuth2Error("acr")
        person = self._person(token.token, app)
        if person.get("sub") != claims["sub"]:
            raise OAuth2Error("sub")
        return self.get_provider().sociallogin_from_response(request, {"userinfo": person})

    def _claims(self, token: str, app: SocialApp, required: list[str] | None = None) -> dict:
        try:
            key = jwt.PyJWKClient(self.openid_config["jwks_uri"], timeout=10).get_signing_key_from_jwt(token)
            return jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                options={"require": _REQUIRED if required is None else required},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise OAuth2Error("id_token") from error

    def _person(self, access_token: str, app: SocialApp) -> dict:
        """Return who it is; ProConnect answers with a signed token, others with plain JSON."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.profile_url, headers={"Authorization": f"Bearer {access_token}"})
            answer.raise_for_status()
        if "application/jwt" in answer.headers.get("Content-Type", ""):
            return self._claims(answer.text.strip(), app, ["sub", "aud", "iss"])
        return answer.json()

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return build_absolute_uri(request, reverse("accounts:proconnect_return"), self.redirect_uri_protocol)


class ProConnect(OpenIDConnectProvider):
    """Our provider: a nonce goes with each request, kept with its state."""

    oauth2_adapter_class = Adapter

    def begin(self, request: HttpRequest) -> HttpResponse:
        nonce = secrets.token_urlsafe(32)
        asked = {"nonce": nonce}
        if settings.MAILLE_OIDC_ACR:
            asked["acr_values"] = " ".join(settings.MAILLE_OIDC_ACR)
        return self.redirect(request, "login", get_next_redirect_url(request), nonce=nonce, auth_params=asked)


class _Return(OAuth2CallbackView):
    def _get_state(self, request: HttpRequest, provider: ProConnect) -> tuple[dict | None, HttpResponse | None]:
        state, response = super()._get_state(request, provider)
        self.adapter.nonce = (state or {}).get("nonce", "")
        return state, response


def _refused(request: HttpRequest, why: str) -> ImmediateHttpResponse:
    AuditEvent.record(PROVIDER, "connexion refusée", at=timezone.now(), detail=why)
    return ImmediateHttpResponse(render(request, "accounts/proconnect-refused.html", {"why": why}, status=403))


class InvitedOnly(DefaultSocialAccountAdapter):
    """A sign-in by ProConnect opens the account that was invited with this e-mail; it never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def on_authentication_error(self, request: HttpRequest, provider: object, **kwargs: object) -> None:
        raise _refused(request, "échec")

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        user = sociallogin.user if sociallogin.is_existing else self._invited(sociallogin)
        sociallogin.account.extra_data = {}
        if user is None or not has_role(user, *ROLES):
            raise _refused(request, "inconnu")
        if not sociallogin.is_existing:
            sociallogin.connect(request, user)

    def _invited(self, sociallogin: SocialLogin) -> User | None:
        addresses = sociallogin.email_addresses
        told = sociallogin.account.extra_data.get("userinfo", {})
        if not addresses or told.get("email_verified") is False:
            return None
        found = list(User.objects.filter(email__iexact=addresses[0].email, is_active=True)[:2])
        return found[0] if len(found) == 1 else None


def _adapter(request: HttpRequest) -> Adapter:
    if not is_configured():
        raise Http404
    return Adapter(request, PROVIDER)


@anyone
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """Send to the provider."""
    return _adapter(request).get_provider().begin(request)


@anyone
@require_safe
def come_back(request: HttpRequest) -> HttpResponse:
    """Receive who comes back from the provider."""
    return _Return.adapter_view(_adapter(request))(request)
