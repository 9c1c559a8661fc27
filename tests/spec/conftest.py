"""The JavaScript of the page, called from the tests of the specifications."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


class Page:
    """The modules of the page in one ``node`` process that answers line by line."""

    def __init__(self, node: str) -> None:
        script = Path(__file__).parent / "page_rules.js"
        self._process = subprocess.Popen([node, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, call: str, **given):
        """Return what a function of the page gives."""
        self._process.stdin.write(json.dumps({"call": call, **given}).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=120)
        self._process.stdout.close()


@pytest.fixture(scope="session")
def page_rules():
    """The rules of the page; ``node`` is that of the machine, or the one that ``make`` puts in the environment."""
    node = shutil.which("node", path=os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)]))
    if node is None:
        pytest.skip("node est absent : les règles de la page ne sont pas essayées")
    page = Page(node)
    yield page
    page.close()
