"""The real command plays the intruder on a real publication."""

import json

import pytest

from flow.conftest import Command

EVERYTHING = (
    "protected/asco-2025/cells",
    "protected/asco-2025/participation",
    *(f"disseminated/asco-2025/{name}" for name in ("abs", "domaines", "organisation", "partenariats", "prestations")),
)


def test_nothing_hidden_is_found_in_what_the_demonstration_publishes(demo_home):
    done = Command(demo_home)("attack", *EVERYTHING, "--compare", "asco-2025", "--json", timeout=600)
    assert done.returncode == 0, done.stdout[:2000] + done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found
    assert not any(one["broken"] is not False for one in found)


def test_a_secret_dataset_is_not_the_intruders_to_read(demo_home):
    done = Command(demo_home)("attack", "analysed/asco-2025/estimates")
    assert done.returncode == 1
    assert "n’est pas publié" in done.stderr


def test_a_truncated_dataset_is_named(copied):
    data = next((copied.home / "datasets" / "protected" / "asco-2025" / "cells").glob("data*.parquet"))
    data.write_bytes(data.read_bytes()[:100])
    done = copied("attack", "protected/asco-2025/cells")
    assert done.returncode == 1
    assert "protected/asco-2025/cells" in done.stderr


@pytest.mark.parametrize("name", ["protected/asco-2025/rien", "rien.csv"])
def test_what_does_not_exist_is_said(demo_home, name):
    done = Command(demo_home)("attack", name)
    assert done.returncode == 1
    assert name in done.stderr
