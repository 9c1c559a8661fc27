"""The page of a section: shown, saved, and what its script tells while it is open."""

import json
import secrets

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from maille.specs import Section
from maille.web.accounts.access import respondent
from maille.web.answers.folder import Folder
from maille.web.answers.models import PageEvent
from maille.web.answers.pages import folder_of, is_closed, page_context, section_of, unit_of
from maille.web.answers.presence import others, show_up
from maille.web.answers.presentation import blocks, question_views
from maille.web.answers.progress import in_words, ordinal
from maille.web.answers.replies import CLOSED, SENT, TOO_LONG, UNREADABLE, refusal, saved
from maille.web.answers.rules import script_context
from maille.web.answers.saving import Page, save_section
from maille.web.answers.tracing import Trace
from maille.web.answers.wording import section_condition
from maille.web.answers.writing import AlreadySubmitted
from maille.web.failures import wants_json
from maille.web.turns import in_turn

LONGEST_BODY = 512_000
LONGEST_JOURNAL = 16_000
_TOLD = {PageEvent.Kind.OPEN, PageEvent.Kind.CHECK, PageEvent.Kind.HELP, PageEvent.Kind.LEAVE}


@respondent
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, section_id: str) -> HttpResponse:
    if request.method == "POST":
        return _save(request, section_id)
    folder = folder_of(request)
    found = section_of(request, folder, section_id)
    if folder.unit.is_submitted or is_closed(folder):
        return redirect("answers:receipt" if folder.unit.is_submitted else "answers:hub")
    if not folder.applies(found):
        context = page_context(folder, section_shown=found, why=section_condition(folder.questionnaire, found))
        return render(request, "answers/section-off.html", context)
    return _show(request, folder, found)


def _save(request: HttpRequest, section_id: str) -> HttpResponse:
    if int(request.headers.get("Content-Length") or 0) > LONGEST_BODY:
        return _refused(request, TOO_LONG, 413)
    unit = unit_of(request)
    folder = Folder.empty(unit)
    found = section_of(request, folder, section_id)
    revision = request.POST.get("revision", "")
    if revision and not (revision.isascii() and revision.isdigit() and len(revision) < 10):
        return _refused(request, UNREADABLE, 400)
    if is_closed(folder):
        return _refused(request, CLOSED, 410)
    seat, at = request.seat, timezone.now()
    shown = Page(
        base_revision=int(revision) if revision else None,
        page=request.POST.get("page", "")[:16],
        trace=Trace.of(request, section_id),
    )
    try:
        posted = dict(request.POST.lists())
        result = save_section(unit, section_id, posted, author=seat.author, mode=seat.mode, at=at, **shown)
    except AlreadySubmitted:
        return _refused(request, SENT, 410)
    folder = Folder.of(unit)
    if wants_json(request):
        return saved(request, folder, found, result=result, at=at)
    return redirect(_onward(request, folder, found, conflict=bool(result.conflicts)))


def _refused(request: HttpRequest, message: str, status: int) -> HttpResponse:
    if wants_json(request):
        return refusal(message, status)
    if message == SENT:
        return redirect("answers:receipt" if request.seat.is_owner else "answers:hub")
    if message == CLOSED:
        return redirect("answers:hub")
    context = {"status": status, "title": "Cette saisie n’est pas enregistrée", "advice": message}
    return render(request, "failure.html", context, status=status)


def _onward(request: HttpRequest, folder: Folder, found: Section, *, conflict: bool) -> str:
    """Return the page after a save: the choice to make, the contents, what remains here, or the next section."""
    if conflict:
        return reverse("answers:conflict", args=[found.id])
    if request.POST.get("suite") == "sommaire":
        return reverse("answers:hub")
    if any(not folder.is_settled(finding) for finding in folder.findings(found)):
        return reverse("answers:section", args=[found.id]) + "?verifier=1"
    return _following(request, folder, found)


def _following(request: HttpRequest, folder: Folder, found: Section) -> str:
    after = folder.next_after(found, seat=request.seat)
    if after:
        return reverse("answers:section", args=[after.id])
    return reverse("answers:review" if request.seat.is_owner else "answers:finish")


def _title(errors: int, doubts: int) -> str:
    """Say how many answers are to be corrected and how many to be confirmed."""
    if errors and doubts:
        first = "Une réponse est à corriger" if errors == 1 else f"{errors} réponses sont à corriger"
        return first + (", une autre à confirmer" if doubts == 1 else f", {doubts} autres à confirmer")
    count, verb = (errors, "corriger") if errors else (doubts, "confirmer")
    return f"Une réponse est à {verb}" if count == 1 else f"{count} réponses sont à {verb}"


def _show(request: HttpRequest, folder: Folder, found: Section) -> HttpResponse:
    at = timezone.now()
    with in_turn():
        show_up(request, found.id, at)
        Trace.of(request, found.id).record([(PageEvent.Kind.OPEN, "")])
    checking = "verifier" in request.GET
    views = question_views(folder, found, checking=checking)
    errors = [view for view in views if view.error]
    doubts = [view for view in views if view.doubt and not any(reason.checked for reason in view.reasons)]
    asked = folder.sections()
    context = page_context(folder, section_shown=found, questions=views, errors=errors, doubts=doubts)
    context |= {
        "blocks": blocks(found, views),
        "script": script_context(folder, found),
        "revision": folder.revisions.get(found.id, 0),
        "page_id": secrets.token_hex(8),
        "others": others(request, found.id, at),
        "undecided": [view for view in views if folder.pending.get(view.question.name)],
        "has_errors": bool(errors),
        "checking": checking and bool(errors or doubts),
        "summary_title": _title(len(errors), len(doubts)),
        "place": ordinal(asked.index(found) + 1),
        "sections_in_words": in_words(len(asked)),
        "following": _following(request, folder, found),
    }
    return render(request, "answers/section.html", context)


@respondent
@require_POST
def presence(request: HttpRequest, section_id: str) -> HttpResponse:
    """Say that the section is still open in this browser, and learn who else has it open."""
    section_of(request, Folder.empty(unit_of(request)), section_id)
    at = timezone.now()
    with in_turn():
        show_up(request, section_id, at)
    return JsonResponse({"others": [other.as_json() for other in others(request, section_id, at)]})


@respondent
@require_POST
def journal(request: HttpRequest, section_id: str) -> HttpResponse:
    """Keep how the page was used: which checks it showed, which help was opened, when it was left; never a value."""
    section = section_of(request, Folder.empty(unit_of(request)), section_id)
    if int(request.headers.get("Content-Length") or 0) > LONGEST_JOURNAL:
        return refusal(TOO_LONG, 413)
    events = _events(request.POST.get("events", ""), {question.name for question in section.questions})
    if events is None:
        return refusal(UNREADABLE, 400)
    with in_turn():
        for kind, question, seconds in events:
            Trace.of(request, section_id).record([(kind, question)], seconds)
    return HttpResponse(status=204)


def _events(text: str, questions: set[str]) -> list[tuple[str, str, int | None]] | None:
    """Return the events written in JSON, None when they are not what a page tells."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, list) or len(told) > 50:
        return None
    events = [_event(one, questions) for one in told]
    return None if None in events else events


def _event(told: object, questions: set[str]) -> tuple[str, str, int | None] | None:
    if not isinstance(told, dict):
        return None
    kind, question, seconds = told.get("kind"), told.get("question") or "", told.get("seconds")
    if not isinstance(kind, str) or kind not in _TOLD or question not in ("", *questions):
        return None
    return (kind, question, seconds) if seconds is None or (type(seconds) is int and seconds >= 0) else None
