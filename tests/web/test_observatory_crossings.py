"""The page of crossings answers its question with what the intervals allow, and says what it does not show."""

import pytest

from .observatory_addresses import text

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ADDRESS = "/resultats/asco-2025/croisements/"


def test_it_answers_with_the_gaps_that_pass_their_margin_and_never_as_a_cause(client, store):
    page = text(client.get(ADDRESS))
    assert "Sur 2 écarts, 2 dépassent leur marge d’erreur. D’une classe extrême à l’autre, plus bas : " in page
    assert "−13,0 points" in page
    assert "une association, non une cause" in page
    assert "elle ne dit pas ce que fait une commune" in page


def test_the_gap_of_an_amount_is_in_its_unit_and_says_when_it_is_imprecise(client, store):
    page = text(client.get(ADDRESS))
    assert "−13,0 euros par habitant" in page
    assert "Dépenses par habitant (peu précis)" in page
    assert "cet écart est peu précis" in page


def test_a_made_up_source_is_said_to_be_so(client, store):
    assert "Source inventée." in text(client.get(ADDRESS))


def test_a_gap_with_a_secret_class_is_not_given(client, store):
    page = text(client.get(ADDRESS))
    assert "L’écart n’est pas publié : une des deux classes est secrète" in page
    assert "secret" in page


def test_the_results_lead_to_it_and_its_figures_are_downloaded(client, store):
    assert ADDRESS in client.get("/resultats/").content.decode()
    assert client.get("/resultats/asco-2025/crossings.csv").status_code == 200
    assert "csv" in client.get(ADDRESS).content.decode()
