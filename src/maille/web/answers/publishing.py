"""The page where a methodologist publishes a new version of a questionnaire, knowing what it changes."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from maille.specs import SpecInvalid
from maille.specs.questionnaire import UNIVERSES
from maille.web.accounts.access import staff
from maille.web.answers.migrating import proposal, publish
from maille.web.campaigns.models import Edition, Unit
from maille.web.campaigns.versions import written


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def questionnaires(request: HttpRequest) -> HttpResponse:
    edition = Edition.objects.order_by("-opens").first()
    problem = ""
    if request.method == "POST" and edition is not None:
        universe = request.POST.get("univers", "")
        if universe not in UNIVERSES:
            raise Http404
        problem = _publish(request, edition, universe)
        if not problem:
            return redirect("answers:questionnaires")
    context: dict[str, Any] = {"section": "questionnaires", "edition": edition, "problem": problem}
    if edition is not None:
        context |= {"simulated": edition.simulated, "forms": [_form(edition, universe) for universe in UNIVERSES]}
        context["has_errors"] = bool(problem)
    return render(request, "answers/questionnaires.html", context)


def _publish(request: HttpRequest, edition: Edition, universe: str) -> str:
    """Publish what the page showed; return why it could not be."""
    try:
        new = written(edition, universe)
    except SpecInvalid:
        return "Le fichier contient des erreurs : corrigez-les, puis revenez sur cette page."
    if new.version != request.POST.get("version"):
        return "Le fichier a changé depuis que cette page est ouverte : relisez les différences."
    publish(edition, universe, new, author=request.user.get_username(), at=timezone.now())
    return ""


def _form(edition: Edition, universe: str) -> dict[str, Any]:
    about: dict[str, Any] = {"universe": Unit.Universe(universe).label, "code": universe, "problems": (), "plan": None}
    about["since"] = edition.asked_versions.filter(universe=universe).values_list("since", flat=True).first()
    try:
        about["plan"] = proposal(edition, universe)
    except SpecInvalid as error:
        about["problems"] = error.problems
    return about
