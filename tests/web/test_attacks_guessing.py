"""Guessing codes, passwords and links: slowed by identifier and by address, and nothing tells a near miss."""

import re
from datetime import timedelta

import pytest
from axes.handlers import proxy
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from maille.web.accounts.models import SignInLink
from maille.web.accounts.people import add_staff, current_code
from maille.web.accounts.throttle import TRIES_AN_ADDRESS, address_of
from maille.web.accounts.tokens import draw_token, token_hash
from maille.web.campaigns import codes as access_codes

from .attack_ground import answering

pytestmark = pytest.mark.django_db
WRONG = "AAAA-AAAA-AAAA"


def try_code(client, identifier, code=WRONG, **more):
    return client.post("/repondre/", {"identifiant": identifier, "code": code}, **more)


def test_one_code_tried_on_every_identifier_is_refused_from_that_address_and_no_other(client, codes):
    statuses = [try_code(client, f"{10000 + n}").status_code for n in range(TRIES_AN_ADDRESS + 2)]
    assert statuses == [200] * (TRIES_AN_ADDRESS - 1) + [429] * 3
    assert try_code(client, "69243", codes["69243"]).status_code == 429
    assert try_code(Client(), "69243", codes["69243"], REMOTE_ADDR="192.0.2.7").status_code == 302


def test_the_address_is_received_again_after_a_quarter_of_an_hour(client, codes):
    for n in range(TRIES_AN_ADDRESS):
        try_code(client, f"{10000 + n}")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert try_code(client, "69243", codes["69243"]).status_code == 302


def test_every_door_counts_for_the_same_address(client, codes, methodologist):
    for n in range(TRIES_AN_ADDRESS):
        try_code(client, f"{10000 + n}")
    staff = client.post("/connexion/", {"username": "ines", "password": "un mot de passe pour essayer"})
    link = client.post("/repondre/lien/", {"identifiant": "69243", "email": "mairie@example.invalid"})
    assert (staff.status_code, link.status_code) == (429, 429)


def test_another_browser_or_a_claimed_address_does_not_start_the_count_again(codes):
    for n in range(TRIES_AN_ADDRESS):
        try_code(Client(), f"{10000 + n}", HTTP_USER_AGENT=f"essai {n}", HTTP_X_FORWARDED_FOR=f"198.51.100.{n}")
    assert try_code(Client(), "69243", codes["69243"], HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 429


@pytest.mark.parametrize(
    ("https", "forwarded", "address"),
    [
        (False, "203.0.113.9", "192.0.2.1"),
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (True, "2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        (True, "2001:db8:1:2:bbbb::9", "2001:db8:1:2::"),
        (True, "n’importe quoi", "192.0.2.1"),
    ],
)
def test_an_address_is_what_the_proxy_saw_and_an_ipv6_line_is_one(settings, https, forwarded, address):
    settings.HTTPS = https
    headers = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": forwarded}
    assert address_of(RequestFactory().get("/", **headers)) == address


def test_an_unknown_identifier_and_a_wrong_code_look_and_cost_alike(codes, monkeypatch):
    prints = []
    real = access_codes.code_hash
    monkeypatch.setattr(access_codes, "code_hash", lambda code: prints.append(code) or real(code))

    def attempt(identifier):
        prints.clear()
        with CaptureQueriesContext(connection) as queries:
            page = try_code(Client(), identifier).content.decode().replace(identifier, "")
        return len(queries), len(prints), re.sub('value="[^"]{64}"', "", page)

    known, unknown = attempt("69149"), attempt("69999")
    assert known[:2] == unknown[:2]
    assert [pair for pair in zip(known[2].split("\n"), unknown[2].split("\n"), strict=True) if len(set(pair)) > 1] == []


@pytest.mark.parametrize("door", ["/repondre/lien/", "/repondre/invitation/"])
def test_invented_links_are_refused_after_a_few_even_the_right_one(client, tarare, door):
    statuses = [client.get(f"{door}{draw_token()}/").status_code for _ in range(6)]
    assert statuses[-1] == 429
    assert 200 not in statuses


def test_a_link_tampered_by_one_letter_or_case_opens_nothing(client, tarare):
    token, now = draw_token(), timezone.now()
    SignInLink.objects.create(
        unit=tarare,
        email="mairie@example.invalid",
        token_hash=token_hash(token),
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    for forged in (token[:-1], token.swapcase(), token[::-1], token_hash(token)):
        assert Client(REMOTE_ADDR="192.0.2.2").post(f"/repondre/lien/{forged}/").status_code == 410
    assert client.post(f"/repondre/lien/{token}/").status_code == 302
    assert Client().post(f"/repondre/lien/{token}/").status_code == 410


def test_the_throttle_holds_no_secret(client, codes):
    token = draw_token()
    client.get(f"/repondre/lien/{token}/")
    try_code(client, "69243", "SECR-ETSE-CRET")
    kept = str(list(AccessAttempt.objects.values()))
    assert AccessAttempt.objects.count() == 2
    assert "SECR" not in kept
    assert token not in kept


def try_from_everywhere(tries, attempt):
    """Try from as many addresses as there are tries; return the statuses."""
    return [attempt(Client(REMOTE_ADDR=f"198.51.{n // 250}.{n % 250}")).status_code for n in range(tries)]


@pytest.fixture
def later(monkeypatch):
    """Stop the clock of the throttle, and move it on from the last try."""
    clock = [timezone.now()]
    monkeypatch.setattr(proxy, "now", lambda: clock[0])

    def move(**delay):
        AccessAttempt.objects.update(attempt_time=clock[0])
        clock[0] += timedelta(**delay)

    return move


def test_one_code_tried_from_many_addresses_is_slowed_and_never_locked(codes, later):
    statuses = try_from_everywhere(40, lambda client: try_code(client, "69243"))
    assert statuses[:19] == [200] * 19
    assert set(statuses[20:]) == {429}
    town = Client(REMOTE_ADDR="192.0.2.7")
    assert try_code(town, "69243", codes["69243"]).status_code == 429
    assert try_code(Client(REMOTE_ADDR="192.0.2.8"), "69149", codes["69149"]).status_code == 302
    later(seconds=2)
    assert try_code(town, "69243", codes["69243"]).status_code == 302


def test_a_browser_that_came_in_before_does_not_wait_for_the_attack_of_a_stranger(codes, later):
    town = answering("69243", codes)
    town.post("/questionnaire/quitter/")
    assert "69243" not in town.cookies["maille_connu"].value
    try_from_everywhere(30, lambda client: try_code(client, "69243"))
    assert try_code(town, "69243", codes["69243"]).status_code == 302
    other = answering("69149", codes)
    try_from_everywhere(30, lambda client: try_code(client, "69243"))
    assert try_code(other, "69243", codes["69243"]).status_code == 429
    forged = Client()
    forged.cookies["maille_connu"] = town.cookies["maille_connu"].value[:-3] + "abc"
    assert try_code(forged, "69243", codes["69243"]).status_code == 429


def test_tries_that_are_refused_do_not_keep_the_door_shut(codes, later):
    try_from_everywhere(25, lambda client: try_code(client, "69243"))
    last = AccessAttempt.objects.latest("attempt_time").attempt_time
    assert set(try_from_everywhere(30, lambda client: try_code(client, "69243"))) == {429}
    assert AccessAttempt.objects.latest("attempt_time").attempt_time == last


def test_a_password_tried_from_many_addresses_is_slowed_and_its_owner_comes_in(methodologist, later):
    owner, posted = Client(), {"username": "ines", "password": "un mot de passe pour essayer"}
    assert owner.post("/connexion/", posted).status_code == 302
    owner.post("/deconnexion/")
    statuses = try_from_everywhere(30, lambda one: one.post("/connexion/", posted | {"password": "faux"}))
    assert statuses[:19] == [200] * 19
    assert set(statuses[20:]) == {429}
    assert Client(REMOTE_ADDR="192.0.2.7").post("/connexion/", posted).status_code == 429
    assert owner.post("/connexion/", posted).status_code == 302
    later(seconds=31)
    assert Client(REMOTE_ADDR="192.0.2.7").post("/connexion/", posted).status_code == 302


def test_the_six_digits_tried_from_many_addresses_take_a_quarter_of_an_hour_a_try(settings, later):
    settings.MAILLE_STAFF_SECOND_FACTOR = True
    add_staff("ines", "un mot de passe pour essayer", "methodologue", secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

    def attempt(client, digits="000000"):
        client.post("/connexion/", {"username": "ines", "password": "un mot de passe pour essayer"})
        return client.post("/connexion/code/", {"code": digits})

    try_from_everywhere(25, attempt)
    assert AccessAttempt.objects.filter(username="second facteur ines").count() == 10
    assert attempt(Client(), current_code("ines")).status_code == 429
    later(minutes=15)
    assert attempt(Client(), current_code("ines")).status_code == 302


@pytest.mark.parametrize("door", ["/repondre/lien/", "/repondre/invitation/"])
def test_links_invented_by_a_stranger_never_close_the_door_of_links_to_others(tarare, door):
    try_from_everywhere(30, lambda client: client.get(f"{door}{draw_token()}/"))
    assert Client(REMOTE_ADDR="192.0.2.7").get(f"{door}{draw_token()}/").status_code in (404, 410)
