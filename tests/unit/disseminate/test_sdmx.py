"""The SDMX files are read back by the reference reader, with the figures, statuses and labels that went in."""

import io
from datetime import date

import polars as pl
import pytest
import sdmx
from sdmx.reader.csv import Reader

from maille.disseminate.sdmx import Lists, domain_id, flow_id, observations, units_of
from maille.disseminate.sdmx_structure import structure

CELLS = pl.DataFrame(
    {
        "indicator": ["abs", "abs", "depenses", "abs"],
        "measure": ["communes"] * 4,
        "domain_type": ["size_band", "region", "total", "total"],
        "domain": ["moins_500", "84", "ensemble", "ensemble"],
        "estimate": [12.5, None, 1234.0, 0.0],
        "standard_error": [0.7, None, 30.0, 0.0],
        "ci_low": [11.1, None, 1170.0, 0.0],
        "ci_high": [13.9, None, 1300.0, 0.4],
        "respondents": [410, None, 5700, 5700],
        "status": ["value", "secret", "value", "zero"],
        "unit": ["%", "%", "€ par habitant", "%"],
        "flag": [None, None, "low_precision", None],
    }
)
RELEASED = date(2026, 11, 22)
LISTS = Lists(
    indicators={"abs": "Analyse des besoins sociaux", "depenses": "Dépenses"},
    measures={"communes": "part des communes"},
    domains={
        domain_id("size_band", "moins_500"): "Moins de 500 habitants",
        domain_id("region", "84"): "Auvergne-Rhône-Alpes",
        domain_id("total", "ensemble"): "Ensemble",
    },
    units=units_of([CELLS]),
)


@pytest.fixture(scope="module")
def read():
    """The structure and the observations, as the reference reader understands them."""
    described = sdmx.read_sdmx(
        io.BytesIO(structure("asco-2025", lists=LISTS, tables={"abs": "L’ABS"}, released=RELEASED))
    )
    (definition,) = described.structure.values()
    content = observations(CELLS, edition="asco-2025", table="abs", year=2024)
    return described, Reader().convert(io.BytesIO(content), structure=definition).data[0].obs


def test_every_observation_comes_back_with_its_key_and_its_value(read):
    _, found = read
    keys = [(str(item.key["INDICATOR"].value), str(item.key["DOMAIN"].value), item.value) for item in found]
    assert keys == [
        ("abs", "size_band-moins_500", "12.5"),
        ("abs", "region-84", ""),
        ("depenses", "total-ensemble", "1234.0"),
        ("abs", "total-ensemble", "0.0"),
    ]


def test_secret_imprecise_and_zero_keep_three_different_statuses(read):
    _, found = read
    statuses = [
        tuple(item.attached_attribute[name].value for name in ("OBS_STATUS", "CONF_STATUS", "UNIT_MEASURE"))
        for item in found
    ]
    assert statuses == [
        ("A", "F", "PC"),
        ("Q", "C", "PC"),
        ("U", "F", "EUR_PAR_HABITANT"),
        ("A", "F", "PC"),
    ]


def test_the_structure_names_every_code_in_french(read):
    described, found = read
    assert str(described.codelist["CL_DOMAIN"]["region-84"].name) == "Auvergne-Rhône-Alpes"
    assert list(described.dataflow) == [flow_id("asco-2025", "abs")] == ["ASCO_2025_ABS"]
    known = {name: set(described.codelist[f"CL_{name}"].items) for name in ("INDICATOR", "MEASURE", "DOMAIN")}
    for item in found:
        assert all(str(item.key[name].value) in codes for name, codes in known.items())


def test_the_same_tables_give_the_same_bytes():
    once, again = (structure("asco-2025", lists=LISTS, tables={"abs": "L’ABS"}, released=RELEASED) for _ in range(2))
    assert once == again
