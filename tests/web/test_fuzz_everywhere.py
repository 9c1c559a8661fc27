"""Whatever is sent to any address of the site, by anyone: never a failure. The addresses are those of the resolver."""

import random
from urllib.parse import quote

import jsonschema
import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import html

from maille.web.accounts.access import ROLES
from maille.web.answers.folder import questionnaire_of

from .attack_ground import SCRIPTS, answering, body, doors, invite, someone, welcomed
from .test_attacks_malformed import FIELDS

pytestmark = pytest.mark.django_db
SEATS = ("visitor", "owner", "guest", *ROLES)
WAY_OUT = {"answers:leave", "accounts:sign_out", "hotline:hang_up"}
"""What would only end the session of who tries."""
FORM, PARTS, JSON = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"
HOSTILE = (
    *SCRIPTS,
    *("", " ", "0", "-1", "1", "²", "1e400", "NaN", "-inf", "9" * 30, "9" * 5000, "é" * 3000, "\ud800", "\udfff", "\0"),
    *(
        "\r\nBcc: x@example.invalid",
        "a\x1b\x7f\x85\u2028",
        "\u202e\ufeff",
        "2026-02-30",
        "0000-00-00",
        "2026-01-01T25:61",
    ),
    *("[]", "{}", '[{"kind": ["leave"], "seconds": 1e999}]', "[" * 5000, "null", "true", "=1+1", "'; DROP TABLE x;--"),
    *("../../etc/passwd", "%00", "C:\\con", "a@b", "x@example.invalid", "69243", "communes", "moyens", "tous", "oui"),
)
ODD = ("9" * 25, "0", "-1", "%00", "..", "%2e%2e%2f", "%ff", "é", "a" * 3000, "%ed%a0%80", "'", "1%0d%0aX: y")
METHODS = ("POST",) * 8 + ("GET", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
WALK = settings(
    max_examples=2,
    derandomize=True,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def seat(complete, codes):
    """Sit a client at a place: a visitor, the owner, a guest, or each role of the staff."""

    def sit(who):
        if who in ROLES:
            return someone(who)
        if who != "guest":
            return answering("69243", codes) if who == "owner" else Client()
        invite(complete, sections=["moyens", "identite"])
        return welcomed()

    return sit


def fields_of(client, path):
    """Return the names of the fields of a page, as its forms have them, and what they could hold."""
    response = client.get(path)
    if response.status_code != 200 or not response.headers.get("Content-Type", "").startswith("text/html"):
        return {}
    named = html.fromstring(body(response)).xpath(
        "//input[@name] | //select[@name] | //textarea[@name] | //button[@name]"
    )
    found = {}
    for field in named:
        choices = [*field.xpath(".//option/@value"), field.get("value") or ""]
        found.setdefault(field.get("name"), []).extend(choices)
    return {name: values for name, values in found.items() if name != "csrfmiddlewaretoken"}


def encoded(text):
    return quote(text.encode("utf-8", "surrogatepass"))


def sent(draw, fields):
    """Draw a body and its type: a form with fields repeated, missing, unknown, or something that is not a form."""
    names = [*fields, *draw.sample(FIELDS, 8)]
    pairs = []
    for name in draw.sample(names, min(len(names), draw.choice((3, 12, 60)))):
        usual = [value for value in fields.get(name, ()) if draw.random() < 0.5]
        pairs += [(name, draw.choice([*usual, draw.choice(HOSTILE)])) for _ in range(draw.choice((1, 1, 1, 2, 3)))]
    form = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs)
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{encoded(n)}"\r\n\r\n{encoded(v)}\r\n' for n, v in pairs
    )
    kinds = (
        *((FORM, form),) * 8,
        (PARTS, parts + "--x--\r\n"),
        (PARTS, parts.replace("form-data;", 'form-data; filename="../x.xlsx";') + "--x--\r\n"),
        (JSON, '{"a": [' + form.replace('"', "") + "]}"),
        (JSON, "[" * 3000),
        ("text/xml", "<a/>"),
        ("", form),
    )
    return draw.choice(kinds)


def spoilt(draw, path):
    """Put something odd in place of a part of an address, once in five."""
    parts = path.strip("/").split("/")
    if len(parts) < 2 or draw.random() > 0.2:
        return path
    parts[draw.randrange(1, len(parts))] = draw.choice(ODD)
    return "/" + "/".join(parts) + ("/" if path.endswith("/") else "")


def check(response, told):
    assert response.status_code < 500, told
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/html") and not response.streaming:
        page = body(response)
        assert "Traceback (most" not in page, told
        assert "/site-packages/" not in page, told
    assert not {"Bcc", "X"} & set(response.headers), told


@pytest.mark.parametrize("who", SEATS)
def test_no_address_fails_whoever_sends_whatever(seat, who):
    client = seat(who)
    client.handler.enforce_csrf_checks = False
    places = [{}, {"section_id": "identite", "universe": "epci"}]
    known = {door.path: door for values in places for door in doors(**values) if door.name not in WAY_OUT}
    fields = {path: fields_of(client, path) for path in known}
    assert any(fields.values())

    @WALK
    @given(st.integers(0, 2**32))
    def walk(seed):
        draw = random.Random(seed)
        for path, door in known.items():
            method, (kind, posted) = draw.choice(METHODS), sent(draw, fields[path])
            accept = draw.choice(("text/html", JSON))
            address = spoilt(draw, path) + ("?" + posted[:2000] if method == "GET" and kind == FORM else "")
            response = client.generic(method, address, posted, content_type=kind, HTTP_ACCEPT=accept)
            check(response, (who, door.name, method, address[:200], kind, posted[:500]))

    walk()


OTHERS = {"type": "array", "items": {"type": "object"}}
REPLIES = {
    "health": {"required": ["etat"], "properties": {"etat": {"enum": ["en service", "indisponible"]}}},
    "answers:rules": {"required": ["version", "sections"], "properties": {"sections": {"type": "array"}}},
    "answers:section": {
        "required": ["saved_at", "revision", "findings", "on_path", "others"],
        "properties": {"revision": {"type": "integer"}, "others": OTHERS},
    },
    "answers:presence": {"required": ["others"], "properties": {"others": OTHERS}},
}
"""What the JSON addresses of the questionnaire and of the site answer; those of the observatory are published files."""
REFUSAL = {
    "type": "object",
    "anyOf": [{"required": ["message"]}, {"required": ["sign_in"]}],
    "additionalProperties": {"type": "string"},
}


@pytest.mark.parametrize("who", ["visitor", "owner", "guest", "methodologue"])
def test_every_json_address_is_described_and_answers_as_described(seat, complete, who):
    client, version = seat(who), questionnaire_of(complete).version
    answered = set()
    for door in sorted(doors(version=version), key=lambda door: door.name not in REPLIES):
        # The JSON interface is tried with its own description in test_observatory_api.
        if door.name in WAY_OUT or door.name.startswith(("observatory:", "api-1:")):
            continue
        for method in ("GET", "POST"):
            response = client.generic(method, door.path, "revision=0", content_type=FORM, HTTP_ACCEPT=JSON)
            if not response.headers.get("Content-Type", "").startswith(JSON) or response.get("Content-Disposition"):
                continue
            if response.status_code == 200:
                assert door.name in REPLIES, f"{door.name} : décrire sa réponse dans REPLIES"
                answered.add(door.name)
            jsonschema.validate(response.json(), REPLIES[door.name] if response.status_code == 200 else REFUSAL)
    expected = set(REPLIES) if who in ("owner", "guest") else {"health", "answers:rules"}
    assert answered == expected
