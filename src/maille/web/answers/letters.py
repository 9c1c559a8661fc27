"""The e-mails of the respondent's pages: an invitation, a link to sign in, word that a guest is done."""

from collections.abc import Mapping
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from maille.web.accounts.models import Guest, Respondent
from maille.web.accounts.names import name_of
from maille.web.answers.folder import questionnaire_of
from maille.web.campaigns.mail import OutsideForbidden, send
from maille.web.campaigns.models import Message, Unit
from maille.web.typography import french


def _titles(guest: Guest) -> str:
    asked = [one for one in questionnaire_of(guest.unit).sections if one.id in guest.sections]
    return "\n".join(f"- {one.letter}. {one.title}" for one in asked)


def invite(request: HttpRequest, guest: Guest, token: str, *, at: datetime) -> bool:
    """Send a guest its link, and tell whether it left; raises OutsideForbidden."""
    context = {
        "nom": guest.name,
        "qui": name_of(guest.unit_id, guest.invited_by, with_role=True),
        "sections": _titles(guest),
        "jusqu_au": french(date_format(timezone.localtime(guest.expires_at), "j F Y")),
        "lien": request.build_absolute_uri(reverse("answers:invitation", args=[token])),
    }
    message = send(guest.unit, "invitation", to=guest.email, context=context, at=at)
    return message.status == Message.Status.SENT


def tell_it_is_done(guest: Guest, *, complete: bool, at: datetime) -> None:
    """Tell who invited this guest that it is done, when their address is known."""
    people = Respondent.objects.filter(unit_id=guest.unit_id).exclude(email="")
    inviter = next((one for one in people if one.author == guest.invited_by), None)
    if inviter is None:
        return
    context = {
        "nom": guest.name,
        "sections": _titles(guest),
        "etat": "Toutes les questions ont une réponse." if complete else "Il reste des réponses à compléter.",
    }
    _send_if_allowed(guest.unit, "part-terminee", to=inviter.email, context=context, at=at)


def send_link(unit: Unit, link: str, *, to: str, at: datetime) -> None:
    """Send the link that opens the questionnaire once."""
    _send_if_allowed(unit, "lien", to=to, context={"lien": link}, at=at)


def _send_if_allowed(unit: Unit, template: str, *, to: str, context: Mapping[str, str], at: datetime) -> None:
    """Send, unless a demonstration would write to a real address: nothing on the page depends on it."""
    try:
        send(unit, template, to=to, context=context, at=at)
    except OutsideForbidden:
        return
