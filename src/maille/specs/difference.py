"""What changed between two versions of a questionnaire, in plain French, for who decides and for who answers."""

from collections.abc import Iterator
from typing import Literal

from maille.specs.document import Frozen
from maille.specs.questionnaire import Question, Questionnaire, Section
from maille.specs.rule import Rule

ChangeKind = Literal["added", "removed", "renamed", "moved", "wording", "choices", "type", "rules", "section"]

_KINDS = {
    "select_one": "un seul choix",
    "select_multiple": "plusieurs choix",
    "integer": "un nombre entier",
    "decimal": "un nombre à virgule",
    "year": "une année",
    "text": "un texte",
}


class Change(Frozen):
    """One change: ``question`` is the variable in the new version, or in the old one when it was removed."""

    kind: ChangeKind
    question: str
    sentence: str


class Difference(Frozen):
    """What changed from one version to another, in the order of the new questionnaire, removals last."""

    old: str
    new: str
    changes: tuple[Change, ...] = ()

    def of(self, question: str) -> tuple[Change, ...]:
        """Return the changes of a variable."""
        return tuple(change for change in self.changes if change.question == question)

    def sentences(self) -> tuple[str, ...]:
        """Return the changes as sentences."""
        return tuple(change.sentence for change in self.changes)


def renamed(old: Questionnaire, new: Questionnaire) -> dict[str, str]:
    """Return the new name of each variable of ``old`` that changed its name, as ``same_as`` says.

    A name is only a former one when the old version still had it: a version that keeps saying where a variable comes
    from renames it once.
    """
    former = {question.name for question in old.variables()}
    return {
        question.same_as.removeprefix(f"{old.survey}:"): question.name
        for question in new.variables()
        if question.same_as is not None and question.same_as.removeprefix(f"{old.survey}:") in former
    }


def counterparts(old: Questionnaire, new: Questionnaire) -> dict[str, str]:
    """Return the variable of ``new`` that asks what each variable of ``old`` asked, when there is one."""
    moved = renamed(old, new)
    taken = set(moved.values())
    same = {question.name: question.name for question in new.variables() if question.name not in taken}
    names = [question.name for question in old.variables()]
    return {name: moved.get(name) or same[name] for name in names if name in moved or name in same}


def difference(old: Questionnaire, new: Questionnaire) -> Difference:
    """Return what changed between two versions, question by question."""
    before = {asked: name for name, asked in counterparts(old, new).items()}
    changes = [*_sections(old, new)]
    for question in new.variables():
        if question.name in before:
            changes.extend(_question(old, new, was=old.question(before[question.name]), now=question))
        else:
            text = f"{question.number} « {_wording(new, question)} » : question ajoutée."
            changes.append(Change(kind="added", question=question.name, sentence=text))
    kept = set(before.values())
    for question in old.variables():
        if question.name not in kept:
            text = f"« {_wording(old, question)} » ({question.number}) : question retirée."
            changes.append(Change(kind="removed", question=question.name, sentence=text))
    return Difference(old=old.version, new=new.version, changes=tuple(changes))


def section_of(questionnaire: Questionnaire, question: Question) -> Section:
    """Return the section that asks a question."""
    return next(section for section in questionnaire.sections if question in section.questions)


def _wording(questionnaire: Questionnaire, question: Question) -> str:
    return section_of(questionnaire, question).wording(question)


def _sections(old: Questionnaire, new: Questionnaire) -> Iterator[Change]:
    before = {section.id: section for section in old.sections}
    after = {section.id: section for section in new.sections}
    for name, section in after.items():
        if name not in before:
            yield Change(kind="section", question="", sentence=f"Section « {section.title} » : ajoutée.")
        elif before[name].title != section.title:
            text = f"Section « {before[name].title} » : s’appelle maintenant « {section.title} »."
            yield Change(kind="section", question="", sentence=text)
        elif _tree(before[name].relevant) != _tree(section.relevant):
            text = f"Section « {section.title} » : ne s’adresse plus aux mêmes collectivités."
            yield Change(kind="section", question="", sentence=text)
    for name, section in before.items():
        if name not in after:
            yield Change(kind="section", question="", sentence=f"Section « {section.title} » : retirée.")


def _question(old: Questionnaire, new: Questionnaire, *, was: Question, now: Question) -> Iterator[Change]:
    head = f"{now.number} « {_wording(new, now)} »"
    if was.name != now.name:
        text = f"{head} : la variable « {was.name} » s’appelle maintenant « {now.name} »."
        yield Change(kind="renamed", question=now.name, sentence=text)
    home, place = section_of(old, was), section_of(new, now)
    if home.id != place.id:
        text = f"{head} : passe de la section « {home.title} » à la section « {place.title} »."
        yield Change(kind="moved", question=now.name, sentence=text)
    said = (
        ("wording", _reworded(_wording(old, was), _wording(new, now), was=was, now=now)),
        ("type", _retyped(was, now)),
        ("choices", _choices(was, now)),
        ("rules", _rules(was, now)),
    )
    for kind, sentences in said:
        for sentence in sentences:
            yield Change(kind=kind, question=now.name, sentence=f"{head} : {sentence}")  # type: ignore[arg-type]


def _reworded(before: str, after: str, *, was: Question, now: Question) -> Iterator[str]:
    if before != after:
        yield f"la question était « {before} »."
    if was.hint != now.hint:
        yield "l’aide a changé."
    if was.reference_period != now.reference_period:
        yield f"porte sur « {now.reference_period or 'rien de précis'} », au lieu de « {was.reference_period or '…'} »."


def _retyped(was: Question, now: Question) -> Iterator[str]:
    if was.kind != now.kind:
        yield f"attendait {_KINDS[was.kind]}, attend maintenant {_KINDS[now.kind]}."
    if was.unit != now.unit:
        yield f"se compte en « {now.unit or 'rien'} », au lieu de « {was.unit or 'rien'} »."
    if was.unknown != now.unknown:
        yield "on peut répondre que le nombre n’est pas connu." if now.unknown else "un nombre est maintenant exigé."


def _choices(was: Question, now: Question) -> Iterator[str]:
    before, after = ({choice.code: choice for choice in question.choices} for question in (was, now))
    for code, choice in after.items():
        if code not in before:
            yield f"choix ajouté, « {choice.label} »."
        elif before[code].label != choice.label:
            yield f"le choix « {before[code].label} » s’écrit maintenant « {choice.label} »."
        elif before[code].exclusive != choice.exclusive:
            yield f"le choix « {choice.label} » {'exclut' if choice.exclusive else 'n’exclut plus'} les autres."
    for code, choice in before.items():
        if code not in after:
            yield f"choix retiré, « {choice.label} »."


def _rules(was: Question, now: Question) -> Iterator[str]:
    if _tree(was.relevant) != _tree(now.relevant):
        yield "n’est plus posée dans les mêmes cas."
    if was.required != now.required:
        yield "une réponse est attendue." if now.required else "une réponse n’est plus exigée."
    if (_tree(was.constraint), was.constraint_message) != (_tree(now.constraint), now.constraint_message):
        yield "ce qui est refusé a changé."
    soft = [(_tree(asked.soft_check), asked.soft_message, asked.severity) for asked in (was, now)]
    if soft[0] != soft[1]:
        yield "ce qui est à confirmer a changé."


def _tree(rule: Rule | None) -> object:
    return rule.tree if rule is not None else None
