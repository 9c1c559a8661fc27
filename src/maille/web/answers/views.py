"""The pages of the questionnaire: its sections, one page each, then the review and the receipt."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from maille.specs import Section
from maille.web.accounts.access import owner, respondent
from maille.web.answers.folder import Folder
from maille.web.answers.pages import folder_of, is_closed, page_context, section_of
from maille.web.answers.presentation import question_views
from maille.web.answers.progress import Progress, in_words, ordinal, section_progress
from maille.web.answers.saving import save_section
from maille.web.answers.sending import NotReady, submit
from maille.web.answers.wording import kept_answers, section_condition
from maille.web.answers.writing import AlreadySubmitted


@respondent
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, section_id: str) -> HttpResponse:
    folder = folder_of(request)
    found = section_of(request, folder, section_id)
    if folder.unit.is_submitted or is_closed(folder):
        return redirect("answers:receipt" if folder.unit.is_submitted else "answers:hub")
    if request.method == "POST":
        return _save(request, folder, found)
    if not folder.applies(found):
        context = page_context(folder, section_shown=found, why=section_condition(folder.questionnaire, found))
        return render(request, "answers/section-off.html", context)
    return _show(request, folder, found)


def _save(request: HttpRequest, folder: Folder, found: Section) -> HttpResponse:
    posted = dict(request.POST.lists())
    unit = folder.unit
    del unit.folder  # read again under the lock: a colleague may have saved meanwhile
    try:
        result = save_section(
            unit, found.id, posted, author=request.seat.author, mode=request.seat.mode, at=timezone.now()
        )
    except AlreadySubmitted:
        return redirect("answers:receipt")
    if request.POST.get("suite") == "sommaire":
        return redirect("answers:hub")
    folder = Folder.of(unit)
    if any(not folder.is_settled(finding) for finding in result.findings):
        return redirect(reverse("answers:section", args=[found.id]) + "?verifier=1")
    return redirect(_following(folder, found))


def _following(folder: Folder, found: Section) -> str:
    after = Progress.of(folder).next_after(found)
    return reverse("answers:section", args=[after.section.id]) if after else reverse("answers:review")


def _title(errors: int, doubts: int) -> str:
    """Say how many answers are to be corrected and how many to be confirmed."""
    if errors and doubts:
        first = "Une réponse est à corriger" if errors == 1 else f"{errors} réponses sont à corriger"
        return first + (", une autre à confirmer" if doubts == 1 else f", {doubts} autres à confirmer")
    count, verb = (errors, "corriger") if errors else (doubts, "confirmer")
    return f"Une réponse est à {verb}" if count == 1 else f"{count} réponses sont à {verb}"


def _show(request: HttpRequest, folder: Folder, found: Section) -> HttpResponse:
    checking = "verifier" in request.GET
    views = question_views(folder, found, checking=checking)
    errors = [view for view in views if view.error]
    doubts = [view for view in views if view.doubt and not any(reason.checked for reason in view.reasons)]
    asked = folder.sections()
    context = page_context(folder, section_shown=found, questions=views, errors=errors, doubts=doubts)
    context |= {
        "has_errors": bool(errors),
        "checking": checking and bool(errors or doubts),
        "summary_title": _title(len(errors), len(doubts)),
        "place": ordinal(asked.index(found) + 1),
        "sections_in_words": in_words(len(asked)),
        "progress": section_progress(folder, found),
        "following": _following(folder, found),
    }
    return render(request, "answers/section.html", context)


@owner
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    folder = folder_of(request)
    if folder.unit.is_submitted:
        return redirect("answers:receipt")
    if is_closed(folder):
        return redirect("answers:hub")
    if request.method == "POST":
        try:
            del folder.unit.folder
            submit(folder.unit, author=request.seat.author, mode=request.seat.mode, at=timezone.now())
        except NotReady:
            return redirect("answers:review")
        except AlreadySubmitted:
            pass
        return redirect("answers:receipt")
    progress = Progress.of(folder)
    blocking = [row for row in progress.asked if row.missing or row.wrong]
    to_confirm = [row for row in progress.asked if row.doubts]
    context = page_context(folder, blocking=blocking, to_confirm=to_confirm, answers=list(kept_answers(folder)))
    return render(request, "answers/review.html", context)


@owner
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    folder = folder_of(request)
    if not folder.unit.is_submitted:
        return redirect("answers:hub")
    context = page_context(
        folder, submission=folder.unit.submissions.last(), answers=list(kept_answers(folder)), saved_at=None
    )
    return render(request, "answers/receipt.html", context)
