"""Which commune each code has designated, year by year since 1943: the table of codes.

Years before the first vintage come from the dated events of the package's history, later ones from the vintages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from maille.territory.sources import Origin

FIRST_YEAR = 1943
_KINDS = {
    "COM": "commune",
    "COMD": "deleguee",
    "COMA": "associee",
    "COMP": "ancienne",
    "commune-actuelle": "commune",
    "commune-deleguee": "deleguee",
    "commune-associee": "associee",
    "arrondissement-municipal": "arrondissement",
}
_LONGEST_CHAIN = 20
_SCHEMA = pl.Schema(
    {
        "code": pl.String(),
        "name": pl.String(),
        "kind": pl.String(),
        "commune": pl.String(),
        "valid_from": pl.Int64(),
        "valid_until": pl.Int64(),
        "reason": pl.String(),
    }
)


@dataclass(frozen=True)
class State:
    """What a code is in a year: its name, its kind and the commune that it designates."""

    name: str
    kind: str
    commune: str


Timeline = dict[str, list[tuple[int, State]]]


def codes(origin: Origin) -> pl.DataFrame:
    """Return one row for each code and period in which its name, kind and commune stay the same.

    ``valid_from`` is null when the period goes back to the first known year, ``valid_until`` when it still runs; the
    rows with a null ``valid_until`` hold each code once, with the commune of today.
    """
    timeline = _timeline(origin)
    recorded = {event["code"] for event in origin.events}
    rows: list[tuple[object, ...]] = []
    for code, states in sorted(timeline.items()):
        known_birth = code in recorded and states[0][0] > FIRST_YEAR
        born = states[0][0] if known_birth or states[0][0] > min(origin.vintages) else None
        rows += _periods(code, timeline, born)
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _timeline(origin: Origin) -> Timeline:
    timeline: Timeline = {}
    for year, state_of in (*_past(origin), *_vintages(origin)):
        for code, state in state_of.items():
            states = timeline.setdefault(code, [])
            name = state.name or (states[-1][1].name if states else code)
            states.append((year, State(name, state.kind, state.commune)))
    return timeline


def _past(origin: Origin) -> Iterator[tuple[int, dict[str, State]]]:
    entries: dict[str, list[dict[str, Any]]] = {}
    for event in origin.events:
        entries.setdefault(event["code"], []).append(event)
    still = {code: _static(found) for code, found in entries.items()}
    unmoved = {code: state for code, state in still.items() if state}
    yield FIRST_YEAR, unmoved
    moving = [code for code, state in still.items() if not state]
    history = History(entries)
    for year in range(FIRST_YEAR, min(origin.vintages)):
        yield year, {code: state for code in moving if (state := history.state(code, year))}
    yield min(origin.vintages) - 1, unmoved


def _static(entries: list[dict[str, Any]]) -> State | None:
    only = entries[0]
    if len(entries) > 1 or only["type"] != "COM" or "dateDebut" in only or "dateFin" in only:
        return None
    return State(only["nom"], "commune", only["code"])


@dataclass(frozen=True)
class History:
    """The dated events of communes, asked what a code was on 1 January of a year."""

    entries: Mapping[str, list[dict[str, Any]]]

    def state(self, code: str, year: int) -> State | None:
        """Return what ``code`` was on 1 January of ``year``, or None before it existed."""
        date = f"{year}-01-01"
        started = [entry for entry in self.entries.get(code, ()) if entry.get("dateDebut", "") <= date]
        if not started:
            return None
        active = [entry for entry in started if entry.get("dateFin", "9999") > date]
        best = min(active or started[-1:], key=lambda entry: list(_KINDS).index(entry["type"]))
        kind = _KINDS[best["type"]] if active else "ancienne"
        commune = self.commune(code, date)
        return State(best["nom"], kind, commune) if commune else None

    def commune(self, code: str, date: str) -> str | None:
        """Return the commune that ``code`` designates at a date, following groupings and changes of code."""
        for _ in range(_LONGEST_CHAIN):
            started = [entry for entry in self.entries.get(code, ()) if entry.get("dateDebut", "") <= date]
            active = [entry for entry in started if entry.get("dateFin", "9999") > date]
            if any(entry["type"] == "COM" for entry in active):
                return code
            links = [_code(entry.get("pole")) for entry in active] + [
                _code(entry.get("successeur")) for entry in reversed(started)
            ]
            following = next((link for link in links if link and link != code), None)
            if following is None:
                return None
            code = following
        return None


def _code(identifier: str | None) -> str | None:
    return identifier.partition("-")[2].partition("@")[0] if identifier else None


def _vintages(origin: Origin) -> Iterator[tuple[int, dict[str, State]]]:
    for year, records in sorted(origin.vintages.items()):
        current = [record for record in records if record["type"] == "commune-actuelle"]
        states = {
            old: State("", "ancienne", record["code"]) for record in current for old in record.get("anciensCodes", ())
        }
        for record in records:
            leader = record.get("chefLieu") or record.get("commune")
            if record["type"] != "commune-actuelle" and leader:
                states[record["code"]] = State(record["nom"], _KINDS[record["type"]], leader)
        states |= {record["code"]: State(record["nom"], "commune", record["code"]) for record in current}
        yield year, states


def _periods(code: str, timeline: Timeline, born: int | None) -> Iterator[tuple[object, ...]]:
    states = timeline[code]
    starts = [i for i, (_, state) in enumerate(states) if i == 0 or state != states[i - 1][1]]
    before: State | None = None
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        year, state = states[start]
        opened = states[start - 1][0] + 1 if start else born
        closed = states[following - 1][0] if following else None
        why = _reason(code, state, before, since=opened, leader=_name(timeline.get(state.commune, []), year))
        yield (code, state.name, state.kind, state.commune, opened, closed, why)
        before = state


def _name(states: list[tuple[int, State]], year: int) -> str:
    past = [state.name for seen, state in states if seen <= year]
    return past[-1] if past else states[0][1].name if states else ""


def _reason(code: str, state: State, before: State | None, *, since: int | None, leader: str) -> str | None:
    when = f" depuis le millésime {since}" if since else ""
    if state.kind == "commune":
        return _commune_reason(code, state, before, since=since)
    if state.kind == "arrondissement":
        return f"Arrondissement municipal de {leader} ({state.commune})."
    if state.kind in ("deleguee", "associee"):
        kind = "déléguée" if state.kind == "deleguee" else "associée"
        return f"{state.name} est une commune {kind} dans {leader} ({state.commune}){when}."
    if before and before.name == leader:
        return f"{leader} a changé de code : {state.commune}{when}."
    return f"{state.name} a rejoint {leader} ({state.commune}){f' au millésime {since}' if since else ''}."


def _commune_reason(code: str, state: State, before: State | None, *, since: int | None) -> str | None:
    if before is None:
        return None
    if before.commune == code:
        return f"{before.name} s’appelle {state.name} depuis le millésime {since}."
    if before.name == state.name:
        return f"{state.name} est de nouveau une commune depuis le millésime {since}."
    return f"{state.name} porte le code {code} depuis le millésime {since}."
