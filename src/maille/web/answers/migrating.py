"""A new version of the questionnaire: every draft follows, and no answer is lost on the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from maille.specs import Questionnaire
from maille.specs.difference import Difference, difference
from maille.specs.migration import DraftAnswer, Fate, migrate
from maille.web.accounts.models import AuditEvent
from maille.web.answers.folder import Folder, Kept
from maille.web.answers.models import Answer, FormerAnswer, PendingAnswer
from maille.web.answers.writing import bump, former, write
from maille.web.campaigns.models import Edition, Unit
from maille.web.campaigns.versions import ask, asked_version, compiled, is_compiled, written

_TOUCHING = {"removed", "renamed", "type", "choices"}


@dataclass(frozen=True)
class Proposal:
    """What publishing the file of a questionnaire would do."""

    universe: str
    asked: Questionnaire
    written: Questionnaire
    difference: Difference
    drafts: int
    sent: int
    touched: tuple[tuple[str, int], ...]
    """Variables whose answers may not stand as they are, and in how many drafts each has one."""

    @property
    def changes(self) -> bool:
        return self.asked.version != self.written.version


def proposal(edition: Edition, universe: str) -> Proposal:
    """Return what publishing the file would do; raises SpecInvalid when the file cannot be asked."""
    old, new = compiled(asked_version(edition, universe)), written(edition, universe)
    changes = difference(old, new)
    units = edition.units.filter(universe=universe)
    return Proposal(
        universe=universe,
        asked=old,
        written=new,
        difference=changes,
        drafts=units.filter(status=Unit.Status.STARTED).count(),
        sent=units.filter(status=Unit.Status.SUBMITTED).count(),
        touched=tuple(
            (name, count)
            for name in sorted(_touched(old, changes))
            if (count := _given(edition, universe).filter(variable=name).count())
        ),
    )


def _given(edition: Edition, universe: str) -> QuerySet[Answer]:
    drafts = Answer.objects.filter(unit__edition=edition, unit__universe=universe, unit__status=Unit.Status.STARTED)
    return drafts.filter(state__in=["answered", "unknown", "invalid"])


def _touched(old: Questionnaire, changes: Difference) -> set[str]:
    """Return the variables of the old version whose answers have to be looked at one by one."""
    before = {question.name for question in old.variables()}
    names = {change.question for change in changes.changes if change.kind in _TOUCHING}
    former_names = {was for was in before if any(change.kind == "renamed" for change in changes.changes)}
    return (names & before) | former_names


@transaction.atomic
def publish(edition: Edition, universe: str, new: Questionnaire, *, author: str, at: datetime) -> int:
    """Ask this version and migrate every draft; return how many drafts had an answer moved or set aside."""
    old = compiled(asked_version(edition, universe))
    ask(edition, new, at)
    drafts = edition.units.filter(universe=universe, status=Unit.Status.STARTED)
    drafts.update(last_activity_at=F("last_activity_at"))  # the lock of each draft, until all of them are migrated
    touched = _touched(old, difference(old, new)) | names_of(new) - names_of(old)
    concerned = set(Answer.objects.filter(unit__in=drafts, variable__in=touched).values_list("unit_id", flat=True))
    aside = FormerAnswer.objects.filter(unit__in=drafts, variable__in=touched, fate=FormerAnswer.Fate.SET_ASIDE)
    concerned |= set(aside.values_list("unit_id", flat=True))
    moved = 0
    for unit in drafts.select_related("edition").filter(pk__in=concerned).iterator(chunk_size=500):
        moved += migrate_unit(unit, old, new, at=at)
    AuditEvent.record(author, f"questionnaire {new.version}", at=at)
    return moved


def migrate_unit(unit: Unit, old: Questionnaire, new: Questionnaire, *, at: datetime) -> bool:
    """Take the draft of a unit to another version; tell whether an answer moved, was set aside or came back."""
    rows = Answer.objects.filter(unit_id=unit.pk).values_list("variable", *Kept._fields)
    kept = {variable: Kept(*rest) for variable, *rest in rows}
    folder = unit.folder = Folder(unit, new, kept)
    given = {name: DraftAnswer(one.value, one.state) for name, one in kept.items() if name in names_of(old)}
    fates = migrate(given, old, new).fates
    gone = [fate for fate in fates if fate.target != fate.source]
    aside = [fate for fate in gone if fate.target is None and fate.state in ("answered", "unknown", "invalid")]
    former(folder, [(fate.source, kept[fate.source]) for fate in aside], at, fate=FormerAnswer.Fate.SET_ASIDE)
    carried = [fate for fate in gone if fate.target is not None]
    former(folder, [(fate.source, kept[fate.source]) for fate in carried], at, fate=FormerAnswer.Fate.REPLACED)
    _forget(folder, gone)
    changed = {
        fate.target: _moved(folder, kept[fate.source], fate, at=at)
        for fate in fates
        if fate.target is not None and (fate.target != fate.source or fate.text != fate.value)
    }
    changed |= _restored(folder, changed, at)
    write(folder, changed, at)
    bump(folder, {folder.section_of[name] for name in changed}, at)
    return bool(gone or changed)


def names_of(questionnaire: Questionnaire) -> set[str]:
    return {question.name for question in questionnaire.variables()}


def _forget(folder: Folder, gone: list[Fate]) -> None:
    """Take away what is now in the history, with what awaited a choice about it."""
    names = [fate.source for fate in gone]
    Answer.objects.filter(unit_id=folder.unit.pk, variable__in=names).delete()
    for name in names:
        folder.kept.pop(name, None)
    waiting = PendingAnswer.objects.filter(unit_id=folder.unit.pk, variable__in=names)
    rows = [(variable, Kept(*rest)) for variable, *rest in waiting.values_list("variable", *Kept._fields)]
    former(folder, rows, folder.unit.last_activity_at, fate=FormerAnswer.Fate.DISCARDED)
    waiting.delete()


def _moved(folder: Folder, kept: Kept, fate: Fate, *, at: datetime) -> Kept:
    revision = folder.revisions.get(folder.section_of[str(fate.target)], 0) + 1
    version = folder.questionnaire.version
    return kept._replace(value=fate.text, state=fate.state, saved_at=at, version=version, revision=revision, page="")


def _restored(folder: Folder, changed: Mapping[str, Kept], at: datetime) -> dict[str, Kept]:
    """Return the answers set aside by an earlier version that this one asks again, in the same way."""
    aside = FormerAnswer.objects.filter(unit_id=folder.unit.pk, fate=FormerAnswer.Fate.SET_ASIDE)
    rows = aside.order_by("replaced_at", "id").values_list("variable", *Kept._fields)
    last = {variable: Kept(*rest) for variable, *rest in rows}
    free = (name for name in last if name in folder.questions and name not in changed and name not in folder.kept)
    restored = {}
    for name in free:
        kept = last[name]
        if _stands(kept, name, folder.questionnaire):
            fate = Fate(source=name, value=kept.value, state=kept.state, outcome="kept", target=name, text=kept.value)
            restored[name] = _moved(folder, kept, fate, at=at)
    return restored


def _stands(kept: Kept, name: str, new: Questionnaire) -> bool:
    """Tell whether an answer given to an earlier version is one to this version."""
    if not is_compiled(kept.version):
        return False
    fates = migrate({name: DraftAnswer(kept.value, kept.state)}, compiled(kept.version), new).fates
    return fates[0].target == name
