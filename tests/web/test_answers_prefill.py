from datetime import timedelta

import polars as pl
import pytest
from typer.testing import CliRunner

from maille.errors import UserError
from maille.pipeline import Run
from maille.pipeline.previous import left_out, members_told, simulate, take_members, take_up
from maille.territory import load_reference
from maille.web.answers import prefill
from maille.web.answers.deposit import deposited_answers
from maille.web.answers.folder import Folder
from maille.web.answers.models import Answer
from maille.web.answers.saving import save_section
from maille.web.answers.sending import submit
from maille.web.campaigns.models import Unit
from maille.web.previous_commands import previous_app

from .conftest import AT, COMPLETE

pytestmark = pytest.mark.django_db
WHO = {"author": "répondant", "mode": "web", "at": AT}
SHOWN = "En 2015, votre commune avait répondu : 12 500 €."


@pytest.fixture
def former(settings):
    """What Tarare answered in 2015."""
    run = Run(settings.MAILLE_HOME, settings.MAILLE_SPECS)
    known = [("69243", "depenses", "12500"), ("69243", "ccas", "oui"), ("69243", "etp", "beaucoup")]
    return simulate(run, "asco-2015", pl.DataFrame(known, schema=["unit", "variable", "value"], orient="row"))


def text(response):
    return " ".join(
        response.content.decode().replace("\u00a0", " ").replace("\u202f", " ").replace("\u2060", "").split()
    )


def again(unit):
    return Unit.objects.select_related("edition").get(pk=unit.pk)


def save(unit, section, **posted):
    return save_section(again(unit), section, {name: [value] for name, value in posted.items()}, **WHO)


def moyens(clerk, complete):
    save(complete, "moyens", depenses="")
    return text(clerk.get("/repondre/section/moyens/"))


def test_a_former_answer_is_shown_beside_an_empty_field_and_is_not_an_answer(former, clerk, complete):
    page = moyens(clerk, complete)
    assert f"{SHOWN} Est-ce toujours exact ?" in page
    assert 'name="depenses__confirm" value="1">' in page
    assert 'name="depenses" value=""' in page
    assert Folder.of(again(complete)).is_empty("depenses")


def test_what_a_commune_said_before_it_merged_is_not_proposed(former, monkeypatch, clerk, complete):
    monkeypatch.setattr(prefill, "followed", lambda units, *_: pl.Series([None] * len(units), dtype=pl.String))
    prefill._answers.cache_clear()
    page = moyens(clerk, complete)
    prefill._answers.cache_clear()
    assert "En 2015" not in page


def test_the_frame_is_shown_and_is_confirmed_too(clerk, tarare):
    page = text(clerk.get("/repondre/section/identite/"))
    assert "Dans la base de sondage : 10 603 habitants. Est-ce exact ?" in page
    save(tarare, "identite", population_municipale="", population_municipale__confirm="1")
    assert Answer.objects.get(variable="population_municipale").value == "10603"


def test_a_value_that_today_s_question_refuses_is_not_proposed(former, tarare):
    assert set(Folder.of(tarare).proposals) == {"population_municipale", "depenses", "ccas"}


def test_a_confirmed_value_is_an_answer_that_says_that_it_was_proposed(former, clerk, complete):
    clerk.post("/repondre/section/moyens/", COMPLETE["moyens"] | {"depenses": "", "depenses__confirm": "1"})
    answer = Answer.objects.get(variable="depenses")
    assert (answer.value, answer.state, answer.prefilled) == ("12500", "answered", True)
    page = text(clerk.get("/repondre/section/moyens/"))
    assert f"{SHOWN} Vous l’avez confirmé." in page
    assert "depenses__confirm" not in page


def test_a_choice_is_confirmed_as_a_number_is(former, tarare):
    save(tarare, "organisation", ccas__confirm="1")
    assert Answer.objects.get(variable="ccas").value == "oui"


def test_what_is_typed_is_stronger_than_the_box(former, complete):
    save(complete, "moyens", depenses="14 000", depenses__confirm="1")
    answer = Answer.objects.get(variable="depenses")
    assert (answer.value, answer.prefilled) == ("14000", False)


def test_a_confirmed_value_that_is_erased_is_no_longer_an_answer(former, complete):
    save(complete, "moyens", depenses="", depenses__confirm="1")
    save(complete, "moyens", depenses="")
    assert Folder.of(again(complete)).is_empty("depenses")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("40 000", "Ce montant a triplé : 12\u202f500 € en 2015, 40\u202f000 € en 2025. Est-ce exact ?"),
        (
            "125 000",
            "Ce montant a été multiplié par 10 : 12\u202f500 € en 2015, 125\u202f000 € en 2025. Est-ce exact ?",
        ),
        ("37 499", None),
        ("0", None),
    ],
)
def test_a_number_that_moved_by_three_or_more_is_to_be_confirmed(former, complete, typed, said):
    amounts = dict.fromkeys(("montant_aides", "montant_nature", "montant_secours"), "0")
    save(complete, "prestations", **amounts)
    result = save(complete, "moyens", depenses=typed)
    moved = [finding.message for finding in result.findings if finding.question == "depenses"]
    assert moved == ([said] if said else [])


def test_a_reason_given_for_a_moved_number_falls_when_the_number_changes(former, complete):
    save(complete, "moyens", depenses="200 000", depenses__reason="exact")
    assert Answer.objects.get(variable="depenses").reason == "exact"
    save(complete, "moyens", depenses="300 000", depenses__reason="exact")
    page = Folder.of(again(complete))
    assert not page.kept["depenses"].reason


def test_the_deposit_tells_a_confirmed_value_from_a_proposal_that_nobody_confirmed(former, complete, settings):
    save(complete, "identite", fonction="ccas", population_municipale="")
    save(complete, "identite", fonction="ccas", population_municipale="", population_municipale__confirm="1")
    submit(again(complete), author="répondant", mode="web", at=AT + timedelta(hours=2))
    kept = {row["variable"]: row for row in deposited_answers(complete.edition_id).iter_rows(named=True)}
    assert kept["population_municipale"]["prefilled"]
    assert kept["population_municipale"]["status"] == "collected"
    assert not kept["depenses"]["prefilled"]


def test_an_imported_file_is_taken_up_when_every_cell_is_right(settings, tmp_path, tarare):
    file = tmp_path / "2015.csv"
    file.write_text("unit;variable;value\n69243;depenses;12 500\n69243;etp;2,5\n", encoding="utf-8")
    card = take_up(Run(settings.MAILLE_HOME, settings.MAILLE_SPECS), "asco-2015", file)
    assert (card.rows, card.confidentiality, card.simulated) == (2, "secret", False)
    assert Folder.of(again(tarare)).proposals["etp"].value == 2.5


def test_an_imported_file_names_every_wrong_cell_and_keeps_nothing(settings, tmp_path):
    file = tmp_path / "2015.csv"
    file.write_text(
        "unit,variable,value\nTarare,depenses,1\n69243,depense,1\n69243,etp,beaucoup\n69243,etp,1\n", encoding="utf-8"
    )
    run = Run(settings.MAILLE_HOME, settings.MAILLE_SPECS)
    with pytest.raises(UserError) as refusal:
        take_up(run, "asco-2015", file)
    for place in ("ligne 2, colonne unit", "ligne 3, colonne variable", "ligne 4, colonne value", "ligne 5, colonne"):
        assert place in str(refusal.value)
    assert not run.store.exists("collected/asco-2015/previous")


def test_an_imported_file_that_was_cut_is_refused_by_its_line(settings, tmp_path):
    file = tmp_path / "2015.csv"
    file.write_text("unit,variable,value\n69243,etp,2\n69243,depenses", encoding="utf-8")
    with pytest.raises(UserError, match="ligne 3 : cette ligne n’a pas toutes ses cellules"):
        take_up(Run(settings.MAILLE_HOME, settings.MAILLE_SPECS), "asco-2015", file)


def test_a_code_that_never_was_is_refused_and_communes_that_merged_since_are_listed(settings, tmp_path):
    file = tmp_path / "2015.csv"
    file.write_text("unit,variable,value\n99999,etp,2\n", encoding="utf-8")
    run = Run(settings.MAILLE_HOME, settings.MAILLE_SPECS)
    with pytest.raises(UserError, match="ligne 2, colonne unit : « 99999 » n’a jamais été le code d’une commune"):
        take_up(run, "asco-2015", file)
    file.write_text(
        "unit,variable,value\n69243,etp,2\n01340,etp,1\n200000172,etp,3\n999999999,etp,1\n", encoding="utf-8"
    )
    take_up(run, "asco-2015", file)
    gone = left_out(run, "asco-2015")
    assert list(gone) == ["01340", "999999999"]
    assert "fusionnée" in gone["01340"]
    assert "SIREN" in gone["999999999"]
    assert "reconnus par leur SIREN" in members_told(run, "asco-2015")[0]


@pytest.fixture
def members(settings, tmp_path):
    """In 2015 the communes of two EPCI of today were in others: all of the first, one of the second's."""
    communes = load_reference().communes
    lyon = communes.filter(pl.col("epci") == "200046977")["code"]
    ain = communes.filter(pl.col("epci") == "200069193")["code"][:1]
    file = tmp_path / "epci.csv"
    rows = [*(f"{code};246900245" for code in lyon), *(f"{code};200069193" for code in ain)]
    file.write_text("\n".join(["CODGEO;EPCI", *rows, ""]), encoding="utf-8")
    return Run(settings.MAILLE_HOME, settings.MAILLE_SPECS), file


def test_an_epci_that_was_made_of_other_communes_is_left_out_and_the_reason_is_told(members):
    run, file = members
    known = [(unit, "depenses", "1") for unit in ("200069193", "200000172", "246900245")]
    simulate(run, "asco-2015", pl.DataFrame(known, schema=["unit", "variable", "value"], orient="row"))
    assert list(left_out(run, "asco-2015")) == ["246900245"]
    take_members(run, "asco-2015", file)
    gone = left_out(run, "asco-2015")
    assert list(gone) == ["200000172", "200069193"]
    assert "absent du fichier" in gone["200000172"]
    assert gone["200069193"].startswith("100 % de ses habitants sont dans 200069193 CC")
    told = " ".join(members_told(run, "asco-2015"))
    assert "2 EPCI d’alors : 1 sont les mêmes aujourd’hui par leurs communes, dont 1 sous un autre SIREN" in told
    assert "1 ont gardé leur SIREN sans être les mêmes" in told


def test_what_an_epci_said_is_proposed_to_the_one_of_the_same_communes_as_soon_as_they_are_known(members):
    run, file = members
    known = [(unit, "depenses", "1") for unit in ("200069193", "246900245")]
    simulate(run, "asco-2015", pl.DataFrame(known, schema=["unit", "variable", "value"], orient="row"))
    assert set(prefill._former("asco-2015")) == {"200069193", "246900245"}
    take_members(run, "asco-2015", file)
    assert set(prefill._former("asco-2015")) == {"200046977"}


def test_the_command_says_how_many_epci_are_the_same_and_names_the_others(members):
    run, file = members
    simulate(
        run,
        "asco-2015",
        pl.DataFrame([("200069193", "depenses", "1")], schema=["unit", "variable", "value"], orient="row"),
    )
    said = CliRunner().invoke(previous_app, ["members", "asco-2015", str(file)])
    assert said.exit_code == 0, said.output
    assert "1 sont les mêmes aujourd’hui par leurs communes" in said.output
    assert "Sans suite, les réponses de 1 collectivité(s) :\n  200069193 : " in said.output


def test_a_file_of_another_edition_is_refused(settings, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("unit,variable,value\n", encoding="utf-8")
    with pytest.raises(UserError, match="aucun questionnaire"):
        take_up(Run(settings.MAILLE_HOME, settings.MAILLE_SPECS), "asco-2005", file)
