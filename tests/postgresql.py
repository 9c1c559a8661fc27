"""A PostgreSQL server of its own for the tests: ``python tests/postgresql.py COMMAND…`` runs a command beside it.

The command reads the address in ``MAILLE_DATABASE_URL``. The server listens to a socket of a temporary folder only, and
goes with its data when the command ends.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"


class Server:
    """A running server: its address, and the means to kill it and to start it again."""

    def __init__(self, folder: Path, *, options: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.options = options
        self._bin = _programs()

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/maille?host={self.folder}"

    def create(self) -> None:
        self._run("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")

    def start(self) -> None:
        settings = ("listen_addresses=", f"unix_socket_directories={self.folder}", *self.options)
        written = " ".join(f"-c {setting}" for setting in settings)
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-l", log, "-w", "-t", "60", "-o", written, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "stop")

    def kill(self) -> None:
        """End the server as a power cut would: no process of it says goodbye."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = subprocess.run(["pgrep", "-P", str(first)], capture_output=True, text=True, check=False).stdout
        for process in (first, *map(int, children.split())):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                continue
        while Path(f"/proc/{first}").exists():
            time.sleep(0.05)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Return the address of a new database, empty or the copy of another."""
        self._run("createdb", "-h", str(self.folder), "-U", USER, "-T", template, name)
        return self.url.replace("/maille?", f"/{name}?")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode:
            raise RuntimeError(f"{program} : {done.stdout}{done.stderr}")


def _programs() -> Path:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if versions:
        return versions[-1]
    found = shutil.which("initdb")
    if found is None:
        raise RuntimeError("PostgreSQL manque : installez le paquet postgresql (15 ou plus récent).")
    return Path(found).resolve().parent


@contextmanager
def running(*options: str) -> Iterator[Server]:
    """Run a server in a temporary folder, with the database ``maille``; ``options`` are settings, ``name=value``."""
    folder = Path(tempfile.mkdtemp(prefix="maille-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, USER, USER)
    server = Server(folder, options=options)
    try:
        server.create()
        server.start()
        server.create_database("maille")
        yield server
    finally:
        if (server.data / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For tests that never pull the plug."""


def main() -> int:
    with running(*FAST) as server:
        return subprocess.run(
            sys.argv[1:], env={**os.environ, "MAILLE_DATABASE_URL": server.url}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
