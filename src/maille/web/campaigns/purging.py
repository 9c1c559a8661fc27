"""Forgetting the people of an edition: names, addresses, letters, files; then looking for them everywhere."""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email import message_from_bytes
from email.utils import getaddresses
from pathlib import Path

import polars as pl
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.signing import Signer
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from maille.errors import UserError
from maille.web.accounts.access import SESSION_UNIT
from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.models import Edition

SHORTEST = 6
"""A shorter name or number is found everywhere by chance."""
CHUNK = 8_000_000
OVERLAP = 400


@dataclass(frozen=True)
class Place:
    """A table that holds people of an edition, through its unit: what to look for, and what to empty.

    Without ``emptied``, the whole row is deleted. The model is named, not imported: apps above this one hold some.
    """

    label: str
    model: str
    words: tuple[str, ...] = ()
    emptied: str = ""

    @property
    def kind(self) -> type[Model]:
        return apps.get_model(self.model)

    def rows(self, edition: Edition) -> QuerySet:
        rows = self.kind._default_manager.filter(unit__edition=edition)
        return rows.exclude(**{self.emptied: ""}) if self.emptied else rows

    def forget(self, edition: Edition) -> int:
        rows = self.rows(edition)
        return rows.update(**{self.emptied: ""}) if self.emptied else rows.delete()[0]


HELD = (
    Place("contacts", "campaigns.Contact", ("name", "email", "phone")),
    Place("invités", "accounts.Guest", ("name", "email")),
    Place("répondants", "accounts.Respondent", ("name", "email")),
    Place("liens de connexion", "accounts.SignInLink", ("email",)),
    Place("adresses de messages", "campaigns.Message", emptied="address"),
    Place("notes d’appel", "hotline.CaseEvent", emptied="text"),
    Place("notes de rappel", "hotline.CallBack", emptied="text"),
)
"""Everything to forget, in one place: a model that starts to hold people is added here."""


class UnknownEdition(UserError):
    """The edition named on the command line does not exist."""


@dataclass(frozen=True)
class Proof:
    """What was deleted, what was looked for, and where it was still found: nowhere."""

    edition: str
    by: str
    at: str
    deleted: dict[str, int]
    sought: int
    tables: int
    files: int
    found: tuple[str, ...]
    """Tables and files where something is left, never what."""

    def lines(self) -> list[str]:
        """Return the proof in French, one fact a line, its signature last."""
        sought = f"{self.sought} noms, adresses et numéros cherchés dans {self.tables} tables et {self.files} fichiers"
        return [
            *(f"◆ {label} : {count}" for label, count in self.deleted.items()),
            f"{sought} : {len(self.found)} trouvé(s).",
            *(f"▲ il en reste dans {place}" for place in self.found),
            self.signed,
        ]

    @property
    def signed(self) -> str:
        """Return the proof as one signed line."""
        return Signer(salt="purge").sign(json.dumps(asdict(self), ensure_ascii=False, sort_keys=True))


def purge(edition: Edition, *, by: str, at: datetime) -> Proof:
    """Delete the contacts and the people of an edition, then search the database and the home for each of them."""
    sought = _people(edition)
    deleted = _delete(edition, {word for word in sought if "@" in word})
    _compact()
    found, tables = _in_database(sought)
    left, files = _in_files(settings.MAILLE_HOME, sought)
    proof = Proof(edition.pk, by, at.isoformat(), deleted, len(sought), tables, files, tuple(found + left))
    folder = settings.MAILLE_HOME / "purges"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / f"{edition.pk}-{at:%Y%m%d-%H%M%S}.txt").write_text(proof.signed + "\n", encoding="utf-8")
    print_ = proof.signed.rpartition(":")[2][:12]
    AuditEvent.record(by, f"contacts effacés, {len(proof.found)} reste, {print_}"[:40], at=at)
    return proof


def purge_named(edition: str) -> Proof:
    """Purge an edition by its identifier, from the command line; raises UnknownEdition."""
    found = Edition.objects.filter(pk=edition).first()
    if found is None:
        known = ", ".join(Edition.objects.values_list("pk", flat=True)) or "aucune"
        raise UnknownEdition("aucune édition ne porte ce nom.", got=edition, expected=known)
    return purge(found, by="maille purge", at=timezone.now())


def held(edition: Edition) -> dict[str, int]:
    """Return how much each place holds about people, by its name in French."""
    return {place.label: place.rows(edition).count() for place in HELD}


def _people(edition: Edition) -> set[str]:
    """Return every name, address and number to forget; the name of an authority is no secret."""
    words = {
        word.strip()
        for place in HELD
        if place.words
        for row in place.rows(edition).values_list(*place.words)
        for word in row
    }
    public = set(edition.units.values_list("name", flat=True))
    return {word for word in words if len(word) >= SHORTEST and word not in public}


def _sessions(edition: Edition) -> int:
    """Close the sessions of those who answer, and those nobody reads any more: they keep a name, out of plain sight."""
    units = set(edition.units.values_list("pk", flat=True))
    over = [one.pk for one in Session.objects.iterator() if one.get_decoded().get(SESSION_UNIT) in units]
    SessionStore.clear_expired()
    return sum(Session.objects.filter(pk__in=keys).delete()[0] for keys in _by(500, over))


def _by(count: int, keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), count):
        yield keys[start : start + count]


@transaction.atomic
def _rows(edition: Edition) -> dict[str, int]:
    return {place.label: place.forget(edition) for place in HELD} | {"sessions": _sessions(edition)}


def _delete(edition: Edition, addresses: set[str]) -> dict[str, int]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")
    deleted = _rows(edition)
    home = settings.MAILLE_HOME
    letters = list((home / "letters" / edition.pk).rglob("*.pdf"))
    shutil.rmtree(home / "letters" / edition.pk, ignore_errors=True)
    imports = list((home / "imports").glob("*"))
    mails = [path for path in (home / "mail").glob("*.eml") if _is_to(path, addresses)]
    for path in (*imports, *mails):
        path.unlink()
    return deleted | {"courriers": len(letters), "courriels": len(mails), "fichiers importés": len(imports)}


def _is_to(path: Path, addresses: set[str]) -> bool:
    headers = message_from_bytes(path.read_bytes()).get_all("to", [])
    return any(address in addresses for _name, address in getaddresses(headers))


def _compact() -> None:
    """Rewrite the database, so that what was deleted is no longer in its file."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for order in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                cursor.execute(order)
                cursor.fetchall()
        else:
            for model in (*(place.kind for place in HELD), Session):
                cursor.execute(f"VACUUM FULL {connection.ops.quote_name(model._meta.db_table)}")


def _in_database(sought: set[str]) -> tuple[list[str], int]:
    """Return the columns where something is left, and how many tables were read in full."""
    found, tables = [], connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table in tables:
            for column in connection.introspection.get_table_description(cursor, table):
                quoted = connection.ops.quote_name(column.name)
                cursor.execute(f"SELECT DISTINCT CAST({quoted} AS text) FROM {connection.ops.quote_name(table)}")  # noqa: S608
                if any(_holds([row[0] for row in rows if row[0]], sought) for rows in _pages(cursor)):
                    found.append(f"{table}.{column.name}")
    return found, len(tables)


def _pages(cursor: object) -> Iterator[list[tuple[str | None]]]:
    while rows := cursor.fetchmany(20_000):
        yield rows


def _holds(texts: Iterable[str], sought: set[str]) -> bool:
    if not sought:
        return False
    held = pl.Series("text", list(texts), dtype=pl.String).str.contains_any(sorted(sought), ascii_case_insensitive=True)
    return bool(held.any())


def _in_files(home: Path, sought: set[str]) -> tuple[list[str], int]:
    """Return the files of the home where something is left, and how many were read, byte by byte."""
    as_bytes = {word.encode().decode("latin-1") for word in sought}
    files = sorted(path for path in home.rglob("*") if path.is_file() and not path.is_symlink())
    found = [str(path.relative_to(home)) for path in files if any(_holds([part], as_bytes) for part in _parts(path))]
    return found, len(files)


def _parts(path: Path) -> Iterator[str]:
    tail = b""
    with path.open("rb") as stream:
        while part := stream.read(CHUNK):
            yield (tail + part).decode("latin-1")
            tail = part[-OVERLAP:]
