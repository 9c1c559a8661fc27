"""Hostile texts typed wherever a text can be typed: shown as text on every page, in every file and every message."""

import json

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from maille.web.accounts.models import Guest
from maille.web.campaigns.models import Contact

from .attack_ground import NEVER, SCRIPTS, answering, body, doors, invite, readers
from .test_attacks_policy import inline

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ATTACK = "".join(SCRIPTS)


@pytest.fixture
def hostile(complete, codes):
    """Tarare, whose names, contacts, answers, remarks and invitations are all hostile; sent, then reopened."""
    now = timezone.now()
    name = ATTACK[:140]
    person = complete.respondents.create(name=name, role=name, email="a@example.invalid", said_at=now)
    invite(complete, name=name, email="b@example.invalid", token_hash="x", invited_by=person.author)
    Contact.objects.create(
        unit=complete, name=name, function=name, email="c@example.invalid", address=ATTACK, source=name, imported_at=now
    )
    type(complete).objects.filter(pk=complete.pk).update(name=f"Tarare {ATTACK}"[:200])
    owner = answering("69243", codes)
    owner.post("/repondre/qui/", {"person": person.pk})
    for text in SCRIPTS:
        posted = {"revision": "0", "page": text, "investissement": text, "investissement__remark": text}
        owner.post("/repondre/section/moyens/", posted | {"investissement__reason": "other"})
        owner.post("/repondre/section/moyens/journal", {"events": json.dumps([{"kind": text}])})
        owner.post("/repondre/qui/", {"name": text, "role": text, "email": text})
        owner.post("/repondre/invitations/", {"name": text, "email": text, "sections": text, "days": text})
        owner.post("/questionnaire/recu/", {"raison": text})
    return owner


def executable(page):
    """Return the hostile elements that became part of the page instead of text."""
    tree = html.fromstring(page)
    made = [one for one in tree.iter("svg", "img") if one.get("onload") or one.get("onerror") or one.get("src") == "x"]
    scripts = [
        one for one in tree.iter("script") if NEVER in (one.text or "") and one.get("type") != "application/json"
    ]
    return [*made, *scripts, *inline(page)]


def test_the_check_sees_each_attack_when_it_is_not_escaped():
    for text in (SCRIPTS[0], SCRIPTS[1], SCRIPTS[4]):
        assert executable(f'<html><body><input value="{text}"><p>{text}</p></body></html>'), text


def test_what_was_typed_is_a_text_on_every_page(hostile, complete, codes, methodologist):
    shown = 0
    people = readers(codes) | {"owner": hostile}
    guest = Guest.objects.get(unit=complete)
    places = [{}, {"guest_id": guest.pk}, {"section_id": "moyens"}, {"code": "69243"}]
    for who, client in people.items():
        for door in {door.path: door for values in places for door in doors(**values)}.values():
            response = client.get(door.path)
            kind = response.headers.get("Content-Type", "")
            if kind.startswith("text/html") and response.content:
                page = body(response)
                assert executable(page) == [], (who, door)
                shown += NEVER in page
    assert shown >= 6


@pytest.mark.parametrize("text", [SCRIPTS[1], SCRIPTS[2], SCRIPTS[4]])
def test_what_an_address_says_is_never_executed(people_of_all, text):
    names = ("q", "edition", "unite", "suite", "next", "par", "etat", "qui", "depuis", "envoyee", "repris", "revenus")
    for who, client in people_of_all.items():
        for door in doors():
            if door.name.startswith(("observatory:", "campaigns:", "accounts:", "hotline:", "answers:")):
                response = client.get(door.path, dict.fromkeys(names, text))
                if response.headers.get("Content-Type", "").startswith("text/html") and response.content:
                    assert executable(body(response)) == [], (who, door)
                assert text not in response.headers.get("Content-Disposition", "")


@pytest.fixture
def people_of_all(codes):
    return {who: client for who, client in readers(codes).items() if who != "owner"}


@pytest.mark.parametrize("text", [SCRIPTS[0], SCRIPTS[1], SCRIPTS[4]])
def test_a_refused_form_shows_again_what_was_typed_as_a_text(complete, codes, text):
    fields = ("identifiant", "code", "email", "name", "role", "speaker", "text", "reason", "raison", "username", "nom")
    for who, client in readers(codes).items():
        for door in doors():
            if door.name in ("answers:leave", "accounts:sign_out", "hotline:hang_up"):
                continue
            response = client.post(door.path, dict.fromkeys(fields, text))
            if response.headers.get("Content-Type", "").startswith("text/html") and response.content:
                assert executable(body(response)) == [], (who, door)


def test_a_message_carries_no_mark_up_and_no_header_of_its_guest(complete, codes, mailoutbox):
    owner = answering("69243", codes)
    owner.post("/repondre/qui/", {"name": "Claire"})
    for name in ("Léa\r\nBcc: x@example.invalid", "Léa https://ailleurs.example", "<b>Léa</b>"):
        posted = {"name": name, "email": "lea@example.invalid", "sections": "moyens", "days": "3"}
        assert owner.post("/repondre/invitations/", posted).status_code == 200
    posted = {"name": "Léa", "email": "lea@example.invalid\nBcc: x@example.invalid", "sections": "moyens", "days": "3"}
    owner.post("/repondre/invitations/", posted)
    assert mailoutbox == []


@pytest.mark.django_db(transaction=True)
def test_nothing_runs_in_a_real_browser(live_server, open_page, complete, codes):
    page, seen = open_page(anew=True), []
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: seen.append(message.text) if "Content Security Policy" in message.text else None)
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.goto(f"{live_server.url}/repondre/")
    page.fill("[name=identifiant]", "69243")
    page.fill("[name=code]", codes["69243"])
    page.click("main button[type=submit]")
    key = page.context.cookies()
    client = Client()
    client.cookies["maille_session"] = next(one["value"] for one in key if one["name"] == "maille_session")
    client.post("/repondre/section/moyens/", {"revision": "99", "investissement": ATTACK})
    for path in ("/questionnaire/", "/repondre/section/moyens/?verifier=1", "/questionnaire/envoyer/"):
        page.goto(live_server.url + path)
    page.goto(f"{live_server.url}/repondre/section/moyens/historique/")
    assert NEVER in page.content()
    assert seen == []
