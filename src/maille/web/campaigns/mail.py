"""Writing to an authority: the text of a template, the blanks of a unit, the log of what left."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.utils.formats import date_format

from maille.errors import UserError
from maille.specs import Template, load_message
from maille.web.campaigns.models import Contact, Event, Message, Unit
from maille.web.typography import french

WEEK = timedelta(days=7)
LEFT = (Message.Status.LEAVING, Message.Status.SENT, Message.Status.PRINTED, Message.Status.BOUNCED)
INVALID = "@example.invalid"
INSIDE = (
    "maille.web.letterbox.FileBackend",
    "django.core.mail.backends.locmem.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
)


class OutsideForbidden(UserError):
    """A simulated edition was about to write to a real address or through a real server."""


class WeekFull(UserError):
    """An authority was about to receive more messages in a week than the edition allows."""


@lru_cache(maxsize=256)
def _loaded(path: Path, _changed: int) -> Template:
    return load_message(path)


def template_of(unit_or_edition: object, name: str) -> Template:
    """Return a template of the survey of a unit or of an edition; raises SpecInvalid."""
    edition = getattr(unit_or_edition, "edition", unit_or_edition)
    path = edition.messages_folder / f"{name}.md"
    return _loaded(path, path.stat().st_mtime_ns if path.exists() else 0)


def masked(address: str) -> str:
    """Return an address of which only the first letter and the domain are left."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}…@{domain}" if domain else ""


def blanks_of(unit: Unit, contact: Contact | None = None) -> dict[str, str]:
    """Return what fills the blanks that every message may have, the code left out: only who draws it knows it."""
    phone = settings.MAILLE_HELP_PHONE
    return {
        "collectivite": unit.name,
        "identifiant": unit.code,
        "contact": contact.name if contact and contact.name else "Madame, Monsieur",
        "enquete": unit.edition.title,
        "ouverture": french(date_format(unit.edition.opens, "j F Y")),
        "cloture": french(date_format(unit.closing, "j F Y")),
        "site": settings.MAILLE_SITE,
        "telephone": f"Une question ? Appelez le {phone}." if phone else "",
        "envoye_le": french(date_format(unit.submitted_at, r"j F Y, G \h i")) if unit.submitted_at else "",
    }


def refuse_outside(unit: Unit, to: str) -> None:
    """Raise OutsideForbidden when a simulated edition would write to someone real."""
    if not unit.edition.simulated:
        return
    if settings.EMAIL_BACKEND not in INSIDE or not to.endswith(INVALID):
        raise OutsideForbidden(
            "une édition simulée n’écrit à personne.",
            where=unit.edition.id,
            expected=f"des adresses en {INVALID}, et aucun serveur d’envoi (MAILLE_EMAIL_URL)",
        )


def campaign_messages(at: datetime) -> QuerySet[Message]:
    """Return the messages of the calendar that left, or are leaving, in the seven days before ``at``."""
    return Message.objects.filter(at__gt=at - WEEK, status__in=LEFT, event__isnull=False)


def reserve(unit: Unit, template: Template, *, at: datetime, event: Event | None, contact: Contact | None) -> Message:
    """Log a message before it leaves; no one else can write to this unit meanwhile.

    Raises IntegrityError when it was already written to for this event, WeekFull when it received enough this week.
    """
    with transaction.atomic():
        Unit.objects.select_for_update().get(pk=unit.pk)
        cap = unit.edition.weekly_cap
        if event and campaign_messages(at).filter(unit=unit).count() >= cap:
            raise WeekFull("cette collectivité a reçu assez de messages en sept jours.", where=unit.code, got=cap)
        return Message.objects.create(
            unit=unit,
            event=event,
            contact=contact,
            kind=template.kind,
            template=template.name,
            version=template.version,
            status=Message.Status.LEAVING,
            at=at,
        )


def send(
    unit: Unit, template: str, *, to: str, context: Mapping[str, str], at: datetime, event: Event | None = None
) -> Message:
    """Write an e-mail to one address, and return its trace; ``context`` adds to the blanks of the unit.

    The trace is written first: interrupted in between, the message is never sent twice.
    Raises OutsideForbidden, SpecInvalid, WeekFull, KeyError for a blank that nothing fills.
    """
    refuse_outside(unit, to)
    text = template_of(unit, template)
    contact = unit.contacts.filter(email__iexact=to).first()
    written = text.fill(blanks_of(unit, contact) | dict(context))
    message = reserve(unit, text, at=at, event=event, contact=contact)
    message.address = masked(to)
    try:
        EmailMessage(written.subject, written.text, to=[to]).send()
        message.status = Message.Status.SENT
    except OSError:
        message.status = Message.Status.FAILED
    message.save(update_fields=["address", "status"])
    return message
