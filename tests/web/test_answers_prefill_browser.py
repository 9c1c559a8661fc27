"""A value known before, in a real browser: confirmed in one gesture, changed, compared, with and without script."""

import polars as pl
import pytest

from maille.pipeline import Run
from maille.pipeline.previous import simulate
from maille.web.answers.models import Answer
from maille.web.answers.saving import save_section

from .conftest import AT, WIDTHS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def known(settings, complete):
    """Tarare answered in 2015, and has not said yet what it spends today."""
    rows = [("69243", "depenses", "12500"), ("69243", "ccas", "oui")]
    former = pl.DataFrame(rows, schema=["unit", "variable", "value"], orient="row")
    simulate(Run(settings.MAILLE_HOME, settings.MAILLE_SPECS), "asco-2015", former)
    emptied = {
        "moyens": {"depenses": [""]},
        "organisation": {"ccas": [""]},
        "identite": {"population_municipale": [""]},
    }
    for section, posted in emptied.items():
        save_section(complete, section, posted, author="répondant", mode="web", at=AT)
    return complete


@pytest.fixture
def answering(open_page, live_server, codes, known):
    def opener(section, *, width=1280, javascript=True):
        page = open_page(width, javascript=javascript)
        page.goto(f"{live_server.url}/repondre/")
        page.fill("#identifiant", "69243")
        page.fill("#code", codes["69243"])
        page.click("text=Ouvrir le questionnaire")
        page.goto(f"{live_server.url}/repondre/section/{section}/")
        if javascript:
            page.wait_for_selector("#section[data-live]")
        return page

    return opener


def held(page):
    return page.input_value("#c-depenses").replace("\u202f", " ")


def test_confirming_writes_the_value_in_the_field_and_another_value_unticks_the_box(answering):
    page = answering("moyens")
    box = page.locator("input[name=depenses__confirm]")
    box.check()
    assert held(page) == "12 500"
    page.fill("#c-depenses", "13 000")
    assert not box.is_checked()
    page.fill("#c-depenses", "12\u202f500")
    box.check()
    box.uncheck()
    assert held(page) == ""


def test_a_proposed_choice_is_ticked_when_it_is_confirmed(answering):
    page = answering("organisation")
    page.check("input[name=ccas__confirm]")
    assert page.is_checked("input[name=ccas][value=oui]")
    page.check("input[name=ccas][value=non]")
    assert not page.is_checked("input[name=ccas__confirm]")


def test_the_page_compares_in_the_words_of_the_server(answering, known):
    page = answering("moyens")
    page.fill("#c-depenses", "125 000")
    page.press("#c-depenses", "Tab")
    said = page.text_content("#doute-depenses strong")
    page.wait_for_selector("#enregistrement:has-text('Enregistré à')")
    page.goto(page.url.partition("?")[0] + "?verifier=1")
    assert page.text_content("#doute-depenses strong") == said
    assert "multiplié par 10" in said


def test_without_script_the_box_is_enough(answering):
    page = answering("moyens", javascript=False)
    page.check("input[name=depenses__confirm]")
    page.click("text=Enregistrer et revenir au sommaire")
    answer = Answer.objects.get(variable="depenses")
    assert (answer.value, answer.prefilled) == ("12500", True)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_accessible_with_a_value_to_confirm_and_a_value_to_explain(answering, faults, width):
    page = answering("moyens", width=width)
    assert faults(page) == []
    page.fill("#c-depenses", "125 000")
    page.press("#c-depenses", "Tab")
    page.wait_for_selector("#doute-depenses")
    assert faults(page) == []
    page.goto(page.url.replace("moyens", "organisation"))
    assert faults(page) == []
