"""The JSON interface: what is published and nothing else, whatever is asked."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok

from maille.web.wsgi import application

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ROOT = "/api/v1/editions"
CELLS = f"{ROOT}/asco-2025/tables/domaines/cells"


def read(client, address: str):
    response = client.get(address)
    assert response.status_code == 200, response.content
    return response.json()


def test_an_edition_lists_its_tables_and_says_that_it_is_simulated(client, store):
    (edition,) = read(client, ROOT)
    assert edition["simulated"] is True
    assert {table["code"] for table in edition["tables"]} == {"domaines", "prestations", "abs", "epci"}
    table = read(client, f"{ROOT}/asco-2025/tables/domaines")
    assert {item["code"] for item in table["indicators"]} >= {"action", "logement"}
    assert table["domains"]["moins_500"] == "Moins de 500 habitants"


def test_the_pages_of_cells_put_together_are_the_table(client, store):
    offset, items = 0, []
    while offset is not None:
        page = read(client, f"{CELLS}?limit=7&offset={offset}")
        items += page["items"]
        offset = page["next_offset"]
    published = store.read("disseminated/asco-2025/domaines").table
    assert page["total"] == len(items) == published.height
    assert [item["estimate"] for item in items] == published["estimate"].to_list()


def test_cells_are_filtered_by_what_is_asked(client, store):
    page = read(client, f"{CELLS}?indicator=logement&measure=population&domain=moins_500")
    (cell,) = page["items"]
    assert cell["status"] == "secret"
    assert cell["estimate"] is None
    assert cell["ci_low"] is None
    assert read(client, f"{CELLS}?status=secret")["total"] >= 1
    assert read(client, f"{CELLS}?indicator=inconnu")["items"] == []


def test_an_answer_that_did_not_change_is_not_sent_again(client, store):
    first = client.get(CELLS)
    again = client.get(CELLS, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == "public, max-age=300"
    assert first["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{ROOT}/asco-1999", 404),
        (f"{ROOT}/asco-2025/tables/quality", 404),
        (f"{CELLS}?limit=0", 422),
        (f"{CELLS}?limit=100000", 422),
        (f"{CELLS}?status=tous", 422),
        (f"{CELLS}?offset=-1", 422),
    ],
)
def test_what_cannot_be_answered_says_why_and_what_to_do(client, store, address, status):
    response = client.get(address)
    assert response.status_code == status
    assert set(response.json()) == {"message", "hint"}


def test_a_table_that_is_no_longer_open_is_not_given(client, store):
    found = client.get("/api/v1/editions/asco-2025/tables/weights/cells")
    assert found.status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(client, store, method):
    response = getattr(client, method)(ROOT)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_the_description_says_every_answer(client, store):
    described = read(client, "/api/v1/openapi.json")
    assert described["openapi"].startswith("3.")
    assert set(described["paths"]) >= {f"{ROOT}/{{edition_code}}/tables/{{table_code}}/cells"}
    for operations in described["paths"].values():
        assert {"200"} < set(operations["get"]["responses"])


@pytest.fixture
def described(client, store):
    """The interface as its own description tells it."""
    return schemathesis.openapi.from_dict(json.loads(client.get("/api/v1/openapi.json").content))


def test_whatever_is_asked_the_answer_is_the_one_described(described, client):
    wrong: list[str] = []
    for result in described.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()

        @settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def asked(case):
            response = case.call(app=application, headers={"Accept-Encoding": "identity"})
            case.validate_response(response)

        try:
            asked()
        except Exception as error:
            wrong.append(str(error)[:600])
    assert wrong == []
