"""What goes wrong outside Maille is told in one sentence, with the right exit code."""

import json
from functools import partial
from signal import SIGINT, SIGKILL

import pytest

pytestmark = pytest.mark.xdist_group("flow")

STOPS = (
    ("processed/asco-2025/edited-communes", SIGKILL),
    ("analysed/asco-2025/estimates", SIGINT),
    ("protected/asco-2025/cells", SIGKILL),
)
LAST = "disseminated/asco-2025/quality-report"


def test_a_run_killed_or_interrupted_leaves_nothing_half_written_and_the_next_goes_on(short):
    """Stopped while it processes, while it protects and while it publishes; what was done is not done again."""
    short.forget_what_is_derived()
    stopped = {}
    for dataset, by in STOPS:
        stopped[by] = short.stop_once(partial(short.has, dataset), "run", by=by)
        assert short.altered() == []
        assert not short.has(LAST)
    assert stopped[SIGINT].returncode == 1
    assert "Interrompu" in stopped[SIGINT].stderr
    assert "Traceback" not in stopped[SIGINT].stderr
    finished = short("run")
    assert finished.returncode == 0, finished.stderr
    assert "process.read" not in finished.stderr
    assert short.has(LAST)
    verdicts = json.loads(short("verify", "--json").stdout)
    assert {verdict["name"] for verdict in verdicts} >= {LAST, "disseminated/asco-2025/abs"}
    assert all(verdict["identical"] for verdict in verdicts)


def test_a_home_that_cannot_be_a_folder_is_one_clear_sentence(copied, tmp_path):
    (tmp_path / "file").write_text("")
    copied.home = tmp_path / "file" / "home"
    refused = copied("demo", "--small")
    assert refused.returncode == 1
    assert "n'est pas un dossier" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_fault_of_ours_returns_two_and_shows_no_traceback(copied):
    (copied.home / "datasets" / "collected" / "asco-2025" / "sample" / "card.json").write_bytes(b"\xff\xfe")
    (copied.home / "parameters.json").write_text("[]")
    failed = copied("plan")
    assert failed.returncode == 2
    assert "MAILLE_DEBUG" in failed.stderr
    assert "Traceback" not in failed.stderr
