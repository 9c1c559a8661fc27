"""The pages of the methodologists: requests, accesses, outputs; each act says why and is written down."""

from datetime import date, timedelta

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, User
from django.core.mail import send_mail
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maille.web.accounts.access import RESEARCHER, staff
from maille.web.accounts.models import AuditEvent
from maille.web.accounts.people import invitation_path, role_of
from maille.web.researchers.checking import judge, judged_rows
from maille.web.researchers.forms import FILES, DecisionForm, OutputDecisionForm, RevocationForm
from maille.web.researchers.models import Access, Output

_MONTH = timedelta(days=30.44)
_GRANTED = """Bonjour,

L’accès demandé pour « {project} » est accordé jusqu’au {until}. {reasons}

Choisissez votre mot de passe ici, dans les sept jours, puis réglez un second facteur et signez la licence :
{link}

Votre nom d’utilisateur est : {username}
"""
_REFUSED = """Bonjour,

L’accès demandé pour « {project} » n’est pas accordé. {reasons}
"""


@staff
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    found = Access.objects.exclude(confirmed_at=None).prefetch_related("downloads")
    rows = [{"access": one, "state": one.state(today), "downloads": len(one.downloads.all())} for one in found]
    waiting = Output.objects.filter(decision="").select_related("access")
    context = {"section": "chercheurs", "rows": rows, "waiting": waiting}
    return render(request, "researchers/requests.html", context)


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def access(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Access.objects.exclude(confirmed_at=None), pk=pk)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and found.granted is None and form.is_valid():
        refused = _decide(request, found, form)
        if not refused:
            return redirect("researchers:access", pk=pk)
        form.add_error(None, refused)
    context = {"section": "chercheurs", "access": found, "state": found.state(timezone.localdate()), "form": form}
    context |= {"files": [FILES[one] for one in found.universes], "has_errors": bool(form.errors)}
    return render(request, "researchers/access.html", context, status=422 if form.errors else 200)


def _until(months: int) -> date:
    return timezone.localdate() + _MONTH * months


@transaction.atomic
def _decide(request: HttpRequest, found: Access, form: DecisionForm) -> str:
    """Decide, write it down and tell it by e-mail; return why it cannot be done, empty when it is."""
    granted = form.cleaned_data["granted"] == "oui"
    user = _account(found) if granted else None
    if granted and user is None:
        return "Cette adresse est celle d’un gestionnaire : un chercheur a un compte à part."
    found.granted, found.reasons, found.user = granted, form.cleaned_data["reasons"], user
    found.decided_at, found.decided_by = timezone.now(), request.user.get_username()
    found.expires_on = _until(found.months) if granted else None
    found.save()
    detail = f"accès {found.pk} : {found.reasons}"
    what = "accès chercheur accordé" if granted else "accès chercheur refusé"
    AuditEvent.record(found.decided_by, what, at=found.decided_at, detail=detail)
    said = {
        "project": found.project,
        "reasons": found.reasons,
        "until": f"{found.expires_on:%d/%m/%Y}" if granted else "",
    }
    if user is not None:
        said |= {"link": request.build_absolute_uri(invitation_path(user)), "username": user.get_username()}
    send_mail(
        "Votre demande d’accès aux fichiers", (_GRANTED if granted else _REFUSED).format(**said), None, [found.email]
    )
    messages.success(request, "La décision est écrite, et envoyée au demandeur.")
    return ""


def _account(found: Access) -> User | None:
    """Return the account of this person, with the role of researcher and no other; None for one of the staff."""
    email = found.email.strip().lower()
    user = get_user_model().objects.filter(username__iexact=email).first()
    if user is None:
        if get_user_model().objects.filter(email__iexact=email).exists():
            return None
        user = get_user_model().objects.create_user(email, email, None, first_name=found.name[:150])
    if user.is_superuser or role_of(user):
        return None
    user.groups.add(Group.objects.get_or_create(name=RESEARCHER)[0])
    return user


@staff
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Shut an access at once: its next request, whatever it asks, finds nothing."""
    found = get_object_or_404(Access, pk=pk, granted=True, revoked_at=None)
    form = RevocationForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Donnez la raison du retrait.")
        return redirect("researchers:access", pk=pk)
    found.revoked_at, found.revoked_by = timezone.now(), request.user.get_username()
    found.revoked_because = form.cleaned_data["reasons"]
    found.save(update_fields=["revoked_at", "revoked_by", "revoked_because"])
    detail = f"accès {found.pk} : {found.revoked_because}"
    AuditEvent.record(found.revoked_by, "accès chercheur retiré", at=found.revoked_at, detail=detail)
    messages.success(request, "L’accès est retiré.")
    return redirect("researchers:access", pk=pk)


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def judge_output(request: HttpRequest, pk: int) -> HttpResponse:
    output = get_object_or_404(Output.objects.select_related("access"), pk=pk)
    form = OutputDecisionForm(request.POST if request.method == "POST" else None)
    if form.is_bound and not output.decision and form.is_valid() and _decidable(form, output):
        _decide_output(request, output, form)
        return redirect("researchers:judge_output", pk=pk)
    context = {
        "section": "chercheurs",
        "output": output,
        "rows": judged_rows(output),
        "form": form,
        "has_errors": bool(form.errors),
    }
    context["counted"] = {
        name: sum(one["verdict"] == name for one in output.verdicts) for name in ("ok", "refused", "unsure")
    }
    return render(request, "researchers/judge-output.html", context, status=422 if form.errors else 200)


def _decidable(form: OutputDecisionForm, output: Output) -> bool:
    """Tell whether a table has something to let out; says in the form that it has not."""
    if form.cleaned_data["decision"] != Output.Decision.PARTLY or any(
        one["verdict"] == "ok" for one in output.verdicts
    ):
        return True
    form.add_error("decision", "Aucune case ne peut sortir : refusez la sortie, ou laissez sortir la table entière.")
    return False


@transaction.atomic
def _decide_output(request: HttpRequest, asked: Output, form: OutputDecisionForm) -> None:
    """Judge once more, with what was let out since it was asked, then decide."""
    output = Output.objects.select_for_update().get(pk=asked.pk)
    if output.decision:
        raise Http404
    output.verdicts = judge(output)
    output.save(update_fields=["verdicts"])
    now, who = timezone.now(), request.user.get_username()
    output.decide(form.cleaned_data["decision"], by=who, at=now, reasons=form.cleaned_data["reasons"])
    detail = f"sortie {output.pk}, {output.get_decision_display()} : {output.reasons}"
    AuditEvent.record(who, "sortie décidée", at=now, detail=detail)
    messages.success(request, "La décision est écrite.")
