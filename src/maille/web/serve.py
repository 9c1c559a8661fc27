"""Serve the site on this machine, with gunicorn, in this process."""

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from maille.errors import UserError
from maille.web import setup

HOST = "127.0.0.1"
THREADS = 4
"""Requests that one process answers at once: while one waits for the database, another goes on."""
KEPT_OPEN = 75
"""Seconds during which the connection of a browser, or of the proxy in front, stays open without a request."""

PATIENCE = 120
"""Seconds given to a process to start, or to say that it is alive: a busy machine is no reason to kill it."""


class PortInUse(UserError):
    """Another program already answers on this port."""


def check_port(port: int) -> None:
    """Refuse a port that cannot be listened to; raises PortInUse."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortInUse(
                f"Le port {port} est déjà pris par un autre programme.",
                where=f"{HOST}:{port}",
                hint=f"Arrêtez cet autre programme, ou choisissez un autre port : make run PORT={port + 1}",
            ) from error


def prepare() -> None:
    """Bring the database up to date: the first start creates it."""
    setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def serve(port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; ``ready`` receives the address once the port is listened to."""
    check_port(port)
    prepare()
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    from gunicorn.app.base import BaseApplication

    from maille.web.wsgi import application

    class Site(BaseApplication):
        def load_config(self) -> None:
            self.cfg.set("bind", f"{HOST}:{port}")
            self.cfg.set("workers", settings.MAILLE_WORKERS)
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", THREADS)
            self.cfg.set("keepalive", KEPT_OPEN)
            self.cfg.set("timeout", PATIENCE)
            self.cfg.set("loglevel", "warning")
            self.cfg.set("control_socket_disable", True)
            self.cfg.set("when_ready", lambda _server: ready(f"http://{HOST}:{port}"))

        def load(self) -> object:
            return application

    with worker_beside():
        _load_all()
        Site().run()


def _load_all() -> None:
    """Import every page before the processes part: they share its memory, and no first visitor waits for it.

    What is loaded then is left out of every search for garbage, which becomes rarer.
    """
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - read for what it imports
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@contextmanager
def worker_beside() -> Iterator[None]:
    """Run a worker as long as this process lives: it stops when its standard input closes, even on a kill -9."""
    command = [sys.executable, "-m", "maille.cli", "worker", "--beside"]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        worker.terminate()


def work(*, beside: bool) -> None:
    """Do the long work that the site asks for, until interrupted; what a worker that died had begun goes on."""
    prepare()
    from django.core.management import call_command

    from maille.web.campaigns.tasks import take_up_again

    if beside:
        threading.Thread(target=_stop_with_the_site, daemon=True).start()
    take_up_again()
    threading.Thread(target=_send_links, daemon=True).start()
    call_command("db_worker", interval=0.5, verbosity=0)


def _send_links() -> None:
    """Send the links that people wait for, beside the mailings; if it breaks, the whole worker stops and is seen to."""
    from django_tasks_db.management.commands.db_worker import Worker

    from maille.web.answers.links import QUEUE

    links = Worker(
        queue_names=[QUEUE],
        interval=1,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"liens-{os.getpid()}",
        excluded_queue_names=[],
    )
    try:
        links.run()
    finally:
        os.kill(os.getpid(), signal.SIGTERM)


def _stop_with_the_site() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
