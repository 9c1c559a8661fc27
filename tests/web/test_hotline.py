"""The hotline helps an authority without ever reading an answer, except in the form, during the call."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from maille.web.accounts.access import HOTLINE, MANAGER, OBSERVER
from maille.web.accounts.models import AuditEvent
from maille.web.accounts.people import add_staff
from maille.web.answers.models import Answer
from maille.web.campaigns.models import Contact, Unit
from maille.web.hotline.models import CallBack, Case, CaseEvent
from maille.web.hotline.search import search

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PATH = "/gestion/assistance/69243/"
SECRETS = ("38 400", "38400", "38\u202f400", "61 000", "61000", "132", "un avis à ne pas lire")


@pytest.fixture
def agent(client, codes):
    client.force_login(add_staff("tom", "x", HOTLINE), backend=BACKEND)
    return client


@pytest.fixture
def filled(tarare):
    """Tarare with answers of every kind, whatever the questionnaire asks."""
    from maille.web.answers.folder import Folder

    now = timezone.now()
    for question in Folder.of(tarare).questionnaire.variables():
        typed = {"integer": "38400", "decimal": "61000", "text": "un avis à ne pas lire"}.get(question.kind)
        if typed:
            stamp = {"author": "répondant", "mode": "web", "saved_at": now}
            Answer.objects.create(unit=tarare, variable=question.name, value=typed, state="answered", **stamp)
    del tarare.folder
    Unit.objects.filter(pk=tarare.pk).update(status="started", last_activity_at=now)
    return tarare


def post(client, act, **posted):
    return client.post(f"{PATH}{act}/", posted)


def addresses(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback.maille_access
        else:
            yield from addresses(pattern.url_patterns, route)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("oullins pierre benite", ["Oullins-Pierre-Bénite"]),
        ("ETANG", ["L’Étang-Salé"]),
        ("69243", ["Tarare"]),
        ("200 040 574", ["CA de l’Ouest Rhodanien"]),
        ("claire@exa", ["Tarare"]),
        ("213800001", ["Alix"]),
        ("nulle part", []),
        ("am", ["Amplepuis", "Ampuis"]),
    ],
)
def test_an_authority_is_found_by_name_code_siren_or_email(codes, edition, typed, names):
    Unit.objects.filter(name="Alix").update(siren="213800001")
    tarare = Unit.objects.get(code="69243")
    Contact.objects.create(unit=tarare, email="claire@example.invalid", source="essai", imported_at=timezone.now())
    assert [unit.name for unit in search(edition, typed)] == names


@pytest.mark.parametrize("role", [OBSERVER])
def test_the_hotline_is_closed_to_observers(client, codes, role):
    client.force_login(add_staff("paul", "x", role), backend=BACKEND)
    for path in ("/gestion/assistance/", PATH):
        assert client.get(path).status_code == 403
    assert post(client, "code", way="voice").status_code == 403


def test_a_case_says_where_an_authority_stands_and_no_answer(agent, filled):
    body = agent.get(PATH).content.decode()
    assert "sections terminées" in body
    assert "En cours" in body or "À corriger" in body
    assert not [secret for secret in SECRETS if f">{secret}<" in body or f" {secret} " in body]
    assert "un avis à ne pas lire" not in body
    assert "38400" not in body


def test_an_agent_reads_an_answer_by_no_address_of_the_site(agent, filled):
    from maille.web.answers.folder import Folder

    section = Folder.of(filled).questionnaire.sections[0].id
    for route, access in addresses(get_resolver().url_patterns):
        path = "/" + re.sub(r"<slug:(section_id|section)>", section, route)
        path = re.sub(r"<slug:code>|\(\?P<code>[^)]*\)", "69243", path)
        path = re.sub(r"<int:\w+>|\(\?P<pk>[^)]*\)", "1", path)
        if "<" in path or "(?P" in path or access == "anyone":
            continue
        response = agent.get(path)
        text = b"".join(response.streaming_content) if response.streaming else response.content
        assert "38400" not in text.decode("utf-8", "replace"), path
        assert "un avis à ne pas lire" not in text.decode("utf-8", "replace"), path
        if not path.startswith("/gestion/assistance/"):
            assert response.status_code in {302, 401, 403, 404, 405}, path


def test_an_agent_who_has_a_code_does_not_open_the_questionnaire_with_it(agent, filled, codes):
    agent.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    assert agent.get("/questionnaire/").status_code == 302


def test_a_note_changes_the_case_and_is_kept(agent, tarare):
    post(agent, "note", text="Rappellera lundi.", status="closed", category="question")
    assert Case.objects.get(unit=tarare).status == "closed"
    assert "Rappellera lundi." in agent.get(PATH).content.decode()
    assert AuditEvent.objects.filter(who="tom", what="compte rendu", unit="69243").exists()
    assert not AuditEvent.objects.filter(detail__contains="lundi").exists()


def test_a_call_back_promised_for_today_is_in_the_list_until_it_is_done(agent, tarare):
    today = timezone.localdate()
    post(agent, "rappel", due=today.isoformat(), text="budget voté")
    assert "budget voté" in agent.get("/gestion/assistance/").content.decode()
    post(agent, "rappel-fait")
    assert "budget voté" not in agent.get("/gestion/assistance/").content.decode()
    assert post(agent, "rappel", due=(today - timedelta(days=1)).isoformat()).status_code == 200
    assert CallBack.objects.count() == 1


@pytest.mark.parametrize("outcome", Unit.Outcome.values)
def test_an_outcome_needs_a_reason(agent, tarare, outcome):
    assert "Donnez la raison" in post(agent, "issue", outcome=outcome).content.decode()
    assert post(agent, "issue", outcome=outcome, reason="dit au téléphone").status_code == 302
    tarare.refresh_from_db()
    assert tarare.outcome == outcome
    assert CaseEvent.objects.filter(unit=tarare, what="issue", text__endswith="dit au téléphone").exists()


def test_a_code_read_out_is_shown_once_and_the_former_one_dies(agent, tarare, codes, client):
    body = post(agent, "code", way="voice").content.decode()
    code = re.search(r"<code>([A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4})</code>", body)[1]
    assert code not in agent.get(PATH).content.decode()
    assert code not in str(list(CaseEvent.objects.values())) + str(list(AuditEvent.objects.values()))
    tarare.refresh_from_db()
    assert tarare.accepts(code)
    assert not tarare.accepts(codes["69243"])


def test_a_code_is_sent_to_the_contact_already_known_only(agent, tarare, codes):
    assert "Aucun contact" in post(agent, "code", way="mail").content.decode()
    assert Unit.objects.get(pk=tarare.pk).accepts(codes["69243"])
    post(agent, "contact", name="Claire Vasseur", email="claire@example.invalid", phone="04 00 00 00 01")
    assert post(agent, "code", way="mail", email="pirate@example.invalid").status_code == 302
    assert mail.outbox[-1].to == ["claire@example.invalid"]
    code = re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}", mail.outbox[-1].body)[0]
    assert Unit.objects.get(pk=tarare.pk).accepts(code)


def test_time_is_given_within_a_limit(agent, tarare):
    closes = tarare.edition.closes
    for day in (closes, closes + timedelta(days=29), date(2020, 1, 1)):
        assert "Choisissez un jour" in post(agent, "delai", closes_on=day.isoformat()).content.decode()
    assert post(agent, "delai", closes_on=(closes + timedelta(days=28)).isoformat()).status_code == 302
    tarare.refresh_from_db()
    assert tarare.closing == closes + timedelta(days=28)


def test_answers_by_phone_need_consent_and_are_marked(agent, tarare):
    assert "l’accord de la personne" in post(agent, "appel", speaker="Claire").content.decode()
    assert agent.get("/questionnaire/").status_code == 302
    response = post(agent, "appel", speaker="Claire", consent="1")
    assert response.headers["Location"] == "/questionnaire/"
    assert "Saisie par téléphone" in agent.get("/questionnaire/").content.decode()
    from maille.web.answers.folder import Folder

    section = Folder.of(tarare).questionnaire.sections[0]
    question = section.questions[0]
    first = question.choices[0].code if question.choices else "1"
    agent.post(f"/repondre/section/{section.id}/", {question.name: first, "revision": "0"})
    assert set(Answer.objects.filter(unit=tarare).values_list("mode", flat=True)) == {"phone"}
    assert AuditEvent.objects.filter(what="saisie par téléphone", unit="69243", who="tom").exists()
    assert agent.post("/gestion/assistance/fin-appel/").headers["Location"] == PATH
    assert agent.get("/questionnaire/").status_code == 302
    assert agent.get(PATH).status_code == 200


def test_a_call_ends_with_the_session_of_the_agent(agent, tarare):
    post(agent, "appel", speaker="Claire", consent="1")
    session = agent.session
    session["seen"] -= 31 * 60
    session.save()
    assert agent.get("/questionnaire/").status_code == 302


def test_an_agent_on_the_phone_does_not_become_a_respondent(agent, tarare):
    post(agent, "appel", speaker="Claire", consent="1")
    from django.urls import reverse

    assert agent.get(reverse("answers:who")).headers["Location"] == "/questionnaire/"


@pytest.mark.parametrize("act", ["note", "rappel", "issue", "code", "contact", "delai", "appel"])
def test_no_act_is_done_without_the_token_of_its_page(tarare, act):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(add_staff("tom", "x", MANAGER), backend=BACKEND)
    assert strict.post(f"{PATH}{act}/", {}).status_code == 403


def test_what_an_agent_writes_never_runs(agent, tarare):
    post(agent, "note", text="<script>alert(1)</script>", status="open", category="other")
    assert "<script>alert(1)" not in agent.get(PATH).content.decode()
    assert "<script>alert(1)" not in agent.get("/gestion/assistance/?q=<script>alert(1)</script>").content.decode()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_hotline_is_accessible(open_page, live_server, agent, filled, faults, width):
    post(
        agent, "contact", name="Claire Vasseur", function="CCAS", email="claire@example.invalid", phone="04 00 00 00 01"
    )
    post(agent, "rappel", due=timezone.localdate().isoformat(), text="budget voté")
    page = open_page(width)
    cookie = {"name": "maille_session", "value": agent.cookies["maille_session"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    found = []

    def look(name):
        found.extend(f"{name} : {fault}" for fault in faults(page))

    page.goto(f"{live_server.url}/gestion/assistance/?q=ta")
    look("recherche")
    page.keyboard.press("Tab")
    page.goto(live_server.url + PATH)
    look("dossier")
    for summary in page.query_selector_all("details > summary"):
        summary.focus()
        page.keyboard.press("Enter")
    look("dossier-ouvert")
    page.check("input[value=voice]")
    page.click("text=Remplacer le code >> nth=1")
    page.wait_for_selector(".case-code")
    look("code-lu")
    page.click("summary:has-text('Saisir les réponses')")
    page.fill("#call-speaker", "Claire Vasseur")
    page.check("input[name=consent]")
    page.click("text=Ouvrir le questionnaire")
    page.wait_for_selector(".band-phone")
    look("telephone")
    page.click("text=Terminer l’appel")
    page.wait_for_selector(".case-head")
    assert found == []
