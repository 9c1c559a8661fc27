"""The board of a collection, on the real sample of the demonstration plan, a tenth of it."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from maille.catalogue import Store
from maille.pipeline import Run
from maille.web.accounts.access import HOTLINE, MANAGER, OBSERVER
from maille.web.campaigns.calendar import plan_calendar
from maille.web.campaigns.loading import load_sample, open_edition
from maille.web.campaigns.models import Event, Unit

from .conftest import WIDTHS

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn")
    Run(folder, ROOT / "specs", {"seed": "2025", "fraction": "0.1"}).run(["collect.sample"])
    return folder


@pytest.fixture
def collection(drawn, home, settings, db):
    """An edition in the middle of its collection: a third have answered, a tenth have begun."""
    settings.MAILLE_HOME = drawn
    today = timezone.localdate()
    edition = open_edition(
        "asco-2025",
        title="ASCO 2025",
        opens=today - timedelta(days=60),
        closes=today + timedelta(days=60),
        simulated=True,
    )
    load_sample(Store(drawn / "datasets").read("collected/asco-2025/sample").table, edition)
    rng = np.random.default_rng(3)
    units = list(edition.units.order_by("code"))
    for unit, chance in zip(units, rng.uniform(size=len(units)), strict=True):
        moment = timezone.now() - timedelta(days=float(60 * chance))
        if chance < 0.33:
            unit.status, unit.submitted_at = "submitted", moment
        elif chance < 0.43:
            unit.status, unit.last_activity_at = "started", moment
    Unit.objects.bulk_update(units, ["status", "submitted_at", "last_activity_at"])
    return edition


@pytest.fixture
def person(db):
    def create(role):
        user = User.objects.create_user(role, password="un mot de passe pour essayer")
        user.groups.add(Group.objects.get_or_create(name=role)[0])
        return user

    return create


@pytest.fixture
def manager(client, person, collection):
    client.force_login(person(MANAGER), backend=BACKEND)
    return client


def test_the_reminders_are_marked_on_the_curve_and_no_label_covers_another(manager, collection):
    plan_calendar(collection)
    today = timezone.localdate()
    for place, label in enumerate(("Relance 1", "Relance 2", "Relance 3")):
        Event.objects.filter(edition=collection, label=label).update(on=today - timedelta(days=3 * place))
    response = manager.get("/gestion/")
    marks = response.context["curve"].marks
    assert {"Relance 1", "Relance 2", "Relance 3", "Relance 4"} <= {mark.label for mark in marks}
    assert len({mark.text_y for mark in marks if mark.day > today - timedelta(days=7) and mark.day <= today}) == 3
    assert "relance 2" in response.content.decode()


def test_whom_to_call_leads_to_the_hotline(manager, collection):
    response = manager.get("/gestion/")
    first = response.context["calls"][0]["unit"].code
    assert f'href="/gestion/assistance/{first}/"' in response.content.decode()
    assert manager.get(f"/gestion/assistance/{first}/").status_code == 200


def test_the_manager_reads_rates_against_the_plan_and_whom_to_call(manager, collection):
    response = manager.get("/gestion/")
    page, context = response.content.decode(), response.context
    answered = collection.units.filter(status="submitted").count()
    assert (context["answers"], context["asked"]) == (answered, collection.units.count())
    assert context["rate"] < context["forecast"] < 100
    assert [len(table["rows"]) for table in context["tables"]] == [5, 4]
    assert sum(row.answers for table in context["tables"] for row in table["rows"]) == answered
    gains = [call["gain"] for call in context["calls"]]
    assert gains == sorted(gains, reverse=True)
    assert len(gains) == 20
    assert "Données simulées" in page


@pytest.mark.parametrize("by", ["region", "departement", "strate"])
def test_the_same_answers_are_counted_along_every_dimension(manager, collection, by):
    context = manager.get("/gestion/", {"par": by}).context
    answered = collection.units.filter(status="submitted").count()
    assert sum(row.answers for table in context["tables"] for row in table["rows"]) == answered


def test_an_unknown_dimension_is_not_found(manager):
    assert manager.get("/gestion/", {"par": "couleur"}).status_code == 404


def test_the_list_to_call_is_filtered_and_says_when_it_is_empty(manager, collection):
    calls = manager.get("/gestion/", {"region": "84", "etat": "started"}).context["calls"]
    assert {(call["unit"].region, call["unit"].status) for call in calls} == {("84", "started")}
    assert "Aucune autorité" in manager.get("/gestion/", {"nom": "<script>"}).content.decode()


def test_units_out_of_scope_leave_the_rates_and_those_that_refused_the_calls(manager, collection):
    first = manager.get("/gestion/").context["calls"][0]["unit"]
    asked = manager.get("/gestion/").context["asked"]
    Unit.objects.filter(pk=first.pk).update(outcome="refusal")
    assert first.pk not in {call["unit"].pk for call in manager.get("/gestion/").context["calls"]}
    Unit.objects.filter(pk=first.pk).update(outcome="merged")
    assert manager.get("/gestion/").context["asked"] == asked - 1


def test_an_observer_sees_rates_and_no_name(client, person, collection):
    client.force_login(person(OBSERVER), backend=BACKEND)
    response = client.get("/gestion/")
    assert response.status_code == 200
    assert "À relancer" not in response.content.decode()
    assert client.get("/gestion/relancer.csv").status_code == 403


def test_the_hotline_does_not_open_the_board(client, person, collection):
    client.force_login(person(HOTLINE), backend=BACKEND)
    assert client.get("/gestion/").status_code == 403


def test_the_board_and_the_calls_are_downloaded(manager, collection):
    board = list(csv.reader(io.StringIO(manager.get("/gestion/suivi.csv").content.decode("utf-8-sig")), delimiter=";"))
    assert board[0][1] == "taille"
    assert len(board) == 1 + 5 + 1 + 4 + 1
    calls = list(
        csv.reader(io.StringIO(manager.get("/gestion/relancer.csv").content.decode("utf-8-sig")), delimiter=";")
    )
    waiting = collection.units.exclude(status="submitted").count()
    assert len(calls) == 1 + waiting
    assert [row[0] for row in calls[1:4]] == ["1", "2", "3"]


@pytest.mark.django_db(transaction=True)
def test_the_board_is_accessible(live_server, page, faults, manager):
    cookie = manager.cookies["maille_session"].value
    page.context.add_cookies([{"name": "maille_session", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/gestion/")
    page.get_by_role("heading", name="Suivi de la collecte").wait_for()
    assert faults(page, widths=WIDTHS) == []
