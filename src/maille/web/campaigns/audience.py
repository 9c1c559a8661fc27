"""Who a date of the calendar would write to today, and why each authority is in or out."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from maille.specs import Audience, Campaign, load_campaign
from maille.web.campaigns.mail import campaign_messages, template_of
from maille.web.campaigns.models import Contact, Edition, Event, Unit
from maille.web.campaigns.versions import compiled


@dataclass(frozen=True)
class Reach:
    """An authority of the audience: its contact, and why nothing is sent to it (empty: it is written to)."""

    unit: Unit
    contact: Contact | None
    refusal: str = ""


@lru_cache(maxsize=32)
def _conduct(folder: object, _changed: int) -> Campaign:
    return load_campaign(folder)


def conduct_of(edition: Edition) -> Campaign:
    """Return how the survey of an edition is conducted; raises SpecInvalid."""
    file = edition.messages_folder / "campaign.yaml"
    return _conduct(edition.messages_folder, file.stat().st_mtime_ns if file.exists() else 0)


def audience_label(edition: Edition, name: str) -> str:
    found = conduct_of(edition).audiences.get(name)
    return found.label if found else ""


def _sections(edition: Edition) -> dict[str, int]:
    """Return how many sections each universe is asked."""
    asked = edition.asked_versions.values_list("universe", "compiled_id")
    return {universe: len(compiled(version).sections) for universe, version in asked}


def members(edition: Edition, audience: Audience) -> QuerySet[Unit]:
    """Return the units of an edition that meet every condition of an audience."""
    units = edition.units.all()
    if audience.status:
        units = units.filter(status__in=audience.status)
    if audience.bounced is not None:
        units = units.filter(contacts__role="principal", contacts__bounced_at__isnull=not audience.bounced)
    if audience.sections_left is not None:
        saved = Count("section_states", filter=Q(section_states__revision__gt=0), distinct=True)
        units = units.annotate(saved=saved)
        enough = Q(pk__in=[])
        for universe, asked in _sections(edition).items():
            enough |= Q(universe=universe, saved__gte=asked - audience.sections_left)
        units = units.filter(enough)
    return units.order_by("code")


def reached(event: Event, *, at: datetime, only: Collection[int] | None = None) -> Iterator[Reach]:
    """Yield every unit of the audience of an event, with the reason when nothing is sent to it at ``at``.

    ``only`` are keys of units: no other is looked at.
    """
    edition, conduct = event.edition, conduct_of(event.edition)
    template = template_of(edition, event.template)
    asked = members(edition, conduct.audiences[event.audience])
    already, recent = event.messages.all(), campaign_messages(at).filter(unit__edition=edition)
    contacts = Contact.objects.filter(unit__edition=edition, role="principal")
    if only is not None:
        asked = asked.filter(pk__in=only)
        already, recent, contacts = (rows.filter(unit__in=only) for rows in (already, recent, contacts))
    written = set(already.values_list("unit_id", flat=True))
    received = Counter(recent.values_list("unit_id", flat=True))
    known = {contact.unit_id: contact for contact in contacts.iterator(chunk_size=5000)}
    for unit in asked.iterator(chunk_size=5000):
        unit.edition = edition
        contact = known.get(unit.pk)
        if unit.pk in written:
            refusal = "déjà écrit pour cet envoi"
        elif unit.outcome in conduct.stops:
            refusal = unit.get_outcome_display().lower()
        elif received[unit.pk] >= edition.weekly_cap:
            refusal = f"déjà {edition.weekly_cap} messages en sept jours"
        else:
            refusal = _no_address(template.kind, contact)
        yield Reach(unit, contact, refusal)


def _no_address(kind: str, contact: Contact | None) -> str:
    """Say why a message of this kind cannot leave; a letter goes to the town hall when no contact is known."""
    if kind == "letter":
        return ""
    if contact is None or not contact.email:
        return "sans adresse électronique"
    return "courriel revenu" if contact.bounced_at else ""


def still_in(reach: Reach, event: Event) -> bool:
    """Tell, just before a message leaves, whether its unit is still to be written to."""
    now = next(reached(event, at=timezone.now(), only=[reach.unit.pk]), None)
    return now is not None and not now.refusal
