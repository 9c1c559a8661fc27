"""The quality report is read on the site and taken away; without one, the page says so."""

import shutil

import pytest

from .observatory_addresses import text

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PAGE = "/resultats/asco-2025/qualite/"


def test_the_report_is_read_with_its_numbers_and_its_secrets(client, store):
    page = text(client.get(PAGE))
    assert "Le taux de réponse est de 52,5 %." in page
    assert "ont refusé secret" in page


def test_the_report_and_the_note_of_method_are_downloaded(client, store):
    for file in ("quality.md", "quality.json", "method.md"):
        assert client.get(PAGE + file).status_code == 200


@pytest.mark.parametrize("file", ["card.json", "quality.xlsx", "data.parquet"])
def test_nothing_else_is_downloaded(client, store, file):
    assert client.get(PAGE + file).status_code == 404


def test_without_a_report_the_page_says_so(client, store, home):
    shutil.rmtree(home / "datasets" / "disseminated" / "asco-2025" / "quality-report")
    assert "n’est pas encore publié" in text(client.get(PAGE))
