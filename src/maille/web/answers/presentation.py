"""A question as its page shows it: its field, what was answered, what is to be corrected or confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from maille.specs import UNKNOWN_LABEL, Finding, Question, Questionnaire, Section
from maille.specs.questionnaire import Grid
from maille.web.answers.folder import INVALID, Folder
from maille.web.answers.models import Answer
from maille.web.answers.posted import confirm_field, reason_field, remark_field, unknown_field
from maille.web.answers.wording import condition, depends_within, in_field
from maille.web.campaigns.versions import once_a_version


@dataclass(frozen=True)
class Box:
    """A choice to tick."""

    id: str
    field: str
    value: str
    label: str
    checked: bool
    exit: bool = False


@dataclass(frozen=True)
class Block:
    """What stands together on the page: a question, or the rows of a grid under the question that they share."""

    views: list["QuestionView"]
    grid: Grid | None = None

    @property
    def first(self) -> str:
        return self.views[0].question.number

    @property
    def last(self) -> str:
        return self.views[-1].question.number


@dataclass(frozen=True)
class QuestionView:
    """Everything that the template of a question needs."""

    question: Question
    widget: str
    layout: str
    boxes: tuple[Box, ...]
    text: str
    unknown: Box | None
    reasons: tuple[Box, ...]
    remark_field: str
    remark: str
    condition: str
    error: str
    doubt: str
    help: str
    info: str = ""
    proposal: str = ""
    """The sentence that recalls a value known before, empty when there is none."""
    confirm: Box | None = None
    version: str = ""

    @property
    def drawn(self) -> SafeString:
        """The question as HTML."""
        return _drawn(self, compact=False)

    @property
    def drawn_compact(self) -> SafeString:
        """The row of a grid as HTML."""
        return _drawn(self, compact=True)

    @property
    def id(self) -> str:
        return f"c-{self.question.name}"

    @property
    def has_answer(self) -> bool:
        return bool(self.text) or any(box.checked for box in (*self.boxes, self.unknown) if box)

    @property
    def state(self) -> str:
        if self.error:
            return "error"
        if self.doubt:
            return "done" if any(reason.checked for reason in self.reasons) else "confirm"
        return "done" if self.has_answer else "todo"

    @property
    def plan_line(self) -> SafeString:
        """The line of this question in the plan of its section, as HTML."""
        return _plan_line(self.id, self.question.number, self.state)

    @property
    def described_by(self) -> str:
        """Return the ids that the field points to: its unit, its help, what is to know, its error."""
        unit = self.question.unit if self.widget == "number" else ""
        parts = (
            ("unite", unit),
            ("aide", self.help),
            ("information", self.info),
            ("reprise", self.proposal),
            ("erreur", self.error),
            ("doute", self.doubt),
        )
        return " ".join(f"{part}-{self.question.name}" for part, shown in parts if shown)


_TYPED = "\ue000"
"""Stands for what was typed, in a drawing that serves everyone."""


@dataclass(frozen=True)
class _Drawing:
    """A question as many people see it: the same key, the same HTML."""

    key: tuple[object, ...]
    view: QuestionView = field(compare=False)


@lru_cache(maxsize=4096)
def _common(drawing: _Drawing, *, compact: bool) -> str:
    return render_to_string("answers/question.html", {"view": drawing.view, "compact": compact})


def _drawn(view: QuestionView, *, compact: bool) -> SafeString:
    """Draw a question; what it shows to many is drawn once a process, what is said to one is drawn each time."""
    if view.error or view.doubt or view.info or view.proposal:
        return render_to_string("answers/question.html", {"view": view, "compact": compact})
    ticked = [box.value for box in view.boxes if box.checked]
    key = (view.version, view.question.name, view.condition, bool(view.unknown and view.unknown.checked), *ticked)
    common = _common(_Drawing(key, replace(view, text=_TYPED, remark="")), compact=compact)
    return mark_safe(common.replace(_TYPED, escape(view.text)))  # noqa: S308 - what was typed is escaped


@lru_cache(maxsize=4096)
def _plan_line(field: str, number: str, state: str) -> SafeString:
    context = {"field": field, "number": number, "state": state, "label": _STATES[state]}
    return render_to_string("answers/plan-line.html", context)


_STATES = {"error": "à corriger", "confirm": "à confirmer", "done": "répondue", "todo": "sans réponse"}
_WIDGETS = {"select_one": "radio", "select_multiple": "checkbox", "text": "text"}


def _layout(question: Question) -> str:
    short = all(len(choice.label) <= 16 for choice in question.choices)
    if short and len(question.choices) <= 3:
        return "short"
    return "two" if len(question.choices) > 6 else ""


@dataclass(frozen=True)
class _Face:
    """What a question shows whoever answers: its choices, its layout, its condition on the page."""

    boxes: tuple[Box, ...]
    layout: str
    condition: str
    on_page: bool
    """Another answer of the same page decides whether it is asked."""


@once_a_version
def _faces(questionnaire: Questionnaire) -> dict[str, _Face]:
    return {
        question.name: _Face(_boxes(question), _layout(question), _condition(questionnaire, section, question), on_page)
        for section in questionnaire.sections
        for question in section.questions
        for on_page in [depends_within(section, question)]
    }


def _condition(questionnaire: Questionnaire, section: Section, question: Question) -> str:
    rule = question.relevant if depends_within(section, question) else None
    return condition(questionnaire, rule) if rule else ""


def _boxes(question: Question) -> tuple[Box, ...]:
    return tuple(
        Box(
            id=f"c-{question.name}" + (f"-{place}" if place else ""),
            field=question.name,
            value=choice.code,
            label=choice.label,
            checked=False,
            exit=choice.exclusive,
        )
        for place, choice in enumerate(question.choices)
    )


def _ticked(boxes: tuple[Box, ...], codes: set[str]) -> tuple[Box, ...]:
    return tuple(replace(box, checked=True) if box.value in codes else box for box in boxes) if codes else boxes


def _unknown(folder: Folder, question: Question) -> Box | None:
    if not question.unknown:
        return None
    ticked = folder.state(question.name) == "unknown"
    return Box(f"c-{question.name}-inconnu", unknown_field(question.name), "1", UNKNOWN_LABEL, ticked, exit=True)


def _recalled(folder: Folder, question: Question) -> str:
    """Recall the value known before: asked about while there is no answer, told apart once there is one."""
    proposal = folder.proposals.get(question.name) if question.prefill else None
    if proposal is None:
        return ""
    if folder.is_empty(question.name):
        return f"{proposal.sentence} Est-ce {'toujours ' if proposal.year else ''}exact ?"
    return proposal.sentence + (" Vous l’avez confirmé." if folder.kept[question.name].prefilled else "")


def _confirm(folder: Folder, question: Question) -> Box | None:
    if not question.prefill or question.name not in folder.proposals or not folder.is_empty(question.name):
        return None
    field = confirm_field(question.name)
    return Box(f"c-{question.name}-confirmer", field, "1", "Confirmer cette valeur", checked=False)


def _reasons(question: Question, chosen: str) -> tuple[Box, ...]:
    field = reason_field(question.name)
    return tuple(Box(f"c-{field}-{code}", field, code, label, code == chosen) for code, label in Answer.Reason.choices)


def _typed(folder: Folder, question: Question) -> str:
    if folder.state(question.name) == INVALID:
        return folder.kept[question.name].value
    value = folder.values.get(question.name)
    return "" if value is None else in_field(question, value)


def question_view(folder: Folder, question: Question, *, finding: Finding | None) -> QuestionView:
    kept = folder.kept.get(question.name)
    doubt = finding.message if finding and finding.severity == "warning" else ""
    face = _faces(folder.questionnaire)[question.name]
    codes = set(kept.value.split(" ")) if kept and kept.state != "previous" else set()
    return QuestionView(
        question=question,
        widget=_WIDGETS.get(question.kind, "number"),
        layout=face.layout,
        boxes=_ticked(face.boxes, codes),
        text=_typed(folder, question),
        unknown=_unknown(folder, question),
        reasons=_reasons(question, kept.reason if kept else "") if doubt else (),
        remark_field=remark_field(question.name),
        remark=kept.remark if kept else "",
        condition=face.condition,
        error=finding.message if finding and finding.severity == "error" else "",
        doubt=doubt,
        help=question.hint or "",
        info=finding.message if finding and finding.severity == "info" else "",
        proposal=_recalled(folder, question),
        confirm=_confirm(folder, question),
        version=folder.questionnaire.version,
    )


def question_views(folder: Folder, section: Section, *, checking: bool) -> list[QuestionView]:
    """Return the questions to show: those on the path, and those that another answer of this page may bring.

    What is merely missing is not said before the first save: ``checking`` tells that it was asked for.
    """
    findings = {f.question: f for f in folder.findings(section) if checking or not folder.is_empty(f.question)}
    faces = _faces(folder.questionnaire)
    shown = [q for q in section.questions if folder.path.on(q.name) or faces[q.name].on_page]
    return [question_view(folder, asked, finding=findings.get(asked.name)) for asked in shown]


def blocks(section: Section, views: Sequence[QuestionView]) -> list[Block]:
    """Group the rows of each grid; a grid of which one row alone is shown is a grid still."""
    grids = {grid.id: grid for grid in section.grids}
    return [
        Block(list(group), grids.get(grid or ""))
        for grid, run in groupby(views, key=lambda view: view.question.grid)
        for group in ([run] if grid else [[view] for view in run])
    ]
