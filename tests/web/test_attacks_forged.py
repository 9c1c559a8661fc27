"""Forged requests: without the form key, with another session, host, method or destination."""

import pytest
from django.apps import apps
from django.test import Client

from .attack_ground import answering, body, doors, everyone, invite, readers, welcomed

pytestmark = pytest.mark.django_db
PASSWORD = "un mot de passe pour essayer"
OUTSIDE = (
    "https://ailleurs.example/",
    "//ailleurs.example/",
    "///ailleurs.example",
    "/\\ailleurs.example",
    "\\\\ailleurs.example",
    "https:ailleurs.example",
    "javascript:alert(1)",
    "/questionnaire/\r\nSet-Cookie: a=b",
    "/repondre/\t//ailleurs.example",
    "http://testserver@ailleurs.example/",
)
TRACES = {"auditevent", "pageevent", "presence", "session", "accessattempt"}
"""What reading a page may write: that it was read."""


def seats(codes):
    """Return clients of every kind that check the form key, each signed in."""
    invite(apps.get_model("campaigns.Unit").objects.get(code="69149"))
    found = {"visitor": Client(), "owner": answering("69243", codes), "guest": welcomed()} | everyone()
    for client in found.values():
        client.handler.enforce_csrf_checks = True
    return found


def everything():
    return {
        model._meta.label: list(model.objects.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.model_name not in TRACES
    }


def differences(before):
    after = everything()
    return [label for label in before if before[label] != after[label]]


def is_read_only(door):
    """The JSON interface: open to the pages of other sites, takes no form."""
    return door.name.startswith("api-1:") and door.audience == "anyone"


def test_no_page_takes_a_form_without_its_key(complete, codes):
    people, pages = seats(codes), doors()
    before = everything()
    for who, client in people.items():
        for door in pages:
            response = client.post(door.path)
            assert response.status_code in ((403, 405) if is_read_only(door) else (403,)), (who, door)
    assert differences(before) == []


def test_a_key_from_elsewhere_or_another_site_is_refused(codes):
    client = answering("69243", codes, enforce_csrf_checks=False)
    client.handler.enforce_csrf_checks = True
    client.get("/repondre/section/moyens/")
    key = client.cookies["csrftoken"].value
    other = {"csrfmiddlewaretoken": "a" * len(key), "investissement": "1"}
    assert client.post("/repondre/section/moyens/", other).status_code == 403
    mine = {"csrfmiddlewaretoken": key, "investissement": "1"}
    foreign = client.post("/repondre/section/moyens/", mine, HTTP_ORIGIN="https://ailleurs.example")
    assert foreign.status_code == 403
    assert client.post("/repondre/section/moyens/", mine, HTTP_ORIGIN="http://testserver").status_code == 302


def test_reading_changes_nothing(complete, codes):
    people = seats(codes)
    before = everything()
    for who, client in people.items():
        for door in doors():
            response = client.get(door.path + "?geste=effacer&action=supprimer&confirmer=1")
            assert response.status_code < 500, (who, door)
    assert differences(before) == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_an_unexpected_method_opens_nothing(complete, codes, method):
    people = readers(codes)
    before = everything()
    for who, client in people.items():
        for door in doors():
            assert client.generic(method, door.path).status_code in (302, 403, 404, 405), (who, door)
    assert differences(before) == []


def doors_in(codes):
    """Return each way in: a session known beforehand, then what opens it."""
    return {
        "code": ("/repondre/", {"identifiant": "69243", "code": codes["69243"]}),
        "guest": ("/repondre/invitation/hugo/", {}),
        "staff": ("/connexion/", {"username": "ines", "password": PASSWORD}),
    }


@pytest.mark.parametrize("door", ["code", "guest", "staff"])
def test_a_session_prepared_by_an_attacker_never_becomes_the_one_of_its_victim(codes, methodologist, door):
    seats(codes)
    attacker = Client()
    session = attacker.session
    session["unit"] = 0
    session.save()
    known = session.session_key
    victim = Client()
    victim.cookies["maille_session"] = known
    path, posted = doors_in(codes)[door]
    assert victim.post(path, posted).status_code == 302
    assert victim.cookies["maille_session"].value != known
    attacker.cookies["maille_session"] = known
    for page in ("/questionnaire/", "/gestion/"):
        assert attacker.get(page).status_code == 302


def test_a_session_key_that_nobody_drew_is_not_taken(codes):
    client = Client()
    client.cookies["maille_session"] = "a" * 32
    client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    assert client.cookies["maille_session"].value != "a" * 32


def test_a_session_that_was_left_opens_nothing_any_more(codes):
    client = answering("69243", codes)
    kept = client.cookies["maille_session"].value
    client.post("/questionnaire/quitter/")
    again = Client()
    again.cookies["maille_session"] = kept
    assert again.get("/questionnaire/").status_code == 302


@pytest.mark.parametrize("target", OUTSIDE)
def test_no_door_leads_to_another_site(codes, methodologist, target):
    for path, posted, field in (
        ("/connexion/", {"username": "ines", "password": PASSWORD}, "next"),
        ("/repondre/", {"identifiant": "69243", "code": codes["69243"]}, "suite"),
    ):
        response = Client().post(path, posted | {field: target}, query_params={field: target})
        assert response.status_code == 302
        there = response.headers["Location"]
        assert there.startswith(("/gestion/", "/questionnaire/", "/repondre/")), there
        assert "\r" not in there
        assert "a" not in response.cookies


def test_no_page_sends_a_visitor_elsewhere_because_its_address_says_so(codes):
    client = Client()
    query = dict.fromkeys(("next", "suite", "redirect", "url"), "https://ailleurs.example/")
    for door in doors():
        there = client.get(door.path, query).headers.get("Location", "/")
        assert there.startswith("/"), door
        assert not there.startswith(("//", "/\\")), door


@pytest.mark.parametrize("host", ["ailleurs.example", "testserver.ailleurs.example", "a@b", "x:y:z", "<script>"])
def test_another_host_is_refused_on_every_page_and_never_shown(codes, host):
    client = Client()
    for door in doors():
        response = client.get(door.path, HTTP_HOST=host)
        assert response.status_code == 400, door
        assert host not in body(response)
    claimed = Client().get("/repondre/", HTTP_X_FORWARDED_HOST="ailleurs.example")
    assert claimed.status_code == 200
    assert "ailleurs" not in body(claimed)


def test_cookies_travel_by_https_only_and_no_script_reads_them(settings, codes):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = answering("69243", codes)
    client.get("/repondre/section/moyens/")
    for name in ("maille_session", "csrftoken"):
        cookie = client.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert cookie["domain"] == ""


def test_the_answer_of_every_page_forbids_frames_and_guesses_of_type(complete, codes):
    for who, client in readers(codes).items():
        for door in doors():
            response = client.get(door.path)
            told = (who, door)
            assert response.headers["X-Frame-Options"] == "DENY", told
            assert response.headers["X-Content-Type-Options"] == "nosniff", told
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"], told
            assert "Access-Control-Allow-Credentials" not in response.headers, told
            assert is_read_only(door) or "Access-Control-Allow-Origin" not in response.headers, told
            if door.audience != "anyone" and response.status_code == 200:
                assert response.headers["Cache-Control"] == "no-store", told


PATHS = ("../../etc/passwd", "..%2f..%2fetc%2fpasswd", "....//etc/passwd", "/etc/passwd", "%00", "..\\..\\secret-key")


@pytest.mark.parametrize("trick", PATHS)
def test_no_part_of_an_address_reads_a_file(complete, codes, home, trick):
    (home / "secret-key").write_text("root:zqxjk")
    holes = ("moyens", "69243", "communes", "jeton", "asco-2025", "lettres.pdf", "t1", "abcdef012345")
    for client in readers(codes).values():
        for door in doors():
            for hole in (hole for hole in holes if f"/{hole}" in door.path):
                response = client.get(door.path.replace(hole, trick))
                assert response.status_code < 500, (door, hole)
                assert "root:" not in body(response)
