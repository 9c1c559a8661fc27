from datetime import timedelta

import pytest

from maille.web.answers.deposit import deposited_answers
from maille.web.answers.folder import Folder
from maille.web.answers.models import Answer, Submission
from maille.web.answers.progress import Progress
from maille.web.answers.saving import save_section
from maille.web.answers.sending import ReopeningRefused, reopen, sent_answers, submit
from maille.web.campaigns.models import Unit

from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def again(unit):
    return Unit.objects.select_related("edition").get(pk=unit.pk)


@pytest.fixture
def sent(complete):
    submit(complete, author="répondant", mode="web", at=AT + HOUR)
    return complete


def corrected(unit, value, at):
    posted = COMPLETE["moyens"] | {"depenses": [value]}
    save_section(again(unit), "moyens", posted, author="répondant", mode="web", at=at)


def deposited(unit):
    table = deposited_answers("asco-2025")
    return dict(table.filter(table["unit"] == unit.code).select("variable", "value").iter_rows())


def test_what_was_sent_stays_valid_until_it_is_sent_again(sent):
    first = deposited(sent)
    reopen(again(sent), author="répondant", reason="Le montant était provisoire", at=AT + 2 * HOUR)
    corrected(sent, "70 000", AT + 3 * HOUR)
    assert Answer.objects.get(unit=sent, variable="depenses").value == "70000"
    assert sent_answers(Submission.objects.get(unit=sent))["depenses"].value == "61000"
    assert deposited(sent) == first
    submit(again(sent), author="répondant", mode="web", at=AT + 4 * HOUR)
    assert deposited(sent) == first | {"depenses": "70000"}
    numbers = Submission.objects.filter(unit=sent).order_by("number").values_list("number", "reopening_reason")
    assert list(numbers) == [(1, "Le montant était provisoire"), (2, "")]
    prints = set(Submission.objects.filter(unit=sent).values_list("fingerprint", flat=True))
    assert len(prints) == 2


def test_reopening_asks_for_a_reason_and_an_open_survey(sent, edition):
    with pytest.raises(ReopeningRefused, match="Dites en quelques mots"):
        reopen(again(sent), author="répondant", reason="  ", at=AT)
    type(edition).objects.update(closes="2001-03-31")
    with pytest.raises(ReopeningRefused, match="close"):
        reopen(again(sent), author="répondant", reason="une erreur", at=AT)
    Unit.objects.filter(pk=sent.pk).update(closes_on="2100-01-01")
    reopen(again(sent), author="répondant", reason="une erreur", at=AT)
    with pytest.raises(ReopeningRefused, match="déjà ouvert"):
        reopen(again(sent), author="répondant", reason="une erreur", at=AT)


def test_the_receipt_reopens_and_lists_every_sending(clerk, sent):
    page = clerk.get("/questionnaire/recu/").content.decode()
    assert "Rouvrir le questionnaire" in page
    refused = clerk.post("/questionnaire/recu/", {"raison": ""}).content.decode()
    assert "Dites en quelques mots" in refused
    assert clerk.post("/questionnaire/recu/", {"raison": "un oubli"}).headers["Location"] == "/questionnaire/"
    assert clerk.get("/questionnaire/").status_code == 200
    assert "Reprendre le questionnaire" in clerk.get("/questionnaire/recu/").content.decode()
    clerk.post("/questionnaire/envoyer/")
    page = clerk.get("/questionnaire/recu/").content.decode()
    assert "Envoi n°" in page.replace("\u00a0", " ")
    assert "un oubli" in page


def test_a_question_newly_asked_after_reopening_is_to_be_answered(sent):
    reopen(again(sent), author="répondant", reason="un oubli", at=AT + 2 * HOUR)
    save_section(again(sent), "abs", {"abs": ["oui"]}, author="répondant", mode="web", at=AT + 3 * HOUR)
    states = {row.section.id: row.state for row in Progress.of(Folder.of(again(sent))).rows}
    assert states["abs"] == "started"
    assert states["moyens"] == "done"
