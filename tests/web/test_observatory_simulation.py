"""The page that says whether margins of error tell the truth, with the stored simulation and without any."""

import re

import pytest

from maille.catalogue import Store
from maille.demo.shipped import deposit_simulation

from .conftest import WIDTHS

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
ADDRESS = "/methode/simulation/"


@pytest.fixture
def simulated(store):
    deposit_simulation(Store(store.home))
    return store


def test_without_a_simulation_the_page_says_how_to_run_one(client, store):
    text = client.get(ADDRESS).content.decode()
    assert "maille simulate --replicates 1000" in text
    assert "Aucune simulation" in text


def test_the_page_says_how_many_surveys_were_simulated_and_what_they_found(client, simulated):
    text = client.get(ADDRESS).content.decode()
    runs = int(simulated.card("simulated/asco-2025/coverage").parameters["replicates"])
    assert re.search(rf"refait l’enquête {runs:,}".replace(",", "."), text)
    assert "Les chiffres qui ne tiennent pas leur promesse" in text
    assert "Édition 2015" in text
    assert text.count("<table") >= 4


def test_the_method_leads_to_it(client, store):
    assert ADDRESS in client.get("/methode/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_axe_finds_no_fault(page, live_server, simulated, faults):
    page.goto(live_server.url + ADDRESS)
    assert faults(page, widths=WIDTHS) == []
