"""Protected cells as they come from the protection, one in seven secret, and the tables published from them."""

from pathlib import Path

import polars as pl
import pytest

from maille.analyse.protect import CELLS
from maille.catalogue import Card, Confidentiality, Dataset, Materials
from maille.disseminate.tables import publish
from maille.specs import load_bands, load_publications

SPECS = Path(__file__).parents[3] / "specs"
PUBLICATIONS = load_publications(SPECS / "publications" / "asco-2025")
BANDS = load_bands(SPECS / "bands.yaml")


def cells() -> pl.DataFrame:
    """Every cell of every table, one in seven secret."""
    rows = []
    for publication in PUBLICATIONS.values():
        bands = BANDS[publication.bands].codes() if publication.bands else ()
        for indicator in publication.indicators:
            for measure in publication.measures:
                for domain in (*bands, "ensemble"):
                    rows.append((publication, indicator, measure, domain))
    table = pl.DataFrame(
        [
            {
                "table": publication.id,
                "indicator": indicator,
                "measure": measure,
                "kind": "share",
                "unit": "%",
                "domain_type": "total" if domain == "ensemble" else "size_band",
                "domain": domain,
                "region": None,
                "departement": None,
                "estimate": None if number % 7 == 3 else 40.0 + number % 50,
                "standard_error": None if number % 7 == 3 else 1.2,
                "ci_low": None if number % 7 == 3 else 38.0 + number % 50,
                "ci_high": None if number % 7 == 3 else 42.0 + number % 50,
                "cv": 3.0,
                "respondents": None if number % 7 == 3 else 120,
                "status": "secret" if number % 7 == 3 else "value",
                "flag": None,
                "decimals": 1,
                "universe": publication.universe,
                "design_effect": 1.3,
                "all_observed": False,
                "weight_min": 1.0,
                "weight_max": 9.0,
                "sampled": 240,
                "universe_size": 1000,
            }
            for number, (publication, indicator, measure, domain) in enumerate(rows)
        ],
        infer_schema_length=None,
    )
    return table.select([variable.name for variable in CELLS])


@pytest.fixture(scope="module")
def protected() -> Dataset:
    card = Card(
        name="protected/asco-2025/cells",
        title="",
        source="",
        licence="",
        vintage="",
        confidentiality=Confidentiality.OPEN,
        simulated=True,
        variables=CELLS,
        rows=0,
        checksum="",
    )
    return Dataset(card, cells())


@pytest.fixture(scope="module")
def drafts(protected):
    materials = Materials({"protected/asco-2025/cells": protected}, SPECS)
    return {draft.name.rsplit("/", 1)[1]: draft for draft in publish("asco-2025", materials)}
