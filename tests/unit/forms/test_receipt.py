"""The receipt holds every answer that was sent, in words, whatever was written."""

import re
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from maille.forms.receipt import SILENT, Given, Receipt, answer_in_words, receipt_pdf
from maille.specs.typography import french

RECEIPT = Receipt(
    authority="Saint-Germain-l’Herm",
    code="63353",
    edition="ASCO 2025",
    sent_at="3 mars 2026 à 9 h 05",
    author="Léa Morin",
    number=1,
    version="0123456789ab",
    fingerprint="c0ffee" * 10 + "0123",
    simulated=True,
)
ANSWERS = {
    "ccas": Given("answered", "oui"),
    "budget": Given("not_applicable"),
    "creation": Given("answered", "2015"),
    "domaines": Given("answered", "logement enfance"),
    "places_logement": Given("answered", "0", 'Oui, ce nombre est exact : #read("x")'),
    "places_creche": Given("unknown"),
    "etp": Given("answered", "12345.5"),
    "pourquoi": Given("empty"),
    "depenses": Given("answered", "1234567"),
    "autre": Given("previous", "42"),
    "remarques": Given("answered", '#import "x"\n$a$ @b \\ <script> 😀 =1+1'),
}


def read(pdf: bytes) -> str:
    return re.sub(r"[\s\u2060\u200b]", "", "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def compact(text: str) -> str:
    return re.sub(r"[\s\u2060\u200b]", "", french(text))


@pytest.fixture(scope="module")
def printed(questionnaire):
    return read(receipt_pdf(questionnaire, RECEIPT, ANSWERS))


@pytest.mark.parametrize(
    "said",
    [
        "Nous avons reçu vos réponses le 3 mars 2026 à 9 h 05.",
        "Saint-Germain-l’Herm (63353)",
        "0123456789ab",
        RECEIPT.fingerprint,
        "premier envoi",
        "Léa Morin",
        "Données simulées.",
        "Réponses données 8",
    ],
)
def test_it_says_what_was_sent_when_and_its_print(printed, said):
    assert compact(said) in printed


SPOKEN = {
    "ccas": "Oui",
    "budget": SILENT["not_applicable"],
    "creation": "2015",
    "domaines": "Le logement · La petite enfance",
    "places_logement": "0\u00a0places",
    "places_creche": "Je ne peux pas donner ce nombre",
    "etp": "12\u202f345,5\u00a0ETP",
    "pourquoi": "Sans réponse",
    "depenses": "1\u202f234\u202f567\u202f€",
    "autre": SILENT["previous"],
}


@pytest.mark.parametrize(("name", "said"), SPOKEN.items())
def test_each_answer_is_said_in_words(questionnaire, printed, name, said):
    assert answer_in_words(questionnaire.question(name), ANSWERS[name]) == said
    assert compact(said) in printed


def test_nothing_that_was_written_becomes_a_command(printed):
    assert compact('#import "x" $a$ @b \\ <script> \ufffd =1+1') in printed
    assert compact('Votre raison : Oui, ce nombre est exact : #read("x")') in printed


def test_without_any_answer_every_question_is_said_unanswered(questionnaire):
    printed = read(receipt_pdf(questionnaire, RECEIPT, {}))
    assert printed.count(compact(SILENT["empty"])) == len(questionnaire.variables())


def test_a_very_long_word_stays_on_the_page(questionnaire):
    answers = {"remarques": Given("answered", "a" * 4000)}
    reader = PdfReader(BytesIO(receipt_pdf(questionnaire, RECEIPT, answers)))
    rights = []

    def place(text, _user, matrix, _font, size):
        if "aaaa" in text:
            rights.append(matrix[4] + len(text.strip()) * size * 0.4)

    for sheet in reader.pages:
        sheet.extract_text(visitor_text=place)
    assert rights
    assert max(rights) < 595 - 40


def test_a_second_sending_says_so(questionnaire):
    again = replace(RECEIPT, number=2, reopened="le 4 mars 2026 : une erreur")
    printed = read(receipt_pdf(questionnaire, again, ANSWERS))
    assert compact("envoi n° 2, après réouverture") in printed
    assert compact("le 4 mars 2026 : une erreur") in printed


def test_an_answer_to_another_version_is_kept_as_it_was_written(questionnaire):
    assert answer_in_words(questionnaire.question("ccas"), Given("answered", "ancien_code")) == "ancien_code"
