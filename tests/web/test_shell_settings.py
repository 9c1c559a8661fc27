import subprocess
import sys

import pytest

from databases import ask, create_database, settings_of
from maille.web import environment
from maille.web.environment import BadSetting
from maille.web.serve import PortInUse, check_port

CREATED_AND_WHOLE = """
from maille.web.serve import prepare
prepare()
from django.core.management import call_command
call_command("makemigrations", "accounts", "campaigns", "answers", "hotline", check=True, dry_run=True, verbosity=0)
"""


def test_a_boolean_that_is_neither_true_nor_false_stops_the_start(monkeypatch):
    monkeypatch.setenv("MAILLE_HTTPS", "oui")
    with pytest.raises(BadSetting) as refusal:
        environment.boolean("MAILLE_HTTPS", default=False)
    assert refusal.value.where == "MAILLE_HTTPS"
    assert refusal.value.expected == "true ou false"


def test_a_secret_is_read_from_the_file_that_is_named(monkeypatch, tmp_path):
    (tmp_path / "clef").write_text("une clef\n")
    monkeypatch.setenv("MAILLE_SECRET_KEY_FILE", str(tmp_path / "clef"))
    assert environment.kept_secret("MAILLE_SECRET_KEY", tmp_path / "autre") == "une clef"
    monkeypatch.setenv("MAILLE_SECRET_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(BadSetting):
        environment.secret("MAILLE_SECRET_KEY")


def test_a_secret_is_drawn_once_and_readable_by_its_owner_only(tmp_path):
    file = tmp_path / "maison" / "secret-key"
    drawn = environment.kept_secret("MAILLE_NO_SUCH_KEY", file)
    assert environment.kept_secret("MAILLE_NO_SUCH_KEY", file) == drawn
    assert len(drawn) >= 50
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path):
    (tmp_path / "fichier").write_text("")
    with pytest.raises(BadSetting) as refusal:
        environment.kept_secret("MAILLE_NO_SUCH_KEY", tmp_path / "fichier" / "secret-key")
    assert "MAILLE_HOME" in refusal.value.hint


def test_a_port_in_use_names_the_way_out():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortInUse) as refusal:
            check_port(taken.getsockname()[1])
    assert "PORT=" in refusal.value.hint


@pytest.mark.database
def test_the_command_creates_its_database_in_the_home_folder(tmp_path):
    create_database(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", CREATED_AND_WHOLE],
        env=settings_of(tmp_path) | {"DJANGO_SETTINGS_MODULE": "maille.web.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (0, "")
    assert ask(tmp_path, "select count(*) from campaigns_edition") == [(0,)]
