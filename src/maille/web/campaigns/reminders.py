"""The calendar of an edition and what it sends: who is reached, what they read, how far it is."""

from collections import Counter
from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maille.specs import SpecInvalid, load_messages
from maille.web.accounts.access import MANAGER, METHODOLOGIST, staff_of
from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.audience import Reach, audience_label, conduct_of, reached
from maille.web.campaigns.board import chosen_edition
from maille.web.campaigns.calendar import next_event, order_problems, plan_calendar
from maille.web.campaigns.mail import blanks_of, template_of
from maille.web.campaigns.models import Edition, Event, Mailing, Message
from maille.web.campaigns.printing import FILE, letter_files, letters_folder
from maille.web.campaigns.tasks import run_mailing, start_mailing
from maille.web.exports import csv_download

managers = staff_of(METHODOLOGIST, MANAGER)
SHOWN = 50
SECTION = {"section": "relances"}
NO_CODE = "XXXX-XXXX-XXXX"


def usable_templates(edition: Edition) -> dict[str, str]:
    """Return the messages that a date may send: those whose blanks the unit alone fills."""
    filled = {"collectivite", "identifiant", "contact", "enquete", "ouverture", "cloture", "site", "telephone"}
    return {
        name: template.title
        for name, template in load_messages(edition.messages_folder).items()
        if template.blanks <= filled | {"envoye_le"} | ({"code"} if template.kind == "letter" else set())
    }


class EventForm(forms.ModelForm):
    on = forms.DateField(
        label="Date",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Écrivez une date.", "invalid": "Cette date n’est pas lisible : 31/03/2026."},
    )
    audience = forms.ChoiceField(label="Public", required=False)
    template = forms.ChoiceField(label="Message", required=False)

    class Meta:
        model = Event
        fields = ("on", "audience", "template")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        edition = self.instance.edition
        audiences = conduct_of(edition).audiences.items()
        self.fields["audience"].choices = [("", "Personne"), *((name, one.label) for name, one in audiences)]
        self.fields["template"].choices = [("", "Rien n’est envoyé"), *usable_templates(edition).items()]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if bool(given.get("audience")) != bool(given.get("template")):
            self.add_error("template", "Un envoi a un public et un message, ou ni l’un ni l’autre.")
        return given


@managers
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    edition = chosen_edition(request)
    if edition is None:
        return render(request, "campaigns/board-empty.html", SECTION)
    events = list(edition.events.all())
    sent = Counter(Message.objects.filter(event__in=events).values_list("event_id", flat=True))
    today = timezone.localdate()
    rows = [{"event": one, "audience": audience_label(edition, one.audience), "sent": sent[one.pk]} for one in events]
    context = SECTION | {
        "here": "calendrier",
        "edition": edition,
        "rows": rows,
        "today": today,
        "next": next_event(events, today),
        "problems": order_problems(edition, events),
        "mailings": Mailing.objects.filter(event__edition=edition).select_related("event")[:5],
        "simulated": edition.simulated,
    }
    return render(request, "campaigns/calendar.html", context)


@managers
@require_POST
def plan(request: HttpRequest, edition: str) -> HttpResponse:
    found = get_object_or_404(Edition, pk=edition)
    plan_calendar(found)
    AuditEvent.record(request.user.get_username(), "calendrier créé", at=timezone.now())
    return redirect(f"{_index()}?edition={found.pk}")


def _index() -> str:
    from django.urls import reverse

    return reverse("campaigns:reminders")


@managers
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, edition: str) -> HttpResponse:
    found = get_object_or_404(Edition, pk=edition)
    posted = request.POST if request.method == "POST" else None
    edited = [EventForm(posted, instance=event, prefix=f"e{event.pk}") for event in found.events.all()]
    problems: list[tuple[Event, str]] = []
    if posted is not None and all([form.is_valid() for form in edited]):
        problems = order_problems(found, [form.instance for form in edited])
        if not problems:
            for form in edited:
                form.save()
            AuditEvent.record(request.user.get_username(), "calendrier modifié", at=timezone.now())
            return redirect(f"{_index()}?edition={found.pk}")
    wrong = bool(problems) or any(form.errors for form in edited)
    context = SECTION | {"edition": found, "forms": edited, "problems": problems, "has_errors": posted and wrong}
    return render(request, "campaigns/calendar-edit.html", context, status=422 if posted and wrong else 200)


def _event(pk: int) -> Event:
    event = get_object_or_404(Event.objects.select_related("edition"), pk=pk)
    if not event.template or not event.audience:
        raise Http404
    return event


def _preview(event: Event, reaches: list[Reach], asked: str) -> dict[str, Any]:
    """Fill the message for one real authority: the one asked for, else the first that is written to."""
    chosen = next((reach for reach in reaches if asked and reach.unit.code == asked), None)
    chosen = chosen or next((reach for reach in reaches if not reach.refusal), None)
    if chosen is None:
        return {}
    template = template_of(event.edition, event.template)
    written = template.fill(blanks_of(chosen.unit, chosen.contact) | {"code": NO_CODE})
    return {"written": written, "preview": chosen, "unknown": bool(asked) and chosen.unit.code != asked}


@managers
@require_safe
def event_page(request: HttpRequest, pk: int) -> HttpResponse:
    event = _event(pk)
    reaches = list(reached(event, at=timezone.now()))
    wanted = [reach for reach in reaches if not reach.refusal]
    refused = [reach for reach in reaches if reach.refusal]
    seen = request.GET.get("voir") == "ecartees"
    template = template_of(event.edition, event.template)
    context = SECTION | {
        "event": event,
        "edition": event.edition,
        "simulated": event.edition.simulated,
        "template": template,
        "draws_codes": "code" in template.blanks,
        "audience": audience_label(event.edition, event.audience),
        "wanted": len(wanted),
        "refused": len(refused),
        "reasons": Counter(reach.refusal for reach in refused).most_common(),
        "seen": seen,
        "shown": SHOWN,
        "rows": (refused if seen else wanted)[:SHOWN],
        "asked": request.GET.get("unite", "").strip(),
        "files": letter_files(event),
        "running": event.mailings.exclude(state__in=(Mailing.State.DONE, Mailing.State.FAILED)).first(),
        "sent": event.messages.count(),
    }
    return render(request, "campaigns/event.html", context | _preview(event, reaches, context["asked"]))


@managers
@require_safe
def event_csv(request: HttpRequest, pk: int) -> HttpResponse:
    event = _event(pk)
    columns = ["identifiant", "collectivité", "univers", "département", "adresse", "décision", "motif"]
    rows = [
        [
            reach.unit.code,
            reach.unit.name,
            reach.unit.universe,
            reach.unit.departement,
            reach.contact.email if reach.contact else "",
            "écartée" if reach.refusal else "destinataire",
            reach.refusal,
        ]
        for reach in reached(event, at=timezone.now())
    ]
    AuditEvent.record(request.user.get_username(), "liste d’envoi exportée", at=timezone.now())
    return csv_download(f"envoi-{event.edition_id}-{event.rank}.csv", columns, rows)


@managers
@require_POST
def send_event(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = start_mailing(_event(pk), by=request.user.get_username(), at=timezone.now())
    return redirect("campaigns:mailing", mailing.pk)


@managers
@require_safe
def mailing_page(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = get_object_or_404(Mailing.objects.select_related("event__edition"), pk=pk)
    statuses = Counter(mailing.event.messages.values_list("status", flat=True))
    counted = [(label, statuses[value]) for value, label in Message.Status.choices if statuses[value]]
    share = round(100 * mailing.done / mailing.total) if mailing.total else 0
    context = SECTION | {"mailing": mailing, "event": mailing.event, "share": share, "counted": counted}
    if mailing.is_over:
        leaving = mailing.event.messages.filter(status=Message.Status.LEAVING)
        context["reserved"] = leaving.select_related("unit").order_by("unit__code")[:SHOWN]
    return render(request, "campaigns/mailing.html", context | {"files": letter_files(mailing.event)})


@managers
@require_POST
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue a mailing again: what already left does not leave twice."""
    mailing = get_object_or_404(Mailing, pk=pk)
    Mailing.objects.filter(pk=pk, state=Mailing.State.FAILED).update(state=Mailing.State.WAITING, problem="")
    run_mailing.enqueue(mailing.pk)
    return redirect("campaigns:mailing", mailing.pk)


@managers
@require_safe
def letters_file(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    event = _event(pk)
    path = letters_folder(event.edition, event) / name
    if not FILE.fullmatch(name) or not path.is_file():
        raise Http404
    AuditEvent.record(request.user.get_username(), "courriers téléchargés", at=timezone.now())
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{event.edition_id}-{event.rank}-{name}")


@managers
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    edition = chosen_edition(request)
    if edition is None:
        return render(request, "campaigns/board-empty.html", SECTION)
    asked = request.GET.get("unite", "").strip()
    messages = Message.objects.filter(unit__edition=edition).select_related("unit", "event").order_by("-at", "-pk")
    if asked:
        messages = messages.filter(unit__code=asked)
    context = SECTION | {"here": "journal", "edition": edition, "asked": asked, "titles": _titles(edition)}
    context |= {"total": messages.count(), "messages_sent": messages[:100]}
    return render(request, "campaigns/log.html", context)


def _titles(edition: Edition) -> dict[str, str]:
    try:
        return {name: template.title for name, template in load_messages(edition.messages_folder).items()}
    except SpecInvalid:
        return {}
