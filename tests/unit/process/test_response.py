"""Response groups by the score of a model, said by the plan, with what tells how good they are."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from maille.analyse.quality import MEASURED, _of_universe
from maille.process.response import DIAGNOSTICS, alike
from maille.process.weight import frame_margins, weigh_sample
from maille.specs import load_bands, load_sample
from maille.specs.quality import MEASURES
from maille.specs.sample import ResponseGroups
from maille.stats.nonresponse_model import ResponseSeparated

SPECS = Path(__file__).parents[3] / "specs"
PLAN = load_sample(SPECS / "samples" / "asco-2025.yaml").universes["communes"]
BANDS = load_bands(SPECS / "bands.yaml")["general"]
SCORE = {"kind": "score", "by": ("region",), "numbers": ("population",), "quantiles": 5, "minimum_respondents": 10}


def plan(**changed):
    groups = ResponseGroups.model_validate({**SCORE, **changed})
    calibration = PLAN.calibration.model_copy(update={"margins": PLAN.calibration.margins[:1]})
    return PLAN.model_copy(update={"response_groups": groups, "calibration": calibration})


def country() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Six hundred communes in two régions, half of them drawn; the larger ones answer more, those of 84 too."""
    rng = np.random.default_rng(3)
    size = np.exp(rng.uniform(4.0, 10.0, 600)).astype(int) + 20
    frame = pl.DataFrame(
        {
            "code": [f"{number:05}" for number in range(600)],
            "region": ["84", "84", "93", "93"] * 150,
            "population": size,
            "in_survey": [True] * 600,
        }
    )
    frame = frame_margins(frame, plan())
    chance = 1 / (1 + np.exp(-(0.5 * np.log(size) - 4 + 0.6 * (frame["region"] == "84").to_numpy())))
    answered = pl.Series("responded", rng.random(600) < chance)
    return frame, frame.with_columns(
        answered,
        unit="code",
        universe=pl.lit("communes"),
        stratum=pl.lit("une"),
        stratum_size=pl.lit(600),
        stratum_sample=pl.lit(300),
        weight=pl.lit(2.0),
    ).filter(pl.int_range(pl.len()) % 2 < 1)


def test_groups_are_cut_at_the_quantiles_of_the_score_and_answer_more_and_more():
    _, units = country()
    found = alike(units, plan())
    assert set(found.groups.tolist()) == {0, 1, 2, 3, 4}
    answered = units["responded"].to_numpy()
    rates = [answered[found.groups == group].mean() for group in range(5)]
    assert rates[0] + 0.2 < rates[-1]
    assert all((answered & (found.groups == group)).sum() >= 10 for group in range(5))


def test_the_weights_come_from_the_groups_and_still_meet_the_margins():
    frame, units = country()
    weighted, _, summary = weigh_sample(units, plan(), frame=frame)
    assert weighted["weight"].sum() == pytest.approx(600)
    assert summary["groups"] == 5
    assert summary["response_auc"] > 0.6
    assert 0 <= summary["response_fit"] <= 1
    assert summary["adjustment_min"] < summary["adjustment_max"]


def test_a_crossing_has_no_model_to_judge():
    frame, units = country()
    crossing = plan(kind="crossing", numbers=(), quantiles=None)
    _, _, summary = weigh_sample(units, crossing, frame=frame)
    assert summary["response_fit"] is None
    assert summary["response_auc"] >= 0.5


def test_a_variable_that_tells_exactly_who_answered_is_named_and_a_penalty_is_the_way_out():
    _, units = country()
    told = units.with_columns(responded=pl.col("region") == "84")
    with pytest.raises(ResponseSeparated, match="region=93"):
        alike(told, plan(numbers=()))
    assert alike(told, plan(numbers=(), ridge=1.0)).scores is not None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"quantiles": None}, "quantiles"),
        ({"kind": "crossing"}, "quantiles"),
        ({"kind": "crossing", "quantiles": None}, "numbers"),
        ({"by": (), "numbers": ()}, "by"),
        ({"quantiles": 1}, "2"),
    ],
)
def test_groups_that_make_no_sense_are_refused(changed, said):
    with pytest.raises(ValidationError, match=said):
        plan(**changed)


def test_the_quality_report_tells_what_the_groups_are_worth():
    frame, units = country()
    _, _, summary = weigh_sample(units, plan(), frame=frame)
    answers = pl.DataFrame(schema={"unit": pl.String, "variable": pl.String, "state": pl.String, "status": pl.String})
    tables = {
        "sample": units.with_columns(size_band=BANDS.assign(units["population"])),
        "weights": units.with_columns(design_weight="weight"),
        "outcomes": pl.DataFrame(schema={"unit": pl.String, "outcome": pl.String, "partial": pl.Boolean}),
        "answers": answers,
        "values": pl.DataFrame(schema={"state": pl.String}),
        "checks": pl.DataFrame(schema={"unit": pl.String}),
        "imputations": pl.DataFrame(
            schema={"class": pl.String, "variable": pl.String, "imputed": pl.Int64, "asked": pl.Int64}
        ),
        "paradata": pl.DataFrame(
            schema={
                "unit": pl.String,
                "section": pl.String,
                "author_kind": pl.String,
                "kind": pl.String,
                "at": pl.Datetime,
                "seconds": pl.Float64,
            }
        ),
        "weights-summary": pl.DataFrame([summary]),
    }
    found = {row["measure"]: row.get("value") for row in _of_universe(tables, frame=frame)}
    wanted = {variable.name for variable in DIAGNOSTICS}
    assert wanted <= found.keys()
    assert wanted <= MEASURES.keys()
    assert found["response_auc"] == pytest.approx(summary["response_auc"])
    assert {"measure", "value"} <= {variable.name for variable in MEASURED}
