"""The pages of the hotline: find an authority, its case, and the questionnaire filled by phone."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from maille.errors import UserError
from maille.web.accounts.access import (
    ON_THE_PHONE,
    PHONE,
    SESSION_MODE,
    SESSION_UNIT,
    Seat,
    leave_seat,
    staff_of,
    take_seat,
)
from maille.web.campaigns.models import Edition, Unit
from maille.web.hotline.acts import ACTS, Act
from maille.web.hotline.case import history, section_rows
from maille.web.hotline.forms import CallForm, ExtensionForm
from maille.web.hotline.models import CallBack, Case, CaseEvent
from maille.web.hotline.search import LONGEST, search

agent = staff_of(*ON_THE_PHONE)


def _edition() -> Edition | None:
    return Edition.objects.order_by("-opens").first()


def _unit(code: str) -> Unit:
    units = Unit.objects.select_related("edition").prefetch_related("contacts")
    return get_object_or_404(units, edition=_edition(), code=code)


@agent
@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """Search, and what is to be called back."""
    typed = request.GET.get("q", "")
    edition = _edition()
    found = search(edition, typed) if edition else []
    today = timezone.localdate()
    due = CallBack.objects.filter(done_at=None, due__lte=today, unit__edition=edition).select_related("unit")
    context = {"section": "assistance", "edition": edition, "typed": typed.strip(), "today": today}
    context |= {"found": found[:LONGEST], "too_many": len(found) > LONGEST, "longest": LONGEST, "due": due}
    context["later"] = CallBack.objects.filter(done_at=None, due__gt=today, unit__edition=edition).count()
    return render(request, "hotline/calls.html", context)


def _shown(request: HttpRequest, unit: Unit, **more: object) -> HttpResponse:
    rows = section_rows(unit)
    context = {
        "section": "assistance",
        "unit": unit,
        "case": Case.of(unit),
        "rows": rows,
        "done": sum(row.state == "done" for row in rows),
        "correct": [one for row in rows for one in row.to_correct],
        "confirm": [one for row in rows for one in row.to_confirm],
        "history": history(unit),
        "contacts": list(unit.contacts.all()),
        "call_backs": list(unit.call_backs.filter(done_at=None)),
        "statuses": Case.Status.choices,
        "categories": Case.Category.choices,
        "outcomes": Unit.Outcome.choices,
        "open": unit.is_open(timezone.localdate()),
        "latest": ExtensionForm(unit=unit).last,
    }
    return render(request, "hotline/case.html", context | more)


@agent
@require_safe
def case(request: HttpRequest, code: str) -> HttpResponse:
    return _shown(request, _unit(code))


@agent
@sensitive_post_parameters()
@require_POST
def act(request: HttpRequest, code: str, what: str) -> HttpResponse:
    unit = _unit(code)
    kind, done = ACTS[what]
    form = kind(request.POST, unit=unit) if kind is ExtensionForm else kind(request.POST)
    if not form.is_valid():
        return _refused(request, unit, [error for errors in form.errors.values() for error in errors])
    doing = Act(unit, request.user.get_username())
    try:
        said = done(doing, form)
    except UserError as refused:
        return _refused(request, unit, [refused.message])
    if doing.code:
        return _shown(request, unit, new_code=doing.code)
    messages.success(request, said)
    return redirect("hotline:case", code=unit.code)


def _refused(request: HttpRequest, unit: Unit, errors: list[str]) -> HttpResponse:
    return _shown(request, unit, errors=errors, has_errors=True, typed=request.POST)


@agent
@require_POST
def call(request: HttpRequest, code: str) -> HttpResponse:
    """Open the questionnaire to fill it with the person on the phone, who agreed."""
    unit = _unit(code)
    form = CallForm(request.POST)
    if not form.is_valid():
        return _refused(request, unit, [error for errors in form.errors.values() for error in errors])
    if unit.is_submitted or not unit.is_open(timezone.localdate()):
        return _refused(request, unit, ["Ce questionnaire est déjà envoyé, ou l’enquête est close."])
    who = request.user.get_username()
    take_seat(request, Seat(unit.pk, f"agent-{request.user.pk}", PHONE, name="Assistance"))
    speaker = form.cleaned_data["speaker"]
    CaseEvent.record(unit, "saisie par téléphone", who=who, at=timezone.now(), text=f"Accord de {speaker}")
    return redirect("answers:hub")


@agent
@require_POST
def hang_up(request: HttpRequest) -> HttpResponse:
    """Close the questionnaire; what was saved stays."""
    unit = Unit.objects.filter(pk=request.session.get(SESSION_UNIT)).first()
    if unit is None or request.session.get(SESSION_MODE) != PHONE:
        return redirect("hotline:calls")
    leave_seat(request)
    now = timezone.now()
    if unit.is_submitted and unit.submissions.last().mode == PHONE:
        unit.outcome, unit.outcome_at = Unit.Outcome.PHONE, now
        unit.save(update_fields=["outcome", "outcome_at"])
    CaseEvent.record(unit, "fin de la saisie", who=request.user.get_username(), at=now)
    messages.success(request, "L’appel est terminé. Le questionnaire est refermé ; ce qui a été saisi est enregistré.")
    return redirect("hotline:case", code=unit.code)
