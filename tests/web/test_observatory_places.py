import re
from dataclasses import replace

import pytest

from maille.analyse.participation import ROUNDED
from maille.territory import shapes
from maille.web.observatory.pages import published
from maille.web.observatory.participation import choropleth
from maille.web.observatory.places import places
from maille.web.observatory.records import edition

from .observatory_addresses import text
from .observatory_edition import EDITION, participation
from .observatory_edition import _draft as draft

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def test_the_map_of_participation_says_what_its_table_says(client, store):
    response = client.get("/participation/")
    shown = response.context["choropleth"]
    titles = [area.title for sheet in (shown.main, *shown.insets) for area in sheet.areas]
    names = {shape.code: shape.name for shape in shapes("departements")}
    for row in participation():
        if row["level"] == "departement":
            expected = "secret statistique" if row["rate"] is None else f"{row['rate']:.1f}".replace(".", ",")
            found = [title for title in titles if title.startswith(f"{names[row['code']]} ({row['code']}) :")]
            assert found, row["code"]
            assert all(expected in title for title in found)


def test_rounded_counts_are_said_not_to_be_exact_beside_their_table(client, store):
    assert "aucun n’est exact" not in text(client.get("/participation/"))
    rows = [row | {"status": "estimated"} if row["status"] == "value" else row for row in participation()]
    rounded = draft(
        f"disseminated/{EDITION}/participation", rows, title="La participation", description=ROUNDED.format(10)
    )
    store.write(rounded, parents=[f"protected/{EDITION}/cells"])
    assert "Nombres arrondis à 10" in text(client.get("/participation/"))
    assert "aucun n’est exact" in text(client.get("/participation/"))


def test_the_classes_of_the_map_hold_every_departement_once(client, store):
    shown = client.get("/participation/").context["choropleth"]
    departements = [row for row in participation() if row["level"] == "departement"]
    assert len(shown.legend) == 5
    assert sum(row.count for row in shown.legend) + shown.secret == len(departements)
    assert shown.secret == 1
    assert shown.absent == 0


def test_a_map_by_region_draws_and_counts_regions_and_never_their_departements():
    codes = [shape.code for shape in shapes("regions")]
    rows = [{"code": code, "rate": float(place), "status": "value"} for place, code in enumerate(codes)]
    rows[0] |= {"rate": None, "status": "secret"}
    shown = choropleth([row | {"title": row["code"]} for row in rows[:-1]], "région")
    assert shown.nouns == "régions"
    assert sum(row.count for row in shown.legend) + shown.secret + shown.absent == len(codes)
    assert len(shown.main.areas) + len(shown.insets) == len(codes)


def test_a_total_by_territory_is_drawn_as_circles_and_anything_else_as_colours(store):
    current = edition(published(), "asco-2025")
    known = current.cells(current.sheets()[0])[0]
    placed = [replace(known, domain_type="region", domain=f"REG-{code}") for code in ("53", "76")]
    assert places(current, [replace(cell, kind="total") for cell in placed])[0].circles is not None
    assert places(current, placed)[0].circles is None


def test_the_secret_departement_is_dotted_and_has_no_number(client, store):
    shown = client.get("/participation/").context["choropleth"]
    paris = [area for sheet in (shown.main, *shown.insets) for area in sheet.areas if "(75)" in area.title]
    assert {(area.css, area.title) for area in paris} == {("hidden", "Paris (75) : secret statistique")}


def test_the_home_page_takes_its_sizes_from_the_plan(client, store):
    page = text(client.get("/"))
    assert "10 900 communes" in page
    assert "sur 34 742" in page
    assert "1 100 intercommunalités" in page
    assert not re.search(r"0\d( \d\d){4}", page)


def test_the_home_map_shows_no_answer_and_no_drawn_commune(client, store):
    response = client.get("/")
    assert response.context["communes"] == 266
    hero = response.content.decode().split('class="hero-map"')[1].split("</figure>")[0]
    assert set(re.findall(r'<path class="([^"]+)"', hero)) == {"mesh-ground", "mesh-marked"}


def test_a_name_leads_to_the_sheet_of_its_commune(client):
    response = client.get("/territoires/", {"q": "Tarare"})
    assert response.headers["Location"] == "/territoires/69243/"
    page = text(client.get("/territoires/69243/"))
    for words in ("Code Insee 69243", "10 000 habitants ou plus", "CA de l’Ouest Rhodanien", "Auvergne-Rhône-Alpes"):
        assert words in page, words


def test_an_old_code_leads_to_the_commune_of_today_and_says_why(client):
    response = client.get("/territoires/69152/", follow=True)
    page = text(response)
    assert response.redirect_chain[-1][0].startswith("/territoires/69149/")
    assert "Oullins-Pierre-Bénite" in page
    assert "Pierre-Bénite est une commune déléguée" in page


def test_an_ambiguous_name_lists_its_communes_with_their_departements(client):
    page = text(client.get("/territoires/", {"q": "saint denis"}))
    assert "Plusieurs communes" in page
    assert "93066 · Seine-Saint-Denis" in page
    assert "97411 · La Réunion" in page


def test_an_unknown_name_proposes_the_nearest(client):
    page = text(client.get("/territoires/", {"q": "Tararre"}))
    assert "Aucune commune ne s’appelle « Tararre »" in page
    assert "Tarare" in page.split("Les plus proches")[1]


def test_an_address_cannot_put_words_on_a_sheet(client):
    page = text(client.get("/territoires/69243/", {"depuis": "Ceci est faux"}))
    assert "Ceci est faux" not in page


def test_a_commune_outside_the_survey_says_why(client):
    page = text(client.get("/territoires/55039/"))
    assert "n’est pas dans le champ de l’enquête" in page
    assert "sans habitant" in page
