import logging
import re

import pytest
from django.test import Client
from django.urls import reverse

from maille.web.accounts.models import AuditEvent
from maille.web.answers.models import Answer, Submission
from maille.web.campaigns.models import Unit

from .conftest import COMPLETE

pytestmark = pytest.mark.django_db


def save(client, section, posted, then="continuer"):
    return client.post(reverse("answers:section", args=[section]), posted | {"suite": then})


def text(response):
    return " ".join(response.content.decode().replace("\u00a0", " ").replace("\u202f", " ").split())


def test_the_identifier_and_the_code_open_the_questionnaire(client, codes):
    response = client.post("/repondre/", {"identifiant": " 69243 ", "code": codes["69243"].lower().replace("-", " ")})
    assert response.headers["Location"] == "/questionnaire/"
    assert "Le questionnaire de Tarare" in text(client.get("/questionnaire/"))
    assert AuditEvent.objects.get().unit == "69243"


def test_an_intercommunality_gets_its_own_questionnaire(client, codes):
    client.post("/repondre/", {"identifiant": "200040574", "code": codes["200040574"]})
    page = client.get("/questionnaire/")
    assert page.context["questionnaire"].id == "asco-2025-epci"


def test_a_wrong_pair_is_refused_in_a_sentence(client, codes):
    response = client.post("/repondre/", {"identifiant": "69243", "code": codes["69149"]})
    page = text(response)
    assert "ne vont pas ensemble" in page
    assert "<title>Erreur : " in page
    assert codes["69149"] not in page


def test_a_closed_edition_says_since_when(client, codes, edition):
    type(edition).objects.update(closes="2001-03-31")
    response = client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    assert "close depuis le 31/03/2001" in text(response)


def test_once_closed_nothing_is_saved_any_more(clerk, edition):
    type(edition).objects.update(closes="2001-03-31")
    save(clerk, "identite", COMPLETE["identite"])
    assert not Answer.objects.exists()
    assert "L’enquête est close" in text(clerk.get("/questionnaire/"))


def test_the_contents_say_where_one_stands(clerk):
    save(clerk, "identite", COMPLETE["identite"])
    save(clerk, "action", {"action": "non"})
    page = clerk.get("/questionnaire/")
    states = {row.section.id: row.state for row in page.context["progress"].rows}
    assert states["identite"] == states["action"] == "done"
    assert states["prestations"] == "off"
    assert states["abs"] == "todo"
    assert "2 sections terminées sur 6" in text(page)


def test_saving_goes_on_to_the_next_section_or_back_to_the_contents(clerk):
    onward = save(clerk, "identite", COMPLETE["identite"])
    assert onward.headers["Location"] == "/repondre/section/organisation/"
    back = save(clerk, "identite", COMPLETE["identite"], then="sommaire")
    assert back.headers["Location"] == "/questionnaire/"


def test_what_is_to_be_corrected_is_saved_said_and_linked_to_its_field(clerk):
    save(clerk, "action", COMPLETE["action"])
    response = save(clerk, "prestations", COMPLETE["prestations"] | {"menages_aides": ["beaucoup"]})
    page = clerk.get(response.headers["Location"])
    content = text(page)
    assert "<title>Erreur : " in content
    assert 'value="beaucoup"' in content
    assert 'href="#c-menages_aides"' in content
    assert 'id="erreur-menages_aides"' in content
    assert 'aria-describedby="unite-menages_aides aide-menages_aides erreur-menages_aides"' in content
    assert "38 400" in content


def test_a_section_just_opened_reproaches_nothing(clerk):
    page = clerk.get("/repondre/section/organisation/")
    assert page.context["errors"] == []
    assert "<title>Erreur" not in text(page)


def test_the_row_of_a_grid_says_its_condition_with_the_unit(clerk, complete):
    page = text(clerk.get("/repondre/section/moyens/"))
    assert "Si votre réponse à la question K1 atteint au moins 5 000 €" in page


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_save_without_its_token_or_too_long_says_what_to_do(clerk, accept):
    strict = Client(enforce_csrf_checks=True, headers={"accept": accept})
    strict.cookies = clerk.cookies
    refused = strict.post("/repondre/section/moyens/", {"depenses": "5"})
    assert refused.status_code == 403
    assert "Rouvrez-la, puis recommencez." in said_by(refused)
    huge = clerk.post("/repondre/section/moyens/", {"depenses": "5" * 3_000_000}, headers={"accept": accept})
    assert huge.status_code == 413
    assert "Raccourcissez les textes" in said_by(huge)


def said_by(response):
    return response.json()["message"] if "json" in response["Content-Type"] else text(response)


def test_a_question_says_when_it_applies(clerk):
    assert "Si vous répondez « Oui » à la question B1" in text(clerk.get("/repondre/section/organisation/"))


def test_a_section_that_does_not_apply_says_why(clerk):
    save(clerk, "action", {"action": "non"})
    page = text(clerk.get("/repondre/section/prestations/"))
    assert "ne vous concerne pas" in page
    assert "Si vous répondez « Oui » à la question C1" in page


def test_leaving_never_sends(clerk):
    for section, posted in COMPLETE.items():
        save(clerk, section, posted)
    assert "rien n’a été envoyé" in text(clerk.post("/questionnaire/quitter/"))
    assert not Submission.objects.exists()
    assert clerk.get("/questionnaire/").status_code == 302


def test_the_review_lists_what_is_missing_and_refuses_to_send(clerk):
    save(clerk, "identite", COMPLETE["identite"])
    page = text(clerk.get("/questionnaire/envoyer/"))
    assert 'href="/repondre/section/action/?verifier=1#c-action"' in page
    assert "Envoyer le questionnaire</button>" not in page
    assert clerk.post("/questionnaire/envoyer/").headers["Location"] == "/questionnaire/envoyer/"
    assert not Submission.objects.exists()


def test_sending_gives_a_receipt_and_closes_the_questionnaire(clerk):
    for section, posted in COMPLETE.items():
        save(clerk, section, posted)
    assert "Envoyer le questionnaire</button>" in text(clerk.get("/questionnaire/envoyer/"))
    assert clerk.post("/questionnaire/envoyer/").headers["Location"] == "/questionnaire/recu/"
    page = text(clerk.get("/questionnaire/recu/"))
    assert Submission.objects.get().fingerprint in page
    assert "38 400 €" in page
    assert "Rouvrir le questionnaire" in page
    assert Unit.objects.get(code="69243").is_submitted
    for path in ("/questionnaire/", "/repondre/section/action/", "/questionnaire/envoyer/"):
        assert clerk.get(path).headers["Location"] == "/questionnaire/recu/"
    save(clerk, "action", {"action": "non"})
    assert Answer.objects.get(variable="action").value == "oui"


def test_an_authority_comes_back_after_sending_to_read_its_receipt(client, complete, codes):
    from maille.web.answers.sending import submit

    from .conftest import AT

    submit(complete, author="répondant", mode="web", at=AT)
    client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    page = text(client.get("/questionnaire/", follow=True))
    assert "le 22 janvier 2026 à 14 h 32" in page


def test_a_clerk_never_sees_another_authority(clerk, codes):
    save(clerk, "identite", {"fonction": "elu", "unit": "69149"})
    assert set(Answer.objects.values_list("unit__code", flat=True)) == {"69243"}


def test_what_was_typed_is_escaped(clerk):
    save(clerk, "fin", {"remarques": "<script>alert(1)</script>"})
    page = clerk.get("/repondre/section/fin/").content.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_an_unknown_section_is_a_plain_missing_page(clerk):
    response = clerk.get("/repondre/section/nimporte/")
    assert response.status_code == 404
    assert "Cette page n’existe pas" in text(response)


def test_the_pages_are_marked_and_sealed(clerk):
    response = clerk.get("/questionnaire/")
    assert "Données simulées" in text(response)
    assert response["Cache-Control"] == "no-store"
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = response.content.decode()
    assert " style=" not in page
    assert re.findall(r"<script[^>]*>", page) == ['<script type="module" src="/static/maille/hub.js">']


def test_no_answer_is_written_in_the_logs_even_when_the_page_breaks(clerk, caplog, monkeypatch):
    from maille.web.answers import filling

    def broken(*args, **kwargs):
        raise RuntimeError("valeur secrète 987654")

    caplog.set_level(logging.DEBUG)
    save(clerk, "action", COMPLETE["action"])
    save(clerk, "prestations", COMPLETE["prestations"] | {"montant_aides": "987 654"})
    monkeypatch.setattr(filling, "save_section", broken)
    clerk.raise_request_exception = False
    response = save(clerk, "prestations", {"montant_aides": "987 654"})
    assert response.status_code == 500
    assert "L’erreur vient de nous" in text(response)
    assert "987" not in text(response)
    assert "RuntimeError" in caplog.text
    assert "987" not in caplog.text
    assert "secr" not in caplog.text


def test_a_colleague_who_saved_meanwhile_is_kept_in_the_history(clerk, tarare, monkeypatch):
    from maille.web.answers import filling
    from maille.web.answers.models import FormerAnswer
    from maille.web.answers.saving import save_section

    from .conftest import AT

    def overtaken(unit, *args, **kwargs):
        save_section(tarare, "identite", {"fonction": ["elu"]}, author="claire", mode="web", at=AT)
        return save_section(unit, *args, **kwargs)

    monkeypatch.setattr(filling, "save_section", overtaken)
    save(clerk, "identite", {"fonction": "ccas"})
    assert Answer.objects.get().value == "ccas"
    assert (FormerAnswer.objects.get().value, FormerAnswer.objects.get().author) == ("elu", "claire")
