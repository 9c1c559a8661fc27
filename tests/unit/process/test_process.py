"""Answers read, individual indicators, weights."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from answer_rows import answer_rows
from maille.catalogue import Materials
from maille.process import AnswersUnreadable, answer_table, counts, read_answers, steps
from maille.process.read import former_answers
from maille.process.versions import translated
from maille.process.weight import WeightsNegative, frame_margins, margin_classes, margins, weigh, weigh_sample
from maille.specs import Questionnaire, load_indicators, load_questionnaire, load_sample
from maille.stats.contradictions import MarginsInfeasible
from maille.stats.nonresponse import TooFewRespondents
from maille.territory import load_reference

SPECS = Path(__file__).parents[3] / "specs"
QUESTIONNAIRE = load_questionnaire(SPECS / "questionnaires" / "asco-2025-communes.md")
INDICATORS = load_indicators(SPECS / "indicators")
SEVEN = QUESTIONNAIRE.question("domaines").codes()[:7]
PLAN = load_sample(SPECS / "samples" / "asco-2025.yaml").universes["communes"]


def answers(*rows: tuple[str, str, str, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["unit", "variable", "value", "state"], orient="row")


def test_zero_empty_unknown_and_not_applicable_are_four_different_things():
    read = answer_table(
        answers(
            ("01001", "benevoles", "0", "answered"),
            ("01002", "benevoles", "", "empty"),
            ("01003", "benevoles", "", "unknown"),
            ("01004", "benevoles", "", "not_applicable"),
        ),
        QUESTIONNAIRE,
    )
    assert read["benevoles"].to_list() == [0, None, None, None]


def test_an_answer_to_a_question_that_does_not_exist_is_refused_by_name():
    with pytest.raises(AnswersUnreadable, match="inventee"):
        answer_table(answers(("01001", "inventee", "1", "answered")), QUESTIONNAIRE)


def changed(*questions):
    """The questionnaire once these questions replaced those of the same name; None takes one away."""
    replaced = dict(questions)
    sections = [
        section.model_copy(
            update={"questions": tuple(new for q in section.questions if (new := replaced.get(q.name, q)) is not None)}
        )
        for section in QUESTIONNAIRE.sections
    ]
    new = QUESTIONNAIRE.model_copy(update={"sections": tuple(sections), "version": "nouvelle"})
    return Questionnaire.model_validate_json(new.model_dump_json())


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("depenses", "inf")], r"asco-2025-communes, 01001, depenses : .*\n.*« inf »"),
        ([("depenses", "douze")], r"depenses : .*\n.*« douze » \(1 réponse"),
        ([("etp", "nan")], r"etp : .*\n.*« nan »"),
        ([("action", "peut-être")], r"action : .*\n.*« peut-être »"),
        ([("etp", "1"), ("etp", "2")], "01001, etp : une collectivité a plusieurs réponses à la même question"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_its_unit_and_its_question(rows, said):
    given = answers(*(("01001", variable, value, "answered") for variable, value in rows))
    with pytest.raises(AnswersUnreadable, match=said):
        answer_table(given, QUESTIONNAIRE)


@pytest.mark.parametrize(
    ("units", "weights", "said"),
    [
        (["01001", "01001"], [2.0, 2.0], "plusieurs fois la même collectivité"),
        (["01001", "01004"], [2.0, 0.0], "un poids de sondage n’est pas positif"),
        (["01001", "01004"], [2.0, None], "un poids de sondage n’est pas positif"),
        (["01001", "01004"], [2.0, float("inf")], "un poids de sondage n’est pas positif"),
    ],
)
def test_a_sample_with_a_unit_twice_or_without_a_weight_is_refused_by_name(units, weights, said):
    tables = {
        "sample": pl.DataFrame({"unit": units, "universe": "communes", "weight": weights}),
        "answers": answers(),
        "questionnaires": pl.DataFrame(schema={"version": pl.String, "body": pl.String}),
    }
    inputs = {f"collected/asco-2025/{name}": SimpleNamespace(table=table) for name, table in tables.items()}
    with pytest.raises(AnswersUnreadable, match=f"collected/asco-2025/sample.*{said}") as refused:
        read_answers("asco-2025", Materials(inputs, SPECS))
    assert units[1] in str(refused.value.got)


def test_answers_to_an_earlier_version_are_read_in_the_terms_of_the_file_and_none_is_lost():
    spent = QUESTIONNAIRE.question("depenses")
    now = changed(("benevoles", None), ("depenses", spent.model_copy(update={"unit": "k€"})))
    given = answers(
        ("01001", "benevoles", "3", "answered"),
        ("01001", "depenses", "5000", "answered"),
        ("01001", "etp", "2.5", "answered"),
        ("01002", "benevoles", "", "unknown"),
    ).with_columns(version=pl.lit(QUESTIONNAIRE.version))
    read, aside = translated(given, now, {QUESTIONNAIRE.version: QUESTIONNAIRE})
    assert read.rows() == [("01001", "etp", "2.5", "answered", QUESTIONNAIRE.version)]
    assert aside["variable"].to_list() == ["benevoles", "depenses", "benevoles"]
    assert "plus posée" in aside["why"][0]
    assert "unité" in aside["why"][1]
    assert answer_table(read, now)["etp"].to_list() == [2.5]


def test_an_answer_to_the_former_name_of_a_variable_is_carried():
    now = changed(("etp", QUESTIONNAIRE.question("etp").model_copy(update={"name": "agents", "same_as": "etp"})))
    given = answers(("01001", "etp", "2.5", "answered")).with_columns(version=pl.lit(QUESTIONNAIRE.version))
    read, aside = translated(given, now, {QUESTIONNAIRE.version: QUESTIONNAIRE})
    assert read.select("variable", "value").rows() == [("agents", "2.5")]
    assert aside.is_empty()


def test_answers_of_a_version_that_nobody_kept_are_read_as_the_file_says():
    given = answers(("01001", "etp", "2.5", "answered"), ("01001", "inventee", "1", "answered"))
    read, aside = translated(given.with_columns(version=pl.lit("perdue")), QUESTIONNAIRE, {})
    assert read["variable"].to_list() == ["etp"]
    assert aside["variable"].to_list() == ["inventee"]


@pytest.mark.parametrize(
    ("indicator", "values", "expected"),
    [
        ("action", {"action": "oui"}, 1),
        ("action", {"action": "non"}, 0),
        ("action", {"action": None}, None),
        ("domaine_pauvrete", {"action": "oui", "domaines": ("pauvrete",)}, 1),
        ("domaine_pauvrete", {"action": "oui", "domaines": ("logement",)}, 0),
        ("domaine_pauvrete", {"action": "non", "domaines": None}, 0),
        ("domaines_7_12", {"action": "oui", "domaines": SEVEN}, 1),
        ("abs_annuelle", {"abs": "oui", "abs_frequence": "annuelle"}, 1),
        ("abs_annuelle", {"abs": "non", "abs_frequence": None}, None),
    ],
)
def test_a_unit_counts_counts_not_or_is_left_out(indicator, values, expected):
    table = answer_rows(QUESTIONNAIRE, [values])
    assert counts(QUESTIONNAIRE, table, {indicator: INDICATORS[indicator]})[indicator].to_list() == [expected]


def sample(respondents_by_region: dict[str, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A frame of 100 communes a région, in five sizes, half of them sampled; some answer."""
    populations = [200, 900, 3000, 7000, 20000]
    rows = [
        {"code": f"{region}{number:03}", "region": region, "population": populations[number % 5] + number}
        for region in respondents_by_region
        for number in range(100)
    ]
    frame = pl.DataFrame(rows).with_columns(in_survey=pl.lit(True))
    frame = frame_margins(frame, PLAN)
    units = frame.with_columns(rank=pl.int_range(pl.len()).over("region")).filter(pl.col("rank") < 50)
    answered = pl.col("rank") < pl.col("region").replace_strict(respondents_by_region, return_dtype=pl.Int64)
    return frame, units.with_columns(
        unit="code",
        universe=pl.lit("communes"),
        stratum="region",
        stratum_size=pl.lit(100),
        stratum_sample=pl.lit(50),
        weight=pl.lit(2.0),
        responded=answered,
    )


def test_the_weights_reproduce_every_margin_of_the_plan():
    frame, units = sample({"11": 40, "84": 45})
    weighted, auxiliaries, summary = weigh_sample(units, PLAN, frame=frame)
    respondents = weighted.filter("responded")
    classes = margin_classes(frame, units.filter("responded"), plan=PLAN)
    for name, values in margins(frame, PLAN, classes=classes):
        assert np.isclose((respondents["weight"] * auxiliaries[name]).sum(), values.sum(), rtol=1e-9), name
    assert weighted.filter(~pl.col("responded"))["weight"].sum() == 0
    assert summary["respondents"] == 85
    assert 0 < summary["r_indicator"] < 1 <= summary["adjustment_min"] <= summary["adjustment_max"]


def test_a_region_without_enough_respondents_is_put_with_another():
    frame, units = sample({"11": 40, "84": 45, "06": 3})
    classes = margin_classes(frame, units.filter("responded"), plan=PLAN)["region"]
    assert classes["06"] == classes["11"] == "06+11"
    assert classes["84"] == "84"
    weighted, _auxiliaries, _summary = weigh_sample(units, PLAN, frame=frame)
    assert np.isclose(weighted["weight"].sum(), frame.height)


def test_margins_that_no_weights_can_give_are_named_as_the_plan_names_them():
    frame, units = sample({"11": 40, "84": 45})
    inhabited = frame.with_columns(population=pl.when(pl.col("region") == "84").then(9_000_000).otherwise("population"))
    with pytest.raises(MarginsInfeasible, match="region=84:population"):
        weigh_sample(units, PLAN, frame=inhabited)


def test_a_respondent_is_never_given_a_negative_weight():
    """One commune has more inhabitants than the frame of its band: a straight line passes below zero."""
    frame, units = sample({"11": 40, "84": 45})
    linear = PLAN.calibration.model_copy(update={"method": "linear", "bounds": None})
    plan = PLAN.model_copy(update={"calibration": linear})
    assert weigh_sample(units, plan, frame=frame)[0].filter("responded")["weight"].min() > 0
    giant = pl.when(pl.col("unit") == units["unit"][0]).then(9_000_000).otherwise("population").alias("population")
    with pytest.raises(WeightsNegative, match=rf"calage « linear ».*\n.*{units['unit'][0]}"):
        weigh_sample(units.with_columns(giant), plan, frame=frame)


def test_an_error_of_weighting_names_the_plan_and_the_universe():
    frame, units = sample({"11": 40, "84": 45})
    tables = {
        "collected/asco-2025/sample": units,
        "processed/asco-2025/responses-communes": units.clear(),
        PLAN.frame.dataset: frame,
    }
    materials = Materials({name: SimpleNamespace(table=table) for name, table in tables.items()}, SPECS)
    with pytest.raises(TooFewRespondents, match=r"samples/asco-2025.yaml, univers « communes »"):
        weigh("asco-2025", materials)


def test_the_answers_of_a_commune_that_merged_since_are_not_those_of_the_commune_of_today():
    """In 2015, 01340 and 01015 were two communes, which made one; 9 digits are an EPCI, followed by its SIREN."""
    rows = [(unit, "depenses", "100") for unit in ("01001", "01015", "01340", "200000172")]
    table = pl.DataFrame(rows, schema=["unit", "variable", "value"], orient="row")
    inputs = {"collected/asco-2015/previous": SimpleNamespace(table=table)}
    found = former_answers("asco-2025", Materials(inputs, SPECS))
    assert found.select("unit", "survey").rows() == [("01001", "asco-2015"), ("200000172", "asco-2015")]


def test_the_answers_of_an_epci_are_those_of_the_one_of_today_that_has_the_same_communes():
    lyon = load_reference().communes.filter(pl.col("epci") == "200046977")["code"]
    rows = [(unit, "depenses", "100") for unit in ("246900245", "200000172")]
    tables = {
        "collected/asco-2015/previous": pl.DataFrame(rows, schema=["unit", "variable", "value"], orient="row"),
        "collected/asco-2015/members": pl.DataFrame({"code": lyon, "epci": ["246900245"] * len(lyon)}),
    }
    inputs = {name: SimpleNamespace(table=table) for name, table in tables.items()}
    assert former_answers("asco-2025", Materials(inputs, SPECS))["unit"].to_list() == ["200046977"]
    reads = {step.name: step.optional for step in steps("asco-2025", SPECS)}
    assert "collected/asco-2015/members" in reads["process.impute"]
