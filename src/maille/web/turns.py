"""Who writes next: on SQLite one transaction at a time, in a queue, each waking the next.

By itself SQLite makes a writer sleep, up to a tenth of a second at a time, before it looks whether its turn has come:
with eight threads, most of their time went there. The queue is a lock on the folder of the site, which the system frees
whatever becomes of the process. It decides nothing: SQLite refuses two writers at once whether they queue or not.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction


@contextmanager
def _turn() -> Iterator[None]:
    folder = os.open(settings.MAILLE_HOME, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def in_turn() -> Iterator[None]:
    """Open a short transaction; on SQLite, wait in the queue first, unless one is open already."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        with _turn(), transaction.atomic():
            yield
