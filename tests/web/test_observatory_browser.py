import pytest

from .conftest import WIDTHS
from .observatory_addresses import INDICATOR, PAGES, TABLE

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.mark.django_db(transaction=True)
def test_axe_finds_no_fault_and_no_page_overflows(page, live_server, store, faults):
    found = {}
    for address in PAGES:
        page.goto(live_server.url + address)
        found[address] = faults(page, widths=WIDTHS, schemes=["light"])
    assert {address: fault for address, fault in found.items() if fault} == {}


@pytest.mark.django_db(transaction=True)
def test_the_public_pages_also_hold_in_the_dark(page, live_server, store, faults):
    found = {}
    for address in ("/", TABLE, INDICATOR, "/participation/", "/territoires/69243/"):
        page.goto(live_server.url + address)
        found[address] = faults(page, schemes=["dark"])
    assert {address: fault for address, fault in found.items() if fault} == {}
