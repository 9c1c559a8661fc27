"""A second edition, in the middle of its collection: the one that a visitor of a demonstration fills and conducts.

Its authorities are those of the first edition. What they answered there is theirs here too, at the same stage of a
collection that opened two months before the day of the demonstration and closes six weeks after it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np

from maille.demo.accounts import Colleague, Respondent
from maille.demo.latent import generator, uniform_of
from maille.specs import Questionnaire
from maille.specs.questionnaire import UNIVERSES

MIDWAY = "demonstration"
TITLE = "ASCO, édition de démonstration en cours"
_OPENED, _LEFT = timedelta(days=60), timedelta(days=45)
_GROUP = 5000
_PHONE = "01 99 00 00 00"
"""A number that the French plan keeps for fiction: nobody ever answers it."""


@dataclass(frozen=True)
class _Stage:
    """What an authority has done so far, and when."""

    status: str
    started_at: datetime | None = None
    last_activity_at: datetime | None = None
    submitted_at: datetime | None = None


def open_midway(first: str, *, seed: int) -> None:
    """Open the edition with the units, the answers so far, the contacts and the messages of a collection under way.

    ``first`` is the edition that has answered. Done again, it starts over: what a visitor did there is lost.
    """
    from django.db import transaction
    from django.utils import timezone

    now = timezone.now()
    with transaction.atomic():
        _forget()
        edition = _opened(first, timezone.localdate(now))
        _load(first, edition, now)
        _copy(first, "answers.Answer", {"saved_at": "last_activity_at"})
        _copy(first, "answers.SectionState", {"saved_at": "last_activity_at"})
        _submit(first)
        _write_to(edition, now)
        _trace(edition, seed)


def _forget() -> None:
    from maille.web.answers.models import Submission
    from maille.web.campaigns.models import Edition, Message, Unit

    Submission.objects.filter(unit__edition=MIDWAY).delete()
    Message.objects.filter(unit__edition=MIDWAY).delete()
    Unit.objects.filter(edition=MIDWAY).delete()
    Edition.objects.filter(id=MIDWAY).delete()


def _opened(first: str, today: Any) -> Any:
    from maille.web.campaigns.calendar import plan_calendar
    from maille.web.campaigns.loading import open_edition
    from maille.web.campaigns.models import Edition
    from maille.web.campaigns.versions import ask_files

    survey = Edition.objects.get(id=first).survey
    edition = open_edition(
        MIDWAY, title=TITLE, opens=today - _OPENED, closes=today + _LEFT, simulated=True, survey=survey
    )
    ask_files(edition)
    plan_calendar(edition)
    return edition


def _moved(edition: Any, former: Any) -> Any:
    """Return the function that takes a moment of the first collection to the same stage of this one."""
    from maille.demo.working import load_working

    values = load_working().response
    span = (edition.closes - edition.opens) / (values.closes - values.opens)
    begin, there = (datetime.combine(day, time(), tzinfo=former) for day in (edition.opens, values.opens))
    return lambda at: None if at is None else begin + (at - there) * span


def _load(first: str, edition: Any, now: datetime) -> None:
    from django.utils import timezone

    from maille.web.campaigns.codes import code_hash, draw_code
    from maille.web.campaigns.models import Unit

    moved = _moved(edition, timezone.get_current_timezone())
    copied = ("code", "universe", "name", "size_band", "departement", "region", "population", "siren")
    units = []
    for unit in Unit.objects.filter(edition=first).order_by("pk").iterator():
        stage = _stage(unit, moved, now)
        fields = {name: getattr(unit, name) for name in copied} | vars(stage)
        units.append(Unit(edition=edition, access_code_hash=code_hash(draw_code()), **fields))
    Unit.objects.bulk_create(units, batch_size=1000)


def _stage(unit: Any, moved: Any, now: datetime) -> _Stage:
    """Return how far an authority is: sent, begun, or not opened yet."""
    sent = moved(unit.submitted_at)
    begun = moved(unit.started_at or unit.last_activity_at or unit.submitted_at)
    last = moved(unit.last_activity_at or unit.submitted_at)
    if sent is not None and sent <= now:
        return _Stage("submitted", begun, sent, sent)
    if unit.status == unit.Status.STARTED and last is not None and last <= now:
        return _Stage("started", begun, last)
    return _Stage("never_opened")


def _copy(first: str, label: str, replaced: Mapping[str, str]) -> None:
    """Copy the rows of the units that have done something, in the database; ``replaced`` are dated by their unit."""
    from django.apps import apps
    from django.db import connection

    model = apps.get_model(label)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    values = ", ".join(
        "new.id" if field.column == "unit_id" else f"new.{replaced[field.name]}" if field.name in replaced
        else f"was.{quote(field.column)}"
        for field in fields
    )  # fmt: skip
    query = f"""
        INSERT INTO {quote(model._meta.db_table)} ({columns})
        SELECT {values} FROM {quote(model._meta.db_table)} was
        JOIN campaigns_unit old ON old.id = was.unit_id
        JOIN campaigns_unit new ON new.code = old.code AND new.edition_id = %s
        WHERE old.edition_id = %s AND new.status <> 'never_opened'
    """  # noqa: S608 : only names of our own tables and columns
    with connection.cursor() as cursor:
        cursor.execute(query, [MIDWAY, first])


def _forms() -> dict[str, Questionnaire]:
    """Return the questionnaire asked of each universe."""
    from maille.web.campaigns.models import Edition
    from maille.web.campaigns.versions import asked_version, compiled

    edition = Edition.objects.get(id=MIDWAY)
    return {universe: compiled(asked_version(edition, universe)) for universe in UNIVERSES}


def _folders() -> Iterator[Any]:
    """Yield the folder of each unit that has sent, its answers read by groups."""
    from maille.web.answers.folder import Folder, Kept
    from maille.web.answers.models import Answer
    from maille.web.campaigns.models import Unit

    forms = _forms()
    sent = list(Unit.objects.select_related("edition").filter(edition=MIDWAY, status="submitted").order_by("pk"))
    for start in range(0, len(sent), 200):
        group = sent[start : start + 200]
        kept: dict[int, dict[str, Any]] = {unit.pk: {} for unit in group}
        rows = Answer.objects.filter(unit__in=group).values_list("unit_id", "variable", *Kept._fields)
        for unit_id, variable, *rest in rows.iterator(chunk_size=20_000):
            kept[unit_id][variable] = Kept(*rest)
        for unit in group:
            yield Folder(unit, forms[unit.universe], kept[unit.pk])


def _submit(first: str) -> None:
    from maille.web.answers.models import Submission
    from maille.web.answers.sending import fingerprint

    was = {
        submission.unit.code: submission
        for submission in Submission.objects.select_related("unit").filter(unit__edition=first, reopened_at=None)
    }
    submissions = []
    for folder in _folders():
        former = was[folder.unit.code]
        submissions.append(
            Submission(
                unit=folder.unit,
                questionnaire=folder.questionnaire.id,
                version=folder.questionnaire.version,
                author=former.author,
                mode="simulated",
                submitted_at=folder.unit.submitted_at,
                fingerprint=fingerprint(folder),
            )
        )
    Submission.objects.bulk_create(submissions, batch_size=1000)


_CONTACTS = """
    INSERT INTO campaigns_contact (unit_id, role, name, function, email, phone, address, source, imported_at)
    SELECT id, 'principal', '', 'Secrétariat général', 'accueil@' || lower(code) || '.example.invalid', %s, '',
           'simulation', %s
    FROM campaigns_unit WHERE edition_id = %s
"""
_MESSAGES = """
    INSERT INTO campaigns_message (unit_id, event_id, contact_id, address, kind, template, version, status, at)
    SELECT unit.id, %s, contact.id,
           CASE WHEN %s = 'email' THEN 'a…@' || lower(unit.code) || '.example.invalid' ELSE '' END,
           %s, %s, %s, %s, %s
    FROM campaigns_unit unit JOIN campaigns_contact contact ON contact.unit_id = unit.id
    WHERE unit.edition_id = %s AND (unit.status = %s OR %s)
"""
_REACHED = {"jamais_ouvert": "never_opened", "commence": "started"}
"""The state in which the authorities of an audience still are; the other audiences that are over were everyone."""


def _write_to(edition: Any, now: datetime) -> None:
    """Give each authority a contact that exists nowhere, and the messages of the events that are over."""
    from django.db import connection
    from django.utils import timezone

    from maille.web.campaigns.mail import template_of
    from maille.web.campaigns.models import Message

    zone = timezone.get_current_timezone()
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, [_PHONE, _written(now), MIDWAY])
        for event in edition.events.exclude(template="").filter(on__lt=timezone.localdate(now)):
            template = template_of(edition, event.template)
            at = _written(datetime.combine(event.on, time(9), tzinfo=zone))
            status = Message.Status.SENT if template.kind == "email" else Message.Status.PRINTED
            text = [template.kind, template.kind, event.template, template.version, status.value, at]
            reached = _REACHED.get(event.audience, "")
            cursor.execute(_MESSAGES, [event.pk, *text, MIDWAY, reached, not reached])


def _written(at: datetime) -> Any:
    """Return a moment as the database keeps it."""
    from django.db import connection

    return connection.ops.adapt_datetimefield_value(at)


def _trace(edition: Any, seed: int) -> None:
    """Leave the events of the pages that the simulated authorities would have opened: how long, which checks."""
    from maille.web.answers.models import Answer, PageEvent, SectionState

    rng = generator(seed, "midway")
    forms = _forms()
    units = {unit.pk: unit for unit in edition.units.exclude(status="never_opened")}
    events: list[Any] = []
    for unit_id, section, at in SectionState.objects.filter(unit__in=units).values_list(
        "unit_id", "section", "saved_at"
    ):
        unit = units[unit_id]
        seconds = int(60 * forms[unit.universe].section(section).minutes * float(np.exp(rng.normal(0.1, 0.5))))
        page = {"unit_id": unit_id, "section": section, "author_kind": "owner", "device": "computer"}
        events.append(PageEvent(kind="open", at=at - timedelta(seconds=seconds), **page))
        events.append(PageEvent(kind="save", at=at, seconds=seconds, **page))
    reasons = Answer.objects.filter(unit__in=units).exclude(reason="").values_list("unit_id", "variable", "saved_at")
    for unit_id, variable, at in reasons:
        page = {"unit_id": unit_id, "question": variable, "author_kind": "owner", "device": "computer", "at": at}
        events += [PageEvent(kind=kind, **page) for kind in ("check", "forced")]
    PageEvent.objects.bulk_create(events, batch_size=_GROUP)


def doors(closed: tuple[Respondent, ...], *, seed: int) -> tuple[tuple[Respondent, ...], tuple[Colleague, ...]]:
    """Return who may answer (``closed`` are those of the first edition), and a colleague invited by one of them.

    In the edition under way: a commune and an EPCI that have not begun, a commune that has, which invited a colleague.
    """
    chosen = []
    for universe, status in (("communes", "never_opened"), ("epci", "never_opened"), ("communes", "started")):
        unit = _first(universe, status, seed=seed, but={one.unit for one in closed})
        if unit is not None:
            chosen.append((unit, Respondent(unit=unit.code, name=unit.name, code=unit.replace_code(), midway=True)))
    begun = [unit for unit, _ in chosen if unit.status == "started"]
    return (*closed, *(one for _, one in chosen)), tuple(_invited(unit) for unit in begun)


def _first(universe: str, status: str, *, seed: int, but: set[str]) -> Any:
    from maille.web.campaigns.models import Unit

    found = Unit.objects.select_related("edition").filter(edition=MIDWAY, universe=universe, status=status)
    return min(
        (unit for unit in found if unit.code not in but),
        key=lambda unit: uniform_of(unit.code, "édition en cours", seed=seed),
        default=None,
    )


def _invited(unit: Any) -> Colleague:
    from django.urls import reverse
    from django.utils import timezone

    from maille.web.accounts.access import OWNER
    from maille.web.accounts.models import Guest
    from maille.web.answers.folder import questionnaire_of

    now = timezone.now()
    wanted = [section.id for section in questionnaire_of(unit).sections if section.owner == "finance"]
    guest = Guest(
        unit=unit,
        name="Dominique Simulé",
        email=f"finances@{unit.code.lower()}.example.invalid",
        sections=wanted,
        invited_by=OWNER,
        invited_at=now,
        expires_at=now + timedelta(days=30),
    )
    token = guest.draw_link()
    guest.save()
    return Colleague(unit=unit.code, name=guest.name, path=reverse("answers:invitation", args=[token]))
