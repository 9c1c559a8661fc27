"""The tutorial is followed to the letter: every command that it shows runs as it says."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from databases import create_database, settings_of

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs/tutoriels/premiere-enquete.md").read_text()
SHOWN = [line.split("#")[0].strip() for line in re.findall(r"^\.venv/bin/maille .*$", TUTORIAL, flags=re.M)]

pytestmark = pytest.mark.xdist_group("tutorial")


def test_the_tutorial_shows_the_whole_way():
    words = {line.split()[1] for line in SHOWN}
    assert {"demo", "territory", "show", "serve", "deposit", "plan", "run", "verify", "check"} == words


def test_every_command_of_the_tutorial_runs(tmp_path):
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    create_database(tmp_path / "var")
    settings = {**settings_of(tmp_path / "var"), "MAILLE_SPECS": str(tmp_path / "specs")}

    def maille(line: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "maille.cli", *shlex.split(line)[1:]]
        return subprocess.run(command, env=settings, capture_output=True, text=True, check=False)

    for line in SHOWN[:-1]:
        if " serve" not in line:
            done = maille(line)
            assert done.returncode == 0, f"{line}\n{done.stderr}"
    mistake = re.search(r"Ajoutez `(.*?)` à `specs/(.*?)`", TUTORIAL)
    with (tmp_path / "specs" / mistake[2]).open("a") as file:
        file.write(f"\n{mistake[1]}\n")
    checked = maille(SHOWN[-1])
    assert checked.returncode == 1
    assert mistake[1].split(":")[0] in checked.stderr
