"""What is published opens in other people's tools, says what it is, and is never secret."""

import io
import json
from dataclasses import replace
from pathlib import Path

import fastexcel
import polars as pl
import pytest
from frictionless import Resource, Schema
from openpyxl import load_workbook

from maille.catalogue import Confidentiality, Dataset, Materials
from maille.disseminate import NotOpen
from maille.disseminate.spreadsheet import workbook
from maille.disseminate.tables import domain_labels, publish
from maille.specs import load_bands, load_indicators, load_publications

SPECS = Path(__file__).parents[3] / "specs"
PUBLICATIONS = load_publications(SPECS / "publications" / "asco-2025")
BANDS = load_bands(SPECS / "bands.yaml")


def test_every_table_of_the_specification_is_published(drafts):
    assert set(PUBLICATIONS) | {"figures", "catalogue"} == set(drafts)


def test_a_dataset_that_is_not_open_is_refused_by_name(protected):
    secret = Dataset(protected.card.model_copy(update={"confidentiality": Confidentiality.SECRET}), protected.table)
    with pytest.raises(NotOpen, match="protected/asco-2025/cells"):
        publish("asco-2025", Materials({"protected/asco-2025/cells": secret}, SPECS))


@pytest.mark.parametrize("table", sorted(PUBLICATIONS))
def test_the_csv_is_valid_under_its_own_table_schema(drafts, table, tmp_path):
    (tmp_path / "t.csv").write_bytes(drafts[table].files[f"{table}.csv"])
    schema = Schema.from_descriptor(json.loads(drafts[table].files["schema.json"]))
    report = Resource(path="t.csv", basepath=str(tmp_path), schema=schema).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])


def test_the_csv_has_the_promised_columns(drafts):
    header = drafts["domaines"].files["domaines.csv"].decode().splitlines()[0]
    promised = "table,indicator,measure,domain_type,domain,estimate,standard_error,ci_low,ci_high,respondents,status"
    promised += ",kind,unit,cv,flag"
    assert header == promised


def test_the_three_formats_hold_the_same_cells(drafts):
    files = drafts["domaines"].files
    csv = pl.read_csv(files["domaines.csv"])
    parquet = pl.read_parquet(io.BytesIO(files["domaines.parquet"]))
    sheet = fastexcel.read_excel(files["domaines.xlsx"]).load_sheet("Données").to_polars()
    assert parquet["estimate"].to_list() == csv["estimate"].to_list() == sheet["estimate"].to_list()
    assert parquet["status"].to_list() == csv["status"].to_list() == sheet["status"].to_list()


def test_the_workbook_is_the_same_bytes_each_time(drafts, protected):
    again = publish("asco-2025", Materials({"protected/asco-2025/cells": protected}, SPECS))
    workbooks = {draft.name.rsplit("/", 1)[1]: draft.files for draft in again}
    assert workbooks["abs"]["abs.xlsx"] == drafts["abs"].files["abs.xlsx"]


def test_a_secret_cell_shows_no_number_in_the_workbook(drafts):
    book = fastexcel.read_excel(drafts["abs"].files["abs.xlsx"])
    rows = book.load_sheet(book.sheet_names[0], header_row=None).to_polars().rows()
    shown = [cell for row in rows for cell in row]
    assert (
        shown.count("s")
        == drafts["abs"].table.filter((pl.col("measure") == "communes") & (pl.col("status") == "secret")).height
    )


def test_a_sheet_holds_the_indicators_that_its_domains_have_and_there_is_none_without(drafts):
    cells = drafts["organisation"].table
    one = cells.filter(
        pl.col("domain_type") == "size_band", pl.col("indicator") == "ccas", pl.col("measure") == "communes"
    )
    placed = one.head(1).with_columns(domain_type=pl.lit("departement"), domain=pl.lit("DEP-01"))
    content = workbook(
        PUBLICATIONS["organisation"],
        pl.concat([cells, placed]),
        indicators=load_indicators(SPECS / "indicators"),
        domains=domain_labels(PUBLICATIONS["organisation"], SPECS),
        notes=["À lire."],
    )
    book = fastexcel.read_excel(content)
    assert book.sheet_names == ["Communes", "Communes, départements", "Population", "Données", "Lisez-moi"]
    rows = book.load_sheet("Communes, départements", header_row=None).to_polars().rows()
    assert [row[0] for row in rows[-3:]] == ["Département", "Ain", "Ensemble"]
    assert rows[-3][1:] == ("CCAS", "intervalle")


def test_an_amount_has_the_decimals_of_its_indicator_in_the_workbook(drafts):
    book = load_workbook(io.BytesIO(drafts["moyens-financiers"].files["moyens-financiers.xlsx"]))
    formats = {row[0].value: row[1].number_format for row in book["Montants"].iter_rows(min_row=5)}
    assert formats["Dépenses de fonctionnement pour l’action sociale (millions d’euros)"] == "#,##0"
    assert formats["Dépenses de fonctionnement pour l’action sociale par habitant (euros par habitant)"] == "#,##0.0"


def test_the_workbook_says_that_figures_are_simulated(drafts):
    notes = fastexcel.read_excel(drafts["abs"].files["abs.xlsx"]).load_sheet("Lisez-moi", header_row=None).to_polars()
    assert "DONNÉES SIMULÉES" in " ".join(str(cell) for row in notes.rows() for cell in row)


def test_the_conclusion_changes_with_the_figure_it_is_bound_to(protected):
    def conclusion(value: float) -> str:
        bound = PUBLICATIONS["abs"].conclusion
        mine = (pl.col("table") == "abs") & (pl.col("indicator") == bound.indicator) & (pl.col("domain") == "ensemble")
        table = protected.table.with_columns(
            estimate=pl.when(mine & (pl.col("measure") == bound.measure)).then(value).otherwise(pl.col("estimate"))
        )
        drafts = publish("asco-2025", Materials({"protected/asco-2025/cells": replace(protected, table=table)}, SPECS))
        catalogue = next(draft for draft in drafts if draft.name.endswith("/catalogue"))
        return catalogue.table.filter(pl.col("table") == "abs")["conclusion"][0]

    assert conclusion(33.4).startswith("Un tiers des communes")
    assert conclusion(12.2).startswith("12\u202f%")
