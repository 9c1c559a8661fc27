"""The owner shares the questionnaire: invites a colleague to some sections, changes, sends again, takes back."""

from datetime import date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from maille.web.accounts.access import owner
from maille.web.accounts.models import AuditEvent, Guest
from maille.web.answers.folder import Folder
from maille.web.answers.forms import InvitationForm, SectionsForm
from maille.web.answers.letters import invite
from maille.web.answers.pages import folder_of, is_closed, page_context
from maille.web.campaigns.mail import INVALID, OutsideForbidden, refuse_outside
from maille.web.campaigns.models import Unit

SENT = "invitation envoyée"
MESSAGES_A_DAY = 20
"""How many invitations an authority may send in a day: the site is not a way to write to strangers."""


def last_moment(now: datetime, days: int, closing: date) -> datetime:
    """Return the end of the last day of an invitation, never after the closing of the unit."""
    last_day = min(timezone.localdate(now) + timedelta(days=days), closing)
    return timezone.make_aware(datetime.combine(last_day, time.max))


def _cannot_share(request: HttpRequest, folder: Folder) -> HttpResponse | None:
    """Send elsewhere who may not invite now: nothing is open any more, or the guest would not know who writes."""
    if folder.unit.is_submitted or is_closed(folder):
        return redirect("answers:hub")
    return None if request.seat.name else redirect(reverse("answers:who") + "?suite=inviter")


def _too_many(unit: Unit) -> bool:
    since = timezone.now() - timedelta(days=1)
    return AuditEvent.objects.filter(unit=unit.code, what=SENT, when__gt=since).count() >= MESSAGES_A_DAY


def _send(request: HttpRequest, guest: Guest) -> HttpResponse:
    """Save the guest with another link and send it; the former link opens nothing any more."""
    now = timezone.now()
    token = guest.draw_link()
    guest.save()
    AuditEvent.record(request.seat.author, SENT, at=now, unit=guest.unit.code)
    left = invite(request, guest, token, at=now)
    return redirect(f"{reverse('answers:invitations')}?{'envoyee' if left else 'perdue'}={guest.pk}")


@owner
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: HttpRequest) -> HttpResponse:
    """List who was invited, and invite one more."""
    folder = folder_of(request)
    elsewhere = _cannot_share(request, folder)
    if elsewhere:
        return elsewhere
    asked = request.GET.getlist("section")
    posted = request.POST if request.method == "POST" else None
    form = InvitationForm(posted, choices=folder.questionnaire.sections, initial={"sections": asked, "days": 14})
    if form.is_bound and form.is_valid() and _may_be_added(folder.unit, form):
        return _send(request, _new_guest(request, folder.unit, form))
    return _show_list(request, folder, form)


def _show_list(request: HttpRequest, folder: Folder, form: InvitationForm) -> HttpResponse:
    now = timezone.now()
    guests = list(folder.unit.guests.order_by("revoked_at", "invited_at"))
    letters = {one.id: one.letter for one in folder.questionnaire.sections}
    rows = [
        {
            "guest": guest,
            "state": state_of(guest, now),
            "letters": sorted(letters[s] for s in guest.sections if s in letters),
        }
        for guest in guests
    ]
    told = {
        word: next((guest for guest in guests if str(guest.pk) == request.GET.get(word)), None)
        for word in ("envoyee", "perdue")
    }
    context = page_context(folder, form=form, rows=rows, has_errors=bool(form.errors)) | told
    return render(request, "answers/invitations.html", context)


def state_of(guest: Guest, now: datetime) -> str:
    """Return where an invitation stands: revoked, expired, done, opened or sent."""
    if guest.revoked_at is not None:
        return "revoked"
    if guest.done_at is not None:
        return "done"
    if not guest.holds(now):
        return "expired"
    return "opened" if guest.opened_at else "sent"


def _may_be_added(unit: Unit, form: InvitationForm) -> bool:
    now = timezone.now()
    already = next((g for g in unit.guests.filter(email__iexact=form.cleaned_data["email"]) if g.holds(now)), None)
    if already is not None:
        form.add_error("email", f"{already.name} a déjà une invitation à cette adresse. Modifiez-la dans la liste.")
    elif _is_outside(unit, form.cleaned_data["email"]):
        form.add_error("email", f"Cette démonstration n’écrit à personne : l’adresse doit finir par {INVALID}.")
    elif _too_many(unit):
        form.add_error(None, f"Vous avez déjà envoyé {MESSAGES_A_DAY} invitations aujourd’hui. Reprenez demain.")
    return not form.errors


def _is_outside(unit: Unit, address: str) -> bool:
    try:
        refuse_outside(unit, address)
    except OutsideForbidden:
        return True
    return False


def _new_guest(request: HttpRequest, unit: Unit, form: InvitationForm) -> Guest:
    now = timezone.now()
    return Guest(
        unit=unit,
        name=form.cleaned_data["name"],
        email=form.cleaned_data["email"],
        sections=form.cleaned_data["sections"],
        invited_by=request.seat.author,
        invited_at=now,
        expires_at=last_moment(now, form.cleaned_data["days"], unit.closing),
    )


def _guest_of(folder: Folder, guest_id: int) -> Guest:
    guest = get_object_or_404(Guest, pk=guest_id, unit_id=folder.unit.pk, revoked_at=None)
    guest.unit = folder.unit
    return guest


@owner
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, guest_id: int) -> HttpResponse:
    """Change the sections and the last day of an invitation; its link stays the same."""
    folder = folder_of(request)
    elsewhere = _cannot_share(request, folder)
    if elsewhere:
        return elsewhere
    guest = _guest_of(folder, guest_id)
    left = max((timezone.localdate(guest.expires_at) - timezone.localdate()).days, 1)
    posted = request.POST if request.method == "POST" else None
    initial = {"sections": guest.sections, "days": min(left, 30)}
    form = SectionsForm(posted, choices=folder.questionnaire.sections, initial=initial)
    if form.is_bound and form.is_valid():
        guest.sections = form.cleaned_data["sections"]
        guest.expires_at = last_moment(timezone.now(), form.cleaned_data["days"], folder.unit.closing)
        guest.save(update_fields=["sections", "expires_at"])
        AuditEvent.record(request.seat.author, "invitation modifiée", at=timezone.now(), unit=folder.unit.code)
        return redirect("answers:invitations")
    state = state_of(guest, timezone.now())
    context = page_context(folder, form=form, guest=guest, state=state, has_errors=bool(form.errors))
    return render(request, "answers/invitation-change.html", context)


@owner
@require_POST
def send_again(request: HttpRequest, guest_id: int) -> HttpResponse:
    """Send another link, which replaces the former one; an expired invitation is given two more weeks."""
    folder = folder_of(request)
    elsewhere = _cannot_share(request, folder)
    if elsewhere:
        return elsewhere
    guest = _guest_of(folder, guest_id)
    if _too_many(folder.unit):
        return redirect("answers:invitations")
    if not guest.holds(timezone.now()):
        guest.expires_at = last_moment(timezone.now(), 14, folder.unit.closing)
    guest.invited_by = request.seat.author
    return _send(request, guest)


@owner
@require_POST
def take_back(request: HttpRequest, guest_id: int) -> HttpResponse:
    """Revoke an invitation at once, open session included; what the guest saved stays."""
    folder = folder_of(request)
    guest = _guest_of(folder, guest_id)
    guest.revoked_at = timezone.now()
    guest.save(update_fields=["revoked_at"])
    AuditEvent.record(request.seat.author, "invitation retirée", at=guest.revoked_at, unit=folder.unit.code)
    return redirect("answers:invitations")
