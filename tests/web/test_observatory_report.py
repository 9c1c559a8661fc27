"""The report is read on a page: each figure opens its thread, each chart has its table, and the PDF is there."""

import pytest

from .observatory_addresses import text

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
REPORT = "/resultats/asco-2025/rapport/"


def test_each_bound_figure_opens_its_thread_and_the_page_it_opens_exists(client, store):
    body = client.get(REPORT).content.decode()
    thread = "/resultats/asco-2025/domaines/action/fil/communes/ensemble/"
    assert f'<a class="figure-link" href="{thread}">82' in body
    assert client.get(thread).status_code == 200
    assert 'href="/resultats/asco-2025/evolutions/">3' in body


def test_the_page_says_it_is_simulated_what_was_left_out_and_where_its_notes_are(client, store):
    body = client.get(REPORT)
    said = text(body)
    assert "Données simulées" in said
    assert "faute d’un chiffre sûr : 2 (un chiffre est couvert par le secret statistique)" in said
    assert 'href="#note-1"' in body.content.decode()
    assert 'id="note-1"' in body.content.decode()


def test_every_chart_is_named_and_followed_by_its_table(client, store):
    body = client.get(REPORT).content.decode()
    for name in ("chart-1", "chart-2", "map-1"):
        assert f'href="#tableau-{name}"' in body
        assert f'id="tableau-{name}"' in body
    assert body.count('role="img"') == 3


def test_the_files_of_the_report_are_downloaded_and_no_other(client, store):
    pdf = client.get(REPORT + "report.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Content-Disposition"] == 'attachment; filename="maille-asco-2025-report.pdf"'
    assert client.get(REPORT + "report.json").json()["simulated"]
    assert client.get(REPORT + "report.txt").status_code == 404


def test_the_results_lead_to_the_report_of_an_edition_that_has_one(client, store):
    assert f'href="{REPORT}"' in client.get("/resultats/").content.decode()
    assert client.get("/resultats/asco-1999/rapport/").status_code == 404
