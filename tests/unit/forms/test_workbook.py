"""The offline workbook: what goes out comes back the same, and nothing in it is believed or executed."""

import io
import re
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maille.forms.workbook import write_workbook
from maille.forms.workbook_notes import Recipient
from maille.forms.workbook_reading import read_workbook
from maille.forms.workbook_rules import conditions
from maille.forms.workbook_stamp import Stamp, WorkbookForeign, read_stamp, require_owner
from maille.specs import State, applicable, encode_value, load_questionnaire, read_value
from maille.specs.migration import DraftAnswer
from maille.specs.spreadsheet import open_spreadsheet

SPECS = Path(__file__).parents[3] / "specs"
KEY = b"une cle pour essayer"
TARARE = Recipient("69243", "Tarare", 10603, "31 mars 2026")
NASTY = ("=1+1", "+33 4", "-5", "@SOMME(A1)", "\t=1", '=HYPERLINK("http://x.example")', "_x000D_")


@cache
def asco(universe="communes"):
    return load_questionnaire(SPECS / f"questionnaires/asco-2025-{universe}.md")


def stamp(questionnaire, **more):
    fields = {"edition": "asco-2025", "unit": "69243", "questionnaire": questionnaire.id}
    return Stamp(
        **fields | {"version": questionnaire.version, "written_at": "2026-01-22", "revisions": {"action": 3}} | more
    )


def written(answers=None, questionnaire=None):
    asked = questionnaire or asco()
    return write_workbook(asked, recipient=TARARE, answers=answers or {}, stamp=stamp(asked), key=KEY)


def read(content, questionnaire=None):
    sheets = open_spreadsheet(content)
    return read_workbook(sheets, questionnaire or asco(), read_stamp(sheets, key=KEY))


def answered(name, *texts, unknown=False, questionnaire=None):
    value, state = read_value((questionnaire or asco()).question(name), texts, unknown=unknown)
    return DraftAnswer(encode_value(value), state.value)


numbers = st.one_of(
    st.integers(0, 10**12 - 1).map(str),
    st.decimals(0, 10**9, places=2, allow_nan=False).map(lambda value: f"{value:f}"),
    st.floats(0, 10**11, allow_nan=False).map(lambda value: f"{value:.12f}"),
)
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=80), st.text(st.characters(codec="utf-8"), max_size=80))


@st.composite
def one_answer(draw, question):
    """What a page may have kept for a question, all the states included."""
    if draw(st.booleans()) and question.unknown:
        return DraftAnswer("", State.UNKNOWN.value)
    given_ = []
    if question.kind == "text":
        given_ = [draw(texts)]
    elif question.kind == "select_one":
        given_ = [draw(st.sampled_from(question.codes()))]
    elif question.kind == "select_multiple":
        free = [choice.code for choice in question.choices if not choice.exclusive]
        given_ = draw(st.lists(st.sampled_from(free), unique=True))
    else:
        text = draw(numbers)
        given_ = [text if question.kind == "decimal" else text.partition(".")[0]]
    value, state = read_value(question, given_)
    return DraftAnswer(encode_value(value), state.value)


drafts = st.lists(st.sampled_from(asco().variables()), unique_by=lambda question: question.name, max_size=30).flatmap(
    lambda asked: st.fixed_dictionaries({question.name: one_answer(question) for question in asked})
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(drafts)
def test_what_is_written_in_a_workbook_is_read_back_the_same(draft):
    reading = read(written(draft))
    assert reading.problems == ()
    empty = dict.fromkeys((question.name for question in asco().variables()), DraftAnswer("", "empty"))
    assert dict(reading.answers) == empty | draft


@pytest.mark.parametrize("universe", ["communes", "epci"])
def test_an_empty_workbook_answers_nothing(universe):
    reading = read(written(questionnaire=asco(universe)), asco(universe))
    assert reading.problems == ()
    assert {answer.state for answer in reading.answers.values()} == {"empty"}
    assert set(reading.answers) == {question.name for question in asco(universe).variables()}


@pytest.mark.parametrize("text", NASTY)
def test_a_text_never_becomes_a_formula(text):
    content = written({"remarques": answered("remarques", text)})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(re.search(rb"<f[ >]", sheet) for sheet in sheets)
    assert not any(b"<hyperlink" in sheet for sheet in sheets)
    assert read(content).answers["remarques"].value == text.strip()


def test_the_four_states_stay_four_different_things():
    draft = {
        "menages_aides": answered("menages_aides", "0"),
        "montant_aides": answered("montant_aides", unknown=True),
        "etp": answered("etp"),
        "ccas_budget": DraftAnswer("", "not_applicable"),
    }
    read_back = read(written(draft)).answers
    assert read_back["menages_aides"] == DraftAnswer("0", "answered")
    assert read_back["montant_aides"] == DraftAnswer("", "unknown")
    assert read_back["etp"] == DraftAnswer("", "empty")
    assert read_back["ccas_budget"] == DraftAnswer("", "empty")


def test_what_could_not_be_read_on_the_site_is_shown_and_still_cannot_be_read():
    reading = read(written({"menages_aides": DraftAnswer("une centaine", "invalid")}))
    (problem,) = reading.problems
    assert (problem.question, problem.message[:20]) == ("menages_aides", "Écrivez un nombre en")
    assert "menages_aides" not in reading.answers


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


@cache
def places():
    """Where each key of the hidden column is: its sheet and its row."""
    rows = ((sheet.title, row[0]) for sheet in opened(blank()).worksheets[:-2] for row in sheet.iter_rows(max_col=1))
    return {cell.value: (sheet, cell.row) for sheet, cell in rows if cell.value}


@cache
def blank():
    return written()


def cell_of(book, key, column="D"):
    """The sheet and the address of the answer of a row, by its key in the hidden column."""
    sheet, row = places()[key]
    return book[sheet], f"{column}{row}"


def edited(*edits, answers=None):
    """A workbook in which a person changed some cells: (key, column, value)."""
    book = opened(written(answers) if answers else blank())
    for key, column, value in edits:
        sheet, address = cell_of(book, key, column)
        sheet[address] = value
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_only_the_answers_can_be_written_and_lists_offer_the_choices():
    book = opened(blank())
    sheet, address = cell_of(book, "ccas")
    assert sheet.protection.sheet
    assert not sheet[address].protection.locked
    assert sheet["C" + address[1:]].protection.locked
    (rule,) = [rule for rule in sheet.data_validations.dataValidation if address in rule.sqref]
    name = book.defined_names[rule.formula1].attr_text
    assert book["_listes"][name.split("!")[1].replace("$", "").split(":")[0]].value == "Oui"
    assert [sheet.title for sheet in book.worksheets if sheet.sheet_state == "veryHidden"] == ["_listes", "_maille"]
    assert book.worksheets[0].title == "À lire"
    assert len(book.worksheets) == len(asco().sections) + 3


def test_the_question_says_when_it_is_asked_and_what_is_known_already():
    book = opened(blank())
    sheet, address = cell_of(book, "ccas_budget", "C")
    assert "Seulement si vous avez répondu" in str(sheet[address].value)
    sheet, address = cell_of(book, "population_municipale", "C")
    assert "Nombre connu : 10\u202f603" in str(sheet[address].value).replace("\u00a0", " ")


READ = {
    "a label": (("ccas", "D", "Oui"), "ccas", ("oui", "answered")),
    "a label in capitals": (("ccas", "D", " OUI "), "ccas", ("oui", "answered")),
    "a code": (("ccas", "D", "nsp"), "ccas", ("nsp", "answered")),
    "a number": (("menages_aides", "D", 132), "menages_aides", ("132", "answered")),
    "a number as a text": (("menages_aides", "D", "1 320"), "menages_aides", ("1320", "answered")),
    "a decimal": (("etp", "D", 2.5), "etp", ("2.5", "answered")),
    "a decimal with a comma": (("etp", "D", "2,5"), "etp", ("2.5", "answered")),
    "a zero": (("etp", "D", 0), "etp", ("0.0", "answered")),
    "a number that is not known": (("etp", "E", "X"), "etp", ("", "unknown")),
    "a tick": (("partenaires=caf", "D", "oui"), "partenaires", ("caf", "answered")),
    "a tick as true": (("partenaires=caf", "D", True), "partenaires", ("caf", "answered")),
    "a cell of a matrix": (("acteurs_pauvrete[]", "D", "x"), "acteurs_pauvrete", (None, "answered")),
}


@pytest.mark.parametrize("what", READ)
def test_it_reads(what):
    edit, name, (value, state) = READ[what]
    wanted = value if value is not None else asco().question(name).codes()[0]
    assert read(edited(edit)).answers[name] == DraftAnswer(wanted, state)


PROBLEMS = {
    "a label that is not in the list": (("ccas", "D", "Peut-être"), "« Peut-être » n’est pas dans la liste."),
    "a formula": (("menages_aides", "D", "=1+1"), "cette case contient une formule"),
    "a formula as a tick": (("partenaires=caf", "D", "=1"), "cette case contient une formule"),
    "a date": (("menages_aides", "D", datetime(2024, 12, 31)), "ni texte ni nombre"),  # noqa: DTZ001
    "a negative number": (("menages_aides", "D", -3), "ne peut pas être négatif"),
    "a number with decimals": (("menages_aides", "D", 3.5), "sans virgule"),
    "words": (("menages_aides", "D", "beaucoup"), "Écrivez un nombre en chiffres"),
    "an odd tick": (("partenaires=caf", "D", "peut-être"), "n’est ni x ni une case vide"),
    "a key that is gone": (("ccas", "A", None), "n’est plus là"),
    "a choice that is gone": (("partenaires=caf", "A", None), "il manque des lignes"),
    "a row that is there twice": (("ccas", "A", "cias"), "en double"),
}


@pytest.mark.parametrize("what", PROBLEMS)
def test_it_names_the_cell_of(what):
    edit, message = PROBLEMS[what]
    reading = read(edited(edit))
    problems = [problem for problem in reading.problems if message in problem.message]
    assert problems, reading.problems
    assert problems[0].question not in reading.answers
    if edit[1] == "D":
        sheet, row = places()[edit[0]]
        assert problems[0].where() == f"feuille « {sheet} », ligne {row}, colonne D"


def test_a_number_and_its_absence_are_a_contradiction():
    (problem,) = read(edited(("etp", "D", 2), ("etp", "E", "x"))).problems
    assert "mais pas les deux" in problem.message


def test_a_number_beside_a_choice_that_excludes_the_others_is_a_contradiction():
    (problem,) = read(edited(("partenaires=caf", "D", "x"), ("partenaires=aucun", "D", "x"))).problems
    assert "ne peut pas être coché avec une autre réponse" in problem.message


def test_the_stamp_says_whose_it_is_and_cannot_be_changed():
    sheets = open_spreadsheet(blank())
    mark = read_stamp(sheets, key=KEY)
    assert (mark.unit, mark.version, mark.revisions) == ("69243", asco().version, {"action": 3})
    require_owner(mark, edition="asco-2025", unit="69243", questionnaire="asco-2025-communes")
    for wrong in ({"unit": "69001"}, {"edition": "asco-2030"}, {"questionnaire": "asco-2025-epci"}):
        expected = {"edition": "asco-2025", "unit": "69243", "questionnaire": "asco-2025-communes"} | wrong
        with pytest.raises(WorkbookForeign):
            require_owner(mark, **expected)
    with pytest.raises(WorkbookForeign, match="a été modifiée"):
        read_stamp(sheets, key=b"une autre cle")


@pytest.mark.parametrize("text", ["", "bonjour", "[]", '{"edition": "a"}', '{"revisions": 3}', "={}"])
def test_a_workbook_without_our_stamp_is_refused(text):
    book = opened(blank())
    book["_maille"]["B1"] = text
    content = io.BytesIO()
    book.save(content)
    with pytest.raises(WorkbookForeign, match="n’est pas celui d’un questionnaire de Maille"):
        read_stamp(open_spreadsheet(content.getvalue()), key=KEY)


def test_a_stamp_changed_to_another_authority_is_refused():
    book = opened(blank())
    book["_maille"]["B1"] = book["_maille"]["B1"].value.replace("69243", "69001")
    content = io.BytesIO()
    book.save(content)
    with pytest.raises(WorkbookForeign, match="a été modifiée"):
        read_stamp(open_spreadsheet(content.getvalue()), key=KEY)


def reckon(formula, cells):
    """Evaluate a formula of a workbook as a spreadsheet would: an empty cell is an empty text."""
    tokens = re.findall(r'"(?:[^"]|"")*"|<=|>=|<>|[=<>(),+\-*/]|[A-Za-z_][\w.]*|\d+(?:\.\d+)?', formula)
    written_ = []
    for token in tokens:
        if token.startswith('"'):
            written_.append(repr(token[1:-1].replace('""', '"')))
        elif token in ("=", "<>"):
            written_.append({"=": "==", "<>": "!="}[token])
        elif token == "IF":
            written_.append("(lambda *args: args[1]() if args[0]() else args[2]())")
        elif token[0].isalpha() and token not in FUNCTIONS:
            written_.append(f"cell({token!r})")
        else:
            written_.append(FUNCTIONS.get(token, token))
    return "".join(written_)


FUNCTIONS = {"AND": "_and", "OR": "_or", "NOT": "_not", "ISNUMBER": "_number", "TRUE": "True", "FALSE": "False"}


def asked_in_the_workbook(questionnaire, values, context):
    """The questions that the greys of a workbook leave white, reckoned from its formulas."""
    formulas = conditions(questionnaire, context)

    def cell(name):
        kind, _, rest = name.partition("_")
        variable, _, code = rest.partition(".")
        if kind == "pose":
            return asked(variable)
        value, question = values.get(variable), questionnaire.question(variable)
        if code:
            return "x" if code in (value or ()) else ""
        return "" if value is None else (question.label_of(value) if question.choices else value)

    def choose(condition, kept, other):
        return kept if condition else other

    names = {
        "_and": lambda *given_: all(given_),
        "_or": lambda *given_: any(given_),
        "_not": lambda given_: not given_,
        "_number": lambda given_: isinstance(given_, int | float) and not isinstance(given_, bool),
        "cell": cell,
        "choose": choose,
    }

    def asked(variable):
        return eval(lazily(formulas.get(variable, "TRUE")), dict(names))

    return {question.name for question in questionnaire.variables() if asked(question.name)}


def lazily(formula):
    """A formula as Python, where IF() reckons only the branch that it keeps."""
    text = reckon(formula, {})
    marker = "(lambda *args: args[1]() if args[0]() else args[2]())("
    while marker in text:
        start = text.index(marker)
        parts, depth, last = [], 0, start + len(marker)
        for place in range(last, len(text)):
            depth += {"(": 1, ")": -1}.get(text[place], 0)
            if (text[place] == "," and depth == 0) or depth < 0:
                parts.append(text[last:place])
                last = place + 1
            if depth < 0:
                text = f"{text[:start]}(({parts[1]}) if ({parts[0]}) else ({parts[2]})){text[place + 1 :]}"
                break
    return text


def some_values(question):
    if question.kind == "select_one":
        return st.sampled_from([None, *question.codes()])
    if question.kind == "select_multiple":
        return st.lists(st.sampled_from(question.codes()), unique=True).map(lambda codes: tuple(codes) or None)
    return st.sampled_from([None, "un mot"] if question.kind == "text" else [None, 0, 1, 5, 2024])


@pytest.mark.parametrize("universe", ["communes", "epci"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_what_is_grey_is_what_the_site_would_not_ask(universe, data):
    questionnaire = asco(universe)
    read_by_rules = {
        name
        for section in questionnaire.sections
        for rule in (section.relevant, *(question.relevant for question in section.questions))
        if rule is not None
        for name in rule.variables()
    }
    asked = [question for question in questionnaire.variables() if question.name in read_by_rules]
    values = data.draw(st.fixed_dictionaries({question.name: some_values(question) for question in asked}))
    context = {"population": data.draw(st.sampled_from([None, 300, 10_603])), "name": "Tarare"}
    expected = applicable(questionnaire, values | context)
    assert asked_in_the_workbook(questionnaire, values, context) == expected
