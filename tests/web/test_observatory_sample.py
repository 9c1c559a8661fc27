import re

import pytest

from .conftest import WIDTHS
from .observatory_addresses import text

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

STAFF = ("/gestion/echantillon/", "/gestion/echantillon/69/")


@pytest.mark.parametrize("address", STAFF)
def test_the_map_of_the_sample_is_closed_to_the_public(client, store, address):
    assert client.get(address).headers["Location"].startswith("/connexion/")


def test_the_staff_see_who_was_drawn_and_it_leaves_a_trace(client, store, methodologist):
    from maille.web.accounts.models import AuditEvent

    client.force_login(methodologist, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get("/gestion/echantillon/69/")
    titles = [place.title.replace("\u202f", " ") for place in response.context["places"]]
    assert "Lyon (69123) : interrogée d’office, 12 000 habitants" in titles
    assert "L’Arbresle (69010) : tirée au sort, 12 000 habitants" in [title.replace("'", "’") for title in titles]
    assert [count for _, _, count in response.context["legend"]] == [2, 1, 263]
    assert AuditEvent.objects.get().unit == "69"


def test_the_national_map_of_the_sample_has_each_drawn_commune_once(client, store, methodologist):
    client.force_login(methodologist, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get("/gestion/echantillon/")
    layers = response.context["layers"]
    codes = [outline.code for layer in layers for outline in layer.drawing.outlines]
    assert sorted(codes) == ["69010", "69123", "69243", "97411"]
    assert len(re.findall(r'<path class="(?:ground|lot|all|borders)"', response.content.decode())) == 4 * len(layers)


def test_the_staff_map_says_when_no_sample_is_drawn(client, methodologist):
    client.force_login(methodologist, backend="django.contrib.auth.backends.ModelBackend")
    assert "Aucun échantillon n’est tiré" in text(client.get("/gestion/echantillon/"))
    assert client.get("/gestion/echantillon/69/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_axe_finds_no_fault_on_the_map_of_the_sample(page, live_server, store, methodologist, client, faults):
    client.force_login(methodologist, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies["maille_session"].value
    page.context.add_cookies([{"name": "maille_session", "value": cookie, "url": live_server.url}])
    found = {}
    for address in STAFF:
        page.goto(live_server.url + address)
        found[address] = faults(page, widths=WIDTHS)
    assert {address: fault for address, fault in found.items() if fault} == {}
