"""The same questionnaire for other tools: each takes it, and none changes what it means."""

import csv
import io
import json
import re
from pathlib import Path

import jsonschema
import pytest
from frictionless import Resource, Schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from typer.testing import CliRunner

from maille.cli import app
from maille.forms.codebook import COLUMNS, codebook_csv, entries
from maille.forms.ddi import ddi
from maille.forms.export import EXPORTS, ExportRefused, export
from maille.forms.lunatic import lunatic
from maille.forms.tabular import table_schema
from maille.forms.vtl import TRANSLATIONS, to_vtl
from maille.specs import OPERATORS, State, encode_value, load_questionnaire, parse_rule
from unit.forms.ddi_schema import faults
from unit.forms.rich import write_rich

SPECS = Path(__file__).parents[3] / "specs/questionnaires"
FILES = sorted(SPECS.glob("*.md"))
DDI = {"d": "ddi:codebook:2_5"}

VTL = """
${ccas} = 'oui' | (CCAS = "oui")
${ccas} != 'oui' | (CCAS <> "oui")
${etp} < 10 | (ETP < 10)
${etp} <= 10.5 | (ETP <= 10.5)
${etp} > 10 | (ETP > 10)
${etp} >= 10 | (ETP >= 10)
${etp} + 1 - 2 > 0 | (((ETP + 1) - 2) > 0)
-${etp} * 2 < 0 | (((0 - ETP) * 2) < 0)
${depenses} div ${population} > 2 | ((if POPULATION = 0 then null else (DEPENSES / POPULATION)) > 2)
${depenses} mod 10 = 0 | ((if 10 = 0 then null else mod(DEPENSES, 10)) = 0)
not(${ccas} = 'oui') | not((CCAS = "oui"))
${ccas} = 'oui' and ${etp} > 1 or ${etp} < 0 | (((CCAS = "oui") and (ETP > 1)) or (ETP < 0))
selected(${ccas}, 'oui') | (CCAS = "oui")
selected(${domaines}, 'autre') | (if isnull(DOMAINES_LOGEMENT) and isnull(DOMAINES_ENFANCE) and isnull(DOMAINES_AUTRE) and isnull(DOMAINES_AUCUN) then null else nvl(DOMAINES_AUTRE, false))
count-selected(${domaines}) > 1 | ((if isnull(DOMAINES_LOGEMENT) and isnull(DOMAINES_ENFANCE) and isnull(DOMAINES_AUTRE) and isnull(DOMAINES_AUCUN) then null else ((if nvl(DOMAINES_LOGEMENT, false) then 1 else 0) + (if nvl(DOMAINES_ENFANCE, false) then 1 else 0) + (if nvl(DOMAINES_AUTRE, false) then 1 else 0) + (if nvl(DOMAINES_AUCUN, false) then 1 else 0))) > 1)
if(${ccas} = 'oui', ${etp}, 0) > 1 | ((if isnull((CCAS = "oui")) then null else (if (CCAS = "oui") then ETP else 0)) > 1)
coalesce(${etp}, ${depenses}, 0) > 1 | (nvl(ETP, nvl(DEPENSES, 0)) > 1)
"""  # noqa: E501


@pytest.mark.parametrize(("written", "expected"), [line.split(" | ", 1) for line in VTL.strip().splitlines()])
def test_a_rule_is_written_in_vtl(questionnaire, written, expected):
    assert to_vtl(parse_rule(written), questionnaire) == expected


def test_every_operator_of_the_language_is_written_in_vtl():
    assert set(TRANSLATIONS) == set(OPERATORS)


TEXT = {
    "type": "object",
    "required": ["value", "type"],
    "properties": {"value": {"type": "string", "minLength": 1}, "type": {"enum": ["VTL", "VTL|MD", "TXT"]}},
}
RESPONSE = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
OPTION = {"type": "object", "required": ["value", "label"], "properties": {"label": TEXT}}
BOX = {"type": "object", "required": ["id", "label", "response"], "properties": {"label": TEXT, "response": RESPONSE}}
CONTROL = {
    "type": "object",
    "required": ["id", "criticality", "control", "errorMessage", "typeOfControl"],
    "properties": {
        "criticality": {"enum": ["INFO", "WARN", "ERROR"]},
        "typeOfControl": {"enum": ["FORMAT", "CONSISTENCY"]},
        "control": TEXT,
        "errorMessage": TEXT,
    },
}
FIELD = {
    "oneOf": [
        {"required": ["response"], "properties": {"componentType": {"const": "InputNumber"}, "response": RESPONSE}},
        {"required": ["response"], "properties": {"componentType": {"const": "Textarea"}, "response": RESPONSE}},
        {
            "required": ["options", "response"],
            "properties": {"componentType": {"const": "Radio"}, "options": {"type": "array", "items": OPTION}},
        },
        {
            "required": ["responses"],
            "properties": {"componentType": {"const": "CheckboxGroup"}, "responses": {"type": "array", "items": BOX}},
        },
    ]
}
COMPONENT = {
    "type": "object",
    "required": ["id", "componentType", "label", "conditionFilter", "page"],
    "properties": {
        "componentType": {"enum": ["Sequence", "Subsequence", "Question"]},
        "label": TEXT,
        "conditionFilter": TEXT,
        "page": {"type": "string", "pattern": "^[0-9]+$"},
        "components": {"type": "array", "items": FIELD},
        "controls": {"type": "array", "items": CONTROL},
    },
}
VARIABLE = {
    "type": "object",
    "required": ["name", "variableType"],
    "properties": {"variableType": {"enum": ["COLLECTED", "CALCULATED", "EXTERNAL"]}, "expression": TEXT},
}
SOURCE = {
    "type": "object",
    "required": ["id", "components", "variables", "maxPage", "label", "cleaning"],
    "properties": {
        "components": {"type": "array", "items": COMPONENT},
        "variables": {"type": "array", "items": VARIABLE},
        "maxPage": {"type": "string"},
    },
}


@pytest.fixture(scope="module", params=["rich", *[path.stem for path in FILES]])
def form(request, questionnaire):
    return questionnaire if request.param == "rich" else load_questionnaire(SPECS / f"{request.param}.md")


def test_lunatic_gets_the_shape_that_it_documents(form):
    source = lunatic(form)
    jsonschema.validate(json.loads(json.dumps(source)), SOURCE)
    assert [component["page"] for component in source["components"]] == [
        str(page) for page in range(1, int(source["maxPage"]) + 1)
    ]


def test_lunatic_asks_every_question_once_and_collects_every_answer(form):
    source = lunatic(form)
    asked = [component["id"] for component in source["components"] if component["componentType"] == "Question"]
    assert asked == [question.name for question in form.variables()]
    names = [variable["name"] for variable in source["variables"]]
    assert len(names) == len(set(names))
    written = json.dumps({**source, "variables": [v.get("expression") for v in source["variables"]]})
    used = {
        name for expression in _vtl_of(json.loads(written)) for name in re.findall(r"\b[A-Z][A-Z0-9_]+\b", expression)
    }
    assert used <= set(names)


def _vtl_of(node):
    if isinstance(node, dict):
        if node.get("type") == "VTL":
            yield re.sub(r'"[^"]*"', "", node["value"])
        for inner in node.values():
            yield from _vtl_of(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _vtl_of(inner)


def test_a_hard_check_is_an_error_and_a_soft_one_is_not(questionnaire):
    components = {component["id"]: component for component in lunatic(questionnaire)["components"]}
    assert [control["criticality"] for control in components["creation"]["controls"]] == ["ERROR"]
    assert [control["criticality"] for control in components["etp"]["controls"]] == ["WARN"]
    assert [control["criticality"] for control in components["depenses"]["controls"]] == ["INFO"]
    message = components["places_creche"]["controls"][0]["errorMessage"]["value"]
    assert message == '"Plus de " || nvl(cast(POPULATION, string), "…") || " places."'


def test_what_is_off_the_path_is_forgotten_in_lunatic(questionnaire):
    source = lunatic(questionnaire)
    conditions = {
        variable["name"]: variable["expression"]["value"]
        for variable in source["variables"]
        if "expression" in variable
    }
    assert conditions[source["cleaning"]["CCAS"]["BUDGET"]] == 'nvl((CCAS = "oui"), false)'


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return write_rich(tmp_path_factory.mktemp("written") / "riche-2025-communes.md")


@pytest.mark.parametrize("path", [None, *FILES], ids=lambda path: path.stem if path else "rich")
def test_odk_takes_the_questionnaire_and_never_blocks_on_a_soft_check(path, written):
    root = etree.fromstring(export(path or written, "xform"))
    form = load_questionnaire(path or written)
    binds = {bind.get("nodeset").split("/")[-1]: bind for bind in root.iter("{http://www.w3.org/2002/xforms}bind")}
    hard = {question.name for question in form.variables() if question.constraint is not None}
    assert {name for name, bind in binds.items() if bind.get("constraint")} == hard
    assert set(binds) >= {question.name for question in form.variables()}


def test_what_odk_would_warn_about_is_refused(tmp_path):
    path = write_rich(tmp_path / "riche-2025-communes.md")
    text = path.read_text().replace(" | namespaces |", " | default_language | namespaces |", 1)
    path.write_text(text.replace('| maille="urn', '| klingon | maille="urn', 1))
    with pytest.raises(ExportRefused, match="réserves"):
        export(path, "xform")


def test_an_archive_gets_every_variable_with_its_codes_and_its_universe(form):
    root = etree.fromstring(ddi(form))
    assert root.tag == "{ddi:codebook:2_5}codeBook"
    variables = root.findall("d:dataDscr/d:var", DDI)
    assert [variable.get("name") for variable in variables] == [question.name for question in form.variables()]
    for variable, question in zip(variables, form.variables(), strict=True):
        codes = [value.text for value in variable.findall("d:catgry/d:catValu", DDI)]
        assert codes == list(question.codes())
    ids = {element.get("ID") for element in root.iter() if element.get("ID")}
    references = {name for group in root.findall("d:dataDscr/d:varGrp", DDI) for name in group.get("var").split()}
    assert references <= ids


def test_the_description_for_archives_holds_what_the_standard_allows(form):
    assert faults(ddi(form)) == []


BROKEN = {
    "an order": ("<labl>", "<txt>avant</txt><labl>", "contient « txt labl"),
    "an unknown element": ("<titl>", "<titre>a</titre><titl>", "titre inconnu"),
    "a value": ('intrvl="contin"', 'intrvl="continu"', "intrvl = « continu »"),
    "a reference": ('var="v_', 'var="v_ailleurs v_', "v_ailleurs, qui n’est pas là"),
    "a required attribute": ("<item VALUE=", "<item ID=", "pas d’attribut VALUE"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_description_that_breaks_the_standard_is_seen(questionnaire, what):
    found, replaced, said = BROKEN[what]
    text = ddi(questionnaire).decode()
    assert found in text
    assert any(said in fault for fault in faults(text.replace(found, replaced, 1).encode()))


def answers_of(question):
    codes = st.sampled_from(question.codes()) if question.choices else st.nothing()
    values = {
        "select_one": codes,
        "select_multiple": st.lists(codes, min_size=1, unique=True).map(tuple),
        "integer": st.integers(0, 10**9),
        "year": st.integers(1900, 2100),
        "decimal": st.floats(0, 10**6, allow_nan=False),
        "text": st.text(st.characters(exclude_categories=["C"]), min_size=1).filter(lambda text: text.strip() == text),
    }
    silent = st.sampled_from([state for state in State if state is not State.ANSWERED]).map(lambda state: (None, state))
    return silent | values[question.kind].map(lambda value: (value, State.ANSWERED))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_file_of_answers_is_valid_for_its_table_schema(questionnaire, data):
    row = data.draw(st.fixed_dictionaries({q.name: answers_of(q) for q in questionnaire.variables()}))
    header = ["unit", *[name for q in questionnaire.variables() for name in (q.name, f"{q.name}__state")]]
    cells = ["69243", *[cell for name in header[1::2] for cell in (encode_value(row[name][0]), row[name][1].value)]]
    report = Resource([header, cells], schema=Schema.from_descriptor(table_schema(questionnaire))).validate()
    assert report.flatten(["message"]) == []


def test_the_table_schema_refuses_an_unknown_code(questionnaire):
    names = [name for q in questionnaire.variables() for name in (q.name, f"{q.name}__state")]
    cells = [
        "69243",
        *["peut-être" if name == "ccas" else "empty" if name.endswith("__state") else "" for name in names],
    ]
    report = Resource([["unit", *names], cells], schema=Schema.from_descriptor(table_schema(questionnaire))).validate()
    assert report.flatten(["fieldName"]) == [["ccas"]]


def test_the_codebook_says_when_a_variable_is_asked_and_how_it_is_checked(questionnaire):
    found = {entry.name: entry for entry in entries(questionnaire)}
    assert found["budget"].relevance == "la réponse à la question A1 est « Oui »"
    assert found["creation"].checks == (
        "À corriger sauf si cette réponse atteint au moins 1900 et cette réponse ne dépasse pas 2024.",
    )
    assert found["ccas"].same_as == "asco-2020:ccas"
    assert found["places_creche"].cell("label") == "Combien de places proposez-vous ? Petite enfance"


def test_the_codebook_is_a_table_without_formulas(questionnaire):
    rows = list(csv.reader(io.StringIO(codebook_csv(questionnaire).decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == list(COLUMNS.values())
    assert [row[0] for row in rows[1:]] == [question.name for question in questionnaire.variables()]
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]


def test_an_xform_is_never_that_of_another_version(written, questionnaire):
    other = questionnaire.model_copy(update={"version": "0" * 12})
    with pytest.raises(ExportRefused, match="version posée"):
        export(written, "xform", asked=other)


def test_a_date_of_reference_is_said_in_words():
    found = {entry.name: entry for entry in entries(load_questionnaire(SPECS / "asco-2025-communes.md"))}
    assert found["elu_social"].period == "au 31 décembre 2024"


@pytest.mark.parametrize("to", EXPORTS)
def test_the_command_writes_every_form(written, to, tmp_path):
    target = tmp_path / "sortie"
    result = CliRunner().invoke(app, ["questionnaire", "export", str(written), "--to", to, "--output", str(target)])
    assert result.exit_code == 0, result.output
    assert target.stat().st_size > 500
