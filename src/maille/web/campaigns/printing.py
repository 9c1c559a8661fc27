"""Letters of an event: fresh codes, one PDF a batch, and the trace, kept together or not at all."""

import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from maille.forms.letters import Letter, letters_pdf
from maille.specs import Template
from maille.web.campaigns.audience import Reach
from maille.web.campaigns.codes import code_hash, draw_code
from maille.web.campaigns.mail import blanks_of, template_of
from maille.web.campaigns.models import Contact, Edition, Event, Message, Unit

BATCH = 200
"""Letters in one PDF: what an interruption makes to do again; Typst keeps the last ten in memory."""
FILE = re.compile(r"lot-\d{3}\.pdf")


def letters_folder(edition: Edition, event: Event | None = None) -> Path:
    folder = settings.MAILLE_HOME / "letters" / edition.pk
    return folder / str(event.pk) if event else folder


def letter_files(event: Event) -> list[Path]:
    """Return the PDFs of an event, in order."""
    return sorted(path for path in letters_folder(event.edition, event).glob("*.pdf") if FILE.fullmatch(path.name))


def postal(unit: Unit, contact: Contact | None) -> tuple[str, ...]:
    """Return the lines of the address: those of the contact, else the authority itself, to be completed."""
    lines = tuple(line.strip() for line in (contact.address if contact else "").splitlines() if line.strip())
    place = "Mairie" if unit.universe == Unit.Universe.COMMUNES else "Siège"
    named = (contact.name,) if contact and contact.name else ()
    return (unit.name if unit.universe != Unit.Universe.COMMUNES else f"{place} · {unit.name}", *named, *lines)


def letter_of(reach: Reach, template: Template, *, day: datetime, code: str = "") -> Letter:
    """Return the letter to one authority, its blanks filled."""
    unit, contact = reach.unit, reach.contact
    written = template.fill(blanks_of(unit, contact) | {"code": code})
    return Letter(unit.code, postal(unit, contact), date_format(day, "j F Y"), written)


def print_batch(event: Event, reaches: Sequence[Reach], *, at: datetime) -> Path:
    """Print one batch: a letter that gives a code draws it, and the former one opens nothing any more.

    The PDF is composed first; then codes, traces and file change together: interrupted, nothing has.
    Raises IntegrityError when one of these authorities was already written to for this event.
    """
    template = template_of(event.edition, event.template)
    codes = {reach.unit.pk: draw_code() for reach in reaches} if "code" in template.blanks else {}
    day = timezone.localtime(at)
    letters = [letter_of(reach, template, day=day, code=codes.get(reach.unit.pk, "")) for reach in reaches]
    edition = event.edition
    pdf = letters_pdf(letters, edition=edition.title, sender="L’équipe de l’enquête", simulated=edition.simulated)
    folder = letters_folder(edition, event)
    for made in (folder.parent.parent, folder.parent, folder):
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{os.getpid()}.partial"
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(pdf)
    with transaction.atomic():
        place = event.messages.filter(status=Message.Status.PRINTED).count() // BATCH + 1
        _trace(event, reaches, template=template, at=at)
        _replace_codes(reaches, codes)
        return partial.rename(_free(folder, place))


def _free(folder: Path, place: int) -> Path:
    """Return the first name not taken: a batch of an event taken up again may be short."""
    while (folder / f"lot-{place:03}.pdf").exists():
        place += 1
    return folder / f"lot-{place:03}.pdf"


def _trace(event: Event, reaches: Sequence[Reach], *, template: Template, at: datetime) -> None:
    Message.objects.bulk_create(
        Message(
            unit=reach.unit,
            event=event,
            contact=reach.contact,
            kind=template.kind,
            template=template.name,
            version=template.version,
            status=Message.Status.PRINTED,
            at=at,
        )
        for reach in reaches
    )


def _replace_codes(reaches: Sequence[Reach], codes: dict[int, str]) -> None:
    if not codes:
        return
    for reach in reaches:
        reach.unit.access_code_hash = code_hash(codes[reach.unit.pk])
    Unit.objects.bulk_update([reach.unit for reach in reaches], ["access_code_hash"], batch_size=500)
