"""Simulated authorities answer section by section, through the same save and submit as the pages."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import polars as pl

from maille.demo.response import HTTP, SILENT, SUBMITTED
from maille.specs import Finding, Questionnaire, Section, Value, applicable

Progress = Callable[[str, int, int], None]
Posted = dict[str, list[str]]

AUTHOR = "simulation"
REASONS = (
    ("exact", ""),
    ("estimate", "Chiffre du rapport d’activité, arrondi."),
    ("exact", ""),
    ("unusual", "Une opération exceptionnelle a eu lieu en 2024."),
    ("other", "Le périmètre a changé en cours d’année."),
)
"""What an authority answers when it is asked to confirm: a reason, and a few words."""

_GROUP = 100
"""Authorities in one transaction: a kill loses at most these, and the next run does them again."""


@dataclass(frozen=True)
class Intention:
    """What an authority is going to do, and the true answers that it has in mind."""

    unit: str
    universe: str
    outcome: str
    reached: float
    mode: str
    started_at: datetime
    finished_at: datetime
    truth: Mapping[str, Value]


def intentions(plan: pl.DataFrame, truths: Mapping[str, Mapping[str, Value]]) -> list[Intention]:
    """Return what each unit that is not silent will do, in the order of the plan."""
    rows = plan.filter(pl.col("outcome") != SILENT).iter_rows(named=True)
    return [Intention(**row, truth=truths[row["unit"]]) for row in rows]


def truths(table: pl.DataFrame, key: str, units: Sequence[str]) -> dict[str, dict[str, Value]]:
    """Return the true answers of some units, by unit; ``key`` is the column that names them."""
    kept = table.filter(pl.col(key).is_in(list(units)))
    return {row[key]: {name: _value(value) for name, value in row.items()} for row in kept.iter_rows(named=True)}


def posted_sections(questionnaire: Questionnaire, truth: Mapping[str, Value]) -> Iterator[tuple[Section, Posted]]:
    """Yield each section that the authority meets, with what its page would post."""
    on_path = applicable(questionnaire, truth)
    for section in questionnaire.sections:
        asked = [question for question in section.questions if question.name in on_path]
        if asked:
            posted: Posted = {}
            for question in asked:
                value = truth.get(question.name)
                posted[question.name] = _typed(value)
                if value is None and question.unknown:
                    posted[f"{question.name}__unknown"] = ["1"]
            yield section, posted


def answer_all(edition: str, wanted: Sequence[Intention], progress: Progress) -> int:
    """Save and submit all that is not yet in the database, by groups; return how many authorities were done.

    Authorities of mode ``http_demo`` are left to ``over_http``. Done again after an interruption, it does the rest.
    """
    from maille.web.answers.together import together

    done = 0
    todo = [intention for intention in wanted if intention.mode != HTTP or intention.outcome != SUBMITTED]
    with _nothing_to_sweep():
        for group in _groups(todo):
            units = pending_units(edition, group)
            with together(units.values()):
                for intention in group:
                    if intention.unit in units:
                        _answer(units[intention.unit], intention)
            done += len(group)
            progress("Les collectivités simulées répondent", done, len(todo))
    return len(todo)


@contextmanager
def _nothing_to_sweep() -> Iterator[None]:
    """Keep the garbage collector off all that exists already: a fifth of the time would go into looking at it again."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def pending_units(edition: str, group: Sequence[Intention]) -> dict[str, Any]:
    """Return, by code, the units of these intentions that still have to act: nothing yet, or begun and to be sent."""
    from maille.web.campaigns.models import Unit

    found = Unit.objects.select_related("edition").filter(edition=edition, code__in=[item.unit for item in group])
    outcomes = {item.unit: item.outcome for item in group}
    finished = {unit.code: unit.is_submitted or _begun_only(unit, outcomes[unit.code]) for unit in found}
    return {unit.code: unit for unit in found if not finished[unit.code]}


def _begun_only(unit: Any, outcome: str) -> bool:
    return outcome != SUBMITTED and unit.status == unit.Status.STARTED


def _answer(unit: Any, intention: Intention) -> None:
    from maille.web.answers.folder import Folder
    from maille.web.answers.saving import save_section
    from maille.web.answers.sending import submit

    sections = list(posted_sections(Folder.of(unit).questionnaire, intention.truth))
    if intention.outcome != SUBMITTED:
        sections = sections[: 1 + int(intention.reached * (len(sections) - 1))]
    span = intention.finished_at - intention.started_at
    for position, (section, posted) in enumerate(sections):
        at = intention.started_at + span * position / (len(sections) + 1)
        result = save_section(unit, section.id, posted, author=AUTHOR, mode=intention.mode, at=at)
        explained = _explained(result.findings, seed=len(posted) + position)
        if explained:
            save_section(unit, section.id, posted | explained, author=AUTHOR, mode=intention.mode, at=at)
    if intention.outcome == SUBMITTED:
        submit(unit, author=AUTHOR, mode=intention.mode, at=intention.finished_at)


def _explained(findings: Sequence[Finding], *, seed: int) -> Posted:
    """Return the reasons that an authority gives when it is asked to confirm: it confirms nearly always."""
    fields: Posted = {}
    for place, finding in enumerate(findings):
        if finding.severity == "warning":
            reason, remark = REASONS[(seed + place) % len(REASONS)]
            fields[f"{finding.question}__reason"] = [reason]
            fields[f"{finding.question}__remark"] = [remark]
    return fields


def _groups(items: Sequence[Intention]) -> Iterator[list[Intention]]:
    iterator = iter(items)
    while group := list(islice(iterator, _GROUP)):
        yield group


def _value(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value


def _typed(value: Value) -> list[str]:
    if value is None:
        return []
    if isinstance(value, tuple):
        return list(value)
    return [f"{value:.1f}".replace(".", ",") if isinstance(value, float) else str(value)]
