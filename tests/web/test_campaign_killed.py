import os
import signal
import subprocess
import sys
import time
from collections import Counter
from email import message_from_bytes

import pytest

from databases import ask, create_database, settings_of

UNITS = 300
MAKE = f"""
from maille.web.serve import prepare
prepare()
from datetime import date
from django.utils import timezone
from maille.web.campaigns.calendar import plan_calendar
from maille.web.campaigns.models import Contact, Edition, Unit
from maille.web.campaigns.tasks import start_mailing
edition = Edition.objects.create(id="essai", survey="asco-2025", title="Essai", opens=date(2000, 1, 1),
    closes=date(2100, 1, 1))
units = Unit.objects.bulk_create(Unit(edition=edition, code=f"{{n:05}}", universe="communes", name=f"Commune {{n}}",
    size_band="moins_500", departement="69", region="84", access_code_hash="x") for n in range({UNITS}))
Contact.objects.bulk_create(Contact(unit=unit, email=f"mairie-{{unit.code}}@example.invalid", source="x",
    imported_at=timezone.now()) for unit in units)
opening = next(event for event in plan_calendar(edition) if event.label == "Ouverture")
start_mailing(opening, by="ines", at=timezone.now())
"""


@pytest.mark.database
def test_a_worker_killed_in_the_middle_of_a_sending_writes_to_nobody_twice(tmp_path):
    create_database(tmp_path)
    environment = settings_of(tmp_path) | {"MAILLE_EMAIL_URL": ""}
    subprocess.run([sys.executable, "-c", MAKE], env=environment, check=True)

    def worker():
        command = [sys.executable, "-m", "maille.cli", "worker"]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def until(done):
        limit = time.monotonic() + 600
        while not done():
            assert time.monotonic() < limit
            time.sleep(0.02)

    def mails():
        return list((tmp_path / "mail").glob("*.eml"))

    killed = worker()
    until(lambda: len(mails()) >= 40)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert 40 <= len(mails()) < UNITS
    again = worker()
    until(lambda: ask(tmp_path, "SELECT state FROM campaigns_mailing") == [("done",)])
    again.terminate()
    again.wait()
    written = Counter(message_from_bytes(mail.read_bytes())["to"] for mail in mails())
    told = dict(ask(tmp_path, "SELECT status, COUNT(*) FROM campaigns_message GROUP BY status"))
    reserved = told.pop("leaving", 0)
    assert reserved <= 1
    assert set(written.values()) == {1}
    assert UNITS - reserved <= len(written) <= UNITS
    assert told == {"sent": UNITS - reserved}
