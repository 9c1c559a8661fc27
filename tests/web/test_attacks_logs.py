"""Pages that break: nothing of what was posted, typed or stored reaches the logs or the page."""

import io
import logging
import logging.config

import pytest
from django.conf import settings as django_settings
from django.test import Client

from maille.web.answers import entry, filling, guests, links
from maille.web.discretion import Discreet

from .attack_ground import answering, body

pytestmark = pytest.mark.django_db
SECRETS = ("zqxjk-secret", "ZQXJ-ZQXJ-ZQXJ", "un mot de passe jamais vu")


@pytest.fixture
def log():
    """What the site would write on its standard error, with its own filter and its own format."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Discreet())
    handler.setFormatter(logging.Formatter(django_settings.LOGGING["formatters"]["line"]["format"], style="{"))
    root = logging.getLogger()
    root.addHandler(handler)
    yield written
    root.removeHandler(handler)


def fail(*_arguments, **_named):
    code, answer = SECRETS[1], SECRETS[0]
    raise RuntimeError(f"rupture avec {code} et {answer}")


@pytest.mark.parametrize(
    ("module", "name", "path", "posted"),
    [
        (entry, "_unit", "/repondre/", {"identifiant": "69243", "code": SECRETS[1]}),
        (filling, "save_section", "/repondre/section/moyens/", {"investissement": SECRETS[0], "revision": "0"}),
        (links, "_why_shut", "/repondre/lien/zqxjk-secret/", {}),
        (guests, "_why_shut", "/repondre/invitation/zqxjk-secret/", {}),
    ],
)
def test_a_page_that_breaks_says_nothing_of_what_was_sent(codes, log, monkeypatch, module, name, path, posted):
    client = answering("69243", codes)
    client.raise_request_exception = False
    monkeypatch.setattr(module, name, fail)
    response = client.post(path, posted, query_params={"jeton": SECRETS[0]})
    assert response.status_code == 500
    said = log.getvalue()
    assert "RuntimeError" in said
    for secret in SECRETS:
        assert secret not in said
        assert secret not in body(response)
    assert "Traceback" not in said
    assert codes["69243"] not in said


def test_refused_forms_and_wrong_passwords_leave_no_secret_in_the_logs(codes, methodologist, log):
    logging.getLogger("axes").setLevel(logging.ERROR)
    client = Client(enforce_csrf_checks=True)
    client.post("/repondre/", {"identifiant": "69243", "code": SECRETS[1]})
    free = Client()
    free.post("/connexion/", {"username": "ines", "password": SECRETS[2]})
    free.post(
        "/repondre/section/moyens/", "a=" + SECRETS[0] * 300_000, content_type="application/x-www-form-urlencoded"
    )
    free.post("/repondre/", {"identifiant": SECRETS[0], "code": "\0" + SECRETS[1]})
    free.get("/repondre/lien/zqxjk-secret/")
    free.get("/zqxjk-secret-absent/?code=ZQXJ-ZQXJ-ZQXJ")
    said = log.getvalue()
    assert said
    for secret in SECRETS[1:]:
        assert secret not in said
    assert "zqxjk-secret/" not in said.replace("/zqxjk-secret-absent/", "")
