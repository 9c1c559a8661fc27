"""Filling offline: the workbook to download, its upload, what it would change, and the decision."""

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import dateformat, timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maille.errors import UserError
from maille.forms.workbook import write_workbook
from maille.forms.workbook_notes import Recipient
from maille.specs.spreadsheet import MAXIMUM_BYTES
from maille.web.accounts.access import owner
from maille.web.answers.folder import Folder
from maille.web.answers.models import PageEvent, WorkbookUpload
from maille.web.answers.pages import folder_of, is_closed, page_context, unit_of
from maille.web.answers.tracing import Trace
from maille.web.answers.workbook_draft import (
    Decision,
    Received,
    accept,
    changes,
    drafts_of,
    receive,
    stamp_key,
    stamp_of,
)
from maille.web.answers.writing import AlreadySubmitted
from maille.web.exports import XLSX, attached

KEPT = timedelta(days=2)


class WorkbookForm(forms.Form):
    file = forms.FileField(
        label="Le classeur rempli",
        help_text="Un fichier .xlsx de 5 Mo au plus.",
        error_messages={
            "required": "Choisissez le classeur à déposer.",
            "empty": "Ce fichier est vide : choisissez le classeur rempli.",
            "invalid": "Choisissez le classeur à déposer.",
        },
    )

    def clean_file(self) -> object:
        file = self.cleaned_data["file"]
        if file.size > MAXIMUM_BYTES:
            raise forms.ValidationError("Ce fichier dépasse 5 Mo : ce n’est pas le classeur du questionnaire.")
        return file


def _shut(folder: Folder) -> bool:
    return folder.unit.is_submitted or is_closed(folder)


def _waiting(unit_id: int) -> WorkbookUpload | None:
    """Return the workbook that awaits a decision; one that nobody decided on in two days is forgotten."""
    WorkbookUpload.objects.filter(received_at__lt=timezone.now() - KEPT).delete()
    return WorkbookUpload.objects.filter(unit_id=unit_id).first()


def _page(request: HttpRequest, folder: Folder, form: WorkbookForm, *, status: int = 200) -> HttpResponse:
    taken = request.GET.get("repris", "")
    context = page_context(folder, form=form, waiting=_waiting(folder.unit.pk), has_errors=bool(form.errors))
    context["taken"] = int(taken) if taken.isascii() and taken.isdigit() and len(taken) < 5 else None
    return render(request, "answers/workbook.html", context, status=status)


@owner
@require_safe
def workbook(request: HttpRequest) -> HttpResponse:
    folder = folder_of(request)
    return redirect("answers:hub") if _shut(folder) else _page(request, folder, WorkbookForm())


@owner
@require_safe
def download(request: HttpRequest) -> HttpResponse:
    folder = folder_of(request)
    if _shut(folder):
        return redirect("answers:hub")
    unit = folder.unit
    closes = dateformat.format(unit.closing, "j F Y")
    known = {name: proposal.sentence for name, proposal in folder.proposals.items()}
    content = write_workbook(
        folder.questionnaire,
        recipient=Recipient(unit.code, unit.name, unit.population, closes, known),
        answers=drafts_of(folder),
        stamp=stamp_of(folder, timezone.now()),
        key=stamp_key(),
    )
    return attached(HttpResponse(content, content_type=XLSX), f"questionnaire-{unit.code}.xlsx")


@owner
@sensitive_post_parameters()
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Read the workbook; nothing changes until what it would change was seen and accepted."""
    folder = folder_of(request)
    if _shut(folder):
        return redirect("answers:hub")
    form = WorkbookForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, folder, form, status=400)
    try:
        received = receive(folder, form.cleaned_data["file"].read())
    except UserError as refusal:
        form.add_error("file", f"{refusal.message[:1].upper()}{refusal.message[1:]} {refusal.hint or ''}".strip())
        return _page(request, folder, form, status=400)
    kept = {"author": request.seat.author, "received_at": timezone.now(), "body": received.model_dump_json()}
    WorkbookUpload.objects.update_or_create(unit_id=folder.unit.pk, defaults=kept)
    Trace.of(request).record([(PageEvent.Kind.UPLOAD, "")])
    return redirect("answers:workbook_check")


@owner
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    waiting = _waiting(request.seat.unit_id)
    if waiting is None:
        return redirect("answers:workbook")
    received = Received.model_validate_json(waiting.body)
    if request.method == "POST":
        return _decide(request, waiting, received)
    folder = folder_of(request)
    if _shut(folder):
        return redirect("answers:hub")
    found = changes(folder, received)
    context = page_context(folder, received=received, changes=found, waiting=waiting)
    context["count"] = sum(len(rows) for _section, rows in found)
    context["newer"] = any(change.newer for _section, rows in found for change in rows)
    context["revisions"] = [(section.id, folder.revisions.get(section.id, 0)) for section, _rows in found]
    return render(request, "answers/workbook-check.html", context)


def _decide(request: HttpRequest, waiting: WorkbookUpload, received: Received) -> HttpResponse:
    unit = unit_of(request)
    if not unit.is_open(timezone.localdate()):
        return redirect("answers:hub")
    chosen = frozenset(request.POST.getlist("prendre"))
    try:
        revisions = {
            section.id: int(request.POST[f"revision-{section.id}"][:9])
            for section in Folder.empty(unit).questionnaire.sections
            if f"revision-{section.id}" in request.POST
        }
    except ValueError:
        return redirect("answers:workbook_check")
    page = f"classeur{waiting.pk}"
    decision = Decision(chosen, revisions, request.seat, timezone.now(), page)
    try:
        undecided = accept(unit, received, decision)
    except AlreadySubmitted:
        return redirect("answers:hub")
    waiting.delete()
    if undecided:
        return redirect("answers:conflict", undecided[0])
    response = redirect("answers:workbook")
    response["Location"] += f"?repris={len(chosen & set(received.answers))}"
    return response


@owner
@require_POST
def drop(request: HttpRequest) -> HttpResponse:
    """Forget an uploaded workbook: nothing was changed."""
    WorkbookUpload.objects.filter(unit_id=request.seat.unit_id).delete()
    return redirect("answers:workbook")
