"""The public pages: how access works, the request, the confirmation of the address."""

from django.conf import settings
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from maille.specs.questionnaire import UNIVERSES
from maille.web.accounts.access import anyone
from maille.web.accounts.models import AuditEvent
from maille.web.accounts.throttle import may_try, note_failure
from maille.web.researchers.forms import FILES, RequestForm
from maille.web.researchers.licence import licence
from maille.web.researchers.models import Access
from maille.web.store import open_store

_TRIED = "demande chercheur"
_MAIL = """Bonjour,

Une demande d’accès aux fichiers pour la recherche a été écrite avec cette adresse : « {project} ».

Confirmez-la ici :
{link}

Si vous n’attendiez pas ce message, ne faites rien : la demande ne sera pas examinée.
"""


def latest_edition() -> str:
    """Return the last edition that has files, empty when there is none."""
    names = open_store().names("research/")
    return max((name.split("/")[1] for name in names), default="")


@anyone
@require_safe
def about(request: HttpRequest) -> HttpResponse:
    edition, store = latest_edition(), open_store()
    risks = []
    for universe in UNIVERSES if edition else ():
        table = store.read(f"research/{edition}/risk-{universe}").table
        if table.height:
            risks.append({"title": FILES[universe], "rows": list(table.iter_rows(named=True))})
    context = {"section": "methode", "licence": licence(), "edition": edition, "risks": risks}
    return render(request, "researchers/about.html", context)


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    edition = latest_edition()
    form = RequestForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and edition:
        if not may_try(request, _TRIED):
            return render(request, "too-many.html", status=429)
        note_failure(request, _TRIED, door=Access)
        access = Access(edition=edition, asked_at=timezone.now(), **form.cleaned_data)
        token = access.draw_link()
        access.save()
        link = settings.MAILLE_SITE + reverse("researchers:confirm", args=[token])
        send_mail(
            "Votre demande d’accès aux fichiers", _MAIL.format(project=access.project, link=link), None, [access.email]
        )
        return render(request, "researchers/asked.html", {"section": "methode", "access": access})
    chosen = form["universes"].value() or []
    files = [(universe, title, universe in chosen) for universe, title in FILES.items()]
    context = {"section": "methode", "form": form, "has_errors": bool(form.errors), "edition": edition, "files": files}
    return render(request, "researchers/ask.html", context, status=422 if form.errors else 200)


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; only the button confirms, so that a robot that reads the mail does not."""
    access = Access.of_link(token)
    if access is None:
        raise Http404
    if request.method == "POST" and access.confirmed_at is None:
        access.confirmed_at = timezone.now()
        access.save(update_fields=["confirmed_at"])
        AuditEvent.record("chercheur", "demande confirmée", at=access.confirmed_at, detail=f"accès {access.pk}")
    return render(request, "researchers/confirm.html", {"section": "methode", "access": access})
