"""The profile of the questionnaires: grids, editions, references; what it refuses; what compiling keeps."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyxform.xls2xform import convert

from maille.specs import Grid, Questionnaire, SpecInvalid, applicable, check_specs, load_questionnaire
from unit.specs.tiny import FILES, write_specs

SPECS = Path(__file__).parents[3] / "specs"
COLUMNS = (
    "type",
    "name",
    "label",
    "hint",
    "relevant",
    "constraint",
    "constraint_message",
    "bind::maille:soft_check",
    "bind::maille:soft_message",
    "bind::maille:severity",
    "bind::maille:section_owner",
    "bind::maille:prefill",
    "bind::maille:reference_period",
    "bind::maille:sdc",
    "bind::maille:since",
    "bind::maille:until",
    "bind::maille:same_as",
)
OPEN = {"type": "begin_group", "name": "section_action", "label": "Action"}
ASKED = {"type": "select_one oui_non", "name": "action", "label": "Agissez-vous ?"}
GRID = {"type": "begin_group", "name": "grille_places", "label": "Combien de places ?", "hint": "Au 31 décembre."}
CRECHE = {"type": "integer", "name": "places_creche", "label": "Une crèche"}
LOGEMENT = {"type": "integer", "name": "places_logement", "label": "Un logement"}
CLOSE = {"type": "end_group"}


def table(*rows, form_id="petite-2025-communes"):
    """A questionnaire with these rows of survey, all the columns of the profile, and two lists."""
    lines = ["| survey | " + " | ".join(COLUMNS) + " |"]
    lines += ["| | " + " | ".join(row.get(column, "") for column in COLUMNS) + " |" for row in rows]
    head, choices, rest = FILES["questionnaires/petit.md"].partition("| choices |")
    assert head
    return "\n".join(lines) + "\n\n" + choices + rest.replace("| petit |", f"| {form_id} |")


@pytest.fixture
def write(tmp_path):
    folder = write_specs(tmp_path / "specs")
    (folder / "questionnaires/petit.md").unlink()

    def writer(*rows, **more):
        path = folder / "questionnaires/petite-2025-communes.md"
        path.write_text(table({"type": "hidden", "name": "population"}, *rows, **more), encoding="utf-8")
        return path

    return writer


def compiled(path) -> Questionnaire:
    return load_questionnaire(path)


def problems_of(path):
    with pytest.raises(SpecInvalid) as refused:
        load_questionnaire(path)
    return [(problem.line, problem.message) for problem in refused.value.problems]


def test_a_grid_asks_one_question_of_several_rows_and_counts_for_one(write):
    path = write(OPEN, ASKED, GRID, CRECHE, LOGEMENT, CLOSE, {**ASKED, "name": "autre"}, CLOSE)
    (section,) = compiled(path).sections
    assert section.grids == (Grid(id="places", number="A2", label="Combien de places ?", hint="Au 31 décembre."),)
    assert [(asked.name, asked.number, asked.grid) for asked in section.questions] == [
        ("action", "A1", None),
        ("places_creche", "A2a", "places"),
        ("places_logement", "A2b", "places"),
        ("autre", "A3", None),
    ]
    assert section.wording(section.questions[2]) == "Combien de places ? Un logement"


def test_the_condition_of_a_grid_holds_for_each_of_its_rows(write):
    logement = {**LOGEMENT, "relevant": "${places_creche} > 3"}
    asked = compiled(write(OPEN, ASKED, {**GRID, "relevant": "${action} = 'oui'"}, CRECHE, logement, CLOSE, CLOSE))
    assert applicable(asked, {"action": "oui", "places_creche": 4}) == {"action", "places_creche", "places_logement"}
    assert applicable(asked, {"action": "oui", "places_creche": 1}) == {"action", "places_creche"}
    assert applicable(asked, {"action": "non", "places_creche": 4}) == {"action"}


def test_the_columns_of_the_profile_reach_the_questionnaire(write):
    rows = {"bind::maille:soft_check": ". < 9", "bind::maille:soft_message": "Tant ?", "bind::maille:severity": "info"}
    rows |= {"bind::maille:prefill": "frame:population", "bind::maille:reference_period": "2024"}
    rows |= {"bind::maille:sdc": "confidential", "bind::maille:same_as": "places"}
    questionnaire = compiled(write({**OPEN, "bind::maille:section_owner": "finance"}, CRECHE | rows, CLOSE))
    asked = questionnaire.question("places_creche")
    assert questionnaire.sections[0].owner == "finance"
    assert (asked.severity, asked.prefill, asked.reference_period) == ("info", "frame:population", "2024")
    assert (asked.sdc, asked.same_as) == ("confidential", "places")


@pytest.mark.parametrize(
    ("since", "until", "asked"),
    [("", "", True), ("2025", "", True), ("2026", "", False), ("", "2024", False), ("2020", "2025", True)],
)
def test_a_question_is_asked_between_its_first_and_last_editions(write, since, until, asked):
    row = CRECHE | {"bind::maille:since": since, "bind::maille:until": until}
    names = [question.name for question in compiled(write(OPEN, row, ASKED, CLOSE)).variables()]
    assert names == (["places_creche", "action"] if asked else ["action"])


def test_a_section_with_nothing_to_ask_in_this_edition_is_left_out(write):
    later = [{**OPEN, "name": "section_tard"}, {**CRECHE, "bind::maille:since": "2030"}, CLOSE]
    questionnaire = compiled(write(*later, OPEN, ASKED, CLOSE))
    assert [(section.id, section.letter) for section in questionnaire.sections] == [("action", "A")]


def test_a_rule_cannot_read_a_question_that_the_edition_does_not_ask(write):
    path = write(OPEN, CRECHE | {"bind::maille:since": "2026"}, {**ASKED, "relevant": "${places_creche} > 1"}, CLOSE)
    assert problems_of(path) == [(5, "variable inconnue « places_creche ».")]


REFUSED = {
    "an owner that does not exist": (
        [{**OPEN, "bind::maille:section_owner": "rh"}, ASKED, CLOSE],
        (3, "valeur inconnue « rh »."),
    ),
    "an unknown severity": (
        [
            OPEN,
            CRECHE
            | {
                "bind::maille:severity": "grave",
                "bind::maille:soft_check": ". < 3",
                "bind::maille:soft_message": "Tant ?",
            },
            CLOSE,
        ],
        (4, "valeur inconnue « grave »."),
    ),
    "a severity without a check": (
        [OPEN, CRECHE | {"bind::maille:severity": "info"}, CLOSE],
        (4, "« bind::maille:severity » est rempli sans « bind::maille:soft_check »."),
    ),
    "an unknown confidentiality": (
        [OPEN, CRECHE | {"bind::maille:sdc": "secret"}, CLOSE],
        (4, "valeur inconnue « secret »."),
    ),
    "a prefill from nowhere": (
        [OPEN, CRECHE | {"bind::maille:prefill": "population"}, CLOSE],
        (4, "source de préremplissage inconnue « population »."),
    ),
    "a prefill that the frame does not have": (
        [OPEN, CRECHE | {"bind::maille:prefill": "frame:revenu"}, CLOSE],
        (4, "la base de sondage n’a pas « revenu »."),
    ),
    "a prefill of another type": (
        [OPEN, CRECHE | {"bind::maille:prefill": "frame:name"}, CLOSE],
        (4, "« frame:name » ne remplit pas une question de type « integer »."),
    ),
    "a choice prefilled by the frame": (
        [OPEN, ASKED | {"bind::maille:prefill": "frame:population"}, CLOSE],
        (4, "la base de sondage n’a pas « population »."),
    ),
    "an end before the beginning": (
        [OPEN, CRECHE | {"bind::maille:since": "2026", "bind::maille:until": "2025"}, ASKED, CLOSE],
        (4, "la question commence en 2026 et finit en 2025."),
    ),
    "an edition that is not a year": (
        [OPEN, CRECHE | {"bind::maille:since": "25"}, CLOSE],
        (4, "« 25 » n’est pas l’année d’une édition."),
    ),
    "a former name that is not one": (
        [OPEN, CRECHE | {"bind::maille:same_as": "Places !"}, CLOSE],
        (4, "« Places ! » n’est pas une variable."),
    ),
    "a former name that is still asked": (
        [OPEN, ASKED, CRECHE | {"bind::maille:same_as": "action"}, CLOSE],
        (5, "« action » est encore une variable de ce questionnaire : elle n’a pas changé de nom."),
    ),
    "a former name taken twice": (
        [OPEN, CRECHE | {"bind::maille:same_as": "places"}, LOGEMENT | {"bind::maille:same_as": "places"}, CLOSE],
        (5, "« places » est déjà l’ancien nom de « places_creche »."),
    ),
    "a grid out of a section": ([GRID, OPEN, ASKED, CLOSE], (3, "la grille « places » n’est pas à sa place.")),
    "a grid in a grid": (
        [OPEN, GRID, {**GRID, "name": "grille_b"}, CRECHE, CLOSE, CLOSE],
        (5, "la grille « b » n’est pas à sa place."),
    ),
    "a grid without a row": ([OPEN, ASKED, GRID, CLOSE, CLOSE], (5, "la grille « places » n’a aucune ligne.")),
    "a grid that stays open": ([OPEN, GRID, CRECHE, CLOSE], (3, "cette section n’est pas fermée.")),
    "a grid of two lists": (
        [OPEN, GRID, {**ASKED, "name": "a"}, {**ASKED, "name": "b", "type": "select_one domaines"}, CLOSE, CLOSE],
        (6, "les lignes d’une grille ont le même type et la même liste."),
    ),
    "a grid whose condition is wrong, once": (
        [OPEN, {**GRID, "relevant": "${inconnue} = 1"}, CRECHE, LOGEMENT, CLOSE, CLOSE],
        (4, "variable inconnue « inconnue »."),
    ),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_it_refuses(write, mistake):
    rows, expected = REFUSED[mistake]
    assert problems_of(write(*rows)) == [expected]


def test_it_refuses_editions_in_a_questionnaire_without_a_year(write):
    path = write(OPEN, CRECHE | {"bind::maille:since": "2025"}, CLOSE, form_id="petite-communes")
    assert problems_of(path) == [(4, "l’année de l’édition n’est pas dans l’identifiant du questionnaire.")]


def refused_by_the_folder(path):
    specs = path.parents[1]
    return [problem.message for problem in check_specs(specs) if problem.file == str(path)]


def test_a_reference_to_another_edition_must_lead_to_a_variable_of_the_same_type(write):
    former = write(OPEN, ASKED, CRECHE, CLOSE, form_id="petite-2020-communes")
    former.rename(former.with_name("petite-2020-communes.md"))
    rows = [
        {**ASKED, "bind::maille:same_as": "petite-2020:action"},
        CRECHE | {"bind::maille:prefill": "petite-2020:places_creche"},
        LOGEMENT | {"bind::maille:prefill": "petite-2020:action"},
        {**LOGEMENT, "name": "b", "bind::maille:prefill": "petite-2020:places_crech"},
        {**LOGEMENT, "name": "c", "bind::maille:prefill": "petite-2099:places_creche"},
        {**ASKED, "name": "d", "bind::maille:same_as": "petite-2020:rien"},
        {**ASKED, "name": "e", "bind::maille:same_as": "ancienne:action"},
        {**ASKED, "name": "f", "bind::maille:same_as": "ancienne:rien"},
    ]
    assert refused_by_the_folder(write(OPEN, *rows, CLOSE)) == [
        "« petite-2020:action » n’est pas de même type que « places_logement ».",
        "« petite-2020 » n’a pas de variable « places_crech ».",
        "édition inconnue « petite-2099 ».",
        "« petite-2020 » n’a pas de variable « rien ».",
        "« ancienne » n’a pas de variable « rien ».",
    ]


def test_the_version_is_that_of_the_content_not_of_the_file(write):
    first = compiled(write(OPEN, ASKED, CRECHE, CLOSE)).version
    path = write(OPEN, ASKED, CRECHE, CLOSE)
    path.write_text("Un mot de plus.\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert compiled(path).version == first
    assert compiled(write(OPEN, ASKED, {**CRECHE, "label": "Une halte"}, CLOSE)).version != first


texts = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="|\\"), min_size=1, max_size=20)
rules = st.sampled_from(["", ". >= 0", "${action} = 'oui' and . < ${population}", "not(. > 3 or ${n0} < 2)"])


@st.composite
def numbers(draw, place):
    row = {"type": draw(st.sampled_from(["integer", "decimal"])), "name": f"n{place}", "label": draw(texts)}
    row["hint"], row["bind::maille:reference_period"] = draw(texts), draw(texts)
    row["constraint"] = draw(rules)
    row["constraint_message"] = draw(texts) if row["constraint"] else ""
    row["bind::maille:soft_check"] = draw(rules)
    if row["bind::maille:soft_check"]:
        row |= {"bind::maille:soft_message": draw(texts), "bind::maille:severity": draw(st.sampled_from(["", "info"]))}
    row["bind::maille:sdc"] = draw(st.sampled_from(["", "public", "confidential"]))
    return row


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.integers(), min_size=1, max_size=4).flatmap(lambda n: st.tuples(*map(numbers, range(len(n))))))
def test_a_compiled_questionnaire_is_read_back_equal_from_its_json(write, rows):
    questionnaire = compiled(write(OPEN, ASKED, *rows, CLOSE))
    again = Questionnaire.model_validate_json(questionnaire.model_dump_json())
    assert again == questionnaire
    assert again.digest() == questionnaire.version


@pytest.mark.parametrize("universe", ["communes", "epci"])
def test_the_questionnaires_are_read_back_equal_and_open_in_other_tools_without_a_warning(universe):
    path = SPECS / f"questionnaires/asco-2025-{universe}.md"
    questionnaire = load_questionnaire(path)
    assert Questionnaire.model_validate_json(questionnaire.model_dump_json()) == questionnaire
    assert convert(path).warnings == []


def test_a_grid_and_every_column_of_the_profile_open_in_other_tools_without_a_warning(write):
    extra = dict.fromkeys(("bind::maille:prefill",), "frame:population") | {"bind::maille:since": "2025"}
    path = write({**OPEN, "bind::maille:section_owner": "hr"}, ASKED, GRID, CRECHE | extra, LOGEMENT, CLOSE, CLOSE)
    text = (
        path.read_text(encoding="utf-8")
        .replace("| attribute::maille:universe", "| namespaces | attribute::maille:universe")
        .replace("| communes | 2024 |", '| maille="urn:maille:xlsform" | communes | 2024 |')
    )
    path.write_text(text, encoding="utf-8")
    converted = convert(path)
    assert converted.warnings == []
    assert 'maille:section_owner="hr"' in converted.xform
    assert 'maille:prefill="frame:population"' in converted.xform
