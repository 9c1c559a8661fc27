"""A demonstration remembers where it is, opens its accounts, and never touches a real survey."""

import json
import stat
from datetime import date

import polars as pl
import pytest

from maille.catalogue import Draft, Store, Variable
from maille.demo.accounts import Respondent, account_lines, open_accounts, unanswered
from maille.demo.home import (
    Mark,
    OtherHome,
    RealEdition,
    open_site,
    read_mark,
    refuse_real_datasets,
    refuse_real_editions,
    write_mark,
)
from maille.demo.researcher import open_research

MARK = Mark(seed=1, small=True, sample="abc")
CLERK = Respondent(unit="69001", name="Affoux", code="ABCD-EFGH-IJKL")


def answers(*, simulated):
    return Draft(
        name="collected/asco-2025/answers",
        table=pl.DataFrame({"unit": ["69001"]}),
        title="Réponses",
        variables=(Variable(name="unit", label="Code"),),
        source="essai",
        vintage="asco-2025",
        simulated=simulated,
    )


def test_a_mark_is_read_back(tmp_path):
    assert read_mark(tmp_path) is None
    write_mark(tmp_path, MARK)
    assert read_mark(tmp_path) == MARK


def test_a_damaged_mark_starts_over(tmp_path):
    (tmp_path / "demo.json").write_text("{")
    assert read_mark(tmp_path) is None


@pytest.mark.parametrize("change", [{"seed": 2}, {"small": False}, {"sample": "other"}])
def test_another_seed_size_or_sample_is_another_demonstration(change):
    assert MARK.is_of(MARK.model_copy(update={"answered": True}))
    assert not MARK.is_of(MARK.model_copy(update=change))


def test_a_home_with_real_answers_is_refused(tmp_path):
    store = Store(tmp_path)
    store.write(answers(simulated=True))
    refuse_real_datasets(store)
    store.write(answers(simulated=False))
    with pytest.raises(RealEdition, match="réelle"):
        refuse_real_datasets(store)


@pytest.mark.django_db
def test_a_site_with_a_real_edition_is_refused():
    from maille.web.campaigns.loading import open_edition

    dates = {"opens": date(2025, 9, 15), "closes": date(2026, 1, 30)}
    open_edition("asco-2025", title="ASCO", simulated=True, **dates)
    refuse_real_editions()
    open_edition("asco-2030", title="ASCO 2030", simulated=False, **dates)
    with pytest.raises(RealEdition, match="ASCO 2030"):
        refuse_real_editions()


def test_one_process_serves_one_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MAILLE_HOME", "elsewhere")
    monkeypatch.setenv("MAILLE_SPECS", "elsewhere")
    with pytest.raises(OtherHome):
        open_site(tmp_path, tmp_path)


@pytest.mark.django_db
def test_accounts_are_for_the_owner_only_and_the_password_stays(tmp_path):
    from django.contrib.auth import get_user_model

    first = open_accounts(tmp_path, (CLERK,))
    again = open_accounts(tmp_path, (CLERK.model_copy(update={"code": "MNOP-QRST-UVWX"}),))
    path = tmp_path / "demo-accounts.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["respondents"][0]["code"] == "MNOP-QRST-UVWX"
    assert again.staff == first.staff
    assert [person.role for person in first.staff] == ["methodologue", "gestionnaire", "assistance", "observateur"]
    for person in first.staff:
        assert get_user_model().objects.get(username=person.username).check_password(person.password)
    assert any("69001" in line and "MNOP-QRST-UVWX" in line for line in account_lines(tmp_path))


@pytest.mark.django_db
def test_the_researcher_of_a_demonstration_may_open_the_files_and_every_word_says_it_is_simulated(tmp_path):
    from maille.web.researchers.models import Access

    open_accounts(tmp_path, (CLERK,))
    person = open_research(tmp_path, "asco-2025")
    access = Access.objects.get(user__username=person.username)
    assert access.state(access.signed_at.date()) == "open"
    assert access.universes == ["communes", "epci"]
    for said in (access.name, access.institution, access.position, access.project, access.purpose, access.signed_name):
        assert "imulé" in said
    Access.objects.update(revoked_at=access.asked_at)
    assert open_accounts(tmp_path, (CLERK,)).researchers == (person,)
    assert open_research(tmp_path, "asco-2025") == person
    assert Access.objects.get().state(access.signed_at.date()) == "revoked"


def test_a_home_without_demonstration_has_no_account(tmp_path):
    assert account_lines(tmp_path) == []


def test_visitors_answer_for_one_commune_and_one_epci_that_stay_silent():
    sample = pl.DataFrame(
        {
            "unit": ["69001", "69002", "69004", "200040574"],
            "universe": ["communes", "communes", "communes", "epci"],
            "name": ["Affoux", "Aigueperse", "Alix", "CA de l’Ouest Rhodanien"],
        }
    )
    plan = pl.DataFrame(
        {"unit": ["69001", "69002", "69004", "200040574"], "outcome": ["submitted", "silent", "started", "silent"]}
    )
    codes = {unit: f"code {unit}" for unit in sample["unit"]}
    chosen = unanswered(sample, plan, codes, seed=1)
    assert [(one.unit, one.code) for one in chosen] == [("69002", "code 69002"), ("200040574", "code 200040574")]


@pytest.mark.django_db
def test_loading_again_forgets_what_another_demonstration_had_answered():
    from maille.demo.run import _load
    from maille.web.answers.models import Answer, Submission
    from maille.web.campaigns.models import Unit

    sample = pl.DataFrame(
        {
            "unit": ["69001"],
            "universe": ["communes"],
            "name": ["Affoux"],
            "size_band": ["moins_500"],
            "departement": ["69D"],
            "region": ["84"],
            "population": [369],
        }
    )
    _load(sample, "ASCO 2025")
    unit = Unit.objects.get()
    stamp = {"author": "essai", "mode": "web"}
    at = unit.edition.opens
    moment = f"{at}T10:00:00Z"
    Answer.objects.create(unit=unit, variable="action", value="oui", state="answered", saved_at=moment, **stamp)
    Submission.objects.create(unit=unit, questionnaire="q", version="1", submitted_at=moment, fingerprint="f", **stamp)
    codes = _load(sample.with_columns(unit=pl.lit("69002")), "ASCO 2025")
    assert list(codes) == list(Unit.objects.values_list("code", flat=True)) == ["69002"]
    assert Answer.objects.count() == Submission.objects.count() == 0
