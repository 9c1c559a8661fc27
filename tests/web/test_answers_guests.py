"""A colleague invited to some sections: what its link opens, and everything that it does not."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maille.web.accounts.models import Guest, Respondent
from maille.web.answers.folder import Folder
from maille.web.answers.models import Answer
from maille.web.answers.urls import urlpatterns as answers_patterns
from maille.web.discretion import Discreet

from .conftest import COMPLETE
from .test_answers_pages import save, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def claire(tarare):
    return Respondent.objects.create(
        unit=tarare,
        name="Claire Vasseur",
        role="directrice du CCAS",
        email="claire@example.invalid",
        said_at=timezone.now(),
    )


@pytest.fixture
def invite(claire):
    """Invite a colleague of Tarare; returns the guest and its link."""

    def _invite(*sections, name="Léa Morin", days=14):
        now = timezone.now()
        guest = Guest(
            unit=claire.unit,
            name=name,
            email="lea@example.invalid",
            sections=list(sections),
            invited_by=claire.author,
            invited_at=now,
            expires_at=now + timedelta(days=days),
        )
        token = guest.draw_link()
        guest.save()
        return guest, f"/repondre/invitation/{token}/"

    return _invite


@pytest.fixture
def lea(client, invite):
    """A client whose session is that of a guest to « organisation » and « moyens »."""
    guest, link = invite("organisation", "moyens")
    assert client.post(link).headers["Location"] == "/questionnaire/"
    client.guest, client.link = guest, link
    return client


def test_reading_the_link_opens_nothing_and_the_button_opens_the_sections(client, invite):
    guest, link = invite("organisation", "moyens")
    page = text(client.get(link))
    assert "Claire Vasseur, directrice du CCAS, vous invite à remplir 2 sections" in page
    assert "L’organisation de l’action sociale" in page
    guest.refresh_from_db()
    assert guest.opened_at is None
    assert client.get("/questionnaire/").status_code == 302
    assert client.post(link).headers["Location"] == "/questionnaire/"
    guest.refresh_from_db()
    assert guest.opened_at is not None


def test_the_link_is_kept_as_a_print_only(invite):
    guest, link = invite("moyens")
    assert link.split("/")[-2] not in str(vars(guest))


def test_a_guest_sees_its_sections_and_no_other(lea):
    page = text(lea.get("/questionnaire/"))
    assert "Les moyens financiers" in page
    assert "Vos partenaires" not in page


@pytest.mark.parametrize("path", ["/repondre/section/action/", "/questionnaire/envoyer/", "/questionnaire/recu/"])
def test_a_guest_is_refused_everything_else_in_a_sentence(lea, complete, path):
    for response in (lea.get(path), lea.post(path, {"action": "non"})):
        assert response.status_code in (403, 405)
        if response.status_code == 403:
            assert "n’est pas dans votre invitation" in text(response)
            assert "38 400" not in text(response)
    assert Answer.objects.get(variable="action").value == "oui"


def test_a_guest_writes_under_its_own_mark(lea):
    save(lea, "moyens", COMPLETE["moyens"])
    assert Answer.objects.get(variable="depenses").author == lea.guest.author


def test_a_guest_says_that_it_is_done_and_who_invited_it_receives_a_message(lea, mailoutbox):
    save(lea, "organisation", COMPLETE["organisation"])
    page = text(lea.get("/repondre/termine/"))
    assert "Il reste des réponses à donner" in page or "Tout est complet" in page
    assert lea.post("/repondre/termine/").headers["Location"] == "/questionnaire/"
    lea.guest.refresh_from_db()
    assert lea.guest.done_at is not None
    assert [message.to for message in mailoutbox] == [["claire@example.invalid"]]
    assert "Vous avez terminé" in text(lea.get("/questionnaire/"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"revoked_at": timezone.now()}, "a été retirée"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "a expiré"),
    ],
)
def test_an_invitation_that_no_longer_holds_says_why_and_shuts_the_open_session(lea, invite, change, said):
    save(lea, "moyens", COMPLETE["moyens"])
    Guest.objects.filter(pk=lea.guest.pk).update(**change)
    for path in ("/questionnaire/", "/repondre/section/moyens/"):
        response = lea.get(path)
        assert response.headers["Location"] == "/repondre/invitation/"
    page = lea.get("/repondre/invitation/")
    assert page.status_code == 410
    assert said in text(page)
    save(lea, "moyens", COMPLETE["moyens"] | {"depenses": ["99"]})
    assert Answer.objects.get(variable="depenses").value == "61000"


def test_a_forged_link_says_what_to_do(client, tarare):
    response = client.post("/repondre/invitation/" + "A" * 43 + "/")
    assert response.status_code == 404
    assert "copiez l’adresse en entier" in text(response)


def test_no_secret_of_a_link_is_written_in_the_logs(invite, caplog):
    _, link = invite("moyens")
    secret = link.split("/")[-2]
    Client(enforce_csrf_checks=True).post(link)
    Guest.objects.update(revoked_at=timezone.now())
    Client().get(link)
    for record in caplog.records:
        Discreet().filter(record)
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert "/repondre/invitation/…/" in logged
    assert secret not in logged


def test_next_leads_a_guest_through_its_sections_then_to_the_end_of_its_part(lea, complete):
    after = save(lea, "organisation", COMPLETE["organisation"]).headers["Location"]
    assert after == reverse("answers:section", args=["moyens"])
    assert save(lea, "moyens", COMPLETE["moyens"]).headers["Location"] == "/repondre/termine/"


def test_a_check_that_reads_another_section_never_tells_a_guest_what_is_in_it(lea, complete):
    spent = COMPLETE["moyens"] | {"depenses": ["12"]}
    assert save(lea, "moyens", spent).headers["Location"].endswith("?verifier=1")
    page = text(lea.get(reverse("answers:section", args=["moyens"]) + "?verifier=1"))
    assert "une section que vous ne voyez pas" in page
    assert "38 400" not in page
    reply = lea.post(
        reverse("answers:section", args=["moyens"]), spent, headers={"accept": "application/json"}
    ).content.decode()
    assert "38" not in reply.replace("\\u202f", "")


ITS_OWN = {"hub", "leave", "finish", "blank_pdf", "section", "presence", "journal", "conflict"}
"""What a guest may open; anything new is refused until it is written here."""


def test_every_other_page_of_the_questionnaire_is_refused_to_a_guest(lea, complete):
    opened, refused = set(), set()
    for pattern in answers_patterns:
        if pattern.callback.maille_access in ("respondent", "owner"):
            named = {"section_id": "action", "guest_id": lea.guest.pk, "version": "0" * 12, "number": 1}
            arguments = {name: named[name] for name in pattern.pattern.converters}
            path = reverse(f"answers:{pattern.name}", kwargs=arguments)
            statuses = {lea.get(path).status_code, lea.post(path).status_code}
            allowed = statuses - {403, 405}
            (opened if allowed else refused).add(pattern.name)
            if "section_id" in arguments or pattern.callback.maille_access == "owner":
                assert not allowed, (path, statuses)
        if pattern.name == "leave":
            lea.post(lea.link)
    assert opened <= ITS_OWN
    assert {"review", "receipt", "invitations", "who", "history"} <= refused


def test_a_guest_of_one_authority_is_nothing_for_another(lea, codes):
    other = Client()
    other.post("/repondre/", {"identifiant": "69149", "code": codes["69149"]})
    save(other, "moyens", {"depenses": ["7"]})
    save(lea, "moyens", {"depenses": ["8"], "unit": ["69149"], "unit_id": ["69149"]})
    assert dict(Answer.objects.filter(variable="depenses").values_list("unit__code", "value")) == {
        "69149": "7",
        "69243": "8",
    }


SECRET, WORDS = 918273645, ("918273645", "918 273 645", "918\u202f273\u202f645", "zqxjk")


@pytest.mark.parametrize("section", ["organisation", "territoire", "actions", "prestations", "services", "moyens"])
def test_no_page_of_a_guest_holds_an_answer_of_another_section(client, invite, complete, section):
    """Whatever the section, neither its page nor what its script receives holds anything of the others."""
    questionnaire = Folder.of(complete).questionnaire
    own = {question.name for question in questionnaire.section(section).questions}
    others = Answer.objects.filter(unit=complete).exclude(variable__in=own)
    numbers = [q.name for q in questionnaire.variables() if q.kind in ("integer", "decimal", "text")]
    others.filter(variable__in=numbers).update(value=str(SECRET), remark="zqxjk", state="answered")
    _guest, link = invite(section)
    client.post(link)
    page = client.get(f"/repondre/section/{section}/?verifier=1")
    facts = json.loads(re.search(r'id="faits" type="application/json">(.*?)</script>', page.content.decode())[1])
    assert page.status_code == 200
    assert facts["others"] == {}
    assert set(re.findall(r"'variable': '(\w+)'", str(facts["asked"]))) <= own | {"population", "name"}
    assert set(facts["proposals"]) <= own
    posted = {"revision": "0", "page": "essai"}
    reply = client.post(f"/repondre/section/{section}/", posted, HTTP_ACCEPT="application/json")
    assert reply.status_code in (200, 409)
    for response in [page, reply, *(client.get(path) for path in ("/questionnaire/", "/repondre/termine/"))]:
        assert [word for word in WORDS if word in response.content.decode()] == []


def test_the_page_of_an_owner_still_reads_the_other_sections(clerk, complete):
    page = clerk.get("/repondre/section/actions/").content.decode()
    facts = json.loads(re.search(r'id="faits" type="application/json">(.*?)</script>', page)[1])
    assert facts["others"]["domaines"] == ["pauvrete", "logement"]
    assert facts["asked"] == {}
