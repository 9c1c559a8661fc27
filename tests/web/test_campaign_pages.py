import os
import subprocess
import sys
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.apps import apps as django_apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from maille.web.accounts.models import AuditEvent, Guest, Respondent, SignInLink
from maille.web.campaigns.calendar import order_problems
from maille.web.campaigns.extension import extend
from maille.web.campaigns.mail import reserve, template_of
from maille.web.campaigns.models import Contact, Edition, Message, Unit
from maille.web.campaigns.purging import HELD, purge
from maille.web.campaigns.tasks import run_mailing, start_mailing
from maille.web.hotline.models import CallBack, CaseEvent

from .campaign_cast import conduct
from .conftest import WIDTHS

pytestmark = pytest.mark.django_db

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def events(edition, codes):
    today = timezone.localdate()
    Edition.objects.filter(pk=edition.pk).update(opens=today - timedelta(days=30), closes=today + timedelta(days=60))
    edition.refresh_from_db()
    return conduct(edition)


@pytest.fixture
def manager(client, db):
    from django.contrib.auth.models import Group, User

    user = User.objects.create_user("gaston", password="un mot de passe pour essayer")
    user.groups.add(Group.objects.get_or_create(name="gestionnaire")[0])
    client.force_login(user, backend=BACKEND)
    return client


def guest(unit, expires):
    return Guest.objects.create(
        unit=unit,
        name="Léa Morin-Delacroix",
        email="lea.morin@example.invalid",
        token_hash=str(expires),
        invited_by="répondant",
        invited_at=timezone.now(),
        expires_at=expires,
    )


def test_a_calendar_out_of_order_is_refused_with_a_link_to_the_date(manager, edition, events):
    posted = {}
    for event in events.values():
        posted |= {f"e{event.pk}-on": event.on, f"e{event.pk}-audience": event.audience}
        posted[f"e{event.pk}-template"] = event.template
    second = events["Relance 2"]
    wrong = posted | {f"e{second.pk}-on": events["Relance 1"].on - timedelta(days=1)}
    refused = manager.post(f"/gestion/relances/{edition.pk}/calendrier/", wrong)
    assert refused.status_code == 422
    assert f'href="#id_e{second.pk}-on"' in refused.content.decode()
    moved = posted | {f"e{second.pk}-on": second.on + timedelta(days=1)}
    assert manager.post(f"/gestion/relances/{edition.pk}/calendrier/", moved).status_code == 302
    second.refresh_from_db()
    assert second.on == events["Relance 2"].on


def test_the_preview_is_the_real_text_of_a_real_unit(manager, events):
    page = manager.get(f"/gestion/relances/envoi/{events['Ouverture'].pk}/?unite=69009").content.decode()
    assert "Claire Vasseur 69009" in page
    assert "Le texte exact pour Anse" in page
    listed = manager.get(f"/gestion/relances/envoi/{events['Ouverture'].pk}.csv").content.decode("utf-8-sig")
    assert listed.count("destinataire") == 15


def test_letters_are_downloaded_by_managers_and_by_their_name_only(manager, events, client):
    event = events["Courrier d’annonce"]
    run_mailing.call(start_mailing(event, by="ines", at=timezone.now()).pk)
    answer = manager.get(f"/gestion/relances/envoi/{event.pk}/lot-001.pdf")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert manager.get(f"/gestion/relances/envoi/{event.pk}/..%2F..%2Fx").status_code == 404
    assert AuditEvent.objects.filter(what="courriers téléchargés").count() == 1


def test_more_time_moves_every_date_together(edition, events, tarare):
    until, at = edition.closes + timedelta(days=14), timezone.now()
    Unit.objects.filter(pk=tarare.pk).update(closes_on=edition.closes + timedelta(days=3))
    capped = guest(tarare, at.replace(hour=12) + timedelta(days=60))
    short = guest(tarare, at + timedelta(days=5))
    before = {event.label: event.on for event in edition.events.all()}
    done = extend(edition, until, by="ines", at=at)
    assert (done.days, done.waiting, done.own, done.guests) == (14, 15, 1, 1)
    edition.refresh_from_db()
    tarare.refresh_from_db()
    after = {event.label: event.on for event in edition.events.all()}
    moved = {label for label, on in after.items() if label in before and on - before[label] == timedelta(days=14)}
    assert edition.closes == until
    assert tarare.closes_on == until + timedelta(days=3)
    assert Guest.objects.get(pk=capped.pk).expires_at - capped.expires_at == timedelta(days=14)
    assert Guest.objects.get(pk=short.pk).expires_at == short.expires_at
    assert {"Relance 4", "Clôture", "Dernier avis", "Effacement des contacts"} <= moved
    assert "Relance 3" not in moved
    assert order_problems(edition, list(edition.events.all())) == []
    assert after["Annonce du délai"] == timezone.localdate(at)
    assert "14 jours de plus ; sans réponse : 15" in AuditEvent.objects.get(what="collecte prolongée").detail


def test_more_time_lengthens_the_other_invitations_only_when_asked_and_up_to_the_closing(edition, events, tarare):
    at, until = timezone.now(), edition.closes + timedelta(days=30)
    short, near = guest(tarare, at + timedelta(days=5)), guest(tarare, at + timedelta(days=58))
    over = guest(tarare, at - timedelta(days=1))
    done = extend(edition, until, by="ines", at=at, guests=True)
    ends = {one.pk: one.expires_at for one in Guest.objects.all()}
    assert done.guests == 2
    assert ends[short.pk] == short.expires_at + timedelta(days=30)
    assert timezone.localdate(ends[near.pk]) == until - timedelta(days=2)
    assert ends[over.pk] == over.expires_at
    extend(edition, until + timedelta(days=1), by="ines", at=at, guests=True)
    assert max(timezone.localdate(one.expires_at) for one in Guest.objects.all()) <= until + timedelta(days=1)


def test_more_time_is_shown_before_it_is_given(manager, edition, events):
    until = edition.closes + timedelta(days=14)
    page = manager.get(f"/gestion/relances/prolonger/?until={until:%Y-%m-%d}").content.decode()
    assert "Prolonger de 14\u00a0jours" in page
    assert Edition.objects.get().closes == edition.closes
    assert manager.post("/gestion/relances/prolonger/", {"until": edition.closes}).status_code == 422
    guest(Unit.objects.get(code="69243"), timezone.now() + timedelta(days=5))
    page = manager.get(f"/gestion/relances/prolonger/?until={until:%Y-%m-%d}").content.decode()
    assert "1 invitation en cours" in page
    done = manager.post("/gestion/relances/prolonger/", {"until": until, "guests": "on"}, follow=True)
    assert Edition.objects.get().closes == until
    assert "invitations prolongées" in done.content.decode()


def people(unit, visitor):
    """Leave names wherever the site keeps some: the hotline, a link, a respondent and the session of one."""
    now = timezone.now()
    CaseEvent.objects.create(unit=unit, who="hugo", what="compte rendu", text="Rappeler Claire Vasseur 69243", at=now)
    CallBack.objects.create(unit=unit, due=now, text="Joindre Zénobie Quatremère", who="hugo", at=now)
    Respondent.objects.create(unit=unit, name="Zénobie Quatremère", email="zq@example.invalid", said_at=now)
    SignInLink.objects.create(
        unit=unit, email="zq@example.invalid", token_hash="x", created_at=now, expires_at=now + timedelta(days=1)
    )
    session = visitor.session
    session.update({"unit": unit.pk, "name": "Zénobie Quatremère"})
    session.save()


def test_a_purge_leaves_nothing_and_says_where_something_would_be(edition, events, tarare, home):
    guest(tarare, timezone.now())
    people(tarare, Client())
    (home / "mail").mkdir()
    (home / "mail" / "x.eml").write_text("To: lea.morin@example.invalid\n\nBonjour")
    (home / "oublie.txt").write_text("appeler Léa Morin-Delacroix")
    proof = purge(edition, by="ines", at=timezone.now())
    assert proof.found == ("oublie.txt",)
    assert proof.deleted["contacts"] == 15
    assert not Contact.objects.exists()
    assert not Guest.objects.exists()
    assert not Respondent.objects.exists()
    assert not SignInLink.objects.exists()
    assert not Session.objects.exists()
    assert {*CaseEvent.objects.values_list("text", flat=True), *CallBack.objects.values_list("text", flat=True)} == {""}
    assert not (home / "mail" / "x.eml").exists()
    assert "lea.morin" not in proof.signed
    (home / "oublie.txt").unlink()
    assert purge(edition, by="ines", at=timezone.now()).found == ()


def test_every_model_that_holds_people_is_forgotten(edition, events, tarare):
    """A model with a name, an e-mail, a phone or a free text about a unit is in the list."""
    known = {place.model for place in HELD}
    told = {"campaigns.Message"}
    personal = {"name", "email", "phone", "text"}
    found = {
        model._meta.label
        for model in django_apps.get_models()
        if {field.name for field in model._meta.get_fields()} >= {"unit"}
        and personal & {field.name for field in model._meta.get_fields()}
    }
    assert found | told == known


def test_a_purge_asks_for_the_name_of_the_edition(manager, edition, events):
    assert manager.post("/gestion/relances/effacer/", {"edition": "oui"}).status_code == 422
    assert Contact.objects.count() == 15
    page = manager.post("/gestion/relances/effacer/", {"edition": edition.pk}).content.decode()
    assert "Plus aucune trace" in page


FILL = """
from maille.web.serve import prepare
prepare()
from datetime import date
from django.utils import timezone
from maille.web.campaigns.models import Contact, Edition, Unit
e = Edition.objects.create(id="essai", survey="asco-2025", title="Essai", opens=date(2026,1,1), closes=date(2026,2,1))
u = Unit.objects.create(edition=e, code="69243", universe="communes", name="Tarare", size_band="x", departement="69",
    region="84", access_code_hash="x")
Contact.objects.create(unit=u, name="Zénobie Quatremère", email="zenobie@example.invalid", source="x",
    imported_at=timezone.now())
"""


def test_what_was_leaving_when_the_worker_died_is_told(manager, events, tarare):
    mailing = start_mailing(events["Ouverture"], by="ines", at=timezone.now())
    template = template_of(tarare, "ouverture")
    reserve(tarare, template, at=timezone.now(), event=events["Ouverture"], contact=None)
    run_mailing.call(mailing.pk)
    page = manager.get(f"/gestion/relances/en-cours/{mailing.pk}/").content.decode()
    assert "1 envoi incertain" in page
    assert "Tarare (69243)" in page


def test_the_bytes_are_gone_from_the_file_of_the_database(tmp_path):
    environment = os.environ | {"MAILLE_HOME": str(tmp_path), "MAILLE_DATABASE_URL": ""}
    subprocess.run([sys.executable, "-c", FILL], env=environment, check=True)
    file = tmp_path / "maille.sqlite3"

    def held():
        return [p.name for p in tmp_path.glob("maille.sqlite3*") if b"zenobie@example.invalid" in p.read_bytes()]

    assert held()
    command = [sys.executable, "-m", "maille.cli", "purge", "essai", "--yes"]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert "0 trouvé(s)" in done.stdout
    assert held() == []
    assert file.exists()


@pytest.mark.parametrize("address", ["/enquete/", "/enquete/relais/"])
def test_the_public_pages_say_what_they_must_and_never_who_was_drawn(client, events, address):
    page = client.get(address).content.decode()
    assert client.get(address).status_code == 200
    assert "Tarare" not in page
    assert "visa n°" not in page.lower()


def test_the_public_page_without_an_edition_leads_to_the_results(client):
    assert "/resultats/" in client.get("/enquete/").content.decode()


def test_the_poster_is_one_tagged_page(client, events):
    reader = PdfReader(BytesIO(client.get("/enquete/affiche.pdf").content))
    assert len(reader.pages) == 1
    assert "/StructTreeRoot" in reader.trailer["/Root"]


def addresses(events):
    work = "/gestion/relances/"
    event = f"{work}envoi/{events['Ouverture'].pk}/"
    until = date.fromordinal(timezone.localdate().toordinal() + 80)
    mine = ["", "journal/", "contacts/", "effacer/", f"prolonger/?until={until}", "asco-2025/calendrier/"]
    return [*(work + one for one in mine), event, event + "?voir=ecartees", "/enquete/", "/enquete/relais/"]


def wrong_confirmation(page, site):
    page.goto(site + "/gestion/relances/effacer/")
    page.fill("#edition", "oui")
    page.click("main button[type=submit]")


def file_of_contacts(page, site):
    page.goto(site + "/gestion/relances/contacts/")
    rows = b"identifiant;nom;courriel\n69243;Claire Vasseur;c@example.invalid\n99999;Inconnu;pas-une-adresse\n"
    page.set_input_files("main input[type=file]", {"name": "c.csv", "mimeType": "text/csv", "buffer": rows})
    page.click("main form:has(input[type=file]) button[type=submit]")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_and_state_is_accessible(manager, events, open_page, live_server, faults, width):
    mailing = start_mailing(events["Relance 1"], by="ines", at=timezone.now())
    run_mailing.call(mailing.pk)
    assert Message.objects.exists()
    past = "/gestion/relances/prolonger/?until=2001-01-01"
    listed = [*addresses(events), f"/gestion/relances/en-cours/{mailing.pk}/", past]
    cookie = {"name": "maille_session", "value": manager.cookies["maille_session"].value, "url": live_server.url}
    found = {}
    page = open_page(width)
    page.context.add_cookies([cookie])
    for address in listed:
        page.goto(live_server.url + address)
        found[address] = faults(page)
    for act in (wrong_confirmation, file_of_contacts):
        act(page, live_server.url)
        found[act.__name__] = faults(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}
