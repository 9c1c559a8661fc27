from datetime import timedelta

import polars as pl
import pytest

from maille.web.answers.deposit import SCHEMA, deposited_answers
from maille.web.answers.folder import Folder
from maille.web.answers.models import Answer, FormerAnswer
from maille.web.answers.saving import save_section
from maille.web.answers.sending import NotReady, remaining, submit
from maille.web.answers.writing import AlreadySubmitted
from maille.web.campaigns.models import Unit

from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db
WHO = {"author": "répondant", "mode": "web", "at": AT}


def again(unit):
    """The same authority, as another request would read it."""
    return Unit.objects.select_related("edition").get(pk=unit.pk)


def test_a_saved_section_is_found_again(tarare):
    posted = {"action": ["oui"], "domaines": ["logement", "pauvrete"]}
    result = save_section(tarare, "action", posted, **WHO)
    assert result.values["domaines"] == ("pauvrete", "logement")
    assert [finding.question for finding in result.findings] == ["domaine_principal", "crises"]
    assert Folder.of(again(tarare)).values == {"action": "oui", "domaines": ("pauvrete", "logement")}
    assert again(tarare).status == Unit.Status.STARTED


def test_what_is_wrong_is_kept_as_it_was_typed(tarare):
    result = save_section(tarare, "moyens", {"depenses": ["beaucoup"]}, **WHO)
    assert result.states["depenses"] == "invalid"
    assert Folder.of(again(tarare)).kept["depenses"].value == "beaucoup"
    save_section(again(tarare), "action", {"action": ["oui"], "domaines": ["logement"]}, **WHO)
    folder = Folder.of(again(tarare))
    wrong = {f.question: f.message for f in folder.findings(folder.questionnaire.section("moyens"))}
    assert "chiffres" in wrong["depenses"]


def test_a_number_and_unknown_together_are_to_be_corrected(complete):
    both = COMPLETE["prestations"] | {"montant_aides__unknown": ["1"]}
    result = save_section(complete, "prestations", both, **WHO)
    assert [(f.question, f.severity) for f in result.findings] == [("montant_aides", "error")]
    assert Folder.of(again(complete)).kept["montant_aides"].value == "38 400"


def test_an_exclusive_choice_excludes_the_others(tarare):
    result = save_section(tarare, "partenaires", {"partenaires": ["caf", "aucun"]}, **WHO)
    assert [(f.question, f.severity) for f in result.findings] == [("partenaires", "error")]


def test_a_former_value_is_kept_with_its_author_and_its_time(tarare):
    save_section(tarare, "partenaires", {"partenaires": ["caf"]}, **WHO)
    later = AT + timedelta(hours=1)
    save_section(again(tarare), "partenaires", {"partenaires": ["msa"]}, author="claire", mode="web", at=later)
    save_section(again(tarare), "partenaires", {"partenaires": ["msa"]}, author="karim", mode="web", at=later)
    answer = Answer.objects.get(variable="partenaires")
    assert (answer.value, answer.author) == ("msa", "claire")
    former = FormerAnswer.objects.get()
    assert (former.value, former.author, former.saved_at, former.replaced_at) == ("caf", "répondant", AT, later)


def test_an_unlikely_amount_is_confirmed_by_a_reason(complete):
    much = COMPLETE["prestations"] | {"montant_aides": ["9 000 000"]}
    save_section(complete, "moyens", COMPLETE["moyens"] | {"depenses": ["9 500 000"]}, **WHO)
    result = save_section(complete, "prestations", much, **WHO)
    assert [(f.question, f.severity) for f in result.findings] == [("montant_aides", "warning")]
    folder = Folder.of(again(complete))
    assert not folder.is_settled(result.findings[0])
    save_section(again(complete), "prestations", much | {"montant_aides__reason": ["exact"]}, **WHO)
    assert Folder.of(again(complete)).is_settled(result.findings[0])
    assert submit(again(complete), **WHO).fingerprint


def test_sending_refuses_what_is_missing_and_names_it(tarare):
    save_section(tarare, "identite", COMPLETE["identite"], **WHO)
    with pytest.raises(NotReady) as refusal:
        submit(tarare, **WHO)
    assert "action" in [finding.question for finding in refusal.value.missing]
    assert again(tarare).status == Unit.Status.STARTED


def test_a_hidden_question_is_never_required(complete):
    save_section(complete, "action", {"action": ["non"]}, **WHO)
    assert remaining(Folder.of(again(complete))) == []
    submit(again(complete), **WHO)
    answers = {row["variable"]: row for row in deposited_answers("asco-2025").to_dicts()}
    assert (answers["domaines"]["state"], answers["domaines"]["value"]) == ("not_applicable", "")
    assert FormerAnswer.objects.filter(variable="montant_aides", value="38400").exists()


def test_once_sent_the_answers_no_longer_change(complete):
    stale = again(complete)
    submission = submit(complete, **WHO)
    with pytest.raises(AlreadySubmitted):
        save_section(stale, "action", {"action": ["non"]}, **WHO)
    with pytest.raises(AlreadySubmitted):
        submit(stale, **WHO)
    assert len(submission.fingerprint) == 64
    assert Answer.objects.get(unit=complete, variable="action").value == "oui"


def test_only_what_was_sent_is_deposited_every_variable_once(complete, codes):
    alix = Unit.objects.select_related("edition").get(code="69004")
    save_section(alix, "identite", COMPLETE["identite"], **WHO)
    assert deposited_answers("asco-2025").height == 0
    submit(complete, **WHO)
    table = deposited_answers("asco-2025")
    assert dict(table.schema) == SCHEMA
    assert set(table["unit"]) == {"69243"}
    assert table["variable"].to_list() == sorted(q.name for q in Folder.of(complete).questionnaire.variables())
    assert set(table["state"]) == {"answered", "unknown", "empty", "not_applicable"}
    kept = dict(table.select("variable", "value").iter_rows())
    assert (kept["montant_aides"], kept["etp"], kept["domaines"]) == ("38400", "2.5", "pauvrete logement")
    assert table.filter(pl.col("state") != "answered")["value"].unique().to_list() == [""]


def test_the_print_changes_with_any_answer(complete, codes):
    from maille.web.answers.sending import fingerprint

    submit(complete, **WHO)
    folder = Folder.of(again(complete))
    before = fingerprint(folder)
    folder.kept["fonction"] = folder.kept["fonction"]._replace(value="elu")
    assert fingerprint(folder) != before


def test_saving_a_section_again_and_again_stays_cheap(tarare, django_assert_max_num_queries):
    save_section(tarare, "identite", COMPLETE["identite"], **WHO)
    fresh = again(tarare)
    with django_assert_max_num_queries(9):
        save_section(fresh, "prestations", COMPLETE["prestations"], **WHO)
