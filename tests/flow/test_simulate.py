"""« maille simulate »: killed, it goes on; asked for nonsense, it says what is wrong."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import maille
import maille.demo.simulate as simulate_module
from maille.demo.simulate import SimulationImpossible, asked, simulate, told
from maille.pipeline import Run
from maille.pipeline.freshness import code_version

SPECS = Path(__file__).parents[2] / "specs"

pytestmark = pytest.mark.xdist_group("replicates")


def run_for(home: Path) -> Run:
    return Run(home, SPECS)


def silent(_what: str, _done: int, _total: int) -> None:
    pass


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> Run:
    run = run_for(tmp_path_factory.mktemp("simulated"))
    wanted = asked("asco-2025", replicates=12, seed=1, universes=["epci"], workers=1)
    cards = simulate(run, wanted, silent)
    assert [card.name.rpartition("/")[2] for card in cards] == ["coverage", "nonresponse", "designs"]
    assert any("coverage" in line for line in told(run, cards))
    return run


def test_what_a_simulation_writes_is_open_and_says_that_it_is_simulated(simulated):
    card = simulated.store.check("simulated/asco-2025/coverage")
    assert (card.confidentiality, card.simulated) == ("open", True)
    assert card.parameters == {"replicates": "12", "seed": "1"}


def test_every_figure_of_the_tables_is_judged(simulated):
    table = simulated.store.read("simulated/asco-2025/coverage").table
    assert set(table["kind"]) == {"share", "total", "ratio", "median"}
    assert table["replicates"].max() == 12
    assert table["state"].null_count() == 0
    assert table["coverage"].drop_nulls().is_between(0, 100).all()


def test_each_design_has_its_half_widths(simulated):
    table = simulated.store.read("simulated/asco-2025/designs").table
    drawn = dict(table.select("design", "drawn").unique().iter_rows())
    assert drawn == {"edition": 1100, "edition_2015": 823, "taille_2025": 1100}
    assert (table["half_width"] >= 0).all()


def test_a_simulation_that_was_killed_goes_on_and_gives_the_same(tmp_path, simulated):
    command = [sys.executable, "-m", "maille.cli", "simulate", "--replicates", "12", "--seed", "1"]
    environment = {**os.environ, "MAILLE_HOME": str(tmp_path), "MAILLE_SPECS": str(SPECS)}
    process = subprocess.Popen(
        [*command, "--universe", "epci", "--workers", "1"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None and not list(tmp_path.glob("simulation/*/*.npz")):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(tmp_path.glob("simulation/*/*.npz"))
    seen: list[int] = []
    run = run_for(tmp_path)
    wanted = asked("asco-2025", replicates=12, seed=1, universes=["epci"], workers=1)
    cards = simulate(run, wanted, lambda _what, done, _total: seen.append(done))
    assert seen[0] >= 10
    for card in cards:
        assert card.checksum == simulated.store.card(card.name).checksum


@pytest.mark.parametrize(
    "changed",
    [
        "stats/variance.py",
        "collect/selection.py",
        "process/weight.py",
        "analyse/respondents.py",
        "specs/sample.py",
        "territory/universe.py",
        "demo/working_values.yaml",
    ],
)
def test_chunks_are_not_kept_once_what_made_them_has_changed(tmp_path, monkeypatch, changed):
    root = Path(maille.__file__).parent
    for room in ("collect", "process", "analyse", "demo", "stats", "specs", "territory", "catalogue"):
        shutil.copytree(
            root / room, tmp_path / "maille" / room, ignore=shutil.ignore_patterns("reference", "__pycache__")
        )
    monkeypatch.setattr(maille, "__file__", str(tmp_path / "maille" / "__init__.py"))
    monkeypatch.setattr(simulate_module, "WORKING_VALUES", tmp_path / "maille" / "demo" / "working_values.yaml")
    wanted = asked("asco-2025", replicates=2, seed=1)
    keys = []
    for _ in range(2):
        code_version.cache_clear()
        keys.append(simulate_module.chunks_key(run_for(tmp_path), wanted))
        with (tmp_path / "maille" / changed).open("a") as file:
            file.write("# another line\n")
    code_version.cache_clear()
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("given", "where"),
    [({"replicates": 1}, "--replicates"), ({"workers": 0}, "--workers"), ({"seed": -1}, "--seed")],
)
def test_a_number_that_makes_no_sense_is_refused(given, where):
    with pytest.raises(SimulationImpossible, match=where):
        asked("asco-2025", **{"replicates": 10, "seed": 1, **given})


def test_an_unknown_edition_or_universe_is_refused(tmp_path):
    with pytest.raises(SimulationImpossible, match="univers inconnu"):
        asked("asco-2025", replicates=10, seed=1, universes=["cantons"])
    with pytest.raises(SimulationImpossible, match="pas de simulation"):
        simulate(run_for(tmp_path), asked("asco-1850", replicates=10, seed=1), silent)
