"""A reader chooses figures, sees them, takes exactly them away; what is hidden is said, what is wrong is forgiven."""

import csv
import io
from xml.etree import ElementTree

import polars as pl
import pytest
from openpyxl import load_workbook

from maille.catalogue import Draft

from .conftest import WIDTHS
from .observatory_addresses import text

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PAGE = "/resultats/asco-2025/explorer/"
REGIONS = [("REG-84", "84", 41.5), ("REG-11", "11", None), ("REG-93", "93", 12.0)]


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))


@pytest.fixture
def regional(store):
    """The table « abs » by région too, as a share and as a total; one région is secret."""

    def cells(kind: str, unit: str, times: float) -> list[dict]:
        known = {"table": "abs", "measure": "communes", "domain_type": "region", "kind": kind, "unit": unit}
        return [
            known
            | {"indicator": "abs_faite", "domain": domain, "estimate": None if value is None else value * times}
            | {"status": "secret" if value is None else "value", "respondents": None}
            | {"ci_low": None if value is None else value * times - 2}
            | {"ci_high": None if value is None else value * times + 2}
            for domain, _, value in REGIONS
        ]

    def publish(kind: str = "share", unit: str = "%", times: float = 1.0) -> None:
        name = "disseminated/asco-2025/abs"
        card, before = store.card(name), store.read(name).table.filter(pl.col("domain_type") != "region")
        added = pl.DataFrame(cells(kind, unit, times))
        table = pl.concat([before, added], how="diagonal_relaxed")
        variables = tuple({v.name: v for v in (*_more(), *card.variables)}[name] for name in table.columns)
        store.write(
            Draft(name, table.select([v.name for v in variables]), card.title, variables, card.source, card.vintage,
                  simulated=True)
        )  # fmt: skip

    return publish


def _more():
    from maille.catalogue import Variable

    return (Variable(name="kind", label="Nature"), Variable(name="unit", label="Unité"))


def test_the_first_page_shows_the_first_indicator_with_its_sentence(client, store):
    page = text(client.get(PAGE))
    assert "« Au moins une action sociale » : 82,4 % dans l’ensemble" in page
    assert "Tableau 1" in page


def test_the_choice_is_in_the_address_and_in_the_page(client, store):
    response = client.get(PAGE + "?tableau=prestations&indicateur=nature&indicateur=secours&domaines=total")
    page = text(response)
    assert "Aide en nature" in page
    assert response.content.count(b" checked") == 2
    assert "Lien permanent" in page
    assert b"tableau=prestations&amp;mesure=communes&amp;domaines=total&amp;indicateur=nature" in response.content


def test_what_the_table_does_not_have_is_named_and_left(client, store):
    page = text(client.get(PAGE + "?tableau=abs&indicateur=logement&mesure=dollars&domaines=galaxie"))
    assert "Ce tableau n’a pas : dollars, galaxie, logement." in page
    assert "Analyse des besoins sociaux déjà faite" in page


def test_an_unknown_table_or_edition_is_not_found(client, store):
    assert client.get(PAGE + "?tableau=rien").status_code == 404
    assert client.get("/resultats/asco-1999/explorer/").status_code == 404


def test_a_secret_figure_is_said_secret_and_never_given(client, store):
    asked = "?tableau=domaines&indicateur=logement&mesure=population"
    assert "secret" in text(client.get(PAGE + asked))
    rows = rows_of(client.get(f"{PAGE}selection.csv{asked}"))
    hidden = [row for row in rows if row["statut"] == "secret"]
    assert [(row["domaine"], row["estimation"], row["borne_basse"]) for row in hidden] == [("moins_500", "", "")]


def test_when_all_is_secret_the_page_explains(client, store):
    name = "disseminated/asco-2025/abs"
    card, table = store.card(name), store.read(name).table
    numbers = ["estimate", "standard_error", "ci_low", "ci_high", "respondents"]
    emptied = table.with_columns(pl.lit("secret").alias("status"), *(pl.lit(None).alias(one) for one in numbers))
    store.write(Draft(name, emptied, card.title, card.variables, card.source, card.vintage, simulated=True))
    page = text(client.get(PAGE + "?tableau=abs"))
    assert "Tous ces chiffres sont secrets" in page
    assert "Le graphique (SVG)" not in page


def test_the_downloads_are_exactly_what_is_shown(client, store):
    asked = "?tableau=prestations&indicateur=cap&indicateur=nature&domaines=total"
    rows = rows_of(client.get(f"{PAGE}selection.csv{asked}"))
    assert [(row["indicateur"], row["domaine"]) for row in rows] == [("nature", "ensemble"), ("cap", "ensemble")]
    assert rows[0]["estimation"] == "63,2"
    sheet = load_workbook(io.BytesIO(client.get(f"{PAGE}selection.xlsx{asked}").content)).active
    assert [sheet.cell(line, 2).value for line in (2, 3)] == ["nature", "cap"]


def test_the_citation_names_the_version_and_the_address(client, store):
    response = client.get(PAGE + "?tableau=abs")
    assert "@misc{maille-asco-2025-abs," in response.content.decode()
    assert "version 1, provisoire (données simulées)" in text(response)


def test_a_share_is_a_coloured_map_and_a_total_a_map_of_circles(client, store, regional):
    asked = "?tableau=abs&domaines=region"
    regional()
    page = client.get(PAGE + asked).content.decode()
    assert 'class="c1"' in page
    assert 'class="hidden"' in page
    regional("total", "places", 100.0)
    indicators(store, kind="total", unit="places")
    page = client.get(PAGE + asked).content.decode()
    assert page.count('class="circle"') == 2 + 3, "deux régions, trois cercles de légende"
    assert page.count('class="circle-hidden"') == 1 + 1


def indicators(store, **words: str) -> None:
    """Change what the catalogue says of the indicator « abs_faite »."""
    import json

    name = "disseminated/asco-2025/catalogue"
    card, table = store.card(name), store.read(name).table
    said = json.loads(store.file(name, "publication.json"))
    said["indicators"]["abs_faite"] |= words
    files = {"publication.json": json.dumps(said).encode()}
    draft = Draft(name, table, card.title, card.variables, card.source, card.vintage, simulated=True, files=files)
    store.write(draft)


@pytest.mark.parametrize("what", ["graphique", "carte"])
def test_the_drawings_are_well_formed(client, store, regional, what):
    regional()
    response = client.get(f"{PAGE}{what}.svg?tableau=abs&domaines=region")
    assert response["Content-Disposition"].endswith('.svg"')
    root = ElementTree.fromstring(response.content)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "Données simulées" in response.content.decode()


def test_a_map_of_what_has_no_place_is_not_found(client, store):
    assert client.get(f"{PAGE}carte.svg?tableau=abs").status_code == 404


@pytest.mark.parametrize(
    "asked", ["?indicateur=%3Cscript%3Ealert(1)%3C/script%3E", "?tableau=abs&mesure=%27%22%3E", "?region='"]
)
def test_what_a_stranger_writes_in_the_address_is_shown_as_text(client, store, asked):
    response = client.get(PAGE + asked)
    assert response.status_code == 200
    assert b"<script>alert" not in response.content


@pytest.mark.django_db(transaction=True)
def test_the_explorer_is_accessible(live_server, store, regional, page, faults):
    regional()
    for asked in ("", "?tableau=abs&domaines=region", "?tableau=prestations&indicateur=nature&indicateur=secours"):
        page.goto(live_server.url + PAGE + asked)
        assert faults(page, widths=WIDTHS) == [], asked


@pytest.mark.django_db(transaction=True)
def test_without_javascript_and_by_keyboard_a_choice_is_made(live_server, store, open_page):
    page = open_page(1280, javascript=False)
    page.goto(live_server.url + PAGE)
    page.select_option("#x-table", "prestations")
    page.get_by_role("button", name="Ouvrir ce tableau").press("Enter")
    page.get_by_label("Aide en nature").press("Space")
    page.get_by_role("button", name="Afficher").press("Enter")
    assert "indicateur=nature" in page.url
    assert page.get_by_role("heading", name="Aide en nature, par taille").is_visible()
