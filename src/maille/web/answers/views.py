"""The end of the questionnaire: the review, the sending, the receipt."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from maille.web.accounts.access import owner
from maille.web.answers.models import PageEvent
from maille.web.answers.pages import folder_of, is_closed, page_context, unit_of
from maille.web.answers.progress import Progress
from maille.web.answers.sending import NotReady, ReopeningRefused, reopen, sent_folder, submit
from maille.web.answers.tracing import Trace
from maille.web.answers.wording import kept_answers
from maille.web.answers.writing import AlreadySubmitted


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
            Trace.of(request).record([(PageEvent.Kind.SUBMIT, "")])
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
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """Show what was sent; posted with a reason, reopen the questionnaire to correct it."""
    unit = unit_of(request)
    submissions = list(unit.submissions.order_by("-number"))
    if not submissions:
        return redirect("answers:hub")
    problem = ""
    if request.method == "POST":
        seat = request.seat
        try:
            reopen(unit, author=seat.author, reason=request.POST.get("raison", ""), at=timezone.now())
        except ReopeningRefused as refusal:
            problem = refusal.message
        else:
            Trace.of(request).record([(PageEvent.Kind.REOPEN, "")])
            return redirect("answers:hub")
    folder = sent_folder(submissions[0])
    context = page_context(
        folder,
        submission=submissions[0],
        submissions=submissions,
        answers=list(kept_answers(folder)),
        reopenable=unit.is_submitted and not is_closed(folder),
        problem=problem,
        has_errors=bool(problem),
        saved_at=None,
    )
    context["unit"] = unit
    return render(request, "answers/receipt.html", context)
