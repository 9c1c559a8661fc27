"""What no browser sends: NUL, broken text, huge bodies, thousands of fields, deep JSON; refused in a sentence."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from maille.web.answers.models import Answer

from .attack_ground import body, doors, readers

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
JSON = {"HTTP_ACCEPT": "application/json"}
FIELDS = (
    *("identifiant", "code", "suite", "email", "name", "role", "person", "sections", "days", "revision", "page"),
    *("raison", "events", "univers", "version", "username", "password", "next", "jeton", "nom", "geste", "adresses"),
    *("text", "speaker", "reason", "outcome", "closes_on", "due", "function", "phone", "colonne-unit", "q", "edition"),
    *("investissement", "investissement__remark", "investissement__choix", "temps_reponse", "token", "unite"),
)
STRANGE = {
    "NUL": "%00",
    "invalid UTF-8": "%ff%fe%c3%28",
    "lone surrogate": "%ed%a0%80",
    "other digits": "%C2%B2",
    "a very long number": "9" * 6000,
    "beyond 64 bits": "-99999999999999999999",
    "a million letters": "é" * 2_000,
    "control characters": "NaN%01%1b%7f%c2%85%e2%80%a8%ef%bf%bf",
    "lines": "a%0d%0aBcc:%20x%40example.invalid",
}


@pytest.fixture
def people(complete, codes):
    return readers(codes)


@pytest.mark.parametrize("what", STRANGE)
def test_no_field_of_any_page_breaks_on(people, what):
    posted = "&".join(f"{field}={STRANGE[what]}" for field in FIELDS)
    for who, client in people.items():
        for door in doors():
            if door.name in ("answers:leave", "accounts:sign_out", "hotline:hang_up"):
                continue
            response = client.post(door.path, posted, content_type=FORM)
            assert response.status_code < 500, (who, door)
            if what == "NUL" and response.status_code == 400:
                assert "n’est pas lisible" in body(response), (who, door)


@pytest.mark.parametrize("what", ["NUL", "invalid UTF-8", "a very long number", "other digits", "lone surrogate"])
def test_no_question_in_an_address_breaks_on(people, what):
    names = ("q", "edition", "unite", "suite", "next", "par", "etat", "page", "envoyee", "repris", "depuis", "who")
    for who in ("owner", "staff"):
        for door in doors():
            query = "&".join(f"{name}={STRANGE[what]}" for name in names)
            response = people[who].get(f"{door.path}?{query}")
            assert response.status_code < 500, (who, door)


def test_a_nul_is_refused_in_a_sentence_and_nothing_of_it_is_kept(people):
    before = list(Answer.objects.order_by("pk").values())
    page = people["owner"].post("/repondre/section/moyens/", {"investissement": "1\0", "revision": "0"})
    told = people["owner"].post("/repondre/section/moyens/", {"page": "\0", "revision": "0"}, **JSON)
    assert (page.status_code, told.status_code) == (400, 400)
    assert "n’est pas lisible" in body(page)
    assert "n’est pas lisible" in told.json()["message"]
    assert list(Answer.objects.order_by("pk").values()) == before
    assert Client().get("/repondre/lien/%00/").status_code == 400


def test_a_body_or_a_form_too_large_is_refused_on_every_page(people):
    large, many = "a=" + "1" * 2_700_000, "&".join(f"f{n}=1" for n in range(1100))
    for who in people:
        for door in doors():
            for posted in (large, many):
                response = people[who].post(door.path, posted, content_type=FORM)
                assert response.status_code in (400, 413), (who, door)
                assert "<h1" in body(response), (who, door)
    told = people["owner"].post("/repondre/section/moyens/", large, content_type=FORM, **JSON)
    assert told.status_code in (400, 413)
    assert told.json()["message"]


@pytest.mark.parametrize(
    "events",
    [
        "[" * 100_000,
        '{"a":' * 2_000 + "1" + "}" * 2_000,
        '[{"kind": "leave", "seconds": ' + "9" * 5_000 + "}]",
        '[{"kind": "leave", "seconds": 1e400}]',
        '[{"kind": "leave", "question": "\\ud800"}]',
        '[{"kind": "leave", "question": "\\u0000"}]',
        '[{"kind": ["leave"], "question": {}}]',
        "[" + ",".join(['{"kind": "leave"}'] * 51) + "]",
        "\ufeff[]",
        "",
    ],
)
def test_the_journal_refuses_what_is_not_a_journal(clerk, events):
    assert clerk.post("/repondre/section/moyens/journal", {"events": events}).status_code in (400, 413)


@pytest.mark.parametrize("name", ["../../x.xlsx", "a\0b.xlsx", "é" * 3000 + ".xlsx", "<script>.xlsx", "", "..", "CON"])
def test_a_file_in_place_of_a_text_and_strange_file_names_break_nothing(people, name):
    for who in ("owner", "staff"):
        for door in doors():
            if door.name in ("answers:leave", "hotline:hang_up"):
                continue
            files = {
                field: SimpleUploadedFile("x", b"PK\x03\x04 not a workbook")
                for field in ("file", "fichier", "investissement", "identifiant")
            }
            for file in files.values():
                file._name = name or "x"
            response = people[who].post(door.path, files | {"edition": "asco-2025"})
            assert response.status_code < 500, (who, door)


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
        ("multipart/form-data; boundary=" + "x" * 300, b"--x"),
        ("application/json", b"{"),
        ("text/xml", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
        ("application/x-www-form-urlencoded; charset=utf-99", b"a=1"),
        ("\udcff".encode("latin-1", "replace").decode(), b"a=1"),
    ],
)
def test_a_body_that_is_not_what_it_says_breaks_nothing(people, content_type, sent):
    for who in people:
        for door in doors():
            if door.name not in ("answers:leave", "hotline:hang_up"):
                response = people[who].generic("POST", door.path, sent, content_type=content_type)
                assert response.status_code < 500, (who, door)
                assert "root:" not in body(response)
