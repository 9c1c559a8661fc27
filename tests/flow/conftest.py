"""One small demonstration, made by the real command, that all flow tests read."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from databases import create_database, settings_of

ROOT = Path(__file__).parents[2]


class Command:
    """The ``maille`` command in a home of its own."""

    def __init__(self, home: Path, specs: Path = ROOT / "specs") -> None:
        self.home = home
        self.specs = specs

    @property
    def environment(self) -> dict[str, str]:
        return {**settings_of(self.home), "MAILLE_SPECS": str(self.specs)}

    def __call__(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess:
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

    def start(self, *arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "-m", "maille.cli", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    create_database(home)
    done = Command(home)("demo", "--small")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def maille(demo_home) -> Command:
    """The command on the demonstration, to read only."""
    return Command(demo_home)


@pytest.fixture
def copied(demo_home, tmp_path) -> Command:
    """The command on a copy of the demonstration and of the specifications, to break at will."""
    shutil.copytree(demo_home, tmp_path / "home")
    create_database(tmp_path / "home", copied_from=demo_home)
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    return Command(tmp_path / "home", tmp_path / "specs")
