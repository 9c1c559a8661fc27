"""The tutorial is followed to the letter: every command that it shows runs as it says."""

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs/tutoriels/premiere-enquete.md").read_text()
SHOWN = [line.split("#")[0].strip() for line in re.findall(r"^\.venv/bin/maille .*$", TUTORIAL, flags=re.M)]

pytestmark = pytest.mark.xdist_group("flow")


def test_the_tutorial_shows_the_whole_way():
    words = {line.split()[1] for line in SHOWN}
    assert {"demo", "territory", "show", "serve", "deposit", "plan", "run", "verify", "check"} == words


def test_every_command_of_the_tutorial_runs(short):
    """The first, which makes the demonstration, finds here the one that was made for all these tests."""
    for line in SHOWN[:-1]:
        if " serve" not in line:
            done = short(*shlex.split(line)[1:])
            assert done.returncode == 0, f"{line}\n{done.stderr}"
    mistake = re.search(r"Ajoutez `(.*?)` à `specs/(.*?)`", TUTORIAL)
    with (short.specs / mistake[2]).open("a") as file:
        file.write(f"\n{mistake[1]}\n")
    checked = short(*shlex.split(SHOWN[-1])[1:])
    assert checked.returncode == 1
    assert mistake[1].split(":")[0] in checked.stderr
