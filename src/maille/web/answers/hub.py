"""The contents of the questionnaire: where the authority stands, who is in charge, what remains."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from maille.web.accounts.access import respondent
from maille.web.answers.guests import guest_hub
from maille.web.answers.pages import folder_of, is_closed, page_context
from maille.web.answers.progress import Progress, in_words
from maille.web.icons import mesh


@respondent
@require_safe
def hub(request: HttpRequest) -> HttpResponse:
    folder = folder_of(request)
    if not request.seat.is_owner:
        return guest_hub(request, folder)
    if folder.unit.is_submitted:
        return redirect("answers:receipt")
    progress = Progress.of(folder)
    drawn = mesh([row.state for row in progress.asked])
    context = page_context(folder, progress=progress, mesh=drawn, closed=is_closed(folder))
    context["count_in_words"] = in_words(len(progress.rows))
    context["left_in_words"] = in_words(len(progress.left))
    return render(request, "answers/hub.html", context)
