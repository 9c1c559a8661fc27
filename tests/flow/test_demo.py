"""A demonstration that is interrupted, visited, or started where it must not be, through the real command."""

import json
import sqlite3
import subprocess
import sys
from signal import SIGKILL

import polars as pl
import psycopg
import pytest

from databases import ask, create_database
from flow.conftest import Command
from maille.catalogue import Store

pytestmark = [pytest.mark.xdist_group("flow"), pytest.mark.database]

ANSWERS = "collected/asco-2025/answers"
SUBMITTED_BY = "select count(*) from answers_submission where mode = %s"
ANSWER_AS_A_VISITOR = """
import json, sys
from maille.web import setup
setup()
from maille.demo.answering import posted_sections, truths
from maille.demo.country import countries
from maille.demo.over_http import answer_over_http, served_site
from maille.web.answers.folder import questionnaire_of
from maille.web.campaigns.models import Unit
account = json.loads(sys.argv[1])
unit = Unit.objects.select_related("edition").get(edition="asco-2025", code=account["unit"])
truth = truths(countries(seed=2025)["communes"], "code", [unit.code])[unit.code]
pages = [(section.id, posted) for section, posted in posted_sections(questionnaire_of(unit), truth)]
with served_site() as site:
    answer_over_http(site, unit, code=account["code"], sections=pages)
"""


def answers(home):
    return Store(home / "datasets").card(ANSWERS).checksum


def submitted(home, mode):
    """How many questionnaires are already sent in this mode; none when there is no database yet."""
    try:
        return ask(home, SUBMITTED_BY, mode)[0][0]
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
        return 0


def test_a_demonstration_killed_twice_ends_as_if_nothing_had_happened(demo_home, short_specs, tmp_path):
    interrupted = Command(tmp_path / "home", short_specs)
    interrupted.home.mkdir()
    create_database(interrupted.home)
    demonstration = ("demo", "--small")
    interrupted.stop_once(lambda: submitted(interrupted.home, "simulated") > 0, *demonstration, by=SIGKILL)
    already = submitted(interrupted.home, "simulated")
    assert 0 < already < submitted(demo_home, "simulated")
    interrupted.stop_once(lambda: submitted(interrupted.home, "web") > 0, *demonstration, by=SIGKILL)
    finished = interrupted(*demonstration)
    assert finished.returncode == 0, finished.stderr
    assert answers(interrupted.home) == answers(demo_home)


def test_what_a_visitor_answers_on_the_site_is_brought_in_by_the_next_demonstration(short):
    account = json.loads((short.home / "demo-accounts.json").read_text())["respondents"][0]
    before = answers(short.home)
    done = subprocess.run(
        [sys.executable, "-c", ANSWER_AS_A_VISITOR, json.dumps(account)],
        env={**short.environment, "DJANGO_SETTINGS_MODULE": "maille.web.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    again = short("demo", "--small")
    assert again.returncode == 0, again.stderr
    assert answers(short.home) != before
    table = Store(short.home / "datasets").read(ANSWERS).table
    assert set(table.filter(pl.col("unit") == account["unit"])["mode"]) == {"web"}
    deposited = short("deposit")
    assert deposited.returncode == 0, deposited.stderr
    assert ANSWERS in deposited.stdout


def test_a_home_that_holds_a_real_survey_is_refused(copied):
    ask(copied.home, "update campaigns_edition set simulated = %s", False)
    refused = copied("demo", "--small")
    assert refused.returncode == 1
    assert "enquête réelle" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_summary_says_that_the_data_are_simulated_and_gives_the_accounts(maille):
    said = maille("demo", "--small").stderr
    assert "Données simulées" in said
    assert "/connexion/" in said
    assert said.count("/repondre/") == 5
    assert "/demonstration/" in said
