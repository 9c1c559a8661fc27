"""The queue as the chain wrote it, with what was decided since."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings

from maille.catalogue import Store
from maille.forms.receipt import value_in_words
from maille.specs import Questionnaire, decode_value, load_bands, load_indicators
from maille.territory import load_reference
from maille.web.campaigns.models import Edition
from maille.web.editing.models import Edit
from maille.web.store import open_store

OPEN = "open"
STATES = {OPEN: "À décider", **{str(code): str(label) for code, label in Edit.State.choices if code != "undone"}}
MEASURES = {"communes": "part des communes", "population": "part de la population", "amounts": ""}


@dataclass(frozen=True)
class Line:
    """One answer of the queue; ``row`` is what the chain wrote, ``state`` what was decided since."""

    row: Mapping[str, Any]
    state: str
    kind: str
    figure: str = ""

    @property
    def state_label(self) -> str:
        return STATES[self.state]

    @property
    def is_open(self) -> bool:
        return self.state == OPEN


@dataclass(frozen=True)
class Asked:
    """The filters of the queue, as the address says them; what it does not know is ignored."""

    section: str = ""
    band: str = ""
    kind: str = ""
    state: str = OPEN
    name: str = ""

    def keeps(self, line: Line) -> bool:
        row = line.row
        wanted = {"section": self.section, "size_band": self.band, "kind": self.kind}
        if any(value and row[column] != value for column, value in wanted.items()):
            return False
        if self.state and line.state != self.state:
            return False
        return not self.name or self.name.casefold() in f"{row['name']} {row['unit']}".casefold()


@dataclass(frozen=True)
class Queue:
    """The lines of an edition, in order, the labels of their codes, and where the contradictions are."""

    lines: tuple[Line, ...] = ()
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    made: bool = False

    def of_unit(self, code: str) -> list[Line]:
        return [line for line in self.lines if line.row["unit"] == code]


def queue_of(edition: Edition) -> Queue:
    """Return the queue of an edition, empty while the chain has not made it."""
    store, name = open_store(), f"processed/{edition.id}/editing-queue"
    if not store.exists(name):
        return Queue()
    table, codes = _read(store.home, name, changed(store, name))
    decided = Edit.last_states(edition)
    kinds = codes["kind"]
    lines = []
    for row in table.iter_rows(named=True):
        state = decided.get((row["unit"], row["variable"]), row["state"])
        lines.append(Line(row, state if state in STATES else OPEN, kinds.get(row["kind"], ""), figure_of(edition, row)))
    return Queue(tuple(lines), codes, made=True)


def contradictions_of(edition: Edition) -> tuple[list[dict[str, Any]], Mapping[str, str]]:
    """Return the contradictions of an edition and the labels of their kinds."""
    store, name = open_store(), f"processed/{edition.id}/contradictions"
    if not store.exists(name):
        return [], {}
    table, codes = _read(store.home, name, changed(store, name))
    return table.to_dicts(), codes["kind"]


def changed(store: Store, name: str) -> int:
    return (store.folder(name) / "card.json").stat().st_mtime_ns


@lru_cache(maxsize=8)
def _read(home: Path, name: str, when: int) -> tuple[pl.DataFrame, dict[str, dict[str, str]]]:
    read = Store(home).read(name)
    return read.table, {variable.name: variable.codes for variable in read.card.variables}


def figure_of(edition: Edition, row: Mapping[str, Any]) -> str:
    """Return the title of the figure that an answer moves: its indicator, its measure, its domain."""
    if row["indicator"] is None:
        return ""
    titles = _titles(settings.MAILLE_SPECS)
    said = [titles.get(row["indicator"], row["indicator"]), MEASURES.get(row["measure"], ""), domain_label(row)]
    return ", ".join(part for part in said if part)


def domain_label(row: Mapping[str, Any]) -> str:
    """Return the name of the domain of a figure."""
    kind, domain = row["domain_type"], row["domain"]
    if kind == "total":
        return "ensemble"
    if kind == "size_band":
        return _bands(settings.MAILLE_SPECS).get(domain, domain)
    return _places(kind).get(domain.partition("-")[2], domain)


@lru_cache(maxsize=2)
def _places(kind: str) -> dict[str, str]:
    table = load_reference().regions if kind == "region" else load_reference().departements
    return dict(table.select("code", "name").iter_rows())


@lru_cache(maxsize=2)
def _titles(specs: Path) -> dict[str, str]:
    return {name: one.title for name, one in load_indicators(specs / "indicators").items()}


@lru_cache(maxsize=2)
def _bands(specs: Path) -> dict[str, str]:
    return {band.code: band.label for scheme in load_bands(specs / "bands.yaml").values() for band in scheme.bands}


def in_words(questionnaire: Questionnaire, variable: str, text: str | None) -> str:
    """Return a kept text as a person reads it; « sans réponse » when there is none."""
    question = questionnaire.by_name.get(variable)
    if not text:
        return "sans réponse"
    return text if question is None else value_in_words(question, decode_value(question, text))
