"""The owner shares the questionnaire, says who they are, comes back by a link: the doors of the respondent."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from maille.web.accounts.models import AuditEvent, Guest, Respondent, SignInLink
from maille.web.answers.invitations import MESSAGES_A_DAY, last_moment
from maille.web.answers.models import Answer
from maille.web.campaigns.models import Contact, Event, Unit

from .conftest import COMPLETE, SAMPLE
from .test_answers_pages import save, text

pytestmark = pytest.mark.django_db
CLAIRE = {"name": "Claire Vasseur", "role": "directrice du CCAS", "email": "claire@example.invalid"}
LEA = {"name": "Léa Morin", "email": "lea@example.invalid", "sections": ["moyens"], "days": "14"}


@pytest.fixture
def claire(clerk):
    """A client signed in for Tarare that said who it is."""
    clerk.post("/repondre/qui/", CLAIRE)
    return clerk


def link_in(message):
    return re.search(r"https?://[^/]+(/repondre/\w+/[\w-]+/)", message.body).group(1)


def test_who_invites_first_says_who_they_are(clerk):
    assert clerk.get("/repondre/invitations/").headers["Location"] == "/repondre/qui/?suite=inviter"
    assert clerk.post("/repondre/qui/?suite=inviter", CLAIRE).headers["Location"] == "/repondre/invitations/"


def test_answers_keep_a_mark_and_never_the_name(claire):
    save(claire, "identite", COMPLETE["identite"])
    kept = Answer.objects.get(variable="fonction")
    assert kept.author == Respondent.objects.get().author
    assert "Claire" not in str(vars(kept))
    assert "par Claire Vasseur, aujourd’hui" in text(claire.get("/questionnaire/"))


def test_the_same_name_said_again_is_the_same_person(claire):
    claire.post("/repondre/qui/", CLAIRE | {"name": "claire vasseur", "email": ""})
    person = Respondent.objects.get()
    assert person.email == "claire@example.invalid"
    claire.post("/repondre/qui/", {"name": "Paul Durand"})
    assert "claire vasseur, directrice du CCAS" in text(claire.get("/repondre/qui/"))
    claire.post("/repondre/qui/", {"person": person.pk})
    save(claire, "identite", COMPLETE["identite"])
    assert Answer.objects.get(variable="fonction").author == person.author


def test_a_name_that_carries_an_address_is_refused(claire, mailoutbox):
    page = claire.post("/repondre/invitations/", LEA | {"name": "Gagnez sur http://exemple.invalid"})
    assert "ni adresse, ni lien" in text(page)
    assert "<title>Erreur : " in text(page)
    assert mailoutbox == []


def test_an_invitation_leaves_by_mail_and_opens_the_sections_in_another_browser(claire, mailoutbox):
    claire.post("/repondre/invitations/", LEA)
    page = text(claire.get("/repondre/invitations/"))
    assert "lea@example.invalid" in page
    assert "Pas encore ouverte" in page
    assert mailoutbox[0].to == ["lea@example.invalid"]
    assert "Claire Vasseur" in mailoutbox[0].body
    other = Client()
    other.post(link_in(mailoutbox[0]))
    assert "Les moyens financiers" in text(other.get("/questionnaire/"))
    assert "Ouverte le" in text(claire.get("/repondre/invitations/"))


def test_a_demonstration_writes_to_nobody_real(claire, mailoutbox):
    page = text(claire.post("/repondre/invitations/", LEA | {"email": "quelquun@mairie.fr"}))
    assert "n’écrit à personne" in page
    assert mailoutbox == []
    assert not Guest.objects.exists()


def test_a_message_that_did_not_leave_is_said_and_can_be_sent_again(claire, monkeypatch, mailoutbox):
    def broken(*_args, **_kwargs):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", broken)
        page = text(claire.post("/repondre/invitations/", LEA, follow=True))
    assert "Le message n’est pas parti" in page
    claire.post(f"/repondre/invitations/{Guest.objects.get().pk}/renvoyer/")
    assert Client().get(link_in(mailoutbox[0])).status_code == 200


def test_a_forged_host_never_reaches_a_link(claire, mailoutbox):
    assert claire.post("/repondre/invitations/", LEA, headers={"host": "ailleurs.example"}).status_code == 400
    assert mailoutbox == []


def test_the_contents_announce_the_next_reminder_that_concerns_this_authority(claire, edition):
    days = {"rank": 1, "on": timezone.localdate() + timedelta(days=3)}, {"rank": 2, "on": date(2099, 3, 2)}
    for audience, when in zip(("jamais_ouvert", "commence"), days, strict=True):
        Event.objects.create(edition=edition, kind="reminder", label="Relance", audience=audience, **when)
    type(edition).objects.update(closes="2099-03-31")
    save(claire, "identite", COMPLETE["identite"])
    assert claire.get("/questionnaire/").context["next_reminder"] == date(2099, 3, 2)


@pytest.mark.parametrize("days", ["0", "31", "", "beaucoup"])
def test_an_invitation_lasts_from_one_to_thirty_days(claire, days):
    assert "entre 1 et 30" in text(claire.post("/repondre/invitations/", LEA | {"days": days}))
    assert not Guest.objects.exists()


def test_an_invitation_never_outlives_the_closing():
    now = datetime(2026, 1, 22, 13, 32, tzinfo=UTC)
    assert timezone.localdate(last_moment(now, 30, date(2026, 1, 30))) == date(2026, 1, 30)
    assert timezone.localdate(last_moment(now, 3, date(2026, 1, 30))) == date(2026, 1, 25)


def test_an_unknown_section_cannot_be_given(claire):
    claire.post("/repondre/invitations/", LEA | {"sections": ["nimporte"]})
    assert not Guest.objects.exists()


def test_the_same_address_is_not_invited_twice(claire, mailoutbox):
    claire.post("/repondre/invitations/", LEA)
    assert "a déjà une invitation" in text(claire.post("/repondre/invitations/", LEA))
    assert len(mailoutbox) == 1


def test_an_authority_cannot_write_to_the_whole_world(claire, mailoutbox):
    for place in range(MESSAGES_A_DAY + 1):
        page = claire.post("/repondre/invitations/", LEA | {"email": f"c{place}@example.invalid"})
    assert len(mailoutbox) == MESSAGES_A_DAY
    assert "Reprenez demain" in text(page)


def test_the_sections_of_an_invitation_change_without_another_link(claire, mailoutbox):
    claire.post("/repondre/invitations/", LEA)
    guest = Guest.objects.get()
    claire.post(f"/repondre/invitations/{guest.pk}/", {"sections": ["partenaires"], "days": "3"})
    other = Client()
    other.post(link_in(mailoutbox[0]))
    assert other.get(reverse("answers:section", args=["partenaires"])).status_code == 200
    assert other.get(reverse("answers:section", args=["moyens"])).status_code == 403


def test_sending_again_replaces_the_link(claire, mailoutbox):
    claire.post("/repondre/invitations/", LEA)
    Guest.objects.update(expires_at=timezone.now() - timedelta(days=1))
    claire.post(f"/repondre/invitations/{Guest.objects.get().pk}/renvoyer/")
    former, latter = map(link_in, mailoutbox)
    assert Client().get(former).status_code == 404
    assert Client().get(latter).status_code == 200


def test_a_revoked_guest_is_out_at_once_and_its_answers_stay(claire, mailoutbox):
    claire.post("/repondre/invitations/", LEA)
    other = Client()
    other.post(link_in(mailoutbox[0]))
    save(other, "moyens", COMPLETE["moyens"])
    claire.post(f"/repondre/invitations/{Guest.objects.get().pk}/retirer/")
    save(other, "moyens", COMPLETE["moyens"] | {"depenses": ["99"]})
    assert Answer.objects.get(variable="depenses").value == "61000"
    assert "a été retirée" in text(other.get("/questionnaire/", follow=True))
    assert "a été retirée" in text(Client().get(link_in(mailoutbox[0])))


def test_an_owner_never_reaches_the_invitations_of_another_authority(claire, client, codes, mailoutbox):
    claire.post("/repondre/invitations/", LEA)
    guest = Guest.objects.get()
    other = Client()
    other.post("/repondre/", {"identifiant": "69149", "code": codes["69149"]})
    other.post("/repondre/qui/", {"name": "Paul Durand"})
    assert other.get(f"/repondre/invitations/{guest.pk}/").status_code == 404
    for action in ("renvoyer", "retirer"):
        assert other.post(f"/repondre/invitations/{guest.pk}/{action}/").status_code == 404
    assert "lea@example.invalid" not in text(other.get("/repondre/invitations/"))
    assert Guest.objects.get().revoked_at is None


def test_a_robot_that_reads_the_mail_cannot_open_the_link_without_the_form_key(tarare, claire, mailoutbox):
    claire.post("/repondre/invitations/", LEA)
    robot = Client(enforce_csrf_checks=True)
    assert robot.post(link_in(mailoutbox[0])).status_code == 403
    assert Guest.objects.get().opened_at is None


@pytest.fixture
def contact(tarare):
    return Respondent.objects.create(unit=tarare, **CLAIRE, said_at=timezone.now())


ASKED = {"identifiant": "69243", "email": "claire@example.invalid"}


def test_a_link_sent_by_mail_opens_the_questionnaire_once(client, contact, mailoutbox, beside):
    client.post("/repondre/lien/", ASKED)
    beside()
    link = link_in(mailoutbox[0])
    assert "Ouvrez le questionnaire de Tarare" in text(client.get(link))
    assert client.get("/questionnaire/").status_code == 302
    assert client.post(link).headers["Location"] == "/questionnaire/"
    assert "Claire Vasseur" in text(client.get("/questionnaire/"))
    used = Client().post(link)
    assert used.status_code == 410
    assert "a déjà servi" in text(used)


def test_a_contact_given_by_the_operator_receives_a_link_and_is_called_by_its_name(client, tarare, mailoutbox, beside):
    who = {"name": "Paul Durand", "function": "secrétaire de mairie", "email": "Mairie@example.invalid"}
    Contact.objects.create(unit=tarare, source="essai", imported_at=timezone.now(), **who)
    client.post("/repondre/lien/", ASKED | {"email": "mairie@example.invalid"})
    beside()
    assert mailoutbox[0].to == ["Mairie@example.invalid"]
    client.post(link_in(mailoutbox[0]))
    assert "Paul Durand, secrétaire de mairie" in text(client.get("/questionnaire/"))


def test_a_link_lasts_an_hour(client, contact, mailoutbox, beside):
    client.post("/repondre/lien/", ASKED)
    beside()
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = client.post(link_in(mailoutbox[0]))
    assert response.status_code == 410
    assert "a expiré" in text(response)


@pytest.mark.parametrize(
    "asked", [ASKED | {"email": "autre@example.invalid"}, ASKED | {"identifiant": "99999"}], ids=["address", "unit"]
)
def test_nothing_tells_a_known_address_from_an_unknown_one(contact, mailoutbox, beside, asked):
    def ask(posted, address):
        with CaptureQueriesContext(connection) as queries:
            page = Client(REMOTE_ADDR=address).post("/repondre/lien/", posted)
        return page, [one["sql"].split('"')[0] for one in queries]

    (known, cost), (unknown, cost_of_unknown) = ask(ASKED, "192.0.2.1"), ask(asked, "192.0.2.2")
    assert cost == cost_of_unknown
    assert mailoutbox == []
    assert beside() == 2
    assert len(mailoutbox) == 1
    assert text(known) == text(unknown).replace(asked["email"], ASKED["email"])


def test_the_queue_of_links_holds_no_address(client, contact):
    client.post("/repondre/lien/", ASKED)
    assert "claire" not in str(list(DBTaskResult.objects.values()))


def test_a_mailbox_is_not_flooded_with_links(contact, mailoutbox, beside):
    for place in range(6):
        Client(REMOTE_ADDR=f"192.0.2.{place}").post("/repondre/lien/", ASKED)
    beside()
    assert len(mailoutbox) == 3


def test_asking_for_links_again_and_again_is_refused(client, contact):
    statuses = [client.post("/repondre/lien/", ASKED | {"email": "x@example.invalid"}).status_code for _ in range(6)]
    assert statuses[-1] == 429


def test_coming_in_changes_the_key_of_the_session(client, codes, contact, mailoutbox, beside):
    client.get("/repondre/")
    session = client.session
    session["graine"] = 1
    session.save()
    keys = [session.session_key]
    client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    keys.append(client.session.session_key)
    client.post("/repondre/qui/", CLAIRE)
    client.post("/repondre/invitations/", LEA)
    client.post(link_in(mailoutbox[-1]))
    keys.append(client.session.session_key)
    client.post("/repondre/lien/", ASKED)
    beside()
    client.post(link_in(mailoutbox[-1]))
    keys.append(client.session.session_key)
    assert len(set(keys)) == 4


def test_the_code_of_an_authority_after_a_guest_session_gives_the_whole_questionnaire(claire, codes, mailoutbox):
    claire.post("/repondre/invitations/", LEA)
    other = Client()
    other.post(link_in(mailoutbox[0]))
    other.post("/repondre/", {"identifiant": "69149", "code": codes["69149"]})
    page = text(other.get("/questionnaire/"))
    assert "Le questionnaire d’Oullins-Pierre-Bénite" in page
    assert "Léa Morin" not in page


def test_a_session_that_is_over_says_so_and_comes_back_to_the_same_page(clerk, codes):
    page = reverse("answers:section", args=["moyens"])
    clerk.session.flush()
    response = clerk.get(page, follow=True)
    assert "Votre session est terminée" in text(response)
    posted = {"identifiant": "69243", "code": codes["69243"], "suite": page}
    assert clerk.post("/repondre/", posted).headers["Location"] == page


def test_coming_back_never_leads_to_another_site(client, codes):
    for elsewhere in ("https://ailleurs.example/", "//ailleurs.example/questionnaire/", "/gestion/"):
        posted = {"identifiant": "69243", "code": codes["69243"], "suite": elsewhere}
        assert client.post("/repondre/", posted).headers["Location"] == "/questionnaire/"


def test_a_script_whose_session_is_over_is_told_where_to_sign_in(client, tarare):
    response = client.get("/questionnaire/", headers={"accept": "application/json"})
    assert response.status_code == 401
    assert response.json() == {"sign_in": "/repondre/"}


def test_an_authority_given_more_time_still_comes_in(client, codes, edition):
    type(edition).objects.update(closes="2001-03-31")
    Unit.objects.filter(code="69243").update(closes_on="2100-01-01")
    assert client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]}).status_code == 302
    refused = client.post("/repondre/", {"identifiant": "69149", "code": codes["69149"]})
    assert "close depuis le 31/03/2001" in text(refused)


def test_an_authority_in_two_editions_opens_the_latest_that_is_open(client, codes, edition):
    from maille.web.campaigns.loading import load_sample, open_edition

    dates = {"opens": date(2090, 1, 1), "closes": date(2101, 1, 1)}
    later = open_edition("asco-2027", title="ASCO 2027", simulated=True, survey=edition.survey, **dates)
    load_sample(SAMPLE, later)
    Unit.objects.filter(code="69243").update(
        access_code_hash=Unit.objects.get(edition=edition, code="69243").access_code_hash
    )
    client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    assert "ASCO 2025" in text(client.get("/questionnaire/"))
    type(edition).objects.filter(id="asco-2027").update(opens="2001-01-01")
    client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    assert "ASCO 2027" in text(client.get("/questionnaire/"))


def test_the_trace_of_an_invitation_names_nobody(claire):
    claire.post("/repondre/invitations/", LEA)
    trace = " ".join(map(str, AuditEvent.objects.all()))
    assert "invitation envoyée" in trace
    assert "Léa" not in trace
    assert "Claire" not in trace
    assert "example.invalid" not in trace
