"""The database of a home: its SQLite file, or a PostgreSQL database of its own when the tests run beside a server."""

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

URL = "MAILLE_DATABASE_URL"


def _name(home: Path) -> str:
    return f"home_{hashlib.sha256(str(home).encode()).hexdigest()[:16]}"


def create_database(home: Path, *, copied_from: Path | None = None) -> None:
    """Create the database of a home, empty or the copy of another home's; SQLite asks for nothing."""
    if URL in os.environ:
        template = _name(copied_from) if copied_from else "template1"
        with psycopg.connect(os.environ[URL], autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {_name(home)} TEMPLATE {template}")


def settings_of(home: Path) -> dict[str, str]:
    """Return what a command needs to use a home."""
    address = {URL: make_conninfo(os.environ[URL], dbname=_name(home))} if URL in os.environ else {}
    return {**os.environ, "MAILLE_HOME": str(home), **address}


def ask(home: Path, query: str, *parameters: object) -> list[tuple]:
    """Run a query of the database of a home, its parameters written ``%s``; return its rows."""
    if URL in os.environ:
        with psycopg.connect(settings_of(home)[URL]) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []
    with closing(sqlite3.connect(f"file:{home}/maille.sqlite3?mode=rw", uri=True, timeout=20)) as database, database:
        return database.execute(query.replace("%s", "?"), parameters).fetchall()
