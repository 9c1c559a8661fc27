"""A workbook that was uploaded, until the decision: what it would change, and what could not be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from maille.forms.workbook_reading import CellProblem, WorkbookReading, read_workbook
from maille.forms.workbook_stamp import Stamp, WorkbookForeign, read_stamp, require_owner
from maille.specs import Question, Section, State
from maille.specs.difference import difference
from maille.specs.document import Frozen
from maille.specs.migration import DraftAnswer, Migration, migrate
from maille.specs.spreadsheet import open_spreadsheet
from maille.web.accounts.access import Seat
from maille.web.answers.folder import INVALID, Folder, Kept
from maille.web.answers.posted import reason_field, remark_field, unknown_field
from maille.web.answers.saving import save_section
from maille.web.answers.wording import said
from maille.web.campaigns.models import Unit
from maille.web.campaigns.versions import compiled, is_compiled

MODE = "workbook"


class SetAside(Frozen):
    """An answer of an earlier version that no question of today can hold."""

    wording: str
    answer: str
    reason: str


class Received(Frozen):
    """What is kept of a workbook until the decision; never its bytes."""

    written_at: str
    revisions: dict[str, int]
    answers: dict[str, DraftAnswer]
    problems: tuple[CellProblem, ...]
    changes_of_version: tuple[str, ...] = ()
    set_aside: tuple[SetAside, ...] = ()


@dataclass(frozen=True)
class Change:
    """A variable whose answer differs; ``newer`` tells that the site changed it since the workbook was downloaded."""

    question: Question
    wording: str
    now: str
    offered: str
    newer: bool
    kept: Kept | None


def stamp_key() -> bytes:
    """Return the key of the seals, of its own."""
    return salted_hmac("maille.workbook", "sceau", secret=settings.SECRET_KEY, algorithm="sha256").digest()


def stamp_of(folder: Folder, at: datetime) -> Stamp:
    """Return the stamp of a workbook written now."""
    asked, unit = folder.questionnaire, folder.unit
    return Stamp(unit.edition_id, unit.code, asked.id, asked.version, at.isoformat(), dict(folder.revisions))


def drafts_of(folder: Folder) -> dict[str, DraftAnswer]:
    """Return what the site holds, as a workbook is written."""
    return {name: DraftAnswer(kept.value, kept.state) for name, kept in folder.kept.items()}


def receive(folder: Folder, content: bytes) -> Received:
    """Read an uploaded workbook; raises WorkbookRefused or WorkbookForeign when it is not to be read."""
    sheets = open_spreadsheet(content)
    stamp, unit, asked = read_stamp(sheets, key=stamp_key()), folder.unit, folder.questionnaire
    require_owner(stamp, edition=unit.edition_id, unit=unit.code, questionnaire=asked.id)
    if stamp.version == asked.version:
        return _received(read_workbook(sheets, asked, stamp), {})
    if not is_compiled(stamp.version):
        raise WorkbookForeign("la version de ce classeur n’est pas connue.", hint="Télécharger à nouveau le classeur.")
    old = compiled(stamp.version)
    reading = read_workbook(sheets, old, stamp)
    migration = migrate(reading.answers, old, asked)
    told = {"changes_of_version": difference(old, asked).sentences(), "set_aside": tuple(_set_aside(migration, stamp))}
    return _received(reading, told | {"answers": migration.draft()})


def _received(reading: WorkbookReading, more: Mapping[str, object]) -> Received:
    stamp = reading.stamp
    read = {"written_at": stamp.written_at, "revisions": stamp.revisions, "answers": reading.answers}
    return Received.model_validate(read | {"problems": reading.problems} | more)


def _set_aside(migration: Migration, stamp: Stamp) -> Iterator[SetAside]:
    old = compiled(stamp.version)
    for fate in migration.set_aside():
        if fate.state in (State.ANSWERED, State.UNKNOWN):
            question = old.question(fate.source)
            answer = said(question, _kept(DraftAnswer(fate.value, fate.state)))
            yield SetAside(wording=question.label, answer=answer, reason=fate.reason)


def _kept(draft: DraftAnswer) -> Kept:
    return Kept(draft.value, draft.state, "", "", "", MODE, datetime.min)  # noqa: DTZ901


def _content(answer: Kept | DraftAnswer | None) -> tuple[str, str]:
    if answer is None or answer.state not in (State.ANSWERED, State.UNKNOWN, INVALID):
        return "", ""
    return answer.value, answer.state


def changes(folder: Folder, received: Received) -> list[tuple[Section, list[Change]]]:
    """Return what the workbook would change, by section; sections that it leaves as they are are left out."""
    found = []
    for section in folder.questionnaire.sections:
        rows = [
            change
            for question in section.questions
            if (change := _change(folder, section, question, received=received))
        ]
        if rows:
            found.append((section, rows))
    return found


def _change(folder: Folder, section: Section, question: Question, *, received: Received) -> Change | None:
    offered, kept = received.answers.get(question.name), folder.kept.get(question.name)
    if offered is None or _content(offered) == _content(kept):
        return None
    newer = kept is not None and kept.revision > received.revisions.get(section.id, 0)
    wording = section.wording(question)
    return Change(question, wording, said(question, kept), said(question, _kept(offered)), newer, kept)


@dataclass(frozen=True)
class Decision:
    """What a person decided: the variables to take, and the revisions of the sections that the page showed."""

    chosen: frozenset[str]
    revisions: Mapping[str, int]
    seat: Seat
    at: datetime
    page: str


@transaction.atomic
def accept(unit: Unit, received: Received, decision: Decision) -> list[str]:
    """Save what was chosen, all of it or nothing; return the sections where two values await a choice."""
    folder = Folder.of(unit)
    undecided = []
    for section, rows in changes(folder, received):
        taken = {change.question.name for change in rows} & decision.chosen
        if taken:
            result = save_section(
                unit,
                section.id,
                _posted(folder, section, received, taken=taken),
                author=decision.seat.author,
                mode=MODE,
                at=decision.at,
                base_revision=decision.revisions.get(section.id),
                page=decision.page,
            )
            undecided += [section.id] if result.conflicts else []
    return undecided


def _posted(folder: Folder, section: Section, received: Received, *, taken: set[str]) -> dict[str, list[str]]:
    """Return the whole section as its page would send it: what was chosen, and the rest as it stands."""
    posted: dict[str, list[str]] = {}
    for question in section.questions:
        kept = folder.kept.get(question.name)
        if question.name in taken:
            posted |= _fields(question, received.answers[question.name])
        elif kept is not None:
            posted |= _fields(question, kept)
            if kept.reason:
                posted |= {reason_field(question.name): [kept.reason], remark_field(question.name): [kept.remark]}
    return posted


def _fields(question: Question, answer: Kept | DraftAnswer) -> dict[str, list[str]]:
    value, state = _content(answer)
    if state == State.UNKNOWN:
        return {unknown_field(question.name): ["1"]}
    several = question.kind == "select_multiple"
    return {question.name: value.split(" ") if several and value else [value]}
