"""Letters of an event: fresh codes, one PDF a batch, and the trace, kept together or not at all."""

import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format

from maille.forms.letters import Letter, letters_pdf, letters_pdfs
from maille.specs import Template
from maille.web.campaigns.audience import Reach, reached
from maille.web.campaigns.codes import code_hash, draw_code
from maille.web.campaigns.mail import blanks_of, template_of
from maille.web.campaigns.models import Contact, Edition, Event, Message, Unit
from maille.web.typography import french

BATCH = 200
"""Letters in one PDF: what an interruption makes to do again; Typst keeps the last ten in memory."""
FEW = 50
"""Letters that are not worth other processes."""
FILE = re.compile(r"lot-\d{3}\.pdf")


@dataclass(frozen=True)
class Batch:
    """Letters ready to be typeset, with the fresh codes that they give."""

    event: Event
    template: Template
    reaches: Sequence[Reach]
    codes: dict[int, str]
    letters: Sequence[Letter]


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
    return Letter(unit.code, postal(unit, contact), french(date_format(day, "j F Y")), written)


def print_letters(event: Event, reaches: Sequence[Reach], *, at: datetime) -> Iterator[int]:
    """Print the letters of an event, batch by batch, and yield how many were just printed.

    A letter that gives a code draws it, and the former one opens nothing any more. A batch is composed first; then its
    codes, traces and file change together: interrupted, nothing of it has. A batch of which another worker has just
    written to an authority is left to it.
    """
    if len(reaches) <= FEW:
        batch = _prepared(event, reaches, at=at)
        if batch.reaches:
            yield _kept(batch, letters_pdf(batch.letters, **_about(event.edition)), at=at)
        return
    waiting: deque[Batch] = deque()

    def composed() -> Iterator[Sequence[Letter]]:
        for start in range(0, len(reaches), BATCH):
            batch = _prepared(event, reaches[start : start + BATCH], at=at)
            if batch.reaches:
                waiting.append(batch)
                yield batch.letters

    for pdf in letters_pdfs(composed(), **_about(event.edition)):
        yield _kept(waiting.popleft(), pdf, at=at)


def _about(edition: Edition) -> dict[str, Any]:
    return {"edition": edition.title, "sender": "L’équipe de l’enquête", "simulated": edition.simulated}


def _prepared(event: Event, reaches: Sequence[Reach], *, at: datetime) -> Batch:
    """Draw the codes and fill the letters of those to whom one may still write."""
    template, day = template_of(event.edition, event.template), timezone.localtime(at)
    kept = [
        reach for reach in reached(event, at=timezone.now(), only=[one.unit.pk for one in reaches]) if not reach.refusal
    ]
    codes = {reach.unit.pk: draw_code() for reach in kept} if "code" in template.blanks else {}
    letters = [letter_of(reach, template, day=day, code=codes.get(reach.unit.pk, "")) for reach in kept]
    return Batch(event, template, kept, codes, letters)


def _kept(batch: Batch, pdf: bytes, *, at: datetime) -> int:
    """Keep a batch: its file, its traces and its codes together; return how many letters that makes."""
    folder = letters_folder(batch.event.edition, batch.event)
    for made in (folder.parent.parent, folder.parent, folder):
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{os.getpid()}.partial"
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(pdf)
    try:
        with transaction.atomic():
            place = batch.event.messages.filter(status=Message.Status.PRINTED).count() // BATCH + 1
            _trace(batch, at=at)
            _replace_codes(batch.reaches, batch.codes)
            partial.rename(_free(folder, place))
    except IntegrityError:
        partial.unlink()
        return 0
    return len(batch.reaches)


def _free(folder: Path, place: int) -> Path:
    """Return the first name not taken: a batch of an event taken up again may be short."""
    while (folder / f"lot-{place:03}.pdf").exists():
        place += 1
    return folder / f"lot-{place:03}.pdf"


def _trace(batch: Batch, *, at: datetime) -> None:
    written = {"kind": batch.template.kind, "template": batch.template.name, "version": batch.template.version}
    Message.objects.bulk_create(
        Message(
            unit=reach.unit,
            event=batch.event,
            contact=reach.contact,
            status=Message.Status.PRINTED,
            at=at,
            **written,
        )
        for reach in batch.reaches
    )


def _replace_codes(reaches: Sequence[Reach], codes: dict[int, str]) -> None:
    if not codes:
        return
    for reach in reaches:
        reach.unit.access_code_hash = code_hash(codes[reach.unit.pk])
    Unit.objects.bulk_update([reach.unit for reach in reaches], ["access_code_hash"], batch_size=500)
