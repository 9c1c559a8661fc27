"""One small demonstration, made by the real command, that all flow tests read, and a short chain to run again."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from databases import URL, create_database, settings_of
from maille.catalogue import Store
from maille.errors import MailleError

ROOT = Path(__file__).parents[2]
PATIENCE = 900
"""Seconds that a command is given on a machine that does other things; one that hangs is told from a slow one."""
LEFT_OUT = ("crossings", "releases", "reports", "research/asco-2025.yaml", "simulations")
PUBLISHED = ("abs", "participation")
"""What a short chain does without, and the only tables that it publishes."""


class Command:
    """The ``maille`` command in a home of its own."""

    def __init__(self, home: Path, specs: Path = ROOT / "specs") -> None:
        self.home = home
        self.specs = specs

    @property
    def environment(self) -> dict[str, str]:
        return {**settings_of(self.home), "MAILLE_SPECS": str(self.specs)}

    def __call__(self, *arguments: str, timeout: float = PATIENCE) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "maille.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def has(self, dataset: str) -> bool:
        return (self.home / "datasets" / dataset / "card.json").exists()

    def forget_what_is_derived(self) -> None:
        """Leave the sample and the answers only: a run then does everything else again."""
        for phase in ("processed", "analysed", "protected", "disseminated"):
            shutil.rmtree(self.home / "datasets" / phase)

    def altered(self) -> list[str]:
        """Return the datasets whose card, or a file that it names, is not whole."""
        store = Store(self.home / "datasets")
        found = []
        for name in store.names(""):
            try:
                store.check(name)
            except MailleError as error:
                found.append(f"{name} : {error}")
        return found

    def stop_once(
        self, reached: Callable[[], bool], *arguments: str, by: signal.Signals
    ) -> subprocess.CompletedProcess:
        """Start a command, send it a signal as soon as ``reached`` is true and wait for its end."""
        process = self.start(*arguments)
        limit = time.monotonic() + PATIENCE
        while not reached() and process.poll() is None and time.monotonic() < limit:
            time.sleep(0.02)
        assert process.poll() is None, f"fini avant d’être interrompu : {process.communicate()}"
        assert reached()
        process.send_signal(by)
        out, err = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "maille.cli", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="session")
def demo_specs(request) -> Path:
    """The real specifications; beside PostgreSQL, which the chain never opens, those of a short chain."""
    return request.getfixturevalue("short_specs") if URL in os.environ else ROOT / "specs"


@pytest.fixture(scope="session")
def demo_home(demo_specs, tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    create_database(home)
    done = Command(home, demo_specs)("demo", "--small")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def maille(demo_home, demo_specs) -> Command:
    """The command on the demonstration, to read only."""
    return Command(demo_home, demo_specs)


def copy_of(maille: Command, folder: Path) -> Command:
    """Copy a home, its database and its specifications, to break at will."""
    shutil.copytree(maille.home, folder / "home")
    create_database(folder / "home", copied_from=maille.home)
    shutil.copytree(maille.specs, folder / "specs")
    return Command(folder / "home", folder / "specs")


@pytest.fixture
def copied(maille, tmp_path) -> Command:
    """The command on a copy of the demonstration and of the specifications, to break at will."""
    return copy_of(maille, tmp_path)


@pytest.fixture(scope="session")
def short_specs(tmp_path_factory) -> Path:
    """The real specifications that publish one table and the participation: every phase, a third of the work."""
    folder = tmp_path_factory.mktemp("short") / "specs"
    shutil.copytree(ROOT / "specs", folder)
    for name in LEFT_OUT:
        shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()
    for file in (folder / "publications" / "asco-2025").iterdir():
        if file.stem not in PUBLISHED:
            file.unlink()
    return folder


@pytest.fixture(scope="session")
def short_home(demo_home, short_specs, tmp_path_factory) -> Command:
    """The demonstration, what depends on the publications computed again from the short specifications."""
    short = copy_of(Command(demo_home, short_specs), tmp_path_factory.mktemp("short-home"))
    done = short("run")
    assert done.returncode == 0, done.stderr
    return short


@pytest.fixture
def short(short_home, tmp_path) -> Command:
    """The command on a copy of the short chain, to run again at will."""
    return copy_of(short_home, tmp_path)
