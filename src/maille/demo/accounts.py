"""The accounts of a demonstration: one methodologist, two authorities that have not answered yet."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict

from maille.demo.latent import uniform_of
from maille.demo.response import SILENT

METHODOLOGIST = "methodologue"
_FILE = "demo-accounts.json"


class Respondent(BaseModel):
    """An authority that a visitor may answer for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: str
    name: str
    code: str


class Accounts(BaseModel):
    """What opens the doors of a demonstration; kept in the home, readable by its owner only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str
    password: str
    secret: str = ""
    """The key of the second factor, to type in an application."""
    respondents: tuple[Respondent, ...]


def account_lines(home: Path) -> list[str]:
    """Return what to tell a newcomer, one line an account; nothing where there was no demonstration."""
    accounts = read_accounts(home)
    if accounts is None:
        return []
    lines = [f"  Gestion   /connexion/  {accounts.username}  mot de passe {accounts.password}"]
    if accounts.secret:
        command = f"maille account code {accounts.username}"
        lines.append(f"            second facteur : clé {accounts.secret}, ou les six chiffres que donne « {command} »")
    lines += [f"  Répondre  /repondre/   {one.unit}  code {one.code}  ({one.name})" for one in accounts.respondents]
    return lines


def read_accounts(home: Path) -> Accounts | None:
    """Return the accounts of a home, None where there was no demonstration."""
    path = home / _FILE
    return Accounts.model_validate_json(path.read_bytes()) if path.is_file() else None


def open_accounts(home: Path, respondents: tuple[Respondent, ...]) -> Accounts:
    """Create the methodologist, keep the codes of the respondents; a password already given stays."""
    from maille.web.accounts.access import METHODOLOGIST as ROLE
    from maille.web.accounts.people import add_staff

    known = read_accounts(home)
    password = known.password if known else secrets.token_urlsafe(12)
    secret = (known and known.secret) or base64.b32encode(secrets.token_bytes(20)).decode()
    add_staff(METHODOLOGIST, password, ROLE, secret=secret)
    accounts = Accounts(username=METHODOLOGIST, password=password, secret=secret, respondents=respondents)
    _write_private(home / _FILE, json.dumps(accounts.model_dump(), ensure_ascii=False, indent=1) + "\n")
    return accounts


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
