"""From what someone wrote, a code or a name, to the commune at a date."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from maille.errors import UserError
from maille.territory.areas import VINTAGE
from maille.territory.history import Period, period_at, periods
from maille.territory.names import named, near_codes, near_names
from maille.territory.reference import Reference, load_reference

Status = Literal["valid", "replaced", "arrondissement", "not_yet", "ambiguous"]

_CODE = re.compile(r"^(\d[0-9AB]\d{2,4}|\d{1,6})$")
_OVERSEAS = ("97", "98")
_SIREN = re.compile(r"^\d{9}$")
_IN_DEPARTEMENT = re.compile(r"^(.+?)\s*[(,]\s*(\d[0-9ABab]\d?)\s*\)?$")


@dataclass(frozen=True)
class Candidate:
    """A commune that may have been meant."""

    code: str
    name: str


class UnknownTerritory(UserError):
    """Nothing in the reference has this code or this name; ``candidates`` are the nearest."""

    def __init__(self, query: str, candidates: tuple[Candidate, ...] = ()) -> None:
        meant = " ; ".join(f"{candidate.code} {candidate.name}" for candidate in candidates)
        super().__init__(
            f"« {query} » n’est ni le code ni le nom d’une commune, d’aujourd’hui ou d’hier.",
            hint=f"vouliez-vous dire {meant} ?" if meant else "vérifiez le code (cinq caractères) ou le nom.",
        )
        self.query = query
        self.candidates = candidates


@dataclass(frozen=True)
class Resolution:
    """The commune that a text designates at a date, and why it is not the one that was written.

    ``status`` is ``valid`` (a commune at that date), ``replaced`` (an old or déléguée commune, an old code or name),
    ``arrondissement``, ``not_yet`` (the code is younger than the date) or ``ambiguous``: then ``code`` and ``name``
    are None and ``candidates`` lists the communes.
    """

    query: str
    code: str | None
    name: str | None
    status: Status
    reason: str | None
    at: date
    candidates: tuple[Candidate, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the resolution as a JSON object."""
        candidates = [{"code": candidate.code, "name": candidate.name} for candidate in self.candidates]
        return {**self.__dict__, "at": self.at.isoformat(), "candidates": candidates}

    def sentence(self) -> str:
        """Return the resolution in French: the commune, why it is that one, the candidates one a line."""
        meant = [f"{candidate.code} {candidate.name}" for candidate in self.candidates]
        found = f"{self.query} → {self.code} {self.name}" if self.code != self.query else f"{self.code} {self.name}"
        lines = [found] if self.code else []
        return "\n".join([*lines, *([self.reason] if self.reason else []), *meant])


def resolve(text: str, *, at: date | None = None, reference: Reference | None = None) -> Resolution:
    """Return the commune that a code, a SIREN or a name designates at a date, 1 January of the vintage by default.

    The territory of a year is that of its 1 January, as in the code officiel géographique. A name may be followed by
    its département: « Saint-Denis (93) ». Raises UnknownTerritory with the nearest codes or names.
    """
    asked = _Asked(text.strip(), at or date(VINTAGE, 1, 1), reference or load_reference())
    code = asked.query.upper()
    if code in periods(asked.known):
        return _by_code(asked, code)
    if _SIREN.match(code):
        return _by_siren(asked)
    if _CODE.match(code):
        raise UnknownTerritory(asked.query, _candidates(near_codes(code, asked.known)))
    return _by_name(asked)


@dataclass(frozen=True)
class _Asked:
    query: str
    day: date
    known: Reference

    @property
    def year(self) -> int:
        return min(self.day.year, VINTAGE)

    def period(self, code: str) -> Period:
        return period_at(code, self.year, self.known)


def _by_code(asked: _Asked, code: str) -> Resolution:
    row = asked.period(code)
    leader = asked.period(row.commune)
    status: Status = "valid" if row.is_commune else "replaced"
    reason = None if row.is_commune else row.reason
    if row.kind == "arrondissement":
        status = "arrondissement"
    if (row.valid_from or 0) > asked.year:
        status, reason = "not_yet", f"Le code {row.code} n’existe que depuis le millésime {row.valid_from}."
    return Resolution(asked.query, row.commune, leader.name, status, reason, asked.day)


def _by_siren(asked: _Asked) -> Resolution:
    found = asked.known.communes.filter(pl.col("siren") == asked.query)["code"]
    if not len(found):
        raise UnknownTerritory(asked.query)
    return _by_code(asked, found[0])


def _by_name(asked: _Asked) -> Resolution:
    rows = _named(asked)
    communes = {row.code: row for row in rows if row.is_commune and row.holds(asked.year)}
    if len(communes) == 1:
        return _by_code(asked, next(iter(communes)))
    if communes:
        return _ambiguous(asked, communes.values())
    led = {asked.period(row.code).commune: row.code for row in rows}
    if len(led) == 1:
        return _by_old_name(asked, *led.values())
    if led:
        return _ambiguous(asked, [asked.period(code) for code in led])
    raise UnknownTerritory(asked.query, _candidates(near_names(asked.query, asked.known)))


def _named(asked: _Asked) -> tuple[Period, ...]:
    inside = _IN_DEPARTEMENT.match(asked.query)
    if inside and (rows := named(inside[1], asked.known)):
        return tuple(row for row in rows if row.code.startswith(inside[2].upper()))
    return named(asked.query, asked.known)


def _by_old_name(asked: _Asked, code: str) -> Resolution:
    row = asked.period(code)
    leader = asked.period(row.commune)
    status: Status = "arrondissement" if row.kind == "arrondissement" else "replaced"
    return Resolution(asked.query, leader.code, leader.name, status, row.reason, asked.day)


def _ambiguous(asked: _Asked, rows: Iterable[Period]) -> Resolution:
    candidates = _candidates(sorted(rows, key=lambda row: row.code))
    first = candidates[0].code
    departement = first[:3] if first.startswith(_OVERSEAS) else first[:2]
    reason = f"{len(candidates)} communes portent ce nom : précisez le département, comme dans « Nom ({departement}) »."
    return Resolution(asked.query, None, None, "ambiguous", reason, asked.day, candidates)


def _candidates(rows: Iterable[Period]) -> tuple[Candidate, ...]:
    return tuple(Candidate(row.code, row.name) for row in rows)
