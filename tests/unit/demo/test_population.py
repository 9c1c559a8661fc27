"""True answers follow the path of the questionnaires, and belong together."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.demo.answering import truths
from maille.demo.domains import graded
from maille.demo.epci import synthetic_epci
from maille.demo.latent import pick
from maille.demo.population import synthetic_communes
from maille.specs import applicable, check_section, load_questionnaire
from maille.territory import load_reference

SPECS = Path(__file__).parents[3] / "specs"
KEYS = {"communes": "code", "epci": "siren"}


@pytest.fixture(params=["communes", "epci"])
def universe(request):
    return request.param


@pytest.fixture
def country(universe, communes, intercommunalites):
    return communes if universe == "communes" else intercommunalites


@pytest.fixture
def questionnaire(universe):
    return load_questionnaire(SPECS / "questionnaires" / f"asco-2025-{universe}.md")


def test_the_whole_field_answers_once(country, universe):
    reference = load_reference()
    field = (reference.communes if universe == "communes" else reference.epci).filter("in_survey")
    assert country[KEYS[universe]].to_list() == sorted(field[KEYS[universe]])


def test_every_variable_has_an_answer_of_the_type_that_the_question_asks(country, questionnaire):
    types = {
        "select_one": pl.String,
        "text": pl.String,
        "select_multiple": pl.List(pl.String),
        "integer": pl.Int64,
        "year": pl.Int64,
        "decimal": pl.Float64,
    }
    asked = {question.name: types[question.kind] for question in questionnaire.variables()}
    assert {name: country.schema.get(name) for name in asked} == asked


def test_every_code_is_a_choice_of_its_question(country, questionnaire):
    for question in questionnaire.variables():
        if question.kind == "select_one":
            assert set(country[question.name].drop_nulls()) <= set(question.codes()), question.name
        if question.kind == "select_multiple":
            assert set(country[question.name].explode(empty_as_null=False).drop_nulls()) <= set(question.codes())


@pytest.fixture
def some(country, universe):
    """The true answers of some authorities, large and small."""
    units = country.sample(1000, seed=3)[KEYS[universe]].to_list()
    large = country.sort("population").tail(200)[KEYS[universe]].to_list()
    return truths(country, KEYS[universe], [*units, *large])


def test_every_authority_answers_what_is_asked_of_it(some, questionnaire):
    expected = [question for question in questionnaire.variables() if question.required and not question.unknown]
    for unit, values in some.items():
        on_path = applicable(questionnaire, values)
        assert [q.name for q in expected if q.name in on_path and values[q.name] is None] == [], unit


def test_the_pages_find_no_error_in_a_true_answer_and_little_to_confirm(some, questionnaire):
    doubts = []
    for unit, values in some.items():
        context = {"population": values["population"], "name": unit}
        found = [
            finding
            for section in questionnaire.sections
            for finding in check_section(questionnaire, section.id, values, context=context)
        ]
        assert [finding for finding in found if finding.severity == "error"] == [], unit
        doubts.append(len(found))
    assert 0.01 < sum(count > 0 for count in doubts) / len(doubts) < 0.25
    assert max(doubts) <= 6


def test_a_commune_that_does_nothing_is_asked_little_and_a_small_one_not_much_more(communes):
    questionnaire = load_questionnaire(SPECS / "questionnaires/asco-2025-communes.md")
    small = communes.filter(pl.col("population") < 500).sample(400, seed=5)
    lengths = {
        action: [
            len(applicable(questionnaire, values))
            for values in truths(small.filter(pl.col("action") == action), "code", small["code"].to_list()).values()
        ]
        for action in ("oui", "non")
    }
    assert max(lengths["non"]) <= 22
    assert np.median(lengths["non"]) <= 16
    assert np.median(lengths["oui"]) <= 60


def test_a_part_goes_beyond_its_total_by_mistake_only(country):
    parts = ["montant_nature", "montant_secours", "montant_avances", "montant_cap"]
    whole = country.filter((pl.col("action") == "oui") & pl.col("montant_aides").is_not_null())
    beyond = whole.select(pl.sum_horizontal(parts) > pl.col("montant_aides")).to_series()
    assert beyond.mean() < 0.02
    jobs = country.select(pl.sum_horizontal("^etp_.*$") - pl.col("etp")).to_series().drop_nulls()
    assert jobs.max() < 0.01


def test_what_a_commune_says_of_its_epci_agrees_with_it_but_for_a_few(communes, intercommunalites):
    acting = communes.filter(pl.col("epci").is_not_null()).join(
        intercommunalites.select(epci="siren", theirs="domaines"), on="epci"
    )
    by_them = pl.col("acteurs_logement").list.contains("epci") | pl.col("acteurs_logement").list.contains("cias")
    said = acting.select(by_them.alias("said"), real=pl.col("theirs").list.contains("logement").fill_null(False))
    assert 0.7 < said.filter("real")["said"].mean() < 1
    assert 0 < said.filter(~pl.col("real"))["said"].mean() < 0.01
    mine = pl.col("acteurs_logement").list.contains("commune") | pl.col("acteurs_logement").list.contains("ccas")
    wrong = acting.select(mine != pl.col("domaines").list.contains("logement").fill_null(False)).to_series()
    assert 0 < wrong.mean() < 0.01


def test_exclusive_choices_are_alone(country, questionnaire):
    for question in questionnaire.variables():
        for choice in (choice for choice in question.choices if choice.exclusive):
            chosen = country[question.name].drop_nulls()
            assert chosen.filter(chosen.list.contains(choice.code)).list.len().max() in (None, 1)


def test_counted_households_are_fewer_than_inhabitants(country):
    assert (country["menages_aides"].drop_nulls() <= country.drop_nulls("menages_aides")["population"]).all()


def test_some_numbers_are_not_known_and_zero_is_another_answer(country):
    acting = country.filter(pl.col("action") == "oui")
    for name in ("menages_aides", "montant_aides", "etp", "benevoles", "depenses"):
        assert 0.03 < acting[name].is_null().mean() < 0.30, name
    assert (acting["montant_aides"] == 0).sum() > 0


def test_an_epci_says_of_its_competence_what_its_communes_say(communes, intercommunalites):
    said = dict(intercommunalites.select("siren", "competence").iter_rows())
    known = communes.filter(pl.col("epci").is_not_null() & (pl.col("epci_competence") != "nsp"))
    assert [said[siren] for siren in known["epci"]] == known["epci_competence"].to_list()
    alone = communes.filter(pl.col("epci").is_null())
    assert set(alone["epci_competence"]) <= {"non", "nsp"}


def test_the_same_seed_gives_the_same_country_whatever_the_order_of_the_frame(communes, intercommunalites):
    reference = load_reference()
    shuffled = reference.communes.sample(fraction=1, shuffle=True, seed=1)
    assert synthetic_communes(shuffled, intercommunalites, seed=2025).equals(communes)
    assert synthetic_epci(reference.epci.reverse(), seed=2025).equals(intercommunalites)


def test_a_small_frame_has_answers_too(intercommunalites):
    tiny = load_reference().communes.filter(pl.col("departement") == "974")
    answers = synthetic_communes(tiny, intercommunalites, seed=1)
    assert answers.height == tiny.filter("in_survey").height
    assert answers["action"].is_in(["oui", "non"]).all()


def test_counts_a_band_are_exact_and_keep_to_the_eligible():
    score, bands = np.arange(20.0), np.repeat([0, 1], 10)
    among = np.arange(20) % 2 == 0
    chosen = pick(score, bands=bands, rates=[0.3, 0.8], among=among)
    assert np.flatnonzero(chosen).tolist() == [4, 6, 8, 10, 12, 14, 16, 18]


@pytest.mark.parametrize(("total", "expected"), [(3, 3), (10, 10), (18, 18), (40, 18), (0, 3)])
def test_grades_sum_to_what_is_asked_inside_their_limits(total, expected):
    grades = graded(np.array([0.3, 0.1, 0.2]), low=1, high=6, total=total)
    assert grades.sum() == expected
    assert grades.min() >= 1
    assert grades.max() <= 6
    assert grades[0] >= grades[2] >= grades[1]
