import shutil

import pytest

from maille.catalogue import Store

from .conftest import WIDTHS
from .observatory_addresses import INDICATOR, PAGES, TABLE
from .observatory_edition import publish

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def edition_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edition")
    publish(folder)
    return folder


@pytest.fixture
def store(home, edition_folder):
    shutil.copytree(edition_folder / "datasets", home / "datasets")
    return Store(home / "datasets")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_fault_and_no_page_overflows(open_page, live_server, store, faults, width):
    page = open_page(width)
    found = {}
    for address in PAGES:
        page.goto(live_server.url + address)
        found[address] = faults(page)
    assert {address: fault for address, fault in found.items() if fault} == {}


@pytest.mark.django_db(transaction=True)
def test_the_public_pages_also_hold_in_the_dark(open_page, live_server, store, faults):
    page = open_page(1280, scheme="dark")
    found = {}
    for address in ("/", TABLE, INDICATOR, "/participation/", "/territoires/69243/"):
        page.goto(live_server.url + address)
        found[address] = faults(page)
    assert {address: fault for address, fault in found.items() if fault} == {}
