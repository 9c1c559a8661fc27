"""Taking a draft from one version of a questionnaire to another: every answer is kept, carried or set aside."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from maille.specs.answer import State, encode_value, read_value
from maille.specs.difference import counterparts, difference
from maille.specs.document import Frozen
from maille.specs.problem import AnswerInvalid
from maille.specs.questionnaire import Question, Questionnaire

_NUMBERS = {"integer", "decimal", "year"}


class DraftAnswer(NamedTuple):
    """What is kept for a variable: the text of its value, and its state (one of ``State``, or ``invalid``)."""

    value: str
    state: str


class Fate(Frozen):
    """What becomes of an answer: ``value`` and ``state`` are what was kept for ``source``.

    ``target`` is the variable of the new version, ``text`` the same value as the new version writes it. When the answer
    is set aside there is no target, and ``reason`` says why.
    """

    source: str
    value: str
    state: str
    outcome: Literal["kept", "carried", "set_aside"]
    target: str | None = None
    text: str = ""
    reason: str = ""


class Migration(Frozen):
    """The fate of every answer of a draft, then the variables to ask (again) and those to look at once more.

    ``to_ask`` are the new questions, and those whose answer was set aside; ``to_check`` are the questions whose answer
    stands although their wording or their rules changed.
    """

    fates: tuple[Fate, ...]
    to_ask: tuple[str, ...]
    to_check: tuple[str, ...]

    def draft(self) -> dict[str, DraftAnswer]:
        """Return the draft in the new version."""
        return {fate.target: DraftAnswer(fate.text, fate.state) for fate in self.fates if fate.target is not None}

    def set_aside(self) -> tuple[Fate, ...]:
        """Return the answers that no question of the new version can hold."""
        return tuple(fate for fate in self.fates if fate.target is None)


def migrate(answers: Mapping[str, DraftAnswer], old: Questionnaire, new: Questionnaire) -> Migration:
    """Return what becomes of a draft of ``old`` in ``new``; no answer disappears, none changes its value."""
    names = counterparts(old, new)
    asked = {question.name: question for question in old.variables()}
    fates = [_fate(name, given, asked.get(name), target=_target(name, names, new)) for name, given in answers.items()]
    filled = {fate.target for fate in fates if fate.target is not None}
    lost = {names[fate.source] for fate in fates if fate.target is None and fate.source in names}
    before = set(names.values())
    order = [question.name for question in new.variables()]
    changed = {change.question for change in difference(old, new).changes if change.kind in _TO_CHECK}
    settled = {fate.target for fate in fates if fate.state in (State.ANSWERED, State.UNKNOWN)}
    return Migration(
        fates=tuple(fates),
        to_ask=tuple(name for name in order if name not in filled and (name in lost or name not in before)),
        to_check=tuple(name for name in order if name in changed and name in settled),
    )


_TO_CHECK = ("wording", "rules", "choices", "type")


def _target(name: str, names: Mapping[str, str], new: Questionnaire) -> Question | None:
    return new.question(names[name]) if name in names else None


def _fate(name: str, given: DraftAnswer, was: Question | None, *, target: Question | None) -> Fate:
    fate = Fate(source=name, value=given.value, state=given.state, outcome="set_aside")
    if was is None or target is None:
        return fate.model_copy(update={"reason": "la question n’est plus posée."})
    text = _read_again(given, target)
    reason = _misfit(given, was, target) or (_no_longer(target) if text is None else "")
    if reason:
        return fate.model_copy(update={"reason": reason})
    outcome = "kept" if target.name == name else "carried"
    return fate.model_copy(update={"outcome": outcome, "target": target.name, "text": text})


def _misfit(given: DraftAnswer, was: Question, now: Question) -> str:
    """Return why an answer cannot stand for the new question, empty when it can."""
    if given.state in (State.EMPTY, State.NOT_APPLICABLE):
        return ""
    if was.kind != now.kind and not (was.kind in _NUMBERS and now.kind in _NUMBERS):
        return "la question n’attend plus une réponse de même nature."
    if was.unit != now.unit:
        return f"le nombre n’est plus dans la même unité : il se comptait en « {was.unit or 'rien'} »."
    if given.state == State.UNKNOWN:
        return "" if now.unknown else "la question exige maintenant un nombre."
    return ""


def _read_again(given: DraftAnswer, now: Question) -> str | None:
    """Return the text that the new question keeps for the same value, None when it cannot hold it."""
    if given.state != State.ANSWERED:
        return given.value
    texts = given.value.split(" ") if now.kind == "select_multiple" else [given.value]
    try:
        value, state = read_value(now, texts)
    except AnswerInvalid:
        return None
    return encode_value(value) if state is State.ANSWERED else None


def _no_longer(now: Question) -> str:
    if now.choices:
        return "un choix qui avait été fait n’est plus proposé, ou en exclut un autre."
    return "la question n’accepte plus ce nombre."
