from datetime import timedelta

import pytest

from maille.catalogue import Confidentiality
from maille.web.answers.deposit import ANSWERS, SCHEMA, deposited_answers
from maille.web.answers.models import PageEvent
from maille.web.answers.outcomes import outcomes_draft, paradata_draft
from maille.web.answers.saving import save_section
from maille.web.answers.sending import submit
from maille.web.campaigns.models import Unit

from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db


def rows(unit):
    return {row["variable"]: row for row in deposited_answers("asco-2025").to_dicts() if row["unit"] == unit.code}


def test_each_answer_says_who_when_and_despite_which_rule(complete):
    low = COMPLETE["moyens"] | {"depenses": ["100"], "depenses__reason": ["other"], "depenses__remark": ["régie"]}
    save_section(complete, "moyens", low, author="invité-3", mode="web", at=AT + timedelta(hours=1))
    save_section(complete, "fin", {"temps_reponse": ["50"]}, author="agent", mode="phone", at=AT)
    submit(complete, author="répondant", mode="web", at=AT + timedelta(hours=2))
    kept = rows(complete)
    assert {name: kept["depenses"][name] for name in ("status", "author_kind", "reason", "remark", "rule")} == {
        "status": "forced",
        "author_kind": "guest",
        "reason": "other",
        "remark": "régie",
        "rule": ". >= ${montant_aides} ; écart avec asco-2015:depenses",
    }
    assert kept["depenses"]["saved_at"] == AT + timedelta(hours=1)
    assert kept["temps_reponse"]["author_kind"] == "agent"
    assert (kept["ccas"]["status"], kept["ccas"]["author_kind"], kept["ccas"]["rule"]) == ("collected", "owner", "")
    assert [variable.name for variable in ANSWERS] == list(SCHEMA)


def test_a_reason_without_a_doubt_is_not_a_forced_value(complete):
    posted = COMPLETE["moyens"] | {"depenses__reason": ["exact"]}
    save_section(complete, "moyens", posted, author="répondant", mode="web", at=AT)
    submit(complete, author="répondant", mode="web", at=AT + timedelta(hours=2))
    assert rows(complete)["depenses"]["status"] == "collected"


def test_the_outcomes_have_every_authority_and_no_answer(complete, edition):
    draft = outcomes_draft(edition)
    table = {row["unit"]: row for row in draft.table.to_dicts()}
    assert len(table) == Unit.objects.filter(edition=edition).count()
    assert (table["69243"]["status"], table["69243"]["partial"], table["69243"]["submissions"]) == ("started", False, 0)
    assert table["69243"]["answers"] > 20
    assert draft.confidentiality is Confidentiality.SECRET
    type(edition).objects.update(closes="2001-03-31")
    edition.refresh_from_db()
    assert {row["unit"] for row in outcomes_draft(edition).table.to_dicts() if row["partial"]} == {"69243"}


def test_the_paradata_tell_how_never_what(clerk, edition):
    clerk.get("/repondre/section/fin/")
    clerk.post("/repondre/section/fin/", {"temps_reponse": "45", "remarques": "secret"})
    draft = paradata_draft(edition)
    assert draft.table["kind"].to_list() == ["open", "save"]
    assert draft.confidentiality is Confidentiality.PERSONAL
    assert "secret" not in draft.table.write_csv()
    assert "45" not in draft.table.drop("at").write_csv()
    assert PageEvent.objects.count() == 2
