"""Which territory each row of a source is about, and why some are about none that is known."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache

from maille.specs.source import PARTS, WHOLE, Level, SourceTable
from maille.territory import Reference, UnknownTerritory, resolve
from maille.territory.history import periods
from maille.territory.names import key, near_codes

OTHER_NAMES = {
    "rhone hors metropole de lyon": "69D",
    "nouveau rhone": "69D",
    "metropole de lyon": "69M",
    "departement du rhone": "69",
    "corse": "20",
    "collectivite de corse": "20",
    "reunion": "974",
    "alpes de hautes provence": "04",
}
_DROM = {"101": "97", "102": "97", "103": "97", "104": "97", "106": "97"}


@dataclass(frozen=True)
class Match:
    """What a key as written designates: a code of the geography of the source, or why nothing does, and what is near.

    ``city`` is the commune of an arrondissement.
    """

    written: str
    code: str | None = None
    reason: str | None = None
    near: str = ""
    city: str | None = None


def match_keys(written: Iterable[str], table: SourceTable, *, at: int, reference: Reference) -> list[Match]:
    """Return what each key designates in a geography of 1 January ``at``."""
    ways: dict[Level, Callable[[str], Match]] = {
        "commune": _Communes(table, at, reference).match,
        "epci": _Listed(reference.epci["siren"].to_list(), reference.epci["name"].to_list(), "EPCI").match,
        "departement": _Listed(*_departements(reference), "département").match,
        "region": _Listed(reference.regions["code"].to_list(), reference.regions["name"].to_list(), "région").match,
    }
    way, named = ways[table.level], table.key.form == "name"
    found = []
    for text in written:
        asked = table.key.aliases.get(text, text)
        if not asked:
            found.append(Match(text, reason="la clé est vide"))
        elif named and table.level != "commune" and asked == text:
            found.append(_by_name(text, table.level, reference))
        else:
            found.append(way(asked) if asked == text else Match(text, asked))
    return found


def _departements(reference: Reference) -> tuple[list[str], list[str]]:
    extra = {**dict.fromkeys(PARTS, ""), **dict.fromkeys(WHOLE, "")}
    names = {
        "69D": "Rhône hors Métropole de Lyon",
        "69M": "Métropole de Lyon",
        "20": "Collectivité de Corse",
    }
    known = dict(zip(reference.departements["code"], reference.departements["name"], strict=True))
    every = {**extra, **names, **known}
    return list(every), list(every.values())


def territory_names(level: Level, reference: Reference) -> dict[str, str]:
    """Return the names of the territories of a level by code."""
    if level == "departement":
        return dict(zip(*_departements(reference), strict=True))
    table = {"commune": reference.communes, "epci": reference.epci, "region": reference.regions}[level]
    return dict(zip(table["siren" if level == "epci" else "code"], table["name"], strict=True))


@dataclass(frozen=True)
class _Listed:
    codes: list[str]
    names: list[str]
    what: str

    def match(self, text: str) -> Match:
        code = text.upper()
        if code in self.codes:
            return Match(text, code)
        padded = [known for known in self.codes if known.lstrip("0") == code.lstrip("0") and known]
        # The SIREN of two authorities may be alike: only a short code looks like the one that was meant.
        near = padded or (get_close_matches(code, self.codes, n=3, cutoff=0.6) if len(code) < 9 else [])
        names = dict(zip(self.codes, self.names, strict=True))
        said = f"ce code n’est pas celui d’un {self.what} d’aujourd’hui".replace("un région", "une région")
        return Match(text, reason=said, near=" ; ".join(f"{code} {names[code]}" for code in near))


@cache
def _spellings(level: Level, reference: Reference) -> dict[str, str]:
    found = {key(name): code for code, name in territory_names(level, reference).items() if name}
    return {**found, **OTHER_NAMES} if level == "departement" else found


def _by_name(text: str, level: Level, reference: Reference) -> Match:
    known = _spellings(level, reference)
    spelling = key(text)
    bare = re.sub(r"^(departement|region|collectivite) (?:de la |de l |du |des |de |d )?", "", spelling)
    for form in (spelling, bare, f"la {bare}"):
        if form in known:
            return Match(text, known[form])
    near = get_close_matches(bare, known, n=3, cutoff=0.6)
    return Match(text, reason="aucun territoire ne porte ce nom", near=" ; ".join(f"{known[n]} {n}" for n in near))


class _Communes:
    def __init__(self, table: SourceTable, at: int, reference: Reference) -> None:
        self._form, self._at, self._known = table.key.form, at, reference
        self._sirens = dict(zip(reference.communes["siren"], reference.communes["code"], strict=True))

    def match(self, text: str) -> Match:
        if self._form == "siren":
            reason = "ce SIREN n’est celui d’aucune commune d’aujourd’hui"
            return Match(text, code) if (code := self._sirens.get(text)) else Match(text, reason=reason)
        if self._form == "name":
            return self._named(text)
        return self._coded(text, _dgfip(text) if self._form == "dgfip" else text.upper())

    def _coded(self, text: str, code: str) -> Match:
        rows = periods(self._known).get(code)
        if rows is None:
            near = " ; ".join(f"{row.code} {row.name}" for row in near_codes(code, self._known, most=3))
            return Match(text, reason="ce code de commune n’a jamais existé", near=near)
        row = next((row for row in reversed(rows) if row.holds(self._at)), rows[-1])
        return Match(text, code, city=row.commune if row.kind == "arrondissement" else None)

    def _named(self, text: str) -> Match:
        try:
            found = resolve(text, at=date(self._at, 1, 1), reference=self._known)
        except UnknownTerritory as error:
            near = " ; ".join(f"{one.code} {one.name}" for one in error.candidates)
            return Match(text, reason="aucune commune ne porte ce nom", near=near)
        if found.code is None:
            near = " ; ".join(f"{one.code} {one.name}" for one in found.candidates[:5])
            return Match(text, reason=found.reason or "nom ambigu", near=near)
        return Match(text, found.code)


def _dgfip(text: str) -> str:
    departement, _, commune = text.partition(" ")
    return f"{_DROM.get(departement, departement[-2:].zfill(2))}{commune.zfill(3)}".upper()


def counted_twice(matches: Iterable[Match]) -> Iterator[Match]:
    """Yield the arrondissements whose city is also in the file: they would count twice."""
    found = list(matches)
    codes = {match.code for match in found}
    for match in found:
        if match.city and match.city in codes:
            reason = f"arrondissement déjà compté dans sa ville ({match.city})"
            yield Match(match.written, reason=reason, city=match.city)
