"""What a page may load and run: a strict policy on every page, and nothing on a page that needs more."""

import re

import pytest
from lxml import html

from .attack_ground import body, doors, readers

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
STRICT = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def inline(page):
    """Return what a strict policy would refuse on a page, and what it could not: addresses that are programs."""
    tree = html.fromstring(page)
    found = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "style" or (element.tag == "script" and not element.get("src") and not _is_data(element)):
            found.append(html.tostring(element)[:120])
        for name, value in element.attrib.items():
            program = re.match(r"\s*(javascript|vbscript|data:text)", value, re.IGNORECASE)
            if name == "style" or name.startswith("on") or (program and name not in ("value", "content")):
                found.append((element.tag, name, value[:80]))
        for name in ("src", "href", "action", "formaction"):
            value = element.get(name, "")
            if element.tag in ("script", "link", "img", "form", "iframe") and value.startswith(
                ("http:", "https:", "//")
            ):
                found.append((element.tag, name, value[:80]))
    return found


def _is_data(element):
    return element.get("type") in ("application/json", "application/ld+json")


def test_the_check_sees_what_it_must_see():
    for hostile in (
        "<p style='color:red'>a</p>",
        "<img src=x onerror=alert(1)>",
        "<script>1</script>",
        "<a href=' JavaScript:alert(1)'>a</a>",
        "<style>p{}</style>",
        "<script src='https://ailleurs.example/a.js'></script>",
    ):
        assert inline(f"<html><body>{hostile}</body></html>"), hostile
    assert inline("<html><body><script type='application/json'>{}</script><p>a</p></body></html>") == []


def policy(response):
    parts = [part.split(maxsplit=1) for part in response.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {name: " ".join(rest) for name, *rest in parts}


def test_every_page_of_the_site_has_a_strict_policy_and_needs_nothing_else(complete, codes, store):
    pages = 0
    places = [{}, {"section_id": "identite"}, {"universe": "epci"}]
    for client in readers(codes).values():
        for door in {door.path: door for values in places for door in doors(**values)}.values():
            response = client.get(door.path)
            assert policy(response) == STRICT, door
            if response.headers.get("Content-Type", "").startswith("text/html") and response.content:
                pages += 1
                assert inline(body(response)) == [], door
    assert pages > 60


def test_the_pages_of_failures_and_refusals_have_it_too(client, codes):
    for response in (
        client.get("/nimporte/"),
        client.get("/repondre/", HTTP_HOST="ailleurs.example"),
        client.get("/repondre/lien/%00/"),
        client.post("/repondre/", {"identifiant": "69243", "code": "A"}),
        client.get("/static/maille/shell.css"),
    ):
        assert policy(response) == STRICT
