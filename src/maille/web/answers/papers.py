"""The questionnaire on paper and for other tools: blank, as a receipt, as a codebook, as files to download."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import dateformat, timezone
from django.views.decorators.http import require_safe

from maille.forms.export import EXPORTS, ExportRefused, export
from maille.forms.outline import outline
from maille.forms.papers import blank_pdf
from maille.forms.receipt import Given, Receipt, receipt_pdf
from maille.specs import Questionnaire
from maille.specs.questionnaire import UNIVERSES
from maille.web.accounts.access import anyone, owner, respondent
from maille.web.answers.folder import questionnaire_of
from maille.web.answers.models import Submission
from maille.web.answers.pages import unit_of
from maille.web.answers.sending import sent_answers
from maille.web.answers.wording import clock, reason_in_words
from maille.web.campaigns.models import CompiledQuestionnaire, Edition
from maille.web.campaigns.versions import asked_version, compiled, is_compiled
from maille.web.exports import attached

HOUR = 3600


@lru_cache(maxsize=64)
def _exported(version: str, path: Path, *, to: str, simulated: bool) -> bytes:
    """Write a form of a version once for all who ask."""
    return export(path, to, asked=compiled(version), simulated=simulated)


def _form(edition: Edition, universe: str, to: str) -> bytes:
    path = edition.questionnaire_path(universe)
    try:
        return _exported(asked_version(edition, universe), path, to=to, simulated=edition.simulated)
    except ExportRefused as refusal:
        raise Http404 from refusal


@lru_cache(maxsize=16)
def _blank(version: str, *, simulated: bool) -> bytes:
    return blank_pdf(compiled(version), simulated=simulated)


def _file(content: bytes, *, media: str, name: str, shown: bool) -> HttpResponse:
    return attached(HttpResponse(content, content_type=media), name, shown=shown)


def _asked(edition_id: str, universe: str) -> tuple[Edition, Path]:
    edition = get_object_or_404(Edition, pk=edition_id)
    path = edition.questionnaire_path(universe)
    if universe not in UNIVERSES or not path.is_file():
        raise Http404
    return edition, path


@anyone
@require_safe
def preview(request: HttpRequest, *, edition_id: str, universe: str) -> HttpResponse:
    """Show what a questionnaire asks, section by section, with every form of it to download."""
    edition, _path = _asked(edition_id, universe)
    files = [(to, form.title) for to, form in EXPORTS.items()]
    form = outline(compiled(asked_version(edition, universe)))
    context = {"edition": edition, "universe": universe, "form": form, "files": files, "section": "enquete"}
    return render(request, "answers/preview.html", context)


@anyone
@require_safe
def preview_section(request: HttpRequest, *, edition_id: str, universe: str, part_id: str) -> HttpResponse:
    """Show every question of one section, and the way to the next."""
    edition, _path = _asked(edition_id, universe)
    form = outline(compiled(asked_version(edition, universe)))
    place = next((place for place, part in enumerate(form.parts) if part.id == part_id), None)
    if place is None:
        raise Http404
    around = {"before": form.parts[place - 1] if place else None, "after": next(iter(form.parts[place + 1 :]), None)}
    context = {"edition": edition, "universe": universe, "form": form, "part": form.parts[place], "section": "enquete"}
    return render(request, "answers/preview-section.html", context | around)


@anyone
@require_safe
def form_file(request: HttpRequest, *, edition_id: str, universe: str, to: str) -> HttpResponse:
    """Send a questionnaire in one of its forms."""
    edition, path = _asked(edition_id, universe)
    if to not in EXPORTS:
        raise Http404
    form = EXPORTS[to]
    content = _form(edition, universe, to)
    shown = form.media == "application/pdf"
    response = _file(content, media=form.media, name=path.stem + form.suffix, shown=shown)
    response["Cache-Control"] = f"public, max-age={HOUR}"
    return response


@anyone
@require_safe
def version_pdf(request: HttpRequest, version: str) -> HttpResponse:
    """Send a version of a questionnaire as it was asked, to print."""
    kept = get_object_or_404(CompiledQuestionnaire, pk=version)
    simulated = not Edition.objects.filter(simulated=False, asked_versions__compiled=kept).exists()
    name = f"{kept.questionnaire}-{version}.pdf"
    return _file(_blank(version, simulated=simulated), media="application/pdf", name=name, shown=True)


@respondent
@require_safe
def own_blank_pdf(request: HttpRequest) -> HttpResponse:
    """Send the blank questionnaire of the authority that this session answers for."""
    unit = unit_of(request)
    content = _form(unit.edition, unit.universe, "pdf")
    return _file(content, media="application/pdf", name=f"questionnaire-{unit.edition_id}.pdf", shown=True)


@owner
@require_safe
def own_receipt_pdf(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Send the receipt of what the authority sent: the last time, or the one of that number."""
    unit = unit_of(request)
    sent = unit.submissions.order_by("number")
    submission = (sent.filter(number=number) if number else sent).last()
    if submission is None:
        raise Http404
    name = f"recu-{unit.code}-{submission.number}.pdf"
    return _file(_receipt(submission), media="application/pdf", name=name, shown=False)


def _receipt(submission: Submission) -> bytes:
    unit = submission.unit
    at = timezone.localtime(submission.submitted_at)
    receipt = Receipt(
        authority=unit.name,
        code=unit.code,
        edition=unit.edition.title,
        sent_at=f"{_day(at)} à {clock(at)}",
        author=submission.author,
        number=submission.number,
        version=submission.version,
        fingerprint=submission.fingerprint,
        simulated=unit.edition.simulated,
        reopened=_reopened(submission),
    )
    answers = {
        name: Given(kept.state, kept.value, reason_in_words(kept)) for name, kept in sent_answers(submission).items()
    }
    return receipt_pdf(_as_sent(submission), receipt, answers)


def _as_sent(submission: Submission) -> Questionnaire:
    """Return the questionnaire in the version that was sent; the one of the file when no other is kept."""
    known = is_compiled(submission.version)
    return compiled(submission.version) if known else questionnaire_of(submission.unit)


def _day(at: datetime) -> str:
    return dateformat.format(at, "j F Y")


def _reopened(submission: Submission) -> str:
    if submission.reopened_at is None:
        return ""
    at = timezone.localtime(submission.reopened_at)
    return f"le {_day(at)} à {clock(at)} : « {submission.reopening_reason} »"
