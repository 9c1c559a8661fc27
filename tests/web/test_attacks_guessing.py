"""Guessing codes, passwords and links: slowed by identifier and by address, and nothing tells a near miss."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from maille.web.accounts.models import SignInLink
from maille.web.accounts.throttle import TRIES_AN_ADDRESS, address_of
from maille.web.accounts.tokens import draw_token, token_hash
from maille.web.campaigns import codes as access_codes

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
