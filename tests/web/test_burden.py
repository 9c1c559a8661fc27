from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from maille.web.accounts.access import HOTLINE, MANAGER
from maille.web.answers.burden import checks, minutes_by_band, stops
from maille.web.answers.folder import questionnaire_of
from maille.web.answers.models import Answer, PageEvent
from maille.web.campaigns.models import Unit

from .conftest import AT, WIDTHS

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def event(unit, kind, *, minutes=0, seconds=None, section="action", question=""):
    PageEvent.objects.create(
        unit=unit,
        kind=kind,
        section=section,
        question=question,
        author_kind="owner",
        at=AT + timedelta(minutes=minutes),
        seconds=seconds,
    )


@pytest.fixture
def units(codes):
    return list(Unit.objects.select_related("edition").filter(universe="communes").order_by("code"))


def forms(units):
    return {"communes": questionnaire_of(units[0])}


def test_the_minutes_of_a_questionnaire_add_the_longest_time_of_each_visit(units, edition):
    for unit in units:
        Unit.objects.filter(pk=unit.pk).update(status="submitted", size_band="moins_500")
        event(unit, "open")
        event(unit, "save", minutes=1, seconds=60)
        event(unit, "leave", minutes=2, seconds=120)
        event(unit, "open", minutes=30)
        event(unit, "save", minutes=33, seconds=180)
    row = minutes_by_band(edition)[0]
    assert (row["units"], row["minutes"], row["label"]) == (len(units), 5.0, "Moins de 500")


def test_a_page_left_open_all_night_does_not_count_as_work(units, edition):
    for unit in units:
        Unit.objects.filter(pk=unit.pk).update(status="submitted", size_band="moins_500")
        event(unit, "open")
        event(unit, "leave", minutes=900, seconds=54_000)
    assert minutes_by_band(edition)[0]["minutes"] == 60


def test_too_few_questionnaires_give_no_median(units, edition):
    Unit.objects.filter(pk=units[0].pk).update(status="submitted")
    event(units[0], "open")
    event(units[0], "save", seconds=60)
    assert minutes_by_band(edition)[0]["minutes"] is None


def answered(unit, variable, at):
    Answer.objects.create(
        unit=unit, variable=variable, value="oui", state="answered", author="x", mode="web", saved_at=at
    )


def test_the_place_where_people_stop_is_their_last_answered_question(units, edition):
    old = timezone.now() - timedelta(days=10)
    for unit in units[:3]:
        Unit.objects.filter(pk=unit.pk).update(status="started")
        answered(unit, "ccas", old)
        answered(unit, "domiciliation", old)
    answered(units[3], "ccas", timezone.now())
    Unit.objects.filter(pk=units[3].pk).update(status="started")
    found = stops(edition, forms(units))
    assert [(row["question"].name, row["units"]) for row in found] == [("domiciliation", 3)]


def test_a_check_that_most_people_overrule_is_said_to_be_suspect(units, edition):
    questionnaire = questionnaire_of(units[0])
    name = next(question.name for question in questionnaire.variables() if question.soft_message)
    for place, unit in enumerate(units[:6]):
        event(unit, "check", question=name)
        event(unit, "check", question=name, minutes=1)
        if place < 4:
            event(unit, "forced", question=name, minutes=2)
    found = checks(edition, forms(units))
    assert [(check.shown, check.kept, check.suspect) for check in found] == [(6, 4, True)]


def test_the_page_is_for_managers_and_says_when_there_is_nothing(client, edition, codes):
    for role, status in ((MANAGER, 200), (HOTLINE, 403)):
        user = User.objects.create_user(role, password="un mot de passe pour essayer")
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        client.force_login(user, backend=BACKEND)
        response = client.get("/gestion/charge/")
        assert response.status_code == status
    client.force_login(User.objects.get(username=MANAGER), backend=BACKEND)
    assert "Personne n’est arrêté" in client.get("/gestion/charge/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_page_of_the_burden_is_accessible(live_server, page, faults, client, units, edition):
    name = next(question.name for question in questionnaire_of(units[0]).variables() if question.soft_message)
    for unit in units[:6]:
        Unit.objects.filter(pk=unit.pk).update(status="submitted", size_band="moins_500")
        for kind in ("open", "check", "forced"):
            event(unit, kind, question=name)
        event(unit, "save", seconds=400)
    answered(units[6], "ccas", timezone.now() - timedelta(days=10))
    Unit.objects.filter(pk=units[6].pk).update(status="started")
    user = User.objects.create_user(MANAGER, password="un mot de passe pour essayer")
    user.groups.add(Group.objects.get_or_create(name=MANAGER)[0])
    client.force_login(user, backend=BACKEND)
    cookie = client.cookies["maille_session"].value
    page.context.add_cookies([{"name": "maille_session", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/gestion/charge/")
    page.get_by_text("à revoir").wait_for()
    assert faults(page, widths=WIDTHS) == []
