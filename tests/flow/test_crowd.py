"""The plug is pulled in the middle of a crowd: everything that was acknowledged is there afterwards, value by value."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.xdist_group("crowd")


@pytest.mark.parametrize(
    ("database", "killed"), [("sqlite", "worker"), ("postgresql", "worker"), ("postgresql", "database")]
)
def test_nothing_acknowledged_is_lost_or_doubled_when_the_plug_is_pulled(database, killed):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    crowd = ["--people", "8", "--rate", "8", "--seconds", "6", "--port", str(port)]
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench/web.py"), "--only", database, "--kill", killed, *crowd],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    saves = int(done.stdout.split()[2])
    assert saves >= 8
