"""The page that lists who one may sign in as: there in a demonstration, nowhere else."""

import json

import pytest

from maille.web.campaigns.models import Edition

from .conftest import WIDTHS

pytestmark = pytest.mark.django_db

ACCOUNTS = {
    "staff": [{"username": "gestionnaire", "role": "gestionnaire", "password": "mot-de-passe", "secret": "JBSWY3DP"}],
    "respondents": [{"unit": "69243", "name": "Tarare", "code": "ABCD-EFGH-IJKL", "midway": True}],
    "researchers": [{"username": "chercheur", "role": "chercheur", "password": "autre-mot", "secret": "JBSWY3DQ"}],
    "colleagues": [{"unit": "69243", "name": "Dominique Simulé", "path": "/repondre/invitation/jeton/"}],
}


@pytest.fixture
def opened(home, edition):
    (home / "demo-accounts.json").write_text(json.dumps(ACCOUNTS))
    return home


def test_the_page_gives_every_door(client, opened):
    page = client.get("/demonstration/").content.decode()
    for said in (
        "mot-de-passe",
        "autre-mot",
        "Chercheuse simulée",
        "ABCD-EFGH-IJKL",
        "Dominique Simulé",
        "Gestionnaire de campagne",
        "Données simulées",
    ):
        assert said in page


def test_there_is_no_such_page_where_an_edition_is_real(client, opened):
    Edition.objects.update(simulated=False)
    assert client.get("/demonstration/").status_code == 404


def test_there_is_no_such_page_in_a_home_that_was_never_a_demonstration(client, edition):
    assert client.get("/demonstration/").status_code == 404


def test_a_damaged_file_of_accounts_is_no_page(client, opened):
    (opened / "demo-accounts.json").write_text("{")
    assert client.get("/demonstration/").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_the_doors_is_accessible(live_server, open_page, faults, opened, width, tmp_path):
    page = open_page(width)
    page.goto(f"{live_server.url}/demonstration/")
    page.get_by_role("heading", name="Entrer dans la démonstration").wait_for()
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert faults(page) == []
