"""What goes wrong outside Maille is told in one sentence, with the right exit code."""

import signal
import time

import pytest

pytestmark = pytest.mark.xdist_group("flow")


def test_an_interrupted_command_says_that_nothing_is_lost(copied):
    copied.forget_what_is_derived()
    process = copied.start("run")
    while not copied.has("processed/asco-2025/weights") and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Interrompu" in err
    assert "Traceback" not in err
    assert not copied.has("disseminated/asco-2025/catalogue")
    assert copied("run").returncode == 0
    assert copied.has("disseminated/asco-2025/catalogue")


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
