"""The contents of the questionnaire: where the authority stands, who is in charge, what remains."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from maille.specs import OWNERS, Section
from maille.specs.campaign import Audience, load_campaign
from maille.specs.problem import SpecInvalid
from maille.web.accounts.access import Seat, respondent
from maille.web.accounts.models import Guest
from maille.web.accounts.names import names_of
from maille.web.answers.folder import Folder
from maille.web.answers.guests import guest_hub
from maille.web.answers.invitations import state_of
from maille.web.answers.models import Presence
from maille.web.answers.pages import folder_of, is_closed, page_context
from maille.web.answers.progress import Progress, SectionProgress, in_words
from maille.web.answers.wording import section_condition
from maille.web.campaigns.models import Event, Unit
from maille.web.icons import mesh

ONLINE = timedelta(minutes=3)
LONGEST_INTRO = 130
_SAID_OF_QUESTIONS = re.compile(r"^(?:Ces questions portent|Cette question porte) sur ")


@dataclass(frozen=True)
class HubRow:
    """A section as the contents show it: its progress, who wrote last, who is there, to whom it was given."""

    progress: SectionProgress
    topic: str
    suits: str
    waits_for: str
    last_author: str
    online: tuple[str, ...]
    guests: tuple[tuple[Guest, str], ...]

    @property
    def may_be_given(self) -> bool:
        """Tell whether the section suits a department that nobody was invited from yet."""
        return bool(self.suits) and self.progress.state == "todo" and not self.guests


@dataclass
class Colleague:
    """Someone who fills the questionnaire, with the sections where they are now."""

    name: str
    note: str
    is_me: bool = False
    online_in: list[str] = field(default_factory=list)

    @property
    def initials(self) -> str:
        words = self.name.split(",")[0].replace("-", " ").split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def topic(section: Section) -> str:
    """Return the first sentence of a section's introduction, when it is short enough to be read in a list."""
    first = _SAID_OF_QUESTIONS.sub("", (section.intro or "").split(". ")[0].strip().rstrip("."))
    return first[:1].upper() + first[1:] if len(first) <= LONGEST_INTRO else ""


def _last_author(folder: Folder, section: Section) -> str:
    kept = [folder.kept[question.name] for question in section.questions if question.name in folder.kept]
    return max(kept, key=lambda one: one.saved_at).author if kept else ""


def _waits_for(folder: Folder, row: SectionProgress) -> str:
    """Say which answer would open a section that is off for want of an answer; nothing when it is off for good."""
    rule = row.section.relevant
    if row.state != "off" or rule is None:
        return ""
    asked = [name for name in rule.variables() if name not in folder.context]
    return section_condition(folder.questionnaire, row.section) if all(map(folder.is_empty, asked)) else ""


def _rows(folder: Folder, progress: Progress, seat: Seat) -> list[HubRow]:
    now, names = timezone.now(), names_of(folder.unit.pk)
    present = list(Presence.objects.filter(unit_id=folder.unit.pk, seen_at__gt=now - ONLINE).order_by("since"))
    guests = [guest for guest in folder.unit.guests.filter(revoked_at=None) if guest.done_at or guest.holds(now)]
    return [
        HubRow(
            progress=row,
            topic=topic(row.section),
            suits=OWNERS[row.section.owner] if row.section.owner not in (None, "general") else "",
            waits_for=_waits_for(folder, row),
            last_author=names.get(_last_author(folder, row.section), ""),
            online=tuple(
                names.get(one.author, "Une personne de votre équipe")
                for one in present
                if one.section == row.section.id and one.author != seat.author
            ),
            guests=tuple((guest, state_of(guest, now)) for guest in guests if row.section.id in guest.sections),
        )
        for row in progress.rows
    ]


def _colleagues(folder: Folder, seat: Seat, now: datetime) -> list[Colleague]:
    """Return who fills the questionnaire: you, those who said their name, those who were invited."""
    letters = {section.id: section.letter for section in folder.questionnaire.sections}
    me = Colleague(seat.name or "Vous", "peut tout modifier et envoyer", is_me=True)
    people = {seat.author: me}
    for person in folder.unit.respondents.order_by("said_at"):
        people.setdefault(person.author, Colleague(person.name, "peut tout modifier et envoyer"))
    for guest in folder.unit.guests.filter(revoked_at=None).order_by("invited_at"):
        people[guest.author] = Colleague(guest.name, _guest_note(guest, letters, now))
    for one in Presence.objects.filter(unit_id=folder.unit.pk, seen_at__gt=now - ONLINE):
        if one.author in people and one.section in letters and one.author != seat.author:
            people[one.author].online_in.append(letters[one.section])
    return list(people.values())


def _and(words: list[str]) -> str:
    return " et ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def _guest_note(guest: Guest, letters: Mapping[str, str], now: datetime) -> str:
    given = sorted(letters[section] for section in guest.sections if section in letters)
    where = f"section {given[0]} seulement" if len(given) == 1 else f"sections {_and(given)} seulement"
    told = {"done": "a terminé", "sent": "n’a pas encore ouvert son lien", "expired": "invitation expirée"}
    state = told.get(state_of(guest, now))
    return f"{where}, {state}" if state else where


def _next_reminder(unit: Unit) -> date | None:
    """Return the day of the next reminder that this authority would receive if it stays as it is."""
    planned = unit.edition.events.filter(kind=Event.Kind.REMINDER, on__gt=timezone.localdate()).order_by("on")
    try:
        audiences = load_campaign(unit.edition.messages_folder).audiences if planned else {}
    except SpecInvalid:
        return None
    return next((event.on for event in planned if _concerns(audiences.get(event.audience), unit)), None)


def _concerns(audience: Audience | None, unit: Unit) -> bool:
    if audience is None or audience.bounced or audience.sections_left is not None:
        return False
    return not audience.status or unit.status in audience.status


@respondent
@require_safe
def hub(request: HttpRequest) -> HttpResponse:
    folder = folder_of(request)
    if not request.seat.is_owner:
        return guest_hub(request, folder)
    if folder.unit.is_submitted:
        return redirect("answers:receipt")
    progress = Progress.of(folder)
    context = page_context(folder, progress=progress, closed=is_closed(folder))
    context["next_reminder"] = _next_reminder(folder.unit)
    context |= {
        "rows": _rows(folder, progress, request.seat),
        "colleagues": _colleagues(folder, request.seat, timezone.now()),
        "mesh": mesh([row.state for row in progress.asked]),
        "count_in_words": in_words(len(progress.rows)),
        "left_in_words": in_words(len(progress.left)),
    }
    return render(request, "answers/hub.html", context)
