"""Whatever is posted: the forms never fail, and the JSON addresses answer as they say they do."""

import json

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maille.web.answers.folder import questionnaire_of
from maille.web.answers.models import Answer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore::pytest.PytestWarning")]

_REPLY = {
    "type": "object",
    "required": ["saved_at", "revision", "findings", "on_path", "others"],
    "properties": {
        "saved_at": {"type": "string"},
        "revision": {"type": "integer"},
        "findings": {"type": "array", "items": {"type": "object", "required": ["question", "severity", "message"]}},
        "on_path": {"type": "array", "items": {"type": "string"}},
        "others": {"type": "array"},
    },
}
_REFUSAL = {"type": "object", "properties": {"message": {"type": "string"}}}
_FORM = "application/x-www-form-urlencoded"


def _answer(schema):
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def _document(section, variables, version):
    """Describe the JSON addresses of a section."""
    text = {"type": "string"}
    values = {name: {"anyOf": [{"type": "array", "items": text, "maxItems": 4}, text]} for name in variables}
    posted = {"type": "object", "properties": {**values, "revision": text, "page": text}}
    event = {
        "type": "object",
        "properties": {"kind": text, "question": text, "seconds": {"type": ["integer", "null"]}},
    }
    journal = {"type": "object", "properties": {"events": {"type": "array", "items": event, "maxItems": 60}}}
    refused = {"400": _answer(_REFUSAL), "409": _answer({"type": "object"}), "413": _answer(_REFUSAL)}
    post = {"requestBody": {"required": True, "content": {_FORM: {"schema": posted}}}}
    note = {"requestBody": {"required": True, "content": {"application/json": {"schema": journal}}}}
    address = f"/repondre/section/{section}/"
    return {
        "openapi": "3.0.3",
        "info": {"title": "Maille", "version": "1"},
        "paths": {
            address: {"post": {**post, "responses": {"200": _answer(_REPLY), **refused}}},
            f"{address}presence": {
                "post": {"responses": {"200": _answer({"type": "object", "required": ["others"]}), **refused}}
            },
            f"{address}journal": {"post": {**note, "responses": {"204": {"description": ""}, **refused}}},
            f"/repondre/regles/{version}.json": {"get": {"responses": {"200": _answer({"type": "object"})}}},
        },
    }


@pytest.fixture
def signed(client, codes, live_server):
    """The cookies and the headers of a signed-in respondent, for requests to the live server."""
    client.post("/repondre/", {"identifiant": "69243", "code": codes["69243"]})
    client.get("/repondre/section/action/")
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    token = client.cookies["csrftoken"].value
    return {"cookies": cookies, "headers": {"X-CSRFToken": token, "Accept": "application/json"}}


@pytest.fixture
def api(signed, tarare, live_server):
    questionnaire = questionnaire_of(tarare)
    names = [question.name for question in questionnaire.section("action").questions]
    fields = [*names, *(f"{name}__{part}" for name in names for part in ("unknown", "reason", "remark"))]
    schema = schemathesis.openapi.from_dict(_document("action", fields, questionnaire.version))
    schema.config.update(base_url=live_server.url)
    return schema


addresses = schemathesis.pytest.from_fixture("api")


@addresses.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_json_address_answers_as_it_says(case, signed):
    response = case.call(**signed)
    case.validate_response(
        response,
        checks=[schemathesis.checks.not_a_server_error, _conforms],
    )


def _conforms(context, response, case):
    """The status is one of those written, and a reply has its fields."""
    if case.method != case.operation.method.upper():
        assert response.status_code in (200, 405)
        return
    written = set(case.operation.definition.raw["responses"])
    assert str(response.status_code) in written, (response.status_code, response.text[:300])
    if response.status_code == 200 and case.method == "POST" and not case.path.endswith("presence"):
        assert set(_REPLY["required"]) <= set(response.json())


_TEXT = st.text(max_size=40)


@pytest.mark.parametrize("section", ["identite", "action", "prestations", "moyens", "fin"])
def test_whatever_is_posted_is_kept_or_refused_and_never_fails(clerk, tarare, section):
    questions = questionnaire_of(tarare).section(section).questions
    names = [question.name for question in questions]
    parts = ["", "__unknown", "__reason", "__remark"]
    fields = st.dictionaries(
        st.builds(lambda name, part: name + part, st.sampled_from(names), st.sampled_from(parts)) | _TEXT,
        st.lists(_TEXT | st.sampled_from(["oui", "non", "1", "12 500", "-3", "1e9", "0,5", "²"]), max_size=3),
        max_size=8,
    )

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(posted=fields)
    def post(posted):
        response = clerk.post(f"/repondre/section/{section}/", posted)
        assert response.status_code in (302, 400)
        kept = dict(Answer.objects.filter(unit=tarare).values_list("variable", "state"))
        assert set(kept) <= {question.name for question in questionnaire_of(tarare).variables()}
        assert clerk.get(f"/repondre/section/{section}/").status_code == 200

    post()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(identifier=_TEXT, code=_TEXT)
def test_no_identifier_and_code_make_the_door_fail(client, edition, identifier, code):
    assert client.post("/repondre/", {"identifiant": identifier, "code": code}).status_code in (200, 400, 429)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.recursive(st.none() | st.booleans() | st.integers() | _TEXT, lambda inner: st.lists(inner, max_size=3)))
def test_no_journal_makes_the_page_fail(clerk, body):
    sent = clerk.post("/repondre/section/action/journal", json.dumps({"events": body}), content_type="application/json")
    assert sent.status_code in (204, 400, 413)
