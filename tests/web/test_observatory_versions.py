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
    for address in (VERSIONS, f"{TABLE}versions/", TABLE):
        page.goto(live_server.url + address)
        assert faults(page, widths=WIDTHS) == [], address
