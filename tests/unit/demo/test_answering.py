"""Simulated authorities use the real doors: the save and submit of the pages, and the pages themselves."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from maille.demo.answering import REASONS, answer_all, intentions, posted_sections, truths
from maille.demo.over_http import PageRefused, Visitor, answer_some, served_site
from maille.demo.response import HTTP, SILENT, SIMULATED, STARTED, SUBMITTED
from maille.specs import load_questionnaire

SPECS = Path(__file__).parents[3] / "specs"
EDITION = "asco-2025"
OPENED, FINISHED = datetime(2025, 10, 1, 8, tzinfo=UTC), datetime(2025, 10, 3, 15, tzinfo=UTC)
CAST = [
    ("69243", "communes", SUBMITTED, SIMULATED),
    ("69001", "communes", STARTED, SIMULATED),
    ("69149", "communes", SUBMITTED, HTTP),
    ("200040574", "epci", SUBMITTED, HTTP),
    ("69004", "communes", SILENT, SIMULATED),
]


def ignore(_what, _done, _total):
    """Show no progress."""


def load(seed_names=("unit", "universe")):
    from maille.web.campaigns.loading import load_sample, open_edition

    edition = open_edition(EDITION, title="ASCO 2025", opens=date(2000, 1, 1), closes=date(2100, 1, 1), simulated=True)
    cast = pl.DataFrame(CAST, schema=["unit", "universe", "outcome", "mode"], orient="row")
    table = cast.select(
        *seed_names,
        name="unit",
        size_band=pl.lit("moins_500"),
        departement=pl.lit("69D"),
        region=pl.lit("84"),
        population=pl.lit(5000),
    )
    return load_sample(table, edition)


@pytest.fixture
def wishes(communes, intercommunalites):
    plan = pl.DataFrame(CAST, schema=["unit", "universe", "outcome", "mode"], orient="row").with_columns(
        reached=pl.lit(0.5), started_at=pl.lit(OPENED), finished_at=pl.lit(FINISHED)
    )
    units = plan["unit"].to_list()
    return intentions(plan, truths(communes, "code", units) | truths(intercommunalites, "siren", units))


def statuses():
    from maille.web.campaigns.models import Unit

    return dict(Unit.objects.values_list("code", "status"))


def test_a_page_posts_what_is_asked_and_says_what_is_not_known(communes):
    questionnaire = load_questionnaire(SPECS / "questionnaires" / "asco-2025-communes.md")
    idle = communes.filter(pl.col("action") == "non")["code"][0]
    sections = dict(
        (section.id, posted)
        for section, posted in posted_sections(questionnaire, truths(communes, "code", [idle])[idle])
    )
    assert "prestations" not in sections
    assert set(sections["action"]) == {"action", "raisons"}
    assert sections["action"]["action"] == ["non"]
    unsure = communes.filter(pl.col("etp").is_null() & (pl.col("action") == "oui") & pl.col("benevoles").is_not_null())
    unit = unsure["code"][0]
    posted = {
        section.id: fields for section, fields in posted_sections(questionnaire, truths(communes, "code", [unit])[unit])
    }["moyens_humains"]
    assert posted["etp"] == []
    assert posted["etp__unknown"] == ["1"]
    assert posted["benevoles"] == [str(unsure["benevoles"][0])]


def test_decimals_are_typed_as_in_french(communes):
    questionnaire = load_questionnaire(SPECS / "questionnaires" / "asco-2025-communes.md")
    staffed = communes.filter(pl.col("etp") > 2)["code"][0]
    truth = truths(communes, "code", [staffed])[staffed]
    posted = {section.id: fields for section, fields in posted_sections(questionnaire, truth)}["moyens_humains"]
    assert posted["etp"] == [f"{truth['etp']:.1f}".replace(".", ",")]


@pytest.mark.django_db
def test_authorities_submit_or_stop_on_the_way_at_their_moment(wishes):
    from maille.web.answers.models import Answer, Submission

    load()
    answer_all(EDITION, wishes, ignore)
    assert statuses() == {
        "69243": "submitted",
        "69001": "started",
        "69149": "never_opened",
        "200040574": "never_opened",
        "69004": "never_opened",
    }
    submission = Submission.objects.get()
    assert (submission.submitted_at, submission.mode) == (FINISHED, SIMULATED)
    moments = Answer.objects.values_list("saved_at", flat=True)
    assert OPENED <= min(moments) <= max(moments) <= FINISHED


@pytest.mark.django_db
def test_done_again_it_changes_nothing(wishes):
    from maille.web.answers.models import Answer, FormerAnswer

    load()
    answer_all(EDITION, wishes, ignore)
    before = [list(model.objects.order_by("pk").values_list()) for model in (Answer, FormerAnswer)]
    answer_all(EDITION, wishes, ignore)
    assert [list(model.objects.order_by("pk").values_list()) for model in (Answer, FormerAnswer)] == before


@pytest.mark.django_db
def test_what_is_to_be_confirmed_is_confirmed_with_a_reason(wishes):
    from maille.web.answers.models import Answer

    load()
    wish = next(wish for wish in wishes if wish.unit == "69243")
    odd = replace(wish, truth={**wish.truth, "population_municipale": 50_000})
    answer_all(EDITION, [odd], ignore)
    assert Answer.objects.get(variable="population_municipale").reason in {reason for reason, _ in REASONS}


@pytest.mark.django_db(transaction=True)
def test_two_authorities_answer_over_http_and_get_their_receipt(wishes):
    from maille.web.answers.deposit import deposited_answers

    load()
    answer_some(EDITION, wishes, ignore)
    assert {unit for unit, status in statuses().items() if status == "submitted"} == {"69149", "200040574"}
    table = deposited_answers(EDITION)
    assert set(table["mode"]) == {HTTP}
    assert table["submitted_at"].unique().to_list() == [FINISHED]
    truth = {item.unit: item.truth for item in wishes}
    for unit, variable, value in table.filter(pl.col("state") == "answered").select("unit", "variable", "value").rows():
        expected = truth[unit][variable]
        assert value == (" ".join(expected) if isinstance(expected, tuple) else str(expected)), (unit, variable)


@pytest.mark.django_db(transaction=True)
def test_a_page_that_does_not_exist_is_an_error_of_ours():
    with served_site() as site, pytest.raises(PageRefused, match="refusé"):
        Visitor(site).read("/questionnaire-absent/")
