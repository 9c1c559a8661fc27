"""Choose between two values given at the same time; the one that is not chosen stays in the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from maille.specs import Question, Section
from maille.web.answers.folder import Folder, Kept
from maille.web.answers.merging import content
from maille.web.answers.posted import Posted, is_written, received
from maille.web.answers.writing import bump, drop_pending, lock, write
from maille.web.campaigns.models import Unit

CURRENT, OTHER = "actuelle", "autre"


@dataclass(frozen=True)
class Candidate:
    """One of the values between which to choose; ``code`` is what the form posts for it."""

    code: str
    kept: Kept


def candidates(folder: Folder, question: Question) -> list[Candidate]:
    """Return what is kept for a question, the answer first, then what waits; none when nothing waits."""
    pending = folder.pending.get(question.name)
    if not pending:
        return []
    current = folder.kept.get(question.name) or Kept("", "empty", "", "", "", "", next(iter(pending.values())).saved_at)
    return [Candidate(CURRENT, current), *(Candidate(page, kept) for page, kept in pending.items())]


def choice_field(name: str) -> str:
    return f"{name}__choix"


def seen_field(name: str) -> str:
    """Return the name of the field that lists what the page showed: the revision of the answer, then who waits."""
    return f"{name}__vu"


def seen(folder: Folder, question: Question) -> str:
    revision = folder.kept[question.name].revision if question.name in folder.kept else 0
    return " ".join([str(revision), *sorted(folder.pending.get(question.name, ()))])


def undecided(folder: Folder, section: Section) -> list[Question]:
    """Return the questions of a section that await a choice."""
    return [question for question in section.questions if folder.pending.get(question.name)]


def picked_of(question: Question, posted: Posted) -> str:
    """Return the choice of a page; an answer that was written is the choice when nothing else is ticked."""
    picked = (posted.get(choice_field(question.name)) or ("",))[0]
    return picked or (OTHER if is_written(question, posted) else "")


def _disagreement(question: Question, posted: Posted, given: Sequence[Candidate]) -> str:
    """Say why what is ticked and what is written do not go together; nothing when they do."""
    picked, written = picked_of(question, posted), is_written(question, posted)
    if picked == OTHER:
        return "" if written else "Écrivez l’autre réponse, ou choisissez une de celles qui sont données."
    ticked = next((one.kept for one in given if one.code == picked), None)
    if ticked is None or not written or content(ticked)[:2] == content(received(question, posted, ticked))[:2]:
        return ""
    return "Vous avez choisi une réponse et vous en avez écrit une autre : gardez l’une des deux."


def choose(unit: Unit, section_id: str, posted: Posted, *, author: str, mode: str, at: datetime) -> Mapping[str, str]:
    """Apply the choices of a page; return, by question, why a choice could not be applied."""
    with transaction.atomic():
        lock(unit, at)
        folder = Folder.of(unit)
        section = folder.questionnaire.section(section_id)
        revision = folder.revisions.get(section_id, 0) + 1
        stamp = Kept("", "", "", "", author, mode, at, folder.questionnaire.version, revision)
        refused, chosen, settled = {}, {}, []
        for question in undecided(folder, section):
            if (posted.get(seen_field(question.name)) or ("",))[0] != seen(folder, question):
                refused[question.name] = "Une autre réponse vient d’arriver : choisissez de nouveau."
                continue
            waiting = folder.pending[question.name]
            picked = picked_of(question, posted)
            if problem := _disagreement(question, posted, candidates(folder, question)):
                refused[question.name] = problem
                continue
            if picked == OTHER:
                chosen[question.name] = received(question, posted, stamp)
            elif picked in waiting:
                chosen[question.name] = stamp._replace(
                    **dict(zip(Kept._fields[:4], waiting[picked][:4], strict=True)), prefilled=waiting[picked].prefilled
                )
            elif picked != CURRENT:
                refused[question.name] = "Choisissez la réponse à garder."
                continue
            settled += [(question.name, kept) for kept in waiting.values()]
        write(folder, chosen, at)
        drop_pending(folder, settled, at)
        if chosen:
            bump(folder, [section_id], at)
    return refused
