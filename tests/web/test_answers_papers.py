"""Papers of the questionnaire on the site: blank for all, the receipt for its owner only."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from maille.forms.export import EXPORTS
from maille.web.accounts.access import SESSION_GUEST
from maille.web.answers.saving import save_section
from maille.web.answers.sending import reopen, submit
from maille.web.campaigns.models import Unit
from maille.web.campaigns.versions import asked_version, compiled

from .conftest import AT, COMPLETE, EDITION, WIDTHS

PREVIEW = f"/enquete/{EDITION}/communes/questionnaire/"


def read(response) -> str:
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    pages = PdfReader(BytesIO(response.content)).pages
    return re.sub(r"[\s\u2060\u200b]", "", "".join(page.extract_text() for page in pages))


def compact(text: str) -> str:
    return re.sub(r"[\s\u2060]", "", text)


def test_anyone_reads_the_whole_questionnaire_and_takes_its_forms(client, edition):
    page = client.get(PREVIEW)
    assert page.status_code == 200
    html = page.content.decode()
    for to in EXPORTS:
        assert f"{PREVIEW}{to}/" in html
    asked = compiled(asked_version(edition, "communes"))
    for section in asked.sections:
        assert f'href="{PREVIEW}section/{section.id}/"' in html


def test_each_section_shows_its_questions_and_the_way_to_the_next(client, edition):
    sections = compiled(asked_version(edition, "communes")).sections
    seen = ""
    for before, section, after in zip((None, *sections), sections, (*sections[1:], None), strict=False):
        html = client.get(f"{PREVIEW}section/{section.id}/").content.decode()
        assert (f'rel="next" href="{PREVIEW}section/{after.id}/"' in html) if after else ('rel="next"' not in html)
        assert (f'rel="prev" href="{PREVIEW}section/{before.id}/"' in html) if before else ('rel="prev"' not in html)
        seen += html
    assert "Quelle est votre fonction" in seen


@pytest.mark.parametrize("to", ["pdf", "table-schema", "ddi", "lunatic", "codebook-csv", "xform"])
def test_each_form_is_a_file(client, edition, to):
    response = client.get(f"{PREVIEW}{to}/")
    assert response.status_code == 200
    assert response["Content-Type"] == EXPORTS[to].media
    assert f"asco-2025-communes{EXPORTS[to].suffix}" in response["Content-Disposition"]


@pytest.mark.parametrize(
    "address",
    [
        f"{PREVIEW}autre/",
        f"{PREVIEW}section/autre/",
        f"/enquete/{EDITION}/autres/questionnaire/",
        "/enquete/rien/communes/questionnaire/",
        "/enquete/version/inconnue.pdf",
    ],
)
def test_what_does_not_exist_is_not_found(client, edition, address):
    assert client.get(address).status_code == 404


def test_a_version_that_was_asked_stays_at_its_address(client, edition):
    version = asked_version(edition, "communes")
    printed = read(client.get(f"/enquete/version/{version}.pdf"))
    assert compact(f"version {version}") in printed


def test_the_clerk_prints_the_blank_questionnaire(clerk):
    assert compact("Questionnaire à imprimer") in read(clerk.get("/questionnaire/vierge.pdf"))


def test_there_is_no_receipt_before_the_sending(clerk):
    assert clerk.get("/questionnaire/recu.pdf").status_code == 404


@pytest.fixture
def sent(complete):
    submit(complete, author="Léa Morin", mode="web", at=AT)
    return complete


def test_the_owner_takes_the_receipt_of_what_was_sent(sent, clerk):
    printed = read(clerk.get("/questionnaire/recu.pdf"))
    submission = sent.submissions.get()
    assert submission.fingerprint in printed
    assert submission.version in printed
    assert compact("Tarare (69243)") in printed
    assert compact("le 22 janvier 2026 à 14 h 32") in printed
    assert compact("Léa Morin") in printed


def test_each_sending_keeps_its_receipt(sent, clerk):
    later = AT.replace(hour=15)
    reopen(sent, author="Léa Morin", reason="Une faute", at=later)
    posted = COMPLETE["identite"] | {"fonction": ["elu"]}
    sent = Unit.objects.select_related("edition").get(pk=sent.pk)
    save_section(sent, "identite", posted, author="Léa Morin", mode="web", at=later)
    sent = Unit.objects.select_related("edition").get(pk=sent.pk)
    submit(sent, author="Léa Morin", mode="web", at=later)
    first, second = (read(clerk.get(f"/questionnaire/recu-{number}.pdf")) for number in (1, 2))
    assert compact("Agent ou direction du CCAS") in first
    assert compact("« Une faute »") in first
    assert compact("Maire ou autre élu") in second
    assert compact("envoi n° 2") in second
    assert clerk.get("/questionnaire/recu-3.pdf").status_code == 404


def test_a_stranger_and_a_guest_get_no_receipt(sent, client, codes):
    assert client.get("/questionnaire/recu.pdf").status_code == 302
    client.post("/repondre/", {"identifiant": "69149", "code": codes["69149"]})
    assert client.get("/questionnaire/recu.pdf").status_code == 404
    session = client.session
    session[SESSION_GUEST] = 0
    session.save()
    assert client.get("/questionnaire/recu.pdf").status_code in (302, 403)


def test_the_questionnaire_to_read_has_no_fault(live_server, edition, page, faults):
    page.goto(live_server.url + PREVIEW)
    assert faults(page, widths=WIDTHS) == []
