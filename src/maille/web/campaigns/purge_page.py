"""The page that purges the contacts of an edition, and shows that nothing is left."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from maille.web.accounts.access import MANAGER, staff_of
from maille.web.campaigns.board import chosen_edition
from maille.web.campaigns.purging import held, purge
from maille.web.campaigns.reminders import SECTION


@staff_of(MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def purge_page(request: HttpRequest) -> HttpResponse:
    edition = chosen_edition(request)
    if edition is None:
        return render(request, "campaigns/board-empty.html", SECTION)
    context = SECTION | {"here": "effacer", "edition": edition, "today": timezone.localdate()}
    wrong = request.method == "POST" and request.POST.get("edition", "").strip() != edition.pk
    if request.method == "POST" and not wrong:
        context["proof"] = purge(edition, by=request.user.get_username(), at=timezone.now())
    context |= {"held": held(edition), "has_errors": wrong}
    return render(request, "campaigns/purge.html", context, status=422 if wrong else 200)
