"""The staff prove twice who they are: a password, then six digits or a recovery code."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core import mail

from maille.web.accounts.access import HOTLINE, MANAGER, METHODOLOGIST, OBSERVER
from maille.web.accounts.models import AuditEvent
from maille.web.accounts.people import add_staff, current_code

pytestmark = pytest.mark.django_db
PASSWORD = "un mot de passe pour essayer"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def real_door(settings, tmp_path):
    settings.MAILLE_STAFF_SECOND_FACTOR = True
    cache = "django.core.cache.backends.filebased.FileBasedCache"
    settings.CACHES = {"default": {"BACKEND": cache, "LOCATION": tmp_path / "cache"}}


@pytest.fixture
def ines():
    return add_staff("ines", PASSWORD, METHODOLOGIST, secret=SECRET)


def password_given(client, username="ines"):
    return client.post("/connexion/", {"username": username, "password": PASSWORD, "next": "/gestion/journal/"})


def come_in(client, username="ines"):
    assert password_given(client, username).headers["Location"].startswith("/connexion/code/")
    response = client.post("/connexion/code/", {"code": current_code(username)})
    assert response.status_code == 302
    return response


def test_a_password_alone_opens_nothing(client, ines):
    password_given(client)
    assert client.get("/gestion/").headers["Location"] == "/connexion/?next=/gestion/"
    assert come_in(client).headers["Location"] == "/gestion/journal/"
    assert client.get("/gestion/journal/").status_code == 200
    assert AuditEvent.objects.filter(who="ines", what="connexion").count() == 1


def test_the_session_changes_its_key_when_a_person_comes_in(client, ines):
    password_given(client)
    before = client.cookies["maille_session"].value
    client.post("/connexion/code/", {"code": current_code("ines")})
    assert client.cookies["maille_session"].value != before


def test_a_code_serves_once(client, ines):
    code = current_code("ines")
    password_given(client)
    assert client.post("/connexion/code/", {"code": code}).status_code == 302
    client.post("/deconnexion/")
    password_given(client)
    assert "a déjà servi" in client.post("/connexion/code/", {"code": code}).content.decode()


def test_five_wrong_codes_close_the_door_for_a_quarter_of_an_hour(client, ines):
    password_given(client)
    statuses = [client.post("/connexion/code/", {"code": "000000"}).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    assert client.post("/connexion/code/", {"code": current_code("ines")}).status_code == 429


@pytest.mark.parametrize("role", [METHODOLOGIST, MANAGER, HOTLINE, OBSERVER])
def test_whoever_has_no_second_factor_is_led_to_set_it_up(client, role):
    add_staff("paul", PASSWORD, role)
    password_given(client, "paul")
    for path in ("/gestion/", "/gestion/comptes/", "/gestion/journal.csv"):
        assert client.get(path).headers["Location"] == "/connexion/second-facteur/"


def test_the_second_factor_is_set_up_with_a_drawing_and_a_key_then_recovery_codes_are_shown_once(client):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    add_staff("paul", PASSWORD, METHODOLOGIST)
    password_given(client, "paul")
    body = client.get("/connexion/second-facteur/").content.decode()
    assert "<svg" in body
    assert "<script" not in body
    assert "style=" not in body
    secret = re.search(r'factor-key">([A-Z2-7]+)<', body)[1]
    assert client.post("/connexion/second-facteur/", {"code": "000000"}).status_code == 200
    code = format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))
    response = client.post("/connexion/second-facteur/", {"code": code})
    assert response.headers["Location"] == "/connexion/codes-de-secours/"
    codes = re.findall(r"<code>(\d{8})</code>", client.get("/connexion/codes-de-secours/").content.decode())
    assert len(codes) == 10
    assert not re.findall(r"<code>\d{8}</code>", client.get("/connexion/codes-de-secours/").content.decode())
    assert client.get("/gestion/journal/").status_code == 200
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))
    client.post("/deconnexion/")
    password_given(client, "paul")
    assert client.post("/connexion/code/", {"code": codes[0]}).status_code == 302
    client.post("/deconnexion/")
    password_given(client, "paul")
    assert client.post("/connexion/code/", {"code": codes[0]}).status_code == 200


def test_a_session_opened_before_the_second_factor_does_not_count(client, ines):
    client.force_login(ines, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/gestion/").headers["Location"] == "/connexion/second-facteur/"
    assert client.get("/connexion/second-facteur/").headers["Location"] == "/connexion/"


def test_an_idle_session_is_closed(client, ines, settings):
    come_in(client)
    session = client.session
    session["seen"] -= 31 * 60
    session.save()
    assert client.get("/gestion/journal/").headers["Location"].startswith("/connexion/")
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_alone_and_allauth_opens_no_other_address(client):
    for path in ("/accounts/login/", "/accounts/signup/", "/signup/", "/connexion/signup/", "/2fa/", "/accounts/"):
        assert client.get(path).status_code == 404


def test_a_methodologist_invites_a_person_who_chooses_a_password(client, ines):
    come_in(client)
    posted = {"name": "Tom Girard", "email": "Tom@Example.invalid", "role": HOTLINE}
    assert client.post("/gestion/comptes/", posted).status_code == 302
    link = re.search(r"http://testserver(/connexion/mot-de-passe/\S+)", mail.outbox[0].body)[1]
    assert client.post("/gestion/comptes/", posted).status_code == 200
    client.post("/deconnexion/")
    form = client.get(link, follow=True)
    address = form.redirect_chain[-1][0]
    refused = client.post(address, {"new_password1": "court", "new_password2": "court"})
    assert "trop court" in refused.content.decode()
    assert client.post(address, {"new_password1": PASSWORD, "new_password2": PASSWORD}).status_code == 302
    assert "Ce lien ne sert plus" in client.get(link, follow=True).content.decode()
    password_given(client, "tom@example.invalid")
    assert client.get("/gestion/comptes/").headers["Location"] == "/connexion/second-facteur/"


def test_a_closed_account_is_out_at_once(client, ines):
    tom = add_staff("tom", PASSWORD, MANAGER, secret=SECRET)
    other = type(client)()
    come_in(other, "tom")
    assert other.get("/gestion/").status_code == 200
    come_in(client)
    client.post(f"/gestion/comptes/{tom.pk}/fermer/")
    assert other.get("/gestion/").headers["Location"].startswith("/connexion/")
    assert password_given(other, "tom").status_code == 200
    assert AuditEvent.objects.filter(who="ines", what="compte fermé", detail="tom").exists()


def test_a_role_changes_and_a_second_factor_is_taken_away(client, ines):
    tom = add_staff("tom", PASSWORD, MANAGER, secret=SECRET)
    come_in(client)
    client.post(f"/gestion/comptes/{tom.pk}/role/", {"role": OBSERVER})
    client.post(f"/gestion/comptes/{tom.pk}/facteur/")
    assert [group.name for group in User.objects.get(pk=tom.pk).groups.all()] == [OBSERVER]
    assert not Authenticator.objects.filter(user=tom).exists()


def test_nobody_changes_its_own_account(client, ines):
    come_in(client)
    for act in ("fermer", "facteur", "role", "lien"):
        client.post(f"/gestion/comptes/{ines.pk}/{act}/", {"role": OBSERVER})
    ines.refresh_from_db()
    assert ines.is_active
    assert Authenticator.objects.filter(user=ines).exists()
    assert "un autre méthodologue" in client.get(f"/gestion/comptes/{ines.pk}/").content.decode().lower()


@pytest.mark.parametrize("role", [MANAGER, HOTLINE, OBSERVER])
def test_accounts_and_journal_are_for_methodologists(client, role):
    add_staff("paul", PASSWORD, role, secret=SECRET)
    come_in(client, "paul")
    for path in ("/gestion/comptes/", "/gestion/comptes/1/", "/gestion/journal/", "/gestion/journal.csv"):
        assert client.get(path).status_code == 403


def test_the_journal_is_filtered_and_leaves_without_formulas(client, ines):
    come_in(client)
    from django.utils import timezone

    AuditEvent.record("=1+1", "essai", at=timezone.now(), unit="69243")
    AuditEvent.record("paul", "essai", at=timezone.now(), unit="69001")
    body = client.get("/gestion/journal/?unit=69243").content.decode()
    assert "=1+1" in body
    assert "69001" not in body
    table = client.get("/gestion/journal.csv?unit=69243").content.decode("utf-8-sig")
    assert ";'=1+1;" in table.replace("\r\n", "\n") or "'=1+1" in table


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (METHODOLOGIST, {"Collecte", "Échantillon", "Assistance", "Comptes", "Journal"}),
        (OBSERVER, {"Collecte"}),
    ],
)
def test_the_navigation_shows_what_the_role_opens(client, role, seen):
    add_staff("paul", PASSWORD, role, secret=SECRET)
    come_in(client, "paul")
    links = re.findall(r'<a href="/gestion/[^"]*"[^>]*>([^<]+)</a></li>', client.get("/gestion/").content.decode())
    assert seen <= set(links)
    assert role == METHODOLOGIST or set(links) == {*seen, "Espace des gestionnaires"}


@pytest.mark.parametrize("width", [390, 1280])
def test_the_door_and_the_accounts_are_accessible(open_page, live_server, ines, faults, width, tmp_path):
    add_staff("paul", PASSWORD, METHODOLOGIST)
    page = open_page(width)
    found = []

    def look(name):
        found.extend(f"{name} : {fault}" for fault in faults(page))

    page.goto(f"{live_server.url}/connexion/?next=/gestion/comptes/")
    look("porte")
    page.fill("#id_username", "paul")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_code, h1")
    page.goto(f"{live_server.url}/gestion/comptes/")
    look("reglage")
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/connexion/?next=/gestion/comptes/")
    page.fill("#id_username", "ines")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#id_code")
    page.fill("#id_code", "000000")
    page.keyboard.press("Enter")
    page.wait_for_selector(".box.error")
    look("code")
    page.fill("#id_code", current_code("ines"))
    page.keyboard.press("Enter")
    page.wait_for_selector("#titre-comptes")
    look("comptes")
    page.click("text=paul")
    look("personne")
    page.goto(f"{live_server.url}/gestion/journal/")
    look("journal")
    assert found == []
