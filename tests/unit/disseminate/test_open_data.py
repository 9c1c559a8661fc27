"""An edition is one package that the reference readers accept, and that gives the same bytes each time."""

import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
import sdmx
from frictionless import Package, system
from sdmx.reader.csv import Reader

from maille.catalogue import Card, Confidentiality, Dataset, Materials, Variable
from maille.disseminate.open_data import NOTES, PACKAGE, STRUCTURE, archive_name, publish_open_data
from maille.specs import load_publications

from .test_quality import measures

SPECS = Path(__file__).parents[3] / "specs"
PUBLICATIONS = load_publications(SPECS / "publications" / "asco-2025")

LEVELS = {"region": "région", "departement": "département"}
BESIDE_TABLE = pl.DataFrame({"level": ["region", "departement"], "sampled": [12, None]})
BESIDE_CARD = Card(
    name="disseminated/asco-2025/participation",
    title="La participation",
    source="",
    licence="",
    vintage="",
    confidentiality=Confidentiality.OPEN,
    variables=(
        Variable(name="level", label="Niveau", kind="code", codes=LEVELS),
        Variable(name="sampled", label="Interrogées", kind="integer"),
    ),
    rows=2,
    checksum="",
)


@pytest.fixture(scope="module")
def made(drafts, protected):
    """The open files made from the published tables."""
    inputs = {
        draft.name: Dataset(protected.card.model_copy(update={"name": draft.name, "variables": ()}), draft.table)
        for draft in drafts.values()
    }
    card = protected.card.model_copy(update={"variables": ()})
    inputs["protected/asco-2025/quality-measures"] = Dataset(card, measures())
    inputs["disseminated/asco-2025/participation"] = Dataset(BESIDE_CARD, BESIDE_TABLE)
    materials = Materials(inputs, SPECS)
    (once,), (again,) = (publish_open_data("asco-2025", materials) for _ in range(2))
    assert once.files == again.files
    return once.files


@pytest.fixture(scope="module")
def unpacked(made, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    with zipfile.ZipFile(io.BytesIO(made[archive_name("asco-2025")])) as archive:
        archive.extractall(folder)
    return folder


def test_the_archive_holds_each_table_with_its_dictionary_and_its_observations(unpacked):
    found = {path.name for path in unpacked.iterdir()}
    assert found == {PACKAGE, STRUCTURE, *NOTES} | {
        f"{name}{ending}" for name in PUBLICATIONS for ending in (".csv", ".md", ".sdmx.csv")
    } | {"participation.csv"}


def test_the_package_is_valid_for_frictionless_row_by_row(unpacked):
    with system.use_context(trusted=True):
        package = Package(str(unpacked / PACKAGE))
        report = package.validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])[:5]
    assert [resource.name for resource in package.resources] == [*PUBLICATIONS, "participation"]


def test_what_is_published_beside_the_tables_is_described_column_by_column(made):
    described = json.loads(made[PACKAGE])["resources"][-1]
    assert described["title"] == "La participation"
    assert [(field["name"], field["type"]) for field in described["schema"]["fields"]] == [
        ("level", "string"),
        ("sampled", "integer"),
    ]
    assert described["schema"]["fields"][0]["constraints"] == {"enum": ["departement", "region"]}


def test_a_table_that_was_altered_is_refused_by_its_hash(unpacked, tmp_path):
    described = json.loads((unpacked / PACKAGE).read_text())
    for resource in described["resources"]:
        content = (unpacked / resource["path"]).read_bytes()
        (tmp_path / resource["path"]).write_bytes(content.replace(b"value", b"zero", 1))
    (tmp_path / PACKAGE).write_text(json.dumps(described))
    with system.use_context(trusted=True):
        assert not Package(str(tmp_path / PACKAGE)).validate().valid


def test_every_cell_of_every_table_is_an_observation_that_the_structure_knows(unpacked, protected):
    described = sdmx.read_sdmx(unpacked / STRUCTURE)
    (definition,) = described.structure.values()
    cells = protected.table
    for name in PUBLICATIONS:
        content = (unpacked / f"{name}.sdmx.csv").read_bytes()
        found = Reader().convert(io.BytesIO(content), structure=definition).data[0].obs
        expected = cells.filter(cells["table"] == name)
        assert [item.value for item in found] == [
            "" if value is None else str(value) for value in expected["estimate"].to_list()
        ]
        places = set(described.codelist["CL_DOMAIN"].items)
        assert {str(item.key["DOMAIN"].value) for item in found} <= places


def test_what_is_simulated_says_so_in_the_package(made):
    assert json.loads(made[PACKAGE])["description"].startswith("DONNÉES SIMULÉES")
