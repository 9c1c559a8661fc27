"""What a save answers to the script of the page: what is kept, what remains, what others wrote."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone

from maille.specs import Section
from maille.web.accounts.names import names_of
from maille.web.answers.folder import Folder, Kept
from maille.web.answers.presence import SOMEONE, others
from maille.web.answers.saving import SectionResult
from maille.web.answers.wording import clock, said

CLOSED = "L’enquête est close : cette saisie n’a pas été enregistrée."
SENT = "Ce questionnaire a déjà été envoyé : cette saisie n’a pas été enregistrée."
TOO_LONG = "Cette saisie est trop longue : elle n’a pas été enregistrée. Raccourcissez les textes de la page."
UNREADABLE = "Cette saisie ne peut pas être lue : rechargez la page, puis recommencez."


def refusal(message: str, status: int) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)


def saved(request: HttpRequest, folder: Folder, found: Section, *, result: SectionResult, at: datetime) -> JsonResponse:
    """Return the reply to a save: 200, or 409 when two people gave two values."""
    names = names_of(folder.unit.pk) if result.conflicts or result.theirs else {}
    reply: dict[str, Any] = {
        "saved_at": clock(timezone.localtime(at)),
        "revision": result.revision,
        "current": result.current,
        "findings": [
            finding.model_dump() | {"missing": folder.is_empty(finding.question)} for finding in result.findings
        ],
        "on_path": [question.name for question in found.questions if folder.path.on(question.name)],
        "others": [other.as_json() for other in others(request, found.id, at)],
        "theirs": [_theirs(name, kept, names) for name, kept in result.theirs.items()],
        "dropped": list(result.dropped),
    }
    if result.conflicts:
        reply["conflicts"] = [_conflict(folder, name, mine, names=names) for name, mine in result.conflicts.items()]
        reply["page"] = reverse("answers:conflict", args=[found.id])
    return JsonResponse(reply, status=409 if result.conflicts else 200)


def _theirs(name: str, kept: Kept, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "question": name,
        "values": kept.value.split(" ") if kept.value else [],
        "unknown": kept.state == "unknown",
        "author": names.get(kept.author, SOMEONE),
        "saved_at": clock(timezone.localtime(kept.saved_at)),
    }


def _conflict(folder: Folder, name: str, mine: Kept, *, names: Mapping[str, str]) -> dict[str, str]:
    question, theirs = folder.questions[name], folder.kept[name]
    return {
        "question": name,
        "label": question.label,
        "mine": said(question, mine),
        "theirs": said(question, theirs),
        "author": names.get(theirs.author, SOMEONE),
        "saved_at": clock(timezone.localtime(theirs.saved_at)),
    }
