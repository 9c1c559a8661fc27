"""The journal: who did what, when, for which authority; never an answer."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from maille.web.accounts.access import staff
from maille.web.accounts.forms import JournalForm
from maille.web.accounts.models import AuditEvent
from maille.web.exports import csv_download

_PAGE = 100
_LOOKUPS = {"unit": "unit__iexact", "who": "who__icontains", "what": "what__icontains"}


def _asked(request: HttpRequest) -> tuple[JournalForm, QuerySet[AuditEvent]]:
    form = JournalForm(request.GET)
    events = AuditEvent.objects.order_by("-when", "-pk")
    if form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if value}
        events = events.filter(**{_LOOKUPS[name]: value for name, value in given.items()})
    return form, events


@staff
@require_safe
def journal(request: HttpRequest) -> HttpResponse:
    form, events = _asked(request)
    page = Paginator(events, _PAGE).get_page(request.GET.get("page"))
    asked = urlencode({name: request.GET[name] for name in _LOOKUPS if request.GET.get(name)})
    return render(request, "accounts/journal.html", {"section": "journal", "form": form, "page": page, "asked": asked})


@staff
@require_safe
def journal_csv(request: HttpRequest) -> HttpResponse:
    _form, events = _asked(request)
    AuditEvent.record(request.user.get_username(), "export du journal", at=timezone.now())
    rows = ((f"{timezone.localtime(e.when):%Y-%m-%d %H:%M:%S}", e.who, e.what, e.unit, e.detail) for e in events)
    return csv_download("journal.csv", ("date", "personne", "acte", "autorité", "détail"), rows)
