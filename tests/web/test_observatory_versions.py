"""Readers are given the last frozen version; what it corrects is said, and older versions keep their addresses."""

import shutil

import polars as pl
import pytest
from rdflib import DCAT, DCTERMS, Graph, Literal, URIRef

from maille.catalogue import Draft, Store
from maille.pipeline import Run, release

from .conftest import WIDTHS
from .observatory_addresses import INDICATOR, TABLE, text
from .observatory_edition import EDITION

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
FIRST = """edition: asco-2025
releases:
  - {version: "1.0", date: 2026-11-22, kind: first, note: "Première publication."}
"""
SECOND = FIRST + '  - {version: "1.1", date: 2026-12-01, kind: correction, note: "Une réponse mal saisie."}\n'
VERSIONS = f"/resultats/{EDITION}/versions/"


class UpToDate(Run):
    def plan(self, wanted=None):
        return []


def freeze(home, text: str) -> None:
    specs = home / "released-specs" / "releases"
    specs.mkdir(parents=True, exist_ok=True)
    (specs / f"{EDITION}.yaml").write_text(text)
    release(UpToDate(home, specs.parent), EDITION)


def corrected(store: Store, table: str, value: float) -> None:
    """Publish another total for the indicator « logement »."""
    for what in (table, "figures"):
        name = f"disseminated/{EDITION}/{what}"
        card, cells = store.card(name), store.read(name).table
        here = (pl.col("indicator") == "logement") & (pl.col("domain") == "ensemble")
        moved = cells.with_columns(estimate=pl.when(here).then(pl.lit(value)).otherwise(pl.col("estimate")))
        files = {file.name: store.file(name, file.name) for file in card.files}
        if what == table:
            files[f"{table}.csv"] = moved.write_csv().encode()
        draft = Draft(name, moved, card.title, card.variables, card.source, card.vintage, simulated=True, files=files)
        store.write(draft)


@pytest.fixture
def twice(store, home):
    freeze(home, FIRST)
    corrected(store, "domaines", 44.4)
    freeze(home, SECOND)
    return store


def test_before_any_release_the_figures_are_said_provisional(client, store):
    assert "Version provisoire" in text(client.get(TABLE))
    assert "Ces chiffres sont provisoires" in text(client.get(VERSIONS))
    assert client.get(f"/api/v1/editions/{EDITION}").json()["provisional"] is True


def test_what_is_computed_after_a_release_is_not_shown_until_it_is_released(client, store, home):
    freeze(home, FIRST)
    corrected(store, "domaines", 44.4)
    page = text(client.get(INDICATOR))
    assert "44,4" not in page
    assert "21,8 %" in page
    assert "provisoire" not in page


def test_a_correction_is_said_on_the_table_that_it_changes_only(client, twice):
    page = text(client.get(TABLE))
    assert "Corrigé le 1" in page
    assert "Une réponse mal saisie." in page
    assert "Corrigé le" not in text(client.get(f"/resultats/{EDITION}/abs/"))


def test_the_page_of_versions_shows_each_cell_before_and_after(client, twice):
    page = text(client.get(VERSIONS))
    assert "Version 1.1 en cours" in page
    assert "2 cases changent depuis la version 1.0" in page
    assert "21,8 44,4" in page
    own = text(client.get(f"/resultats/{EDITION}/abs/versions/"))
    assert "Aucune case de ce tableau ne change" in own


def test_an_old_version_keeps_its_address_and_its_bytes(client, store, home):
    freeze(home, FIRST)
    before = client.get(VERSIONS + "1.0/domaines.csv").content
    corrected(store, "domaines", 44.4)
    freeze(home, SECOND)
    assert client.get(VERSIONS + "1.0/domaines.csv").content == before
    assert client.get(VERSIONS + "1.1/domaines.csv").content != before
    assert client.get(f"/resultats/{EDITION}/domaines.csv").content == client.get(VERSIONS + "1.1/domaines.csv").content


@pytest.mark.parametrize(
    "file", ["estimates.csv", "1.0/data.parquet", "1.0/card.json", "9.9/domaines.csv", "1.0/..%2fx"]
)
def test_what_a_version_does_not_publish_is_not_found(client, twice, file):
    assert client.get(VERSIONS + file).status_code == 404


def test_secret_estimates_frozen_with_a_version_are_never_served(client, twice):
    assert twice.exists(f"released/{EDITION}/1.0/estimates")
    assert "estimates" not in client.get(VERSIONS).content.decode()


def test_an_interrupted_release_is_not_shown(client, store, home):
    freeze(home, FIRST)
    shutil.rmtree(home / "datasets" / "released" / EDITION / "1.0" / "release")
    assert "Ces chiffres sont provisoires" in text(client.get(VERSIONS))


def test_the_catalogue_says_what_replaces_what(client, twice, settings):
    graph = Graph().parse(data=client.get("/catalogue.ttl").content, format="turtle")
    current = URIRef(f"{settings.MAILLE_SITE}{TABLE}")
    old = graph.value(current, DCTERMS.replaces)
    assert graph.value(old, DCTERMS.isReplacedBy) == current
    assert graph.value(old, URIRef(f"{DCAT}version")) == Literal("1.0")
    assert client.get(f"/api/v1/editions/{EDITION}/tables/domaines").json()["version"] == "1.1"


def test_the_pages_of_versions_are_accessible(live_server, twice, page, faults):
    for address in (VERSIONS, f"{TABLE}versions/", TABLE, f"{VERSIONS}1.0/explorer/"):
        page.goto(live_server.url + address)
        assert faults(page, widths=WIDTHS) == [], address


OLD = f"{VERSIONS}1.0/explorer/"
ASKED = "?tableau=domaines&indicateur=logement"


def test_an_old_version_is_explored_at_its_own_address_with_its_own_figures(client, twice):
    old, now = client.get(OLD + ASKED), client.get(f"/resultats/{EDITION}/explorer/" + ASKED)
    assert "21,8" in text(old)
    assert "44,4" not in text(old)
    assert "44,4" in text(now)
    assert "Version 1.0, remplacée le 1" in text(old)
    assert "remplacée" not in text(now)
    to_now = f"/resultats/{EDITION}/explorer/{ASKED.replace('&', '&amp;mesure=communes&amp;domaines=size_band&amp;')}"
    assert f'href="{to_now}"' in old.content.decode(), "la même sélection, dans la version en cours"


def test_what_is_taken_away_and_cited_from_an_old_version_names_it(client, twice, settings):
    rows = client.get(f"{OLD}selection.csv{ASKED}")
    assert "maille-asco-2025-1.0-domaines-selection.csv" in rows["Content-Disposition"]
    assert "21,8" in rows.content.decode("utf-8-sig")
    assert "44,4" not in rows.content.decode("utf-8-sig")
    drawing = client.get(f"{OLD}graphique.svg{ASKED}").content.decode()
    assert "version\u00a01.0" in drawing or "version 1.0" in drawing
    page = client.get(OLD + ASKED)
    assert "version 1.0 (données simulées)" in text(page)
    assert f"{settings.MAILLE_SITE}{OLD}?" in page.content.decode(), "la citation garde l’adresse de la version"


def test_a_citation_of_the_version_in_force_will_still_say_the_same_after_the_next(client, twice, settings):
    cited = f"{settings.MAILLE_SITE}{VERSIONS}1.1/explorer/"
    page = client.get(f"/resultats/{EDITION}/explorer/" + ASKED).content.decode()
    assert f'href="{cited}?' in page
    kept = client.get(f"{VERSIONS}1.1/explorer/" + ASKED)
    assert "44,4" in text(kept)
    assert "remplacée" not in text(kept)


def test_an_old_figure_opens_no_thread_of_the_new_one(client, twice):
    assert "/fil/" not in client.get(OLD + ASKED).content.decode()
    assert "/fil/" in client.get(f"{VERSIONS}1.1/explorer/" + ASKED).content.decode()


@pytest.mark.parametrize("address", ["9.9/explorer/", "1.0/explorer/selection.pdf", "1.0/explorer/?tableau=rien"])
def test_what_no_version_explores_is_not_found(client, twice, address):
    assert client.get(VERSIONS + address).status_code == 404


def test_a_version_never_lends_what_it_does_not_have_from_the_next(client, twice, home):
    shutil.rmtree(home / "datasets" / "released" / EDITION / "1.0" / "abs")
    assert client.get(f"{VERSIONS}1.1/explorer/?tableau=abs").status_code == 200
    assert client.get(f"{OLD}?tableau=abs").status_code == 404


def test_the_page_of_versions_leads_to_the_explorer_of_each(client, twice):
    page = client.get(VERSIONS).content.decode()
    assert f'href="{OLD}"' in page
    assert f'href="{VERSIONS}1.1/explorer/"' in page
    assert f'href="{OLD}?tableau=domaines"' in client.get(f"{TABLE}versions/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_old_version_is_explored_without_javascript_and_stays_in_it(live_server, twice, open_page):
    page = open_page(1280, javascript=False)
    page.goto(live_server.url + VERSIONS)
    page.get_by_role("link", name="Explorer la version 1.0").press("Enter")
    page.select_option("#x-table", "prestations")
    page.get_by_role("button", name="Ouvrir ce tableau").press("Enter")
    page.get_by_label("Aide en nature").press("Space")
    page.get_by_role("button", name="Afficher").press("Enter")
    assert OLD in page.url
    page.get_by_role("link", name="Voir la version en cours").press("Enter")
    assert "indicateur=nature" in page.url
    assert OLD not in page.url
