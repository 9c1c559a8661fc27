"""Verifying answers: the queue, the record of an authority, the contradictions, what the decisions change."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from maille.errors import UserError
from maille.pipeline import Run
from maille.specs import Questionnaire
from maille.web.accounts.access import staff
from maille.web.accounts.models import AuditEvent
from maille.web.campaigns.bands import band_label, band_rank
from maille.web.campaigns.models import Edition, Unit
from maille.web.campaigns.versions import asked_version, compiled
from maille.web.editing.deciding import ACTS, Decision, Posted
from maille.web.editing.deposit import bring_in_edits
from maille.web.editing.models import Edit, Recalculation
from maille.web.editing.queue import STATES, Asked, contradictions_of, figure_of, queue_of
from maille.web.editing.record import around, doubts_of, effect_in_words
from maille.web.editing.tasks import start
from maille.web.store import open_store

_PAGE = 50
_FIELDS = {"section": "theme", "band": "tranche", "kind": "pourquoi", "state": "etat", "name": "nom"}


def _edition(request: HttpRequest) -> Edition | None:
    """Return the edition that the address names, else the last one whose answers were classified, else the last."""
    editions = list(Edition.objects.order_by("-opens"))
    asked = request.GET.get("edition") or request.POST.get("edition")
    store = open_store()
    classified = [one for one in editions if store.exists(f"processed/{one.id}/editing-queue")]
    named = [one for one in editions if one.id == asked]
    return next(iter([*named, *classified, *editions]), None)


def _needed(request: HttpRequest) -> Edition:
    edition = _edition(request)
    if edition is None:
        raise Http404
    return edition


@staff
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What is to be verified, the answers that would move a published figure most first."""
    edition = _edition(request)
    if edition is None:
        return render(request, "editing/queue.html", {"section": "verification"})
    found = queue_of(edition)
    given = {name: request.GET[key].strip() for name, key in _FIELDS.items() if key in request.GET}
    asked = Asked(**given)
    kept = [line for line in found.lines if asked.keeps(line)]
    page = Paginator(kept, _PAGE).get_page(request.GET.get("page"))
    waiting = [line for line in found.lines if line.is_open]
    bands = sorted({line.row["size_band"] for line in found.lines if line.row["size_band"]}, key=band_rank)
    context = {
        "section": "verification",
        "edition": edition,
        "made": found.made,
        "page": page,
        "rows": [(line, effect_in_words(line.row)) for line in page],
        "asked": asked,
        "query": urlencode({"edition": edition.id, **{_FIELDS[name]: value for name, value in given.items()}}),
        "waiting": len(waiting),
        "heavy": sum((line.row["score"] or 0) >= 0.5 for line in waiting),
        "decided": len(found.lines) - len(waiting),
        "largest": max((line.row["score"] or 0 for line in waiting), default=0),
        "contradictions": sum(not one["resolved"] for one in contradictions_of(edition)[0]),
        "sections": _sections(edition),
        "bands": [(band, band_label(band)) for band in bands],
        "kinds": found.codes.get("kind", {}).items(),
        "states": STATES.items(),
        "last": edition.recalculations.order_by("-pk").first(),
        "undeposited": _undeposited(edition),
    }
    return render(request, "editing/queue.html", context)


def _sections(edition: Edition) -> list[tuple[str, str]]:
    """Return the themes of the queue, named as the communes' questionnaire names them."""
    names: dict[str, str] = {}
    for universe in ("epci", "communes"):
        unit = edition.units.filter(universe=universe).first()
        if unit is not None:
            names |= {section.id: section.title for section in _questionnaire(unit).sections}
    return sorted(names.items(), key=lambda pair: pair[1])


def _questionnaire(unit: Unit) -> Questionnaire:
    """Return the version that the edition asks now: the queue is written in its terms, whatever was sent."""
    return compiled(asked_version(unit.edition, unit.universe))


def _undeposited(edition: Edition) -> int:
    """Return how many decisions were taken since they were last deposited."""
    store, name = open_store(), f"collected/{edition.id}/edits"
    deposited = store.card(name).rows if store.exists(name) else 0
    return max(Edit.objects.filter(unit__edition=edition).count() - deposited, 0)


def _shown(request: HttpRequest, unit: Unit, **more: object) -> HttpResponse:
    found = queue_of(unit.edition)
    lines, questionnaire = found.of_unit(unit.code), _questionnaire(unit)
    if not lines:
        raise Http404
    opened = ", ".join(line.row["variable"] for line in lines)
    AuditEvent.record(
        request.user.get_username(), "réponses ouvertes", at=timezone.now(), unit=unit.code, detail=opened
    )
    order = list(
        dict.fromkeys(line.row["unit"] for line in found.lines if line.is_open or line.row["unit"] == unit.code)
    )
    place = order.index(unit.code)
    context = {
        "section": "verification",
        "unit": unit,
        "doubts": doubts_of(unit, lines, questionnaire),
        "around": around(unit, lines, questionnaire),
        "following": order[place + 1] if place + 1 < len(order) else "",
        "band": band_label(lines[0].row["size_band"] or ""),
    }
    return render(request, "editing/record.html", context | more)


def _unit(edition: str, code: str) -> Unit:
    return get_object_or_404(Unit.objects.select_related("edition"), edition=edition, code=code)


@staff
@require_safe
def record(request: HttpRequest, edition: str, code: str) -> HttpResponse:
    return _shown(request, _unit(edition, code))


@staff
@sensitive_post_parameters()
@require_POST
def decide(request: HttpRequest, edition: str, code: str, *, act: str) -> HttpResponse:
    unit = _unit(edition, code)
    variable = request.POST.get("variable", "")
    lines = [line for line in queue_of(unit.edition).of_unit(code) if line.row["variable"] == variable]
    if not lines:
        raise Http404
    decision = Decision(unit, lines[0], _questionnaire(unit), request.user.get_username())
    posted = Posted(request.POST.getlist("value"), "unanswered" in request.POST, request.POST.get("reason", ""))
    try:
        said = ACTS[act](decision, posted)
    except UserError as refused:
        return _shown(request, unit, error=refused.message, wrong=variable, act=act, typed=posted, has_errors=True)
    messages.success(request, said)
    return redirect("editing:record", edition=edition, code=code)


@staff
@require_safe
def contradictions(request: HttpRequest) -> HttpResponse:
    """What two answers, or an answer and the territory, say differently."""
    edition = _edition(request)
    rows, kinds = contradictions_of(edition) if edition else ([], {})
    if rows:
        at = timezone.now()
        AuditEvent.record(request.user.get_username(), "contradictions ouvertes", at=at, detail=edition.id)
    names = dict(edition.units.values_list("code", "name")) if edition else {}
    listed = {line.row["unit"] for line in queue_of(edition).lines} if rows else set()
    groups = [(title, [row for row in rows if row["kind"] == kind]) for kind, title in kinds.items()]
    context = {"section": "verification", "edition": edition, "names": names, "listed": listed}
    context["groups"] = [(title, found) for title, found in groups if found]
    return render(request, "editing/contradictions.html", context)


@staff
@require_POST
def recalculate(request: HttpRequest) -> HttpResponse:
    asked = start(_needed(request), by=request.user.get_username())
    return redirect("editing:recalculation", pk=asked.pk)


@staff
@require_safe
def recalculation(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a recalculation is, then the published figures that the decisions would move."""
    one = get_object_or_404(Recalculation.objects.select_related("edition"), pk=pk)
    moved = [(figure_of(one.edition, row), row) for row in one.moved]
    share = round(100 * one.done / one.total) if one.total else 0
    context = {"section": "verification", "one": one, "moved": moved, "share": share}
    return render(request, "editing/recalculation.html", context)


@staff
@require_POST
def deposit(request: HttpRequest) -> HttpResponse:
    """Deposit the decisions taken so far: the next run of the chain applies them."""
    edition, at = _needed(request), timezone.now()
    try:
        card = bring_in_edits(Run(settings.MAILLE_HOME, settings.MAILLE_SPECS), edition)
    except UserError as refused:
        messages.error(request, refused.message)
    else:
        AuditEvent.record(request.user.get_username(), "décisions versées", at=at, detail=f"{card.rows} décisions")
        messages.success(request, f"Décisions versées : {card.rows}. Le prochain « maille run » les applique.")
    return redirect("editing:queue")
