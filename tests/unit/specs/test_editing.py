"""The file that says what is imputed: what it refuses, with its line."""

import shutil
from pathlib import Path

import pytest

from maille.specs import SpecInvalid, SpecProblem, edition_editing, load_editing, load_questionnaire
from maille.specs.editing import check_editing

SPECS = Path(__file__).parents[3] / "specs"
FILE = "editing/asco-2025.yaml"

REFUSED = {
    "a choice imputed": ("questions: [etp], method: nearest", "questions: [ccas], method: nearest", "« ccas »"),
    "an auxiliary that is no number": ("[population, etp]", "[population, ccas]", "« ccas »"),
    "a class that is no choice": ("classes: [size_band, ccas]", "classes: [size_band, etp]", "« etp »"),
    "a ratio without auxiliary": ("method: ratio, auxiliaries: [demandes]", "method: ratio", "0 auxiliaire"),
    "a deduction without value": (', when: "${etp} = 0", value: "0"}', "}", "value"),
    "a value that is a condition": ('when: "${etp} = 0", value: "0"', 'value: "${etp} = 0"', "pas un nombre"),
    "a condition that is a number": ('when: "${etp} = 0"', 'when: "${etp} + 0"', "pas une condition"),
    "a test without its edition": ("previous: asco-2015\n", "", "previous"),
    "another edition": ("edition: asco-2025\n", "edition: asco-2024\n", "nom du fichier"),
    "a method unknown": ("method: hot_deck", "method: hotdeck", "hot_deck"),
}


ASKED = {
    universe: load_questionnaire(SPECS / "questionnaires" / f"asco-2025-{universe}.md")
    for universe in ("communes", "epci")
}


def problems(path: Path) -> list[SpecProblem]:
    try:
        return list(check_editing(path, load_editing(path), ASKED))
    except SpecInvalid as error:
        return list(error.problems)


def test_the_file_of_the_edition_has_no_mistake():
    assert problems(SPECS / FILE) == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_mistake_is_refused_with_its_line(tmp_path: Path, name: str):
    before, after, said = REFUSED[name]
    text = (SPECS / FILE).read_text()
    assert before in text
    (tmp_path / "editing").mkdir()
    (tmp_path / FILE).write_text(text.replace(before, after, 1))
    shutil.copy(SPECS / "bands.yaml", tmp_path)
    found = problems(tmp_path / FILE)
    assert any(said in f"{problem.message} {problem.hint}" for problem in found), found
    assert all(problem.line for problem in found)


def test_an_edition_without_a_file_imputes_nothing():
    assert edition_editing(SPECS, "asco-1999").universes == {}


def test_nothing_but_numbers_that_were_asked_is_imputed_in_the_edition():
    editing = load_editing(SPECS / FILE)
    assert "temps_reponse" not in {
        name for part in editing.universes.values() for item in part.imputations for name in item.questions
    }
