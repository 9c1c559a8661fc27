"""Two answers to one question: both are shown, a person chooses; and the history of a section."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from maille.specs import Question, Section
from maille.web.accounts.access import owner, respondent
from maille.web.accounts.names import names_of
from maille.web.answers.choosing import candidates, choice_field, choose, picked_of, seen, seen_field, undecided
from maille.web.answers.folder import Folder, Kept
from maille.web.answers.models import FormerAnswer
from maille.web.answers.pages import folder_of, is_closed, page_context, section_of
from maille.web.answers.posted import Posted, unknown_field
from maille.web.answers.presence import SOMEONE
from maille.web.answers.presentation import QuestionView, question_view
from maille.web.answers.wording import reason_in_words, said
from maille.web.answers.writing import AlreadySubmitted
from maille.web.campaigns.versions import compiled, is_compiled


@dataclass(frozen=True)
class Version:
    """A value of a question, as it is shown to who compares: the words, who, when."""

    code: str
    answer: str
    reason: str
    author: str
    at: datetime
    given: bool = True
    fate: str = ""
    replaced_at: datetime | None = None


@dataclass(frozen=True)
class Dilemma:
    """A question with two values or more, and the field to write another one."""

    view: QuestionView
    versions: list[Version]
    field: str
    seen_field: str
    seen: str
    problem: str
    picked: str = ""
    written: tuple[str, ...] = ()
    """What was written or ticked as another answer, shown again beside what is wrong."""
    unknown: bool = False

    @property
    def question(self) -> Question:
        return self.view.question


def _version(question: Question, kept: Kept, names: dict[str, str], *, code: str = "") -> Version:
    author = names.get(kept.author, SOMEONE)
    return Version(
        code, said(question, kept), reason_in_words(kept), author, kept.saved_at, given=kept.state != "empty"
    )


def _dilemmas(folder: Folder, found: Section, *, problems: dict[str, str], posted: Posted) -> list[Dilemma]:
    names = names_of(folder.unit.pk)
    return [
        Dilemma(
            view=question_view(folder, question, finding=None),
            versions=[_version(question, one.kept, names, code=one.code) for one in candidates(folder, question)],
            field=choice_field(question.name),
            seen_field=seen_field(question.name),
            seen=seen(folder, question),
            problem=problems.get(question.name, ""),
            picked=picked_of(question, posted),
            written=tuple(text for text in posted.get(question.name, ()) if text.strip()),
            unknown=bool(posted.get(unknown_field(question.name))),
        )
        for question in undecided(folder, found)
    ]


@respondent
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: HttpRequest, section_id: str) -> HttpResponse:
    folder = folder_of(request)
    found = section_of(request, folder, section_id)
    if folder.unit.is_submitted or is_closed(folder):
        return redirect("answers:hub")
    problems: dict[str, str] = {}
    posted: Posted = {}
    if request.method == "POST":
        unit, seat = folder.unit, request.seat
        del unit.folder
        try:
            posted = dict(request.POST.lists())
            problems = dict(choose(unit, section_id, posted, author=seat.author, mode=seat.mode, at=timezone.now()))
        except AlreadySubmitted:
            return redirect("answers:hub")
        folder = Folder.of(unit)
    dilemmas = _dilemmas(folder, found, problems=problems, posted=posted)
    if not dilemmas:
        return redirect(reverse("answers:section", args=[section_id]) + "?verifier=1")
    context = page_context(
        folder, section_shown=found, dilemmas=dilemmas, has_errors=bool(problems), left=len(problems)
    )
    return render(request, "answers/conflict.html", context)


@owner
@require_safe
def history(request: HttpRequest, section_id: str) -> HttpResponse:
    """Show everything that was ever answered in a section: who, when, and what became of it."""
    folder = folder_of(request)
    found = section_of(request, folder, section_id)
    names = names_of(folder.unit.pk)
    rows: dict[str, list[Version]] = {}
    wanted = FormerAnswer.objects.filter(unit_id=folder.unit.pk, variable__in=[q.name for q in found.questions])
    columns = ("variable", "fate", "replaced_at", *Kept._fields)
    for variable, fate, replaced_at, *rest in wanted.order_by("-saved_at", "-id").values_list(*columns):
        question = folder.questions[variable]
        shown = _version(question, Kept(*rest), names)
        label = FormerAnswer.Fate(fate).label
        rows.setdefault(variable, []).append(
            Version(shown.code, shown.answer, shown.reason, shown.author, shown.at, True, label, replaced_at)
        )
    entries = [
        (
            question,
            _version(question, folder.kept[question.name], names),
            rows.get(question.name, []),
            [_version(question, kept, names) for kept in folder.pending.get(question.name, {}).values()],
        )
        for question in found.questions
        if question.name in folder.kept
    ]
    context = page_context(folder, section_shown=found, entries=entries, aside=_aside(folder, names))
    return render(request, "answers/history.html", context)


def _aside(folder: Folder, names: dict[str, str]) -> list[tuple[str, Version]]:
    """Return the answers to questions that are no longer asked, with the question as it was asked."""
    gone = FormerAnswer.objects.filter(unit_id=folder.unit.pk, fate=FormerAnswer.Fate.SET_ASIDE)
    rows = gone.exclude(variable__in=list(folder.questions)).order_by("id")
    found = []
    for variable, *rest in rows.values_list("variable", *Kept._fields):
        kept = Kept(*rest)
        if is_compiled(kept.version):
            question = compiled(kept.version).question(variable)
            found.append((question.label, _version(question, kept, names)))
    return found
