"""The real files at hand are read whole, with the traps that they hold; skipped where they are not."""

from pathlib import Path

import polars as pl
import pytest

from maille.collect.source import Read, read_source
from maille.collect.source_check import counted
from maille.specs.source import load_source

SPECS = Path(__file__).parents[3] / "specs" / "sources"


def reading(shared_data, name, file) -> Read:
    return read_source(shared_data / file, load_source(SPECS / f"{name}.yaml"))


def test_incomes_of_communes_lose_no_commune_and_count_no_city_twice(shared_data):
    name = "insee_filosofi_2021_communes"
    found = reading(shared_data, name, f"deliveries/{name}.csv")
    assert not found.errors
    assert set(found.unmatched["reason"].str.slice(0, 29)) == {"arrondissement déjà compté dan"[:29]}
    assert found.unmatched.height == 45
    people = found.values.filter(pl.col("variable") == "personnes")
    raw = pl.read_csv(shared_data / f"deliveries/{name}.csv", separator=";", infer_schema=False)
    raw = raw.select("CODGEO", pl.col("NBPERSMENFISC21").cast(pl.Float64, strict=False).alias("people"))
    communes = raw.filter(~pl.col("CODGEO").str.contains(r"^(751|132|6938)"))
    hidden = people.filter(pl.col("status") == "secret")["written"].str.split("+").explode()
    merged_with_a_secret = raw.filter(pl.col("CODGEO").is_in(hidden.implode()))["people"].sum()
    assert 0 < merged_with_a_secret < 20_000
    assert people["value"].sum() == pytest.approx(communes["people"].sum() - merged_with_a_secret)


def test_an_empty_cell_is_a_secret_in_the_older_incomes(shared_data):
    found = reading(shared_data, "filosofi_com_2016", "reference/filosofi_com_2016.csv.gz")
    assert not found.errors
    assert found.statuses()["secret"] > 700_000
    assert found.statuses()["estimated"] > 100
    epci = reading(shared_data, "filosofi_epci_2016", "reference/filosofi_epci_2016.csv.gz")
    assert not epci.errors
    assert set(epci.unmatched["reason"]) == {"ce code n’est pas celui d’un EPCI d’aujourd’hui"}


def test_the_workbook_of_beneficiaries_is_read_with_its_three_rhone_and_its_printed_totals(shared_data):
    found = reading(shared_data, "drees_beneficiaires_2020", "deliveries/drees_beneficiaires_2020.xlsx")
    assert not found.findings
    assert not found.unmatched.height
    whole = found.values.filter(pl.col("level") == "departement", pl.col("variable") == "apa")
    assert {"69", "69D", "69M", "20"} <= set(whole["key"])
    assert counted(whole)["value"].sum() == 1_318_168
    assert found.statuses()["unavailable"] > 80


def test_the_workbook_of_staff_shows_a_printed_total_that_is_not_its_sum(shared_data):
    found = reading(shared_data, "drees_personnel_2014_2020", "deliveries/drees_personnel_2014_2020.xlsx")
    assert not found.errors
    told = [str(finding) for finding in found.findings]
    assert len(told) == 2
    assert all("etp_socio_educatif" in text and "écart -164" in text for text in told)


def test_the_series_of_beneficiaries_adds_up_once_the_rhone_is_counted_once(shared_data):
    found = reading(shared_data, "drees_beneficiaires", "reference/drees_beneficiaires.csv.gz")
    assert not found.errors
    apa = found.values.filter(pl.col("variable") == "apa", pl.col("year") == 2019)
    by_level = {str(level[0]): rows for level, rows in apa.group_by("level")}
    assert by_level["departement"]["value"].sum() == 1_370_321
    assert counted(by_level["departement"])["value"].sum() == 1_335_925
    assert by_level["region"]["value"].sum() == 1_335_925


def test_equipment_is_added_by_commune_and_benefits_of_the_caf_are_not(shared_data):
    found = reading(shared_data, "insee_bpe_rhone_2019", "deliveries/insee_bpe_rhone_2019.csv.gz")
    assert not found.errors
    doctors = found.values.filter(pl.col("variable") == "medecins")
    assert (doctors.height, doctors["value"].sum()) == (266, 1866)
    caf = reading(shared_data, "caf_rhone_2020_2024", "deliveries/caf_rhone_2020_2024.csv")
    assert not caf.errors
    assert caf.values["key"].n_unique() == 266
    assert not any(variable.adds_up for _level, variable in caf.source.variables())


def test_the_population_of_departements_is_read(shared_data):
    name = "drees_population_departements"
    found = reading(shared_data, name, f"reference/{name}.csv.gz")
    assert not found.errors
    assert not found.unmatched.height
