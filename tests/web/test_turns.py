import fcntl
import os
import subprocess
import sys

import pytest
from django.db import connection

from maille.web.accounts.models import AuditEvent
from maille.web.turns import _turn, in_turn

from .conftest import AT

HOLDER = """
import fcntl, os, sys, time
fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


def is_free(home):
    """Whether another connection, with its own descriptor, could take its turn at once."""
    folder = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(folder)
    return True


def test_a_turn_belongs_to_one_until_it_ends_even_badly(home):
    def broken():
        with _turn():
            assert not is_free(home)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert is_free(home)


def test_the_turn_of_a_process_that_was_killed_is_free(home):
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        assert not is_free(home)
        holder.kill()
    with _turn():
        assert not is_free(home)


@pytest.mark.django_db
def test_a_transaction_inside_another_waits_for_nobody():
    with _turn(), in_turn():
        assert connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_a_writer_queues_on_sqlite_alone_and_leaves_nothing_of_what_it_could_not_finish(home):
    def broken():
        with in_turn():
            assert is_free(home) == (connection.vendor != "sqlite")
            AuditEvent.record("répondant", "essai", at=AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert is_free(home)
    assert not AuditEvent.objects.exists()
