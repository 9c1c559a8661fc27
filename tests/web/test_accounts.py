import logging
import re

import pytest
from django.urls import URLPattern, get_resolver

from maille.web.accounts.models import AuditEvent
from maille.web.accounts.people import add_methodologist

pytestmark = pytest.mark.django_db
PASSWORD = "un mot de passe pour essayer"


def views(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern), pattern.callback
        else:
            yield from views(pattern.url_patterns, prefix + str(pattern.pattern))


def test_every_page_says_who_may_open_it():
    undeclared = [
        route
        for route, view in views(get_resolver().url_patterns)
        if getattr(view, "maille_access", "").split(":")[0] not in {"anyone", "respondent", "owner", "staff"}
    ]
    assert undeclared == []


def test_every_staff_page_sends_a_stranger_to_the_door(client):
    for route, view in views(get_resolver().url_patterns):
        if view.maille_access.startswith("staff:") and "<" not in route:
            response = client.get(f"/{route}")
            assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, "/connexion/")


def test_every_questionnaire_page_sends_a_stranger_to_the_door(client):
    for route, view in views(get_resolver().url_patterns):
        if view.maille_access in ("respondent", "owner"):
            response = client.get("/" + re.sub("<int:[^>]*>", "1", route.replace("<slug:section_id>", "action")))
            assert (response.status_code, response.headers["Location"]) == (302, "/repondre/")


def test_the_staff_come_in_with_a_password_and_go_out(client, methodologist):
    response = client.post("/connexion/", {"username": "ines", "password": PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, "/gestion/")
    assert client.get("/gestion/").status_code == 200
    client.post("/deconnexion/")
    assert client.get("/gestion/").status_code == 302
    assert [event.what for event in AuditEvent.objects.order_by("when")] == ["connexion", "déconnexion"]


def test_a_sign_in_never_leads_to_another_site(client, methodologist):
    posted = {"username": "ines", "password": PASSWORD, "next": "https://ailleurs.example/"}
    assert client.post("/connexion/", posted).headers["Location"] == "/gestion/"


def test_an_account_without_the_role_is_refused(client, django_user_model):
    someone = django_user_model.objects.create_user("paul", password=PASSWORD)
    client.force_login(someone, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get("/gestion/")
    assert response.status_code == 403
    assert "ne vous est pas ouverte" in response.content.decode()


def test_adding_the_same_person_twice_keeps_one_account():
    assert add_methodologist("ines", PASSWORD) == add_methodologist("ines", PASSWORD + "!")


@pytest.mark.parametrize("door", ["staff", "respondent"])
def test_the_sixth_wrong_try_is_refused_even_with_the_right_code(client, methodologist, codes, door):
    if door == "staff":
        path, wrong = "/connexion/", {"username": "ines", "password": "faux"}
        right = wrong | {"password": PASSWORD}
    else:
        path, wrong = "/repondre/", {"identifiant": "69243", "code": "AAAA-AAAA-AAAA"}
        right = wrong | {"code": codes["69243"]}
    statuses = [client.post(path, wrong).status_code for _ in range(5)]
    assert statuses[:4] == [200] * 4
    refused = client.post(path, right)
    assert refused.status_code == 429
    assert "quart d’heure" in refused.content.decode()


def test_a_right_code_forgets_the_wrong_tries(client, codes):
    for _ in range(4):
        client.post("/repondre/", {"identifiant": "69243", "code": "AAAA-AAAA-AAAA"})
    assert client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]}).status_code == 302
    client.post("/questionnaire/quitter/")
    for _ in range(4):
        assert client.post("/repondre/", {"identifiant": "69243", "code": "AAAA-AAAA-AAAA"}).status_code == 200


def test_no_code_and_no_password_is_written_in_the_logs_or_the_database(client, codes, caplog):
    caplog.set_level(logging.DEBUG)
    client.post("/repondre/", {"identifiant": "69243", "code": "ZZZZ-ZZZZ-ZZZZ"})
    client.post("/connexion/", {"username": "ines", "password": "un secret jamais vu"})
    from axes.models import AccessAttempt

    traces = caplog.text + str(list(AccessAttempt.objects.values()))
    assert AccessAttempt.objects.count() == 2
    assert "ZZZZ" not in traces
    assert "jamais vu" not in traces
