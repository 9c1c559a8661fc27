"""ProConnect opens the accounts of people already invited, and checks everything that comes back."""

from urllib.parse import urlsplit

import httpx
import pytest
from django.contrib.auth.models import User

from maille.web.accounts.access import MANAGER
from maille.web.accounts.models import AuditEvent
from maille.web.accounts.people import invite

from .oidc_provider import CLIENT, SECRET, Provider

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server():
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(server, settings):
    server.lies, server.forged, server.signed_userinfo, server.asked = {}, False, True, {}
    server.person = {"sub": "agent-1", "email": "ines@example.invalid"}
    app = {"provider_id": "proconnect", "name": "ProConnect", "client_id": CLIENT, "secret": SECRET}
    app["settings"] = {"server_url": server.url, "oauth_pkce_enabled": True, "scope": ["openid", "email"]}
    known = {"provider_class": "maille.web.accounts.proconnect.ProConnect", "APPS": [app]}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": known}
    settings.MAILLE_STAFF_SECOND_FACTOR = True
    settings.MAILLE_OIDC_ACR = ["eidas2"]
    return server


@pytest.fixture
def ines(db):
    return invite("ines@example.invalid", "Inès Rahmani", MANAGER)


def come_back(client, *, tamper=lambda address: address):
    away = client.get("/connexion/proconnect/?next=/gestion/")
    assert away.status_code == 302
    back = httpx.get(away.headers["Location"]).headers["Location"]
    address = urlsplit(tamper(back))
    return client.get(f"{address.path}?{address.query}")


def refused(client, response):
    assert response.status_code == 403
    assert "_auth_user_id" not in client.session
    return response.content.decode()


@pytest.mark.parametrize("signed", [True, False])
def test_a_person_invited_comes_in_without_another_password(client, provider, ines, signed):
    provider.signed_userinfo = signed
    response = come_back(client)
    assert (response.status_code, response.headers["Location"]) == (302, "/gestion/")
    assert client.get("/gestion/").status_code == 200
    assert provider.asked["acr_values"] == "eidas2"
    assert len(provider.asked["nonce"]) >= 32
    client.post("/deconnexion/")
    provider.person |= {"email": "autre@example.invalid"}
    assert come_back(client).headers["Location"] == "/gestion/"
    assert AuditEvent.objects.filter(what="connexion", who="ines@example.invalid").count() == 2


def test_an_unknown_person_is_refused_and_no_account_is_made(client, provider, ines):
    provider.person = {"sub": "agent-2", "email": "inconnu@example.invalid"}
    assert "Aucun compte ne porte votre adresse" in refused(client, come_back(client))
    assert User.objects.count() == 1


def test_an_address_that_the_provider_did_not_check_opens_nothing(client, provider, ines):
    provider.person |= {"email_verified": False}
    refused(client, come_back(client))


def test_a_closed_account_stays_closed(client, provider, ines):
    come_back(client)
    client.post("/deconnexion/")
    ines.is_active = False
    ines.save()
    refused(client, come_back(client))


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "un autre"},
        {"nonce": None},
        {"aud": "un autre service"},
        {"iss": "https://ailleurs.example.invalid"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"acr": "eidas1"},
        {"sub": "agent-9"},
    ],
    ids=str,
)
def test_an_identity_token_that_lies_is_refused(client, provider, ines, lies):
    provider.lies = lies
    assert "n’a pas pu être vérifiée" in refused(client, come_back(client))


def test_a_token_signed_by_a_stranger_is_refused(client, provider, ines):
    provider.forged = True
    refused(client, come_back(client))


def test_a_wrong_state_is_refused(client, provider, ines):
    refused(client, come_back(client, tamper=lambda address: address[:-4] + "AAAA"))


def test_the_answer_of_another_session_is_refused(client, provider, ines):
    away = client.get("/connexion/proconnect/")
    back = urlsplit(httpx.get(away.headers["Location"]).headers["Location"])
    stranger = type(client)()
    refused(stranger, stranger.get(f"{back.path}?{back.query}"))


def test_without_a_level_that_asks_a_second_factor_ours_is_set_up(client, provider, ines, settings):
    settings.MAILLE_OIDC_ACR = []
    come_back(client)
    assert client.get("/gestion/").headers["Location"] == "/connexion/second-facteur/"


def test_the_door_offers_proconnect_only_where_it_is_configured(client):
    assert "ProConnect" not in client.get("/connexion/").content.decode()
    assert client.get("/connexion/proconnect/").status_code == 404
    assert client.get("/connexion/proconnect/retour/?state=x&code=y").status_code == 404


def test_the_door_offers_proconnect_where_it_is_configured(client, provider):
    assert "Se connecter avec ProConnect" in client.get("/connexion/").content.decode()


def test_a_half_configured_provider_stops_the_start(monkeypatch):
    from maille.web.environment import BadSetting, oidc_apps

    monkeypatch.setenv("MAILLE_OIDC_CLIENT_ID", CLIENT)
    with pytest.raises(BadSetting, match="à moitié"):
        oidc_apps()
