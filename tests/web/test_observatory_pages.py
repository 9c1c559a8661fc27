import re
from pathlib import Path

import pytest

from maille.catalogue import Confidentiality, Store
from maille.pipeline.steps import all_steps
from maille.specs import indicator
from maille.specs.publication import TAKEN, publication_ids
from maille.web.observatory.urls import urlpatterns

from .observatory_addresses import FIGURE, INDICATOR, PAGES, SECRET_FIGURE, TABLE, text
from .observatory_edition import CONCLUSIONS, EDITION, TABLES, write

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

SPECS = Path(__file__).parents[2] / "specs"
BEFORE = ("/", "/resultats/", "/participation/", "/territoires/69243/", "/methode/", "/secret-statistique/")


def visible(response):
    """The words and the titles of a page, without its paths and addresses."""
    return re.sub(r' (?:d|href|x|x1|x2|cx|id)="[^"]*"', "", response.content.decode()).replace("\u202f", " ")


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_one_title_and_no_style_nor_script(client, store, address):
    response = client.get(address)
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count("<h1") == 1
    assert " style=" not in page
    assert "<script" not in page
    assert "None" not in text(response)


@pytest.mark.parametrize("address", BEFORE)
def test_every_page_works_before_anything_is_published(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert response.content.decode().count("<h1") == 1


def test_before_the_first_results_the_site_says_so(client):
    assert "ne sont pas encore publiés" in text(client.get("/resultats/"))
    assert "n’est pas encore publiée" in text(client.get("/participation/"))
    assert "le tirage n’a pas encore eu lieu" in text(client.get("/"))


@pytest.mark.parametrize(
    "address",
    [
        "/resultats/asco-2099/domaines/",
        "/resultats/asco-2025/inconnu/",
        "/resultats/asco-2025/catalogue/",
        TABLE + "inconnu/",
        INDICATOR + "fil/communes/inconnu/",
        "/resultats/asco-2025/inconnu.csv",
        "/resultats/asco-2025/figures.csv",
        "/resultats/asco-2025/inconnu/schema.json",
        "/territoires/00000/",
    ],
)
def test_what_is_not_published_gives_a_404_in_plain_french(client, store, address):
    response = client.get(address)
    assert response.status_code == 404
    assert "Cette page n’existe pas" in text(response)


@pytest.mark.parametrize("name", ["disseminated/asco-2025/domaines", "disseminated/asco-2025/figures"])
def test_a_table_that_is_no_longer_open_is_not_shown(client, store, name):
    write(store, name, [{"estimate": 12.3}], confidentiality=Confidentiality.SECRET)
    response = client.get(TABLE)
    download = client.get("/resultats/asco-2025/domaines.csv")
    assert response.status_code in (200, 404, 503)
    assert "12,3" not in text(response)
    assert download.status_code == (404 if name.endswith("domaines") else 200)


def test_a_secret_dataset_cannot_be_downloaded_even_by_its_name(client, store):
    assert client.get("/resultats/asco-2025/sample.csv").status_code == 404
    assert client.get("/resultats/asco-2025/../../collected/asco-2025/sample.csv").status_code == 404


def test_the_list_gives_each_table_by_its_conclusion(client, store):
    page = text(client.get("/resultats/"))
    assert [conclusion in page for conclusion in CONCLUSIONS.values()] == [True] * len(TABLES)


def test_the_chart_says_what_the_table_says(client, store):
    response = client.get(TABLE)
    for measured in response.context["measured"]:
        totals = {indicator.label: shown[-1].value for indicator, shown in measured.rows}
        assert {mark.label: mark.cell.estimate for mark in measured.chart.marks} == {
            indicator.label: shown[-1].cell.estimate for indicator, shown in measured.rows
        }
        for label, value in totals.items():
            assert value in response.content.decode()
            assert f"{label.replace(chr(39), '’')} {value}" in response.content.decode().replace("&#x27;", "’")


def test_each_published_figure_links_to_its_thread(client, store):
    response = client.get(TABLE)
    page = response.content.decode()
    shown = [shown for part in response.context["measured"] for _, cells in part.rows for shown in cells]
    assert len(shown) == 60
    for item in shown:
        assert (f'href="{item.href}"' in page) == item.cell.shown
    assert client.get(shown[0].href).status_code == 200


def test_an_indicator_page_gives_interval_precision_source_and_citation(client, store):
    page = text(client.get(INDICATOR))
    for words in (
        "21,8 % [19,2 ; 24,4]",
        "27,8 % toutes observées",
        "Lecture :",
        "Champ :",
        "version 1 du 22 novembre 2026",
        "Est-⁠ce précis ?",
        "L’ensemble est connu à 2,6 points près",
        "Licence Ouverte 2.0",
        "Citer cette page",
        "Données simulées",
    ):
        assert words in page, words


def test_a_secret_cell_shows_a_pattern_and_a_word_and_no_number(client, store):
    response = client.get(INDICATOR)
    population = response.context["measured"][1]
    assert population.shown[0].cell.status == "secret"
    assert population.chart.marks[0].kind == "hidden"
    assert "secret" in text(response)
    assert 'class="swatch-secret"' in response.content.decode()


def test_a_secret_number_is_nowhere_in_the_pages(client, store):
    secret = "29,8"  # what the fixture hides: 21,8 + 12 - 4
    for address in (TABLE, INDICATOR, SECRET_FIGURE, "/resultats/"):
        assert secret not in visible(client.get(address))
    assert "29.8" not in client.get("/resultats/asco-2025/domaines.csv").content.decode()
    assert "n’est pas publié : secret" in text(client.get(SECRET_FIGURE))


def test_a_table_whose_secret_cells_leak_is_withdrawn(client, store):
    table = store.read("disseminated/asco-2025/abs").table.to_dicts()
    table[0] |= {"status": "secret", "estimate": 42.42}
    write(store, "disseminated/asco-2025/abs", table)
    page = client.get("/resultats/asco-2025/abs/")
    assert page.status_code == 503
    assert "retirés" in text(page)
    assert "42" not in text(page)
    assert client.get("/resultats/asco-2025/abs.csv").status_code == 503


def test_the_thread_of_a_figure_shows_respondents_weights_steps_rule_and_checksums(client, store):
    page = text(client.get(FIGURE))
    card = store.card("disseminated/asco-2025/domaines")
    for words in ("1,0 à 18,5", "1,42", "logement = ", "Votre commune a-⁠t-⁠elle mené cette action ?", "0.1.0+fiction"):
        assert words in page, words
    for ancestor in card.ancestry:
        assert ancestor.name in page
        assert ancestor.checksum[:12] in page
        assert ancestor.title.replace("'", "’") in page


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("csv", "text/csv"), ("xlsx", "spreadsheetml.sheet"), ("parquet", "parquet")],
)
def test_a_download_is_the_companion_file_byte_for_byte(client, store, ending, kind):
    response = client.get(f"/resultats/asco-2025/domaines.{ending}")
    assert response.content == store.file("disseminated/asco-2025/domaines", f"domaines.{ending}")
    assert kind in response["Content-Type"]
    assert f'filename="maille-asco-2025-domaines.{ending}"' in response["Content-Disposition"]


def test_a_download_already_had_is_not_sent_again(client, store):
    first = client.get("/resultats/asco-2025/domaines.csv")
    checksum = {file.name: file.checksum for file in store.card("disseminated/asco-2025/domaines").files}
    assert first["ETag"] == f'"{checksum["domaines.csv"]}"'
    again = client.get("/resultats/asco-2025/domaines.csv", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_schema_and_the_dictionary_can_be_had(client, store):
    assert client.get(TABLE + "schema.json")["Content-Type"] == "application/json"
    assert client.get(TABLE + "codebook.md").content == b"# Dictionnaire\n"


@pytest.mark.parametrize("address", PAGES)
def test_no_public_page_tells_who_was_drawn(client, store, address):
    page = client.get(address).content.decode()
    assert "5000_9999-84" not in page
    assert "69010" not in page


def test_the_store_of_the_site_is_the_one_that_the_pages_read(home, client, store):
    assert Store(home / "datasets").exists(f"disseminated/{EDITION}/catalogue")
    assert client.get("/resultats/").context["edition"].code == EDITION


def test_no_table_may_take_the_address_of_a_page_or_the_name_of_another_dataset():
    first = r"\^?resultats/(?:<slug:edition>|\(\?P<edition>\[\\w-\]\+\))/([a-z-]+)/"
    pages = {found[1] for one in urlpatterns if (found := re.match(first, str(one.pattern)))}
    assert {"explorer", "rapport"} <= pages <= TAKEN
    made = {name for step in all_steps(SPECS) for name in step.outputs if name.startswith("disseminated/asco-2025/")}
    tables = set(publication_ids(SPECS / "publications" / "asco-2025"))
    assert {name.split("/")[-1] for name in made} - tables <= TAKEN
    assert not tables & TAKEN


def test_no_indicator_may_take_the_address_of_a_page_of_its_table():
    page = r"resultats/<slug:edition>/<slug:table>/([a-z-]+)/$"
    assert {found[1] for one in urlpatterns if (found := re.match(page, str(one.pattern)))} == indicator.TAKEN


def test_the_evolutions_count_apart_the_figures_that_a_break_separates(client, store):
    page = text(client.get("/resultats/asco-2025/evolutions/"))
    assert "3 chiffres ont été publiés sur 2014 et sur 2024. 1 se compare : aucun ne s’écarte nettement" in page


@pytest.mark.parametrize("address", [TABLE, INDICATOR])
def test_a_table_and_an_indicator_say_how_to_cite_them(client, store, address):
    page = text(client.get(address))
    assert "Citer cette page" in page
    assert f"http://testserver{address}" in page
