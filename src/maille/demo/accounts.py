"""The accounts of a demonstration: one of each role, authorities yet to answer, an invited colleague, a researcher."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from maille.demo.latent import uniform_of
from maille.demo.response import SILENT

_FILE = "demo-accounts.json"


class Person(BaseModel):
    """Someone of the staff, or a researcher; ``secret`` is the key of the second factor, to type in an application."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str
    role: str
    password: str
    secret: str


class Respondent(BaseModel):
    """An authority that a visitor may answer for; ``midway`` in the edition whose collection is under way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: str
    name: str
    code: str
    midway: bool = False


class Colleague(BaseModel):
    """A colleague whom an authority invited, and the address that opens its sections."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: str
    name: str
    path: str


class Accounts(BaseModel):
    """What opens the doors of a demonstration; kept in the home, readable by its owner only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    staff: tuple[Person, ...] = ()
    respondents: tuple[Respondent, ...] = ()
    colleagues: tuple[Colleague, ...] = ()
    researchers: tuple[Person, ...] = ()


def account_lines(home: Path) -> list[str]:
    """Return what to tell a newcomer, one line an account; nothing where there was no demonstration."""
    accounts = read_accounts(home)
    if accounts is None:
        return []
    lines = ["Tous les comptes sont sur la page /demonstration/ du site. Les premiers :"]
    for person in accounts.staff[:1]:
        command = f"maille account code {person.username}"
        lines.append(f"  Gestion   /connexion/  {person.username}  mot de passe {person.password}")
        lines.append(f"            second facteur : les six chiffres que donne « {command} »")
    for one in accounts.respondents:
        edition = "édition en cours" if one.midway else "édition publiée"
        lines.append(f"  Répondre  /repondre/   {one.unit}  code {one.code}  ({one.name}, {edition})")
    return lines


def read_accounts(home: Path) -> Accounts | None:
    """Return the accounts of a home, None where there was no demonstration, or one of another version."""
    try:
        return Accounts.model_validate_json((home / _FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def open_accounts(home: Path, respondents: tuple[Respondent, ...], colleagues: tuple[Colleague, ...] = ()) -> Accounts:
    """Create one account of each role, keep the codes of the respondents; a password already given stays."""
    from maille.web.accounts.access import ROLES
    from maille.web.accounts.people import add_staff

    known = read_accounts(home)
    kept = {person.username: person for person in known.staff} if known else {}
    staff = tuple(kept.get(role) or new_person(role) for role in ROLES)
    for person in staff:
        add_staff(person.username, person.password, person.role, secret=person.secret)
    researchers = known.researchers if known else ()
    accounts = Accounts(staff=staff, respondents=respondents, colleagues=colleagues, researchers=researchers)
    write_accounts(home, accounts)
    return accounts


def write_accounts(home: Path, accounts: Accounts) -> None:
    """Keep the accounts of a home where its owner alone reads them."""
    _write_private(home / _FILE, json.dumps(accounts.model_dump(), ensure_ascii=False, indent=1) + "\n")


def new_person(role: str) -> Person:
    """Draw the password and the second factor of someone called by the role."""
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    return Person(username=role, role=role, password=secrets.token_urlsafe(12), secret=secret)


def unanswered(
    sample: pl.DataFrame, plan: pl.DataFrame, codes: Mapping[str, str], *, seed: int
) -> tuple[Respondent, ...]:
    """Return one commune and one EPCI that the plan leaves silent, with their codes."""
    silent = plan.filter(pl.col("outcome") == SILENT).select("unit")
    chosen = []
    for universe in ("communes", "epci"):
        rows = sample.filter(pl.col("universe") == universe).join(silent, on="unit", how="semi")
        units = sorted(rows["unit"].to_list(), key=lambda unit: uniform_of(unit, "compte", seed=seed))
        name = dict(zip(rows["unit"], rows["name"], strict=True))
        chosen += [Respondent(unit=unit, name=name[unit], code=codes[unit]) for unit in units[:1]]
    return tuple(chosen)


def _write_private(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.partial")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    temporary.replace(path)
