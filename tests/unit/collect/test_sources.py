"""A source is read as its specification says: absences keep their kind, nothing counts twice."""

import gzip
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from maille.catalogue import Store
from maille.collect.source import SourceRefused, read_source, source_drafts
from maille.collect.source_check import counted
from maille.pipeline import Run
from maille.pipeline.sources import add_source, check_source
from maille.specs import SpecInvalid, check_specs
from maille.specs.source import load_source
from maille.specs.spreadsheet import WorkbookRefused

SPECS = Path(__file__).parents[3] / "specs"
SOURCES = sorted((SPECS / "sources").glob("*.yaml"))
HEAD = """\
name: essai
title: "Source fabriquée pour l’essai"
producer: Maille
url: https://example.org
licence: "Licence Ouverte 2.0"
vintage: "2019"
files: "*"
geography: {geography}
format: {{kind: {kind}}}
absences: {absences}
simulated: true
lexicon: {{field: essai, method: essai, limits: essai, periodicity: essai}}
tables:
"""
COMMUNES = """\
  - level: commune
    key: {columns: [code]}
    year: 2019
    variables:
      - {name: habitants, label: Habitants, unit: habitants, kind: count, column: hab}
      - {name: taux, label: Taux, unit: "%", kind: rate, column: taux, weighted_by: habitants}
      - {name: mediane, label: Médiane, unit: "€", kind: rate, column: med}
      - {name: foyers, label: Foyers, unit: foyers, kind: count, additive: false, column: foy}
"""
DEPARTEMENTS = """\
  - level: departement
    key: {columns: [nom], form: name}
    year_column: an
    variables:
      - {name: depense, label: Dépense, unit: "€", kind: amount, column: montant}
"""


def spec(tmp_path, tables, *, geography=2026, kind="csv", absences='{s: secret, nd: unavailable, "": not_collected}'):
    path = tmp_path / "essai.yaml"
    path.write_text(HEAD.format(geography=geography, kind=kind, absences=absences) + tables)
    return load_source(path)


def read(tmp_path, text, source):
    file = tmp_path / "essai.csv"
    file.write_text(text)
    return read_source(file, source)


def value(found, key, variable):
    row = found.values.row(by_predicate=(pl.col("key") == key) & (pl.col("variable") == variable), named=True)
    return row["value"], row["status"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_source_of_the_project_is_valid_and_says_its_limits(path):
    source = load_source(path)
    assert source.lexicon.limits
    assert source.url.startswith("https://")


def test_a_secret_an_unavailable_and_an_empty_cell_are_three_absences(tmp_path):
    found = read(tmp_path, "code,hab,taux,med,foy\n01004,s,nd,,5\n", spec(tmp_path, COMMUNES))
    assert value(found, "01004", "habitants") == (None, "secret")
    assert value(found, "01004", "taux") == (None, "unavailable")
    assert value(found, "01004", "mediane") == (None, "not_collected")
    assert found.statuses() == {"value": 1, "secret": 1, "unavailable": 1, "not_collected": 1}


def test_communes_that_merged_add_their_counts_weigh_their_rates_and_have_no_median(tmp_path):
    text = "code,hab,taux,med,foy\n01039,100,10,1000,5\n01138,300,20,2000,5\n"
    found = read(tmp_path, text, spec(tmp_path, COMMUNES, geography=2019))
    assert value(found, "01138", "habitants") == (400.0, "value")
    assert value(found, "01138", "taux") == (17.5, "estimated")
    assert value(found, "01138", "mediane") == (None, "unavailable")
    assert value(found, "01138", "foyers") == (None, "unavailable")
    assert found.values.filter(pl.col("variable") == "taux")["written"].to_list() == ["01039+01138"]


def test_a_secret_part_makes_the_sum_secret(tmp_path):
    text = "code,hab,taux,med,foy\n01039,s,10,1000,5\n01138,300,20,2000,5\n"
    found = read(tmp_path, text, spec(tmp_path, COMMUNES, geography=2019))
    assert value(found, "01138", "habitants") == (None, "secret")


def test_a_commune_that_split_shares_its_counts_by_population_and_they_are_estimated(tmp_path):
    text = "code,hab,taux,med,foy\n60054,1000,12,1500,5\n"
    found = read(tmp_path, text, spec(tmp_path, COMMUNES, geography=2019))
    parts = found.values.filter(pl.col("variable") == "habitants")
    assert sorted(parts["key"]) == ["60054", "60694"]
    assert parts["value"].sum() == pytest.approx(1000)
    assert set(parts["status"]) == {"estimated"}
    assert value(found, "60694", "taux") == (12.0, "estimated")


def test_arrondissements_beside_their_city_are_left_out_and_listed(tmp_path):
    text = "code,hab,taux,med,foy\n75056,900,1,1,5\n75101,400,1,1,5\n75102,500,1,1,5\n"
    found = read(tmp_path, text, spec(tmp_path, COMMUNES))
    assert value(found, "75056", "habitants") == (900.0, "value")
    lost = found.unmatched.filter(pl.col("row").is_not_null())
    assert lost["reason"].to_list() == ["arrondissement déjà compté dans sa ville (75056)"] * 2


def test_arrondissements_alone_make_their_city(tmp_path):
    text = "code,hab,taux,med,foy\n69381,400,1,1,5\n69382,500,2,1,5\n"
    found = read(tmp_path, text, spec(tmp_path, COMMUNES))
    assert value(found, "69123", "habitants") == (900.0, "value")


def test_rounded_figures_that_are_added_are_estimated(tmp_path):
    source = spec(tmp_path, COMMUNES, geography=2019).model_copy(update={"rounding": 5})
    text = "code,hab,taux,med,foy\n01039,100,10,1000,5\n01138,300,20,2000,5\n"
    assert value(read(tmp_path, text, source), "01138", "habitants") == (400.0, "estimated")


def test_what_does_not_match_says_why_and_what_is_near(tmp_path):
    found = read(tmp_path, "code,hab,taux,med,foy\n1004,1,1,1,5\n01005,1,1,1,5\n", spec(tmp_path, COMMUNES))
    lost = found.unmatched.row(0, named=True)
    assert lost["written"], lost["row"] == ("1004", 2)
    assert lost["reason"] == "ce code de commune n’a jamais existé"
    assert lost["near"].startswith("01004 ")
    assert any("commune d’aujourd’hui sans ligne" in reason for reason in found.unmatched["reason"])


def test_departements_are_read_by_name_with_their_accents_and_articles(tmp_path):
    text = "nom,an,montant\nCÔTES D'ARMOR,2020,1\nDépartement de l’Hérault,2020,2\nReunion,2020,3\nAtlantide,2020,4\n"
    found = read(tmp_path, text, spec(tmp_path, DEPARTEMENTS))
    assert found.values["key"].to_list() == ["22", "34", "974"]
    assert found.unmatched["written"].to_list() == ["Atlantide"]


def test_the_three_rhone_are_kept_and_only_the_whole_is_counted(tmp_path):
    tables = DEPARTEMENTS.replace("form: name", "form: code") + "    totals: {France: {of: all}}\n"
    text = "nom,an,montant\n01,2020,10\n69,2020,30\n69D,2020,10\n69M,2020,20\nFrance,2020,40\n"
    found = read(tmp_path, text, spec(tmp_path, tables))
    assert not found.findings
    assert dict(found.values.select("key", "part_of").iter_rows()) == {
        "01": None,
        "69": None,
        "69D": "69",
        "69M": "69",
    }
    wrong = read(tmp_path, text.replace("France,2020,40", "France,2020,70"), spec(tmp_path, tables))
    assert "70 imprimé, 40 sommé (écart +30)" in str(wrong.findings[0])


def test_where_the_rhone_is_written_in_parts_only_its_parts_are_counted(tmp_path):
    tables = DEPARTEMENTS.replace("form: name", "form: code") + "    totals: {France: {of: all}}\n"
    text = "nom,an,montant\n01,2020,10\n69,2020,nd\n69D,2020,10\n69M,2020,20\nFrance,2020,40\n"
    assert not read(tmp_path, text, spec(tmp_path, tables)).findings


def test_a_territory_written_in_parts_alone_has_their_sum_when_the_variable_adds_up(tmp_path):
    """Two sources that write the Corse, one whole and one in parts, meet on the whole."""
    rate = "      - {name: taux, label: Taux, unit: '%', kind: rate, column: taux}\n"
    source = spec(tmp_path, DEPARTEMENTS.replace("form: name", "form: code") + rate)
    rows = [
        "2A,2020,10,5",
        "2B,2020,20,7",
        "69D,2020,1,1",
        "69M,2020,nd,1",
        "2A,2021,4,1",
        "20,2021,9,1",
        "2B,2021,4,1",
    ]
    found = read(tmp_path, "\n".join(["nom,an,montant,taux", *rows, ""]), source)
    assert not found.errors
    whole = found.values.filter(pl.col("key").is_in(["20", "69"])).select("key", "year", "variable", "value", "status")
    assert whole.sort("year", "variable").rows() == [
        ("20", 2020, "depense", 30.0, "value"),
        ("20", 2021, "depense", 9.0, "value"),
        ("20", 2021, "taux", 1.0, "value"),
    ]
    spent = found.values.filter(pl.col("variable") == "depense", pl.col("year") == 2020)
    assert counted(spent)["value"].sum() == 31.0


def test_rows_of_one_commune_are_added_and_one_without_row_has_none(tmp_path):
    tables = """\
  - level: commune
    key: {columns: [code]}
    year: 2019
    repeated: sum
    missing_row: zero
    scope: ["69"]
    variables:
      - {name: ecoles, label: Écoles, unit: écoles, kind: count, column: n, where: {type: "C1*"}}
"""
    text = "code,type,n\n69381,C104,4\n69382,C104,3\n69382,C105,1\n69382,D201,9\n"
    found = read(tmp_path, text, spec(tmp_path, tables))
    assert value(found, "69123", "ecoles") == (8.0, "value")
    assert value(found, "69266", "ecoles") == (0.0, "zero")
    assert found.values.height == 266


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,hab,taux,med,foy\n01004,x,1,1,5\n", "ligne 2, colonne « hab » : « x » n’est ni un nombre"),
        ("code,hab,taux,med,foy\n01004,-3,1,1,5\n", "ne peut pas être négatif"),
        ("code,hab,taux,med,foy\n01004,1,1,1,5\n01004,2,1,1,5\n", "plusieurs lignes pour 2019 (2, 3)"),
        ("code,hb,taux,med,foy\n01004,1,1,1,5\n", "colonne « hab » : colonne attendue, qui n’y est pas"),
        ("code,hab,taux,med,foy\n01004,inf,1,1,5\n", "« inf » n’est ni un nombre"),
        ('code,hab,taux,med,foy\n01004,"1,5",1,1,5\n', "« 1,5 » n’est ni un nombre"),
        ("code,hab,taux,med,foy\n", "aucune ligne de données"),
        ("code,hab,taux,med,foy\n01004,1,1,1,5\n01005,2,1", "ligne 3 : 3 cellule(s) au lieu de 5"),
        ("code,hab,taux,med,foy\n01004,1,1,1,5,6\n", "ligne 2 : 6 cellule(s) au lieu de 5"),
    ],
)
def test_a_fault_is_shown_with_its_place_and_nothing_is_deposited(tmp_path, text, said):
    found = read(tmp_path, text, spec(tmp_path, COMMUNES))
    assert any(said in str(finding) for finding in found.errors)
    with pytest.raises(SourceRefused, match="n’est pas versée"):
        source_drafts(found)


def test_a_last_line_without_an_end_is_remarked(tmp_path):
    """Cut inside its last number, a file has all its cells: only the end of the line is lacking."""
    whole, cut = (
        read(tmp_path, text, spec(tmp_path, COMMUNES))
        for text in ("code,hab,taux,med,foy\n01004,1,1,1,50\n", "code,hab,taux,med,foy\n01004,1,1,1,5")
    )
    assert not any("coupé" in str(finding) for finding in whole.findings)
    assert any("coupé" in str(finding) for finding in cut.findings)
    assert not cut.errors


def test_a_truncated_archive_and_a_wrong_encoding_are_refused(tmp_path):
    source = spec(tmp_path, COMMUNES)
    cut = tmp_path / "essai.csv.gz"
    cut.write_bytes(gzip.compress(b"code,hab,taux,med,foy\n" * 900)[:-12])
    with pytest.raises(SourceRefused, match="tronqué") as refused:
        read_source(cut, source)
    assert refused.value.where == "essai.csv.gz"
    cut.write_bytes("code,hab\né".encode("latin-1"))
    with pytest.raises(SourceRefused, match="utf-8"):
        read_source(cut, source)
    with pytest.raises(SourceRefused, match="lu"):
        read_source(tmp_path / "absent.csv", source)


def workbook(path, rows, title="Tableau"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)


SHEET = """\
  - sheet: Tableau
    level: departement
    header: [3, 4]
    first: 5
    last: 6
    key: {columns: ["Code"]}
    year: 2020
    variables:
      - {name: moins, label: Moins de 60 ans, unit: mesures, kind: count, column: "PCH / moins de 60"}
      - {name: plus, label: 60 ans et plus, unit: mesures, kind: count, column: "PCH / plus"}
"""
ROWS = [["Titre"], [], ["Code", "PCH", None], [None, "moins\nde 60", "plus"], ["01", 3, "s"], ["2A", 4, 5], ["Note"]]


def test_a_heading_of_two_rows_and_notes_around_the_table_are_read(tmp_path):
    source = spec(tmp_path, SHEET, kind="xlsx")
    workbook(tmp_path / "essai.xlsx", ROWS)
    found = read_source(tmp_path / "essai.xlsx", source)
    assert not found.errors
    assert value(found, "2A", "plus") == (5.0, "value")
    assert value(found, "01", "plus") == (None, "secret")


def test_a_missing_sheet_a_formula_without_result_and_a_file_that_is_no_workbook_are_said(tmp_path):
    source = spec(tmp_path, SHEET, kind="xlsx")
    file = tmp_path / "essai.xlsx"
    workbook(file, ROWS, title="Tableaux")
    assert "« Tableau » : cette feuille manque" in str(read_source(file, source).errors[0])
    workbook(file, [*ROWS[:4], ["01", "=SUM(1,2)", 1], ROWS[5]])
    assert "formule sans résultat" in str(read_source(file, source).errors[0])
    file.write_bytes(b"PK nothing")
    with pytest.raises(WorkbookRefused):
        read_source(file, source)


BALANCES = """\
EXER;NDEPT;INSEE;SIREN;LBUDG;COMPTE;OBNETDEB;OBNETCRE
2022;001;004;210100046;AMBERIEU;6411;1000.50;0
2022;001;004;210100046;AMBERIEU;6451;200;0.5
2022;001;004;210100046;AMBERIEU;657362;300;0
2022;001;004;260100000;CCAS AMBERIEU;6411;40;0
2022;001;004;260100000;CCAS AMBERIEU;6561;70;20
2022;001;004;999999999;SYNDICAT;6411;1;0
"""


def test_fabricated_accounts_join_communes_by_siren_and_ccas_by_their_commune(tmp_path):
    """The file is made up: no real balance was seen; « limits » of the sources says what is known of its columns."""
    file = tmp_path / "balances-comptables-2022.csv"
    file.write_text(BALANCES)
    communes = read_source(file, load_source(SPECS / "sources" / "dgfip_balances_communes_2022.yaml"))
    assert value(communes, "01004", "charges_personnel") == (1200.0, "value")
    assert value(communes, "01004", "subvention_ccas") == (300.0, "value")
    assert "999999999" in communes.unmatched["written"].to_list()
    ccas = read_source(file, load_source(SPECS / "sources" / "dgfip_balances_ccas_2022.yaml"))
    assert value(ccas, "01004", "aides_personne") == (50.0, "value")
    assert value(ccas, "01004", "charges_personnel") == (40.0, "value")


def deposited(tmp_path, text):
    (tmp_path / "specs" / "sources").mkdir(parents=True, exist_ok=True)
    source = HEAD.format(geography=2026, kind="csv", absences="{}") + DEPARTEMENTS
    (tmp_path / "specs" / "sources" / "essai.yaml").write_text(source)
    file = tmp_path / "essai.csv"
    file.write_text(text)
    run = Run(tmp_path / "home", tmp_path / "specs")
    return add_source(run, check_source(run, file, "essai")), run


def test_a_deposited_source_keeps_its_card_and_every_former_version(tmp_path):
    first, run = deposited(tmp_path, "nom,an,montant\nAin,2020,1\n")
    assert first.confidentiality == "open"
    assert first.simulated
    assert first.parameters["file"] == "essai.csv"
    assert first.specs[0].name == "sources/essai.yaml"
    assert run.store.names("collected/sources") == ["collected/sources/essai", "collected/sources/essai-unmatched"]
    deposited(tmp_path, "nom,an,montant\nAin,2020,2\n")
    kept = sorted(path.name for path in run.store.folder("collected/sources/essai").glob("data.*"))
    assert len(kept) == 2
    assert Store(run.store.home).read("collected/sources/essai").table["value"].to_list() == [2.0]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("kind: amount", "kind: money", "valeur inconnue"),
        ("year_column: an", "year_column: an\n    year: 2020", "se dit une fois"),
        ("column: montant", "colum: montant", "clé inconnue"),
        ("form: name", "form: dgfip", "deux colonnes"),
    ],
)
def test_a_wrong_specification_is_refused_with_its_line(tmp_path, before, after, said):
    with pytest.raises(SpecInvalid, match=rf"essai\.yaml:\d+:\d+ : .*{said}"):
        spec(tmp_path, DEPARTEMENTS.replace(before, after))


def test_checking_a_folder_checks_its_sources(tmp_path):
    folder = tmp_path / "specs"
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "faux.yaml").write_text("name: autre\n")
    assert any(problem.file.endswith("faux.yaml") for problem in check_specs(folder))
