"""A colleague who was invited: opens the link, fills its sections, says when it is done."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from maille.web.accounts.access import SESSION_GUEST, Seat, anyone, respondent, take_seat
from maille.web.accounts.models import AuditEvent, Guest
from maille.web.accounts.names import name_of
from maille.web.accounts.throttle import may_try, note_failure
from maille.web.answers.folder import Folder, questionnaire_of
from maille.web.answers.letters import tell_it_is_done
from maille.web.answers.pages import folder_of, is_closed, page_context
from maille.web.answers.progress import Progress
from maille.web.campaigns.models import Unit

UNKNOWN = "invitation inconnue"


def _why_shut(guest: Guest | None) -> str:
    """Say why a link opens nothing: unknown, revoked, expired, sent, closed; empty when it opens."""
    if guest is None:
        return "unknown"
    unit, now = guest.unit, timezone.now()
    if guest.revoked_at is not None:
        return "revoked"
    if unit.is_submitted:
        return "sent"
    if not unit.is_open(timezone.localdate()):
        return "closed"
    return "" if guest.holds(now) else "expired"


def _inviter(guest: Guest) -> dict[str, str]:
    """Return the name and the function of who invited this guest."""
    name, _, role = name_of(guest.unit_id, guest.invited_by, with_role=True).partition(", ")
    return {"inviter": name, "inviter_role": role}


def _shut(request: HttpRequest, guest: Guest | None, why: str) -> HttpResponse:
    context = {"why": why, "guest": guest, "unit": guest.unit if guest else None, "section": "enquete"}
    if guest is not None:
        context |= _inviter(guest)
    response = render(request, "answers/invitation-shut.html", context, status=404 if why == "unknown" else 410)
    response["Cache-Control"] = "no-store"
    return response


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link opens; only the button opens it, so that a robot that reads the mail changes nothing."""
    if not may_try(request, UNKNOWN):
        return render(request, "too-many.html", status=429)
    guest = Guest.of_link(token)
    why = _why_shut(guest)
    if guest is None:
        note_failure(request, UNKNOWN, door=Guest)
    if why or guest is None:
        return _shut(request, guest, why)
    if request.method == "POST":
        return _come_in(request, guest)
    sections = [one for one in questionnaire_of(guest.unit).sections if one.id in guest.sections]
    context = {"guest": guest, "unit": guest.unit, "sections": sections, "section": "enquete"}
    context |= _inviter(guest)
    response = render(request, "answers/invitation.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _come_in(request: HttpRequest, guest: Guest) -> HttpResponse:
    now = timezone.now()
    if guest.opened_at is None:
        guest.opened_at = now
        guest.save(update_fields=["opened_at"])
    take_seat(request, Seat(guest.unit_id, guest.author, guest_id=guest.pk))
    AuditEvent.record(guest.author, "connexion", at=now, unit=guest.unit.code)
    return redirect("answers:hub")


@anyone
@require_safe
def invitation_over(request: HttpRequest) -> HttpResponse:
    """Tell a guest whose session is open that its invitation no longer holds."""
    guest = Guest.objects.select_related("unit__edition").filter(pk=request.session.get(SESSION_GUEST)).first()
    return _shut(request, guest, _why_shut(guest)) if _why_shut(guest) else redirect("answers:hub")


def guest_hub(request: HttpRequest, folder: Folder) -> HttpResponse:
    """Show a guest its sections and nothing else."""
    guest = Guest.objects.get(pk=request.seat.guest_id)
    progress = Progress.of(folder).only(request.seat.sections)
    context = page_context(folder, progress=progress, guest=guest, closed=is_closed(folder))
    context |= _inviter(guest)
    context["saved_at"] = max((row.saved_at for row in progress.rows if row.saved_at), default=None)
    return render(request, "answers/guest-hub.html", context)


@respondent
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest) -> HttpResponse:
    """Show a guest what is missing in its sections, and take note that it is done."""
    folder = folder_of(request)
    if request.seat.is_owner or folder.unit.is_submitted or is_closed(folder):
        return redirect("answers:hub")
    progress = Progress.of(folder).only(request.seat.sections)
    guest = Guest.objects.get(pk=request.seat.guest_id)
    if request.method == "POST":
        _note_done(folder.unit, guest, complete=not progress.left)
        return redirect("answers:hub")
    blocking = [row for row in progress.asked if row.missing or row.wrong]
    to_confirm = [row for row in progress.asked if row.doubts]
    context = page_context(folder, blocking=blocking, to_confirm=to_confirm) | _inviter(guest)
    return render(request, "answers/guest-finish.html", context)


def _note_done(unit: Unit, guest: Guest, *, complete: bool) -> None:
    now = timezone.now()
    guest.done_at = now
    guest.save(update_fields=["done_at"])
    AuditEvent.record(guest.author, "part terminée", at=now, unit=unit.code)
    tell_it_is_done(guest, complete=complete, at=now)
