"""The value proposed for a question: that of the frame, or what the authority answered to another edition."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import polars as pl

from maille.catalogue import Store
from maille.errors import UserError
from maille.forms.receipt import value_in_words
from maille.specs import AnswerInvalid, Question, Questionnaire, Value, encode_value, read_value
from maille.specs.previous import followed, is_repeated, members_name, source, year_of
from maille.web.campaigns.models import Unit
from maille.web.store import open_store

CALLED = {"communes": "votre commune", "epci": "votre intercommunalité"}
Former = Mapping[str, Mapping[str, str]]
"""The answers to an edition, by unit and variable."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Proposal:
    """A value that was known before: shown beside the field, an answer only when it is confirmed."""

    question: Question
    value: Value
    sentence: str
    year: int | None = None
    """The edition that it was the answer to; None when it comes from the frame."""

    @property
    def code(self) -> str:
        return encode_value(self.value)


def proposals(unit: Unit, questionnaire: Questionnaire) -> dict[str, Proposal]:
    """Return what is proposed to a unit, by variable; what the question would refuse today is not proposed."""
    former = cache(_former)
    found = (
        _repeated(unit, question, former) if is_repeated(question) else _framed(unit, question)
        for question in questionnaire.variables()
        if question.prefill
    )
    return {proposal.question.name: proposal for proposal in found if proposal is not None}


def _repeated(unit: Unit, question: Question, former: Callable[[str], Former]) -> Proposal | None:
    survey, variable = source(question)
    value = _readable(question, former(survey).get(unit.code, {}).get(variable))
    if value is None:
        return None
    said = value_in_words(question, value)
    year = year_of(survey)
    when = f"En {year}" if year else "À l’édition précédente"
    called = CALLED[unit.universe]
    return Proposal(question, value, f"{when}, {called} avait répondu : {said}.", year)


def _framed(unit: Unit, question: Question) -> Proposal | None:
    known = {"population": unit.population, "name": unit.name}.get(source(question)[1])
    value = _readable(question, None if known is None else str(known))
    if value is None:
        return None
    return Proposal(question, value, f"{_frame_date(unit.edition_id)} : {value_in_words(question, value)}.")


def _readable(question: Question, text: str | None) -> Value:
    if not text:
        return None
    try:
        return read_value(question, text.split(" ") if question.kind == "select_multiple" else [text])[0]
    except AnswerInvalid:
        return None


def _former(survey: str) -> Former:
    """Return the answers to a former edition: those collected here, else those imported."""
    store = open_store()
    for name in (f"collected/{survey}/answers", f"collected/{survey}/previous"):
        if store.exists(name):
            members = members_name(survey)
            since = _changed(store, members) if store.exists(members) else 0
            return _answers(store.home, name, (_changed(store, name), since))
    return {}


@lru_cache(maxsize=8)
def _answers(home: Path, name: str, changed: tuple[int, int]) -> Former:
    """Read the answers of a dataset once for as long as it does not change, nor the members of the EPCI of its time.

    When either is altered, nothing is proposed.
    """
    survey, store = name.split("/")[1], Store(home)
    try:
        table = store.read(name).table
        members = store.read(members_name(survey)).table if store.exists(members_name(survey)) else None
    except UserError as error:
        _LOG.warning("%s", error)
        return {}
    given = table.filter(pl.col("state") == "answered") if "state" in table.columns else table
    given = given.with_columns(followed(given["unit"], survey, members).alias("unit")).drop_nulls("unit")
    found: dict[str, dict[str, str]] = {}
    for unit, variable, value in given.select("unit", "variable", "value").iter_rows():
        found.setdefault(unit, {})[variable] = value
    return found


def _frame_date(edition: str) -> str:
    store, name = open_store(), f"collected/{edition}/sample"
    vintage = _vintage(store.home, name, _changed(store, name)) if store.exists(name) else ""
    return f"Dans la base de sondage {vintage}".strip()


def _changed(store: Store, name: str) -> int:
    return (store.folder(name) / "card.json").stat().st_mtime_ns


@lru_cache(maxsize=8)
def _vintage(home: Path, name: str, changed: int) -> str:
    """Return the year of the territories that the sample was drawn from."""
    try:
        ancestry = Store(home).card(name).ancestry
    except UserError as error:
        _LOG.warning("%s", error)
        return ""
    years = (re.search(r"^territory/.*-(\d{4})$", one.name) for one in ancestry)
    return next((f"de {year[1]}" for year in years if year), "")
