"""Save a section: the one way in, for the pages, the workbook and the demonstration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypedDict, Unpack

from django.db.models import Q

from maille.specs import Finding, Question, Section, Value
from maille.specs.previous import is_repeated
from maille.web.answers.folder import Folder, Kept
from maille.web.answers.merging import Merge, PageShown, content, merge
from maille.web.answers.models import FormerAnswer, PageEvent
from maille.web.answers.posted import Posted, any_confirmed, confirm_field, is_posted, received, with_confirmed
from maille.web.answers.tracing import Trace
from maille.web.answers.wording import depends_within
from maille.web.answers.writing import bump, drop_pending, in_transaction, lock, set_pending, write
from maille.web.campaigns.models import Unit


class Page(TypedDict, total=False):
    """What a page adds to a save: the revision that it showed, its identifier, and who is on it and on what."""

    base_revision: int | None
    page: str
    trace: Trace | None


@dataclass(frozen=True)
class SectionResult:
    """What a section holds once saved, what remains to correct or to confirm in it, and what others changed.

    ``revision`` is what the page may say that it shows: it stays behind while ``theirs`` is not empty.
    """

    values: Mapping[str, Value]
    states: Mapping[str, str]
    findings: Sequence[Finding]
    revision: int = 0
    current: int = 0
    conflicts: Mapping[str, Kept] = field(default_factory=dict)
    theirs: Mapping[str, Kept] = field(default_factory=dict)
    dropped: Sequence[str] = ()


def save_section(
    unit: Unit,
    section_id: str,
    posted: Posted,
    *,
    author: str,
    mode: str,
    at: datetime,
    **shown: Unpack[Page],
) -> SectionResult:
    """Save the answers of a section; nothing that is wrong prevents saving, nothing is overwritten unseen."""
    page = PageShown(shown.get("base_revision"), shown.get("page", "")[:16])
    with in_transaction(unit):
        lock(unit, at)
        folder = Folder.of(unit)
        section = folder.questionnaire.section(section_id)
        stamp = Kept("", "", "", "", author, mode, at, folder.questionnaire.version, 0, page.page)
        stamp = stamp._replace(revision=folder.revisions.get(section_id, 0) + 1)
        save = _Save(folder, section, page, stamp=stamp)
        save.run(posted)
        if trace := shown.get("trace"):
            trace.record(save.events)
    return save.result()


def _explained(question: Question) -> set[str]:
    """Return the answers that a reason explains: those of the soft check, and this one when it repeats another."""
    explained = set(question.soft_check.variables()) if question.soft_check else set()
    return explained | {question.name} if is_repeated(question) else explained


@dataclass
class _Save:
    """One save, under the lock of the authority."""

    folder: Folder
    section: Section
    page: PageShown
    stamp: Kept
    merged: Merge = field(default_factory=Merge)
    dropped: list[str] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)

    def run(self, posted: Posted) -> None:
        if any_confirmed(posted):
            posted = with_confirmed(posted, self.folder.proposals)
        given = {question.name: self._given(question, posted) for question in self.section.questions}
        mine = {name: kept for name, kept in given.items() if kept is not None}
        self.merged = merged = merge(mine, self.folder.kept, self.page, base=self._base)
        at = self.stamp.saved_at
        reopened = self._unexplained(merged.written)
        self.events = [(PageEvent.Kind.SAVE, "")]
        self.events += [(PageEvent.Kind.FORCED, name) for name, kept in merged.written.items() if kept.reason]
        write(self.folder, merged.written | reopened, at)
        self._keep_beside(mine, merged, at)
        touched = {self.folder.section_of[name] for name in (*merged.written, *reopened)}
        bump(self.folder, touched, at)

    def _given(self, question: Question, posted: Posted) -> Kept | None:
        """Return what the page says of a question, or None when the page did not show it."""
        if not is_posted(question, posted) and not self._is_shown(question):
            return None
        given = received(question, posted, self.stamp)
        if given.reason and self._is_stale(question, given, posted):
            self.dropped.append(question.name)
            return given._replace(reason="", remark="")
        return given._replace(prefilled=self._is_confirmed(question, given, posted))

    def _is_confirmed(self, question: Question, given: Kept, posted: Posted) -> bool:
        if not posted.get(confirm_field(question.name)):
            return False
        proposal = self.folder.proposals.get(question.name)
        return proposal is not None and given.value == proposal.code

    def _is_shown(self, question: Question) -> bool:
        return self.folder.path.on(question.name) or depends_within(self.section, question)

    def _is_stale(self, question: Question, given: Kept, posted: Posted) -> bool:
        """Tell whether the reason is the one that the page was drawn with, when what it explained has changed."""
        before = self._drawn(question.name)
        if before is None or (before.reason, before.remark) != (given.reason, given.remark) or not _explained(question):
            return False
        explained = _explained(question)
        return any(
            content(received(other, posted, self.stamp))[:2] != content(self._drawn(other.name))[:2]
            for other in self.section.questions
            if other.name in explained
        )

    def _unexplained(self, written: Mapping[str, Kept]) -> dict[str, Kept]:
        """Return the other answers whose reason explained a value that has just changed: they lose it."""
        kept = self.folder.kept
        changed = {name for name, new in written.items() if content(new)[:2] != content(kept.get(name))[:2]}
        lost = {}
        for name, old in kept.items():
            question = self.folder.questions.get(name)
            if not old.reason or name in written or question is None:
                continue
            if changed & _explained(question):
                revision = self.folder.revisions.get(self.folder.section_of[name], 0) + 1
                lost[name] = old._replace(
                    reason="", remark="", saved_at=self.stamp.saved_at, revision=revision, page=""
                )
        return lost

    def _keep_beside(self, mine: Mapping[str, Kept], merged: Merge, at: datetime) -> None:
        """Keep what conflicts; forget what this page had given and no longer gives."""
        pending = self.folder.pending
        before = {name: pending.get(name, {}).get(self.page.page) for name in mine}
        new = {name: kept for name, kept in merged.conflicts.items() if content(before[name]) != content(kept)}
        set_pending(self.folder, new, at)
        self.events += [(PageEvent.Kind.CONFLICT, name) for name in new]
        gone = [(name, kept) for name, kept in before.items() if kept and name not in merged.conflicts]
        drop_pending(self.folder, gone, at)

    def _base(self, name: str) -> Kept | None:
        """Return the last thing that the page knows or said of a variable, unless it awaits a choice."""
        if self.page.page in self.folder.pending.get(name, {}):
            return None
        return next((kept for kept in self._formers.get(name, ()) if self.page.knows(kept)), None)

    def _drawn(self, name: str) -> Kept | None:
        """Return the answer that the page was drawn with."""
        drawn = PageShown(self.page.revision)
        current = self.folder.kept.get(name)
        if drawn.knows(current):
            return current
        return next((kept for kept in self._formers.get(name, ()) if drawn.knows(kept)), None)

    @cached_property
    def _formers(self) -> dict[str, list[Kept]]:
        """The former answers, the last one first, with what this page said and nobody chose; seldom needed."""
        rows = FormerAnswer.objects.filter(unit_id=self.folder.unit.pk)
        rows = rows.exclude(~Q(page=self.page.page), fate=FormerAnswer.Fate.DISCARDED)
        found: dict[str, list[Kept]] = {}
        for variable, *rest in rows.order_by("-revision", "-id").values_list("variable", *Kept._fields):
            found.setdefault(variable, []).append(Kept(*rest))
        return found

    def result(self) -> SectionResult:
        """Return what the section holds now, beside what the page shows."""
        folder, page = self.folder, self.page
        names = [question.name for question in self.section.questions]
        current = folder.revisions.get(self.section.id, 0)
        unseen = {name: folder.kept[name] for name in names if not page.knows(folder.kept.get(name))}
        unseen = {name: kept for name, kept in unseen.items() if kept is not self.merged.written.get(name)}
        return SectionResult(
            values={name: folder.values.get(name) for name in names},
            states={name: folder.state(name) for name in names},
            findings=folder.findings(self.section),
            revision=page.revision if unseen and page.revision is not None else current,
            current=current,
            conflicts=self.merged.conflicts,
            theirs=unseen,
            dropped=tuple(self.dropped),
        )
