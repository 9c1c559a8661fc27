"""The two questionnaires of the edition: how much they ask, and how each question is written."""

import re
from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from maille.specs import applicable, load_questionnaire

FOLDER = Path(__file__).parents[3] / "specs/questionnaires"
THEMES = {
    "organisation": ("identite", "organisation", "territoire"),
    "aides et actions": ("action", "actions", "prestations"),
    "établissements et services": ("services",),
    "moyens humains et financiers": ("moyens_humains", "moyens"),
    "partenariats": ("partenaires",),
    "analyse des besoins sociaux": ("abs",),
    "fin": ("fin",),
}
COUNTS = {
    "communes": {
        "organisation": 38,
        "aides et actions": 35,
        "établissements et services": 19,
        "moyens humains et financiers": 17,
        "partenariats": 10,
        "analyse des besoins sociaux": 9,
        "fin": 2,
    },
    "epci": {
        "organisation": 20,
        "aides et actions": 31,
        "établissements et services": 17,
        "moyens humains et financiers": 17,
        "partenariats": 10,
        "fin": 2,
    },
}
NUMBERS = ("integer", "decimal", "year")
EXPLAINED_BY_THEIR_NAME = {"ASCO", "II", "III"}


@pytest.fixture(params=["communes", "epci"])
def universe(request):
    return request.param


@pytest.fixture
def questionnaire(universe):
    return load_questionnaire(FOLDER / f"asco-2025-{universe}.md")


def texts(question):
    return [question.label, question.hint or "", *(choice.label for choice in question.choices)]


def messages(question):
    return [question.constraint_message or "", question.soft_message or ""]


def all_texts(questionnaire):
    for section in questionnaire.sections:
        yield from (section.title, section.intro or "")
        for grid in section.grids:
            yield from (grid.label, grid.hint or "")
        for question in section.questions:
            yield from texts(question) + messages(question)


def test_it_says_that_it_is_the_projects_own(questionnaire):
    assert "n’est pas le questionnaire officiel" in (questionnaire.notice or "")
    assert questionnaire.reference_year == 2024


def test_every_theme_has_its_questions(questionnaire, universe):
    sizes = {section.id: len(section.questions) for section in questionnaire.sections}
    counts = {theme: sum(sizes.pop(name, 0) for name in names) for theme, names in THEMES.items()}
    assert {theme: count for theme, count in counts.items() if count} == COUNTS[universe]
    assert sizes == {}


def test_every_section_has_an_owner_and_says_how_long_it_takes(questionnaire):
    owners = {section.id: section.owner for section in questionnaire.sections}
    assert owners["moyens"] == "finance"
    assert owners["moyens_humains"] == "hr"
    assert owners["prestations"] == "social"
    assert None not in owners.values()
    assert all(1 <= section.minutes <= 6 for section in questionnaire.sections)
    assert questionnaire.minutes() <= 30


def test_every_question_is_a_complete_question_or_the_row_of_one(questionnaire):
    for section in questionnaire.sections:
        for grid in section.grids:
            assert grid.label.endswith("\u202f?"), grid.label
            assert grid.hint, grid.id
        for question in section.questions:
            assert question.label.endswith("\u202f?") is (question.grid is None), question.label
            assert len(question.label.split()) <= 21, question.label
            assert question.grid or question.hint, question.name
            assert question.concept, question.name


def test_its_typography_is_french_and_plain(questionnaire):
    wrong = re.compile(r"'| [?!;:€%]|« | »|\.\.\.|\d \d{3}")
    assert [text for text in all_texts(questionnaire) if wrong.search(text)] == []


def test_every_number_has_a_unit_and_a_way_out(questionnaire):
    for question in questionnaire.variables():
        if question.kind in NUMBERS:
            assert question.unknown, question.name
            assert question.unit or question.kind == "year", question.name
            assert question.soft_check or question.constraint, question.name
        else:
            assert question.unit is None, question.name


def test_every_choice_that_is_expected_has_a_way_out(questionnaire):
    exits = {"nsp", "aucun", "personne", "autre", "autres", "non", "une", "interne", "situation", "communes"}
    for question in questionnaire.variables():
        if question.kind == "select_one" and question.name != "domaine_principal":
            assert exits & set(question.codes()), question.name
        if question.kind == "select_multiple" and question.required:
            assert exits & set(question.codes()), question.name


def test_a_question_to_confirm_recalls_what_was_answered(questionnaire):
    for question in questionnaire.variables():
        if question.soft_check is None:
            continue
        assert question.soft_message.endswith("Est-ce exact\u202f?"), question.name
        named = set(re.findall(r"\$\{(\w+)\}", question.soft_message))
        if question.kind in NUMBERS:
            assert question.name in named, question.name
            assert named <= question.soft_check.variables(), question.name
            others = question.soft_check.variables() - {question.name}
            assert not others or len(named) >= 2, question.name
        else:
            assert named == set(), "codes are not words"


def test_what_blocks_is_what_is_impossible(questionnaire, universe):
    blocking = {question.name for question in questionnaire.variables() if question.constraint is not None}
    communes = {"abs_annee", "registre_inscrits", "demandes_acceptees"}
    expected = {"menages_aides", "accueil_heures"} | (communes if universe == "communes" else {"cias_annee"})
    assert blocking == expected


def test_an_acronym_is_explained_once_at_least(questionnaire):
    whole = " \n".join(all_texts(questionnaire))
    acronyms = set(re.findall(r"\b[A-Z]{2,}\b", whole)) - EXPLAINED_BY_THEIR_NAME
    explained = {word for inside in re.findall(r"\(([^)]*)\)", whole) for word in re.findall(r"[A-Z]{2,}", inside)}
    assert acronyms - explained == set()


def test_an_authority_that_does_nothing_answers_few_questions(questionnaire, universe):
    idle = {"action": "non", "ccas": "non", "epci_competence": "non", "competence": "non", "cias": "non", "abs": "non"}
    asked = applicable(questionnaire, idle | {"partenaires": ("aucun",), "etablissements": ("aucun",)})
    assert len(asked) <= {"communes": 16, "epci": 11}[universe]


def test_a_small_commune_with_two_domains_answers_less_than_sixty_lines():
    asked = applicable(
        load_questionnaire(FOLDER / "asco-2025-communes.md"),
        {
            **{"ccas": "oui", "epci_competence": "oui", "cias": "non", "action": "oui", "nature": "oui"},
            **{"domaines": ("personnes_agees", "pauvrete"), "secours": "oui", "avances": "non", "cap": "non"},
            **{"territoire_acteurs": ("epci",), "partenaires": ("departement",), "abs": "non", "montant_aides": 900},
            **{"services_presents": ("aucun",), "etp": 0.2, "depenses": 3000, "ccas_budget": "oui", "registre": "non"},
        },
    )
    assert len(asked) < 60


def test_another_xlsform_reader_opens_it_without_a_word(universe):
    lines = (FOLDER / f"asco-2025-{universe}.md").read_text(encoding="utf-8").splitlines()
    result = convert("\n".join(line for line in lines if line.startswith("|")), file_type=".md")
    assert result.warnings == []
