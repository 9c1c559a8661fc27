"""Doubted answers are decided one by one, each decision beside the collected answer, and told to the journal."""

import polars as pl
import pytest
from django.conf import settings

from answer_rows import answer_rows
from maille.catalogue import Confidentiality, Draft, Store
from maille.pipeline import preview
from maille.process.contradictions import CONTRADICTIONS
from maille.process.edit import standing
from maille.process.queue import QUEUE, SCHEMA
from maille.specs import load_questionnaire
from maille.web.accounts.access import HOTLINE, MANAGER, OBSERVER
from maille.web.accounts.models import AuditEvent
from maille.web.accounts.people import add_staff
from maille.web.answers.models import Answer
from maille.web.editing.deposit import EDITS
from maille.web.editing.models import Edit, Recalculation
from maille.web.hotline.models import CallBack, Case

from .conftest import EDITION, WIDTHS

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PAGE = "/gestion/verification/"
RECORD = f"{PAGE}{EDITION}/69243/"
FORMER = ["unit", "variable", "value"]
_FIGURE = {
    "table": "moyens-financiers",
    "indicator": "depenses_total",
    "measure": "amounts",
    "domain_type": "size_band",
    "domain": "10000_plus",
    "estimate": 161.4,
    "figure_unit": "M€",
    "standard_error": 11.4,
    "effect": -26.7,
    "score": 2.34,
}
ROWS = [
    {
        **_FIGURE,
        "variable": "depenses",
        "section": "moyens",
        "kind": "previous",
        "message": "Ce montant a été multiplié par 1000 : 61 000 € en 2015, 61 000 000 € en 2025. Est-ce exact ?",
        "rule": "écart avec asco-2015:depenses",
        "reason": "unusual",
        "remark": "Une opération exceptionnelle.",
        "collected": "61000000",
        "used": "61000000",
        "expected": "61000",
        "expected_from": "previous",
    },
    {
        "variable": "epci_competence",
        "section": "organisation",
        "kind": "contradiction",
        "message": "L’intercommunalité (200040574) répond « oui » sur le même fait.",
        "rule": "même réponse",
        "collected": "non",
        "used": "non",
        "expected": "oui",
        "expected_from": "other",
    },
    {
        "variable": "domaines",
        "section": "action",
        "kind": "rule",
        "message": "Est-ce exact ?",
        "rule": "x",
        "collected": "pauvrete logement",
        "used": "pauvrete logement",
    },
]


def keep(home, name, rows, described):
    kinds = {"integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean}
    schema = {one.name: kinds.get(one.kind, pl.String) for one in described}
    table = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    details = {"title": "Essai", "source": "Essai", "vintage": EDITION, "confidentiality": Confidentiality.SECRET}
    Store(home / "datasets").write(Draft(name=name, table=table, variables=described, **details))


@pytest.fixture
def classified(home, complete):
    """Tarare has three doubted answers, and contradicts its intercommunalité."""
    about = {"unit": "69243", "universe": "communes", "name": "Tarare", "size_band": "10000_plus", "state": "open"}
    rows = [{**about, "rank": place, "global_score": 2.34, "covered": 1.0, **row} for place, row in enumerate(ROWS, 1)]
    keep(home, f"processed/{EDITION}/editing-queue", rows, QUEUE)
    apart = {"kind": "counterpart", "universe": "communes", "unit": "69243", "variable": "epci_competence"}
    apart |= {"value": "non", "other": "200040574", "other_variable": "competence", "other_value": "oui"}
    apart |= {"rule": "même réponse", "todo": "Rappeler les deux.", "resolved": False}
    keep(home, f"processed/{EDITION}/contradictions", [apart], CONTRADICTIONS)
    keep(home, f"collected/{EDITION}/sample", [], EDITS)
    return complete


@pytest.fixture
def expert(client, methodologist, classified):
    client.force_login(methodologist, backend=BACKEND)
    return client


def decide(client, act, variable="depenses", **posted):
    return client.post(f"{RECORD}{act}/", {"variable": variable, **posted}, follow=True)


def test_the_queue_tells_the_figure_that_each_answer_moves_and_by_how_much(expert):
    text = expert.get(PAGE).content.decode()
    assert "Tarare" in text
    assert "Écart avec l’édition précédente" in text
    assert "26,70" in text
    assert "2,34" in text


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("theme=moyens", 1),
        ("pourquoi=contradiction", 1),
        ("tranche=10000_plus", 3),
        ("tranche=moins_500", 0),
        ("etat=edited", 0),
        ("nom=tara", 3),
        ("nom=6924", 3),
        ("theme=inconnu", 0),
    ],
)
def test_the_queue_is_filtered(expert, asked, count):
    assert len(expert.get(f"{PAGE}?{asked}").context["rows"]) == count


@pytest.mark.parametrize("role", [HOTLINE, MANAGER, OBSERVER])
def test_only_a_methodologist_sees_answers(client, classified, role):
    client.force_login(add_staff("tom", "x", role), backend=BACKEND)
    for path in (PAGE, RECORD, f"{PAGE}contradictions/"):
        assert client.get(path).status_code == 403
    assert decide(client, "rien").status_code == 403


def test_the_journal_keeps_each_opening_and_never_a_value(expert):
    expert.get(RECORD)
    decide(expert, "corriger", value="61 000", reason="Appel")
    events = list(AuditEvent.objects.filter(unit="69243"))
    assert [event.what for event in events][:2] == ["réponses ouvertes", "réponse corrigée"]
    assert not any("61" in event.detail for event in events)


def test_a_correction_is_read_as_the_questionnaire_reads_it_and_leaves_the_answer_alone(expert, classified):
    page = decide(expert, "corriger", value="61 000", reason="Saisi en milliers")
    assert "est corrigée" in page.content.decode()
    edit = Edit.objects.get()
    assert (edit.before, edit.after, edit.state, edit.who) == ("61000000", "61000", "edited", "ines")
    assert Answer.objects.get(unit=classified, variable="depenses").value == "61000"


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"value": "beaucoup", "reason": "x"}, "Écrivez un nombre en chiffres"),
        ({"value": "", "reason": "x"}, "Donnez la nouvelle valeur"),
        ({"value": "12", "reason": " "}, "Dites pourquoi"),
        ({"value": "61000000", "reason": "x"}, "C’est la valeur collectée"),
    ],
)
def test_what_the_questionnaire_refuses_is_not_kept(expert, posted, said):
    assert said in decide(expert, "corriger", **posted).content.decode()
    assert not Edit.objects.exists()


def test_several_choices_are_corrected_in_the_order_of_the_questionnaire(expert):
    decide(expert, "corriger", "domaines", value=["logement", "jeunesse_famille"], reason="Appel")
    assert sorted(Edit.objects.get().after.split()) == ["jeunesse_famille", "logement"]


def test_an_answer_may_be_left_without_value_and_then_imputed(expert):
    decide(expert, "corriger", unanswered="1", value="", reason="Illisible")
    assert (Edit.objects.get().after, Edit.objects.get().state) == ("", "edited")


def test_keeping_an_answer_against_a_rule_asks_why(expert):
    decide(expert, "maintenir")
    assert not Edit.objects.exists()
    decide(expert, "maintenir", reason="Crèche ouverte en 2024")
    assert Edit.objects.get().state == "forced"


def test_an_answer_sent_back_asks_the_hotline_to_call_without_telling_it_the_answer(expert, classified):
    decide(expert, "renvoyer")
    call = CallBack.objects.get(unit=classified)
    assert "61" not in call.text
    assert Case.objects.get(unit=classified).status == Case.Status.WAITING
    assert "une réponse à vérifier avec la collectivité" in expert.get("/gestion/assistance/").content.decode()


def test_undoing_is_another_decision_and_the_answer_comes_back_in_the_queue(expert):
    decide(expert, "corriger", value="61000", reason="Appel")
    assert [line.state for line, _ in expert.get(f"{PAGE}?theme=moyens&etat=").context["rows"]] == ["edited"]
    decide(expert, "annuler")
    assert [line.state for line, _ in expert.get(f"{PAGE}?theme=moyens").context["rows"]] == ["open"]
    assert list(Edit.objects.values_list("state", flat=True)) == ["edited", "undone"]


def test_nothing_decided_cannot_be_undone(expert):
    assert "Aucune décision" in decide(expert, "annuler").content.decode()


def test_decisions_on_what_is_not_in_the_queue_are_not_found(expert):
    assert decide(expert, "rien", "remarques").status_code == 404
    assert expert.get(f"{PAGE}{EDITION}/69001/").status_code == 404


def test_the_chain_reads_what_the_site_deposits(expert, edition, root):
    decide(expert, "corriger", value="61000", reason="Appel")
    decide(expert, "maintenir", "epci_competence", reason="Statuts")
    expert.post(f"{PAGE}versement/")
    table = Store(settings.MAILLE_HOME / "datasets").read(f"collected/{EDITION}/edits").table
    assert table.columns == [one.name for one in EDITS]
    questionnaire = load_questionnaire(root / "specs" / "questionnaires" / f"{EDITION}-communes.md")
    answers = answer_rows(questionnaire, [{"depenses": 61_000_000, "epci_competence": "non"}])
    held = standing(table, answers.with_columns(unit=pl.lit("69243")), questionnaire)
    assert held.select("variable", "state", "used", "who").rows() == [
        ("depenses", "edited", "61000", "ines"),
        ("epci_competence", "forced", "non", "ines"),
    ]


def test_the_contradictions_are_listed_with_both_sides(expert):
    text = expert.get(f"{PAGE}contradictions/").content.decode()
    assert "CA de l’Ouest Rhodanien" in text
    assert "Rappeler les deux" in text


def test_a_recalculation_shows_the_figures_that_would_move_and_changes_none(expert, beside, monkeypatch):
    row = {**_FIGURE, "universe": "communes", "decimals": 1, "before": 161.4, "after": 134.7}
    monkeypatch.setattr("maille.web.editing.tasks.moved_figures", lambda _run, _draft, _shown: pl.DataFrame([row]))
    waiting = expert.post(f"{PAGE}recalcul/", follow=True).content.decode()
    assert "Recalcul en cours" in waiting
    expert.post(f"{PAGE}recalcul/")
    assert Recalculation.objects.count() == 1
    beside()
    page = expert.get(f"{PAGE}recalcul/{Recalculation.objects.get().pk}/").content.decode()
    assert "1 chiffre bougerait" in page
    assert "134,7" in page


def test_a_recalculation_without_published_figures_says_what_to_do(expert, beside):
    expert.post(f"{PAGE}recalcul/")
    beside()
    one = Recalculation.objects.get()
    assert one.state == "failed"
    assert "n’existe pas encore" in one.problem


def test_only_what_reads_differently_once_rounded_is_told():
    figure = {name: "a" for name in preview.FIGURE}
    both = [{**figure, "domain": d, "decimals": 1, "standard_error": 1.0, "unit": "%", "estimate": 10.0} for d in "xyz"]
    after = [{**row, "estimate": value} for row, value in zip(both, (10.04, 10.2, None), strict=True)]
    moved = preview.differences(pl.DataFrame(both), pl.DataFrame(after, schema_overrides={"estimate": pl.Float64}))
    assert moved["domain"].to_list() == ["y", "z"]


def test_an_edition_that_is_not_computed_yet_says_so(client, methodologist, edition):
    client.force_login(methodologist, backend=BACKEND)
    assert "La file n’est pas encore faite" in client.get(PAGE).content.decode()


def test_the_columns_that_the_page_reads_are_those_that_the_chain_writes():
    assert set(SCHEMA) == {one.name for one in QUEUE}


def test_no_fault_on_any_page_of_the_verification(transactional_db, expert, live_server, page, faults):
    decide(expert, "corriger", value="61000", reason="Appel")
    cookie = {"name": "maille_session", "value": expert.cookies["maille_session"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    for path in (PAGE, RECORD, f"{PAGE}contradictions/"):
        page.goto(live_server.url + path)
        assert faults(page, widths=WIDTHS) == [], path


def test_the_chain_and_the_site_say_the_same_of_a_number_that_tripled(home, complete, root):
    from maille.collect.previous import previous_draft
    from maille.specs.previous_columns import moved_columns
    from maille.web.answers.folder import Folder

    told = pl.DataFrame([("69243", "depenses", "20 000"), ("69243", "etp", "2,5")], schema=FORMER, orient="row")
    Store(home / "datasets").write(previous_draft("asco-2015", told, source="Essai"))
    del complete.folder
    folder = Folder.of(complete)
    section = folder.questionnaire.section("moyens")
    site = [finding for finding in folder.findings(section) if "triplé" in finding.message]
    answers = answer_rows(folder.questionnaire, [{"action": "oui", "depenses": 61_000, "etp": 2.5}])
    former = told.with_columns(survey=pl.lit("asco-2015"))
    table = answers.with_columns(unit=pl.lit("69243"), population=10603)
    chain = [finding for _row, finding in moved_columns(folder.questionnaire, table, former)]
    assert chain == site
    assert len(site) == 1
