"""Two browsers on one section, and every page that this brings, in a real browser."""

import os

import pytest

from maille.web.answers.models import Answer, FormerAnswer, PendingAnswer
from maille.web.answers.saving import save_section
from maille.web.answers.sending import submit
from maille.web.campaigns.models import Unit

from .conftest import AT, WIDTHS
from .test_answers_browser import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("MAILLE_SHOTS")


def shot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.fixture
def two(open_page, live_server, codes, complete):
    """Two people of Tarare, each with section « moyens » open in a browser of their own, without JavaScript."""
    pages = []
    for _person in range(2):
        page = open_page(1280, javascript=False)
        sign_in(page, live_server, codes["69243"])
        page.goto(f"{live_server.url}/repondre/section/moyens/")
        pages.append(page)
    return pages


def save(page):
    page.click("text=Enregistrer et continuer")


def test_two_browsers_lose_no_keystroke(two, live_server):
    one, other = two
    one.fill("#c-depenses", "70 000")
    one.fill("#c-investissement", "1 500")
    other.fill("#c-depenses", "80 000")
    other.fill("#c-recettes_etat", "250")
    save(one)
    save(other)
    assert other.url.endswith("/repondre/section/moyens/conflit/")
    shown = other.inner_text("main").replace("\u202f", " ")
    assert "70 000 €" in shown
    assert "80 000 €" in shown
    kept = dict(Answer.objects.values_list("variable", "value"))
    assert (kept["depenses"], kept["investissement"], kept["recettes_etat"]) == ("70000", "1500", "250")
    assert PendingAnswer.objects.get().value == "80000"
    other.check("text=80 000 €")
    other.click("text=Garder ce choix")
    assert Answer.objects.get(variable="depenses").value == "80000"
    assert FormerAnswer.objects.filter(variable="depenses", value="70000").exists()
    assert not PendingAnswer.objects.exists()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_fault_on_the_pages_of_a_shared_section(open_page, live_server, codes, complete, faults, width):
    who = {"author": "invité-1", "mode": "web", "at": AT}
    fresh = Unit.objects.select_related("edition").get(pk=complete.pk)
    save_section(fresh, "moyens", {"depenses": ["50 000"]}, base_revision=0, page="autre", **who)
    assert PendingAnswer.objects.exists()
    page, colleague = open_page(width), open_page(390)
    sign_in(colleague, live_server, codes["69243"])
    colleague.goto(f"{live_server.url}/repondre/section/moyens/")
    sign_in(page, live_server, codes["69243"])
    found = {}
    for name, path in (
        ("section", "moyens/"),
        ("section-corriger", "moyens/?verifier=1"),
        ("grille", "territoire/"),
        ("conflit", "moyens/conflit/"),
        ("historique", "moyens/historique/"),
    ):
        page.goto(f"{live_server.url}/repondre/section/{path}")
        found[name] = faults(page)
        shot(page, f"{name}-{width}")
    page.goto(f"{live_server.url}/repondre/section/moyens/conflit/")
    page.click("text=Garder ce choix")
    found["conflit sans choix"] = faults(page)
    shot(page, f"conflit-erreur-{width}")
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_no_fault_on_the_receipt_that_reopens(open_page, live_server, codes, complete, faults, width):
    submit(complete, author="répondant", mode="web", at=AT)
    page = open_page(width)
    sign_in(page, live_server, codes["69243"])
    page.goto(f"{live_server.url}/questionnaire/recu/")
    found = faults(page)
    page.click('button:has-text("Rouvrir le questionnaire")')
    found += faults(page)
    shot(page, f"recu-refus-{width}")
    page.fill("#raison", "Le montant des aides était provisoire")
    page.click('button:has-text("Rouvrir le questionnaire")')
    page.goto(f"{live_server.url}/questionnaire/recu/")
    found += faults(page)
    shot(page, f"recu-rouvert-{width}")
    page.goto(f"{live_server.url}/questionnaire/envoyer/")
    page.click('button:has-text("Envoyer le questionnaire")')
    found += faults(page)
    shot(page, f"recu-deux-{width}")
    assert found == []


def test_no_fault_on_the_page_that_publishes_a_questionnaire(
    page, live_server, methodologist, complete, faults, client
):
    from maille.web.campaigns.versions import ask, asked_version, compiled

    from .test_answers_versions import changed

    form = compiled(asked_version(complete.edition, "communes"))
    ask(complete.edition, changed(form, "investissement"), AT)
    client.force_login(methodologist, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies["maille_session"].value
    page.context.add_cookies([{"name": "maille_session", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/gestion/questionnaires/")
    assert page.inner_text("h1") == "Les questionnaires demandés"
    shot(page, "questionnaires")
    assert faults(page, widths=WIDTHS) == []
