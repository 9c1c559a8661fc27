import re

import pytest
from django.conf import settings

from maille.web.accounts.access import ROLES

from .attack_ground import someone

pytestmark = pytest.mark.django_db
DOORS = {
    "/gestion/": "Collecte",
    "/gestion/relances/": "Relances",
    "/gestion/assistance/": "Assistance",
    "/gestion/questionnaires/": "Questionnaires",
    "/gestion/charge/": "Charge",
    "/gestion/verification/": "Vérification",
    "/gestion/echantillon/": "Échantillon",
    "/gestion/chercheurs/": "Chercheurs",
    "/gestion/comptes/": "Comptes",
    "/gestion/journal/": "Journal",
}


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_shows_each_role_exactly_the_pages_that_it_may_open(codes, role):
    client = someone(role)
    opened = {door for door in DOORS if client.get(door).status_code == 200}
    page = client.get("/gestion/assistance/" if role == "assistance" else "/gestion/").content.decode()
    menu = re.search(r'<nav class="navigation".*?</nav>', page, re.DOTALL)[0]
    assert dict(re.findall(r'<a href="(/gestion/[^"]*)"[^>]*>([^<]+)</a>', menu)) == {
        door: DOORS[door] for door in DOORS if door in opened
    }


ALIGNED = """() => [...document.querySelectorAll('.navigation > ul > li')]
  .every(one => one.getBoundingClientRect().top < document.querySelector('.brand').getBoundingClientRect().bottom)"""
SHUT = "() => [...document.querySelectorAll('.navigation details')].filter(one => one.open).length === 0"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_of_each_role_stands_on_one_line_and_opens_with_the_keyboard(
    open_page, live_server, codes, faults, role, tmp_path
):
    cookie = someone(role).cookies[settings.SESSION_COOKIE_NAME].value
    for width, scheme in ((1280, "light"), (390, "dark")):
        page = open_page(width, javascript=True, scheme=scheme)
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page.goto(f"{live_server.url}{'/gestion/assistance/' if role == 'assistance' else '/gestion/'}")
        assert page.evaluate(ALIGNED) or width == 390
        page.screenshot(path=tmp_path / f"{role}-{width}.png")
        for menu in page.locator(".navigation summary").all():
            menu.focus()
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            assert page.evaluate("() => document.activeElement.closest('details').open")
            page.screenshot(path=tmp_path / f"{role}-{width}-{menu.inner_text()}.png")
            assert faults(page) == []
            menu.press("Enter")
        assert page.evaluate(SHUT)
