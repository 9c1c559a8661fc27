"""The e-mails of the respondent's pages: an invitation, a link to sign in, word that a guest is done."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.urls import reverse

from maille.web.accounts.models import Guest, Respondent
from maille.web.accounts.names import name_of
from maille.web.answers.folder import questionnaire_of
from maille.web.campaigns.models import Unit


def _send(unit: Unit, template: str, *, to: str, context: Mapping[str, str], at: datetime) -> None:
    lines = [f"{key} : {value}" for key, value in context.items()]
    send_mail(template, "\n".join(lines), settings.DEFAULT_FROM_EMAIL, [to])


def _titles(guest: Guest) -> str:
    asked = [one for one in questionnaire_of(guest.unit).sections if one.id in guest.sections]
    return "\n".join(f"- {one.letter}. {one.title}" for one in asked)


def invite(request: HttpRequest, guest: Guest, token: str, *, at: datetime) -> None:
    """Send a guest its link."""
    context = {
        "nom": guest.name,
        "qui": name_of(guest.unit_id, guest.invited_by, with_role=True),
        "collectivite": guest.unit.name,
        "sections": _titles(guest),
        "jusqu_au": f"{guest.expires_at:%d/%m/%Y}",
        "lien": request.build_absolute_uri(reverse("answers:invitation", args=[token])),
    }
    _send(guest.unit, "invitation", to=guest.email, context=context, at=at)


def tell_it_is_done(guest: Guest, *, complete: bool, at: datetime) -> None:
    """Tell who invited this guest that it is done, when their address is known."""
    inviter = next(
        (one for one in Respondent.objects.filter(unit_id=guest.unit_id) if one.author == guest.invited_by), None
    )
    if inviter is None or not inviter.email:
        return
    context = {
        "nom": guest.name,
        "collectivite": guest.unit.name,
        "sections": _titles(guest),
        "etat": "Toutes les questions ont une réponse." if complete else "Il reste des réponses à compléter.",
    }
    _send(guest.unit, "part-terminee", to=inviter.email, context=context, at=at)


def send_link(request: HttpRequest, unit: Unit, token: str, *, to: str, at: datetime) -> None:
    """Send the link that opens the questionnaire once."""
    context = {
        "collectivite": unit.name,
        "lien": request.build_absolute_uri(reverse("answers:open_link", args=[token])),
    }
    _send(unit, "lien", to=to, context=context, at=at)
