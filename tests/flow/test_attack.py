"""The real command plays the intruder on a real publication."""

import json

import polars as pl
import pytest

from flow.conftest import Command
from maille.catalogue import Store

pytestmark = pytest.mark.xdist_group("flow")


def test_nothing_hidden_is_found_in_what_the_demonstration_publishes(demo_home):
    done = Command(demo_home)("attack", "--json")
    assert done.returncode == 0, done.stdout[:2000] + done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert not any(one["broken"] is not False for one in found)
    read = {one["cell"].split(", ")[1].split(" ")[0] for one in found}
    assert {"departements", "departement", "ensemble"} <= read, "les croisements, la participation et les tableaux"


def test_an_evolution_published_beside_a_secret_is_found_in_the_whole_publication(demo_home, tmp_path):
    evolutions = Store(demo_home / "datasets").read("disseminated/asco-2025/evolutions").table
    left = pl.when(pl.col("status") == "secret").then(pl.lit(1.5)).otherwise("difference").alias("difference")
    evolutions.with_columns(left).write_csv(tmp_path / "evolutions.csv")
    leak = str(tmp_path / "evolutions.csv")
    done = Command(demo_home)("attack", "disseminated/asco-2025/figures", leak, "--json")
    assert done.returncode == 1
    assert any(one["given"] == "les évolutions" for one in json.loads(done.stdout))


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
