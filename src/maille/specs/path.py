"""The path through a questionnaire: which questions are asked, and what remains to mend or confirm."""

from collections.abc import Iterator, Mapping
from typing import Literal

from maille.specs.answer import State, fill_text
from maille.specs.document import Frozen
from maille.specs.questionnaire import UNKNOWN_LABEL, Question, Questionnaire, Section
from maille.specs.rule import Value


class Finding(Frozen):
    """Something to correct (``error``, blocks the sending), to confirm (``warning``), or to know (``info``)."""

    question: str
    severity: Literal["error", "warning", "info"]
    message: str


class Path(Mapping[str, Value]):
    """What the rules see of some answers: those on the path, and the context; each question is decided when asked.

    A variable that is off the path counts as null for those that depend on it. ``values`` may hold the context of the
    unit (population, name) beside its answers. Nothing is decided before it is asked for.
    """

    def __init__(self, questionnaire: Questionnaire, values: Mapping[str, Value]) -> None:
        self._rules = questionnaire.conditions
        self._values = values
        self._decided: dict[str, bool] = {}

    def on(self, name: str) -> bool:
        """Tell whether a variable is on the path."""
        decided = self._decided.get(name)
        if decided is None:
            self._decided[name] = False
            decided = all(rule.evaluate(self) is True for rule in self._rules[name])
            self._decided[name] = decided
        return decided

    def get(self, name: str, default: Value = None) -> Value:  # type: ignore[override]
        """Return the value that the rules see, null when the question is not asked."""
        value = self._values.get(name)
        return value if value is not None and (name not in self._rules or self.on(name)) else default

    def __getitem__(self, name: str) -> Value:
        if name not in self._values or (name in self._rules and not self.on(name)):
            raise KeyError(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._values if name not in self._rules or self.on(name))

    def __len__(self) -> int:
        return sum(1 for _name in self)

    def all(self) -> set[str]:
        """Return every variable on the path."""
        return {name for name in self._rules if self.on(name)}


def applicable(questionnaire: Questionnaire, values: Mapping[str, Value]) -> set[str]:
    """Return the variables on the path of these answers.

    Relevance is transitive: the answer to a question that is no longer asked counts as null, so what depends on it is
    not asked either. ``values`` may hold the context of the unit (population, name) beside its answers.
    """
    return Path(questionnaire, values).all()


def check_section(
    questionnaire: Questionnaire,
    section_id: str,
    values: Mapping[str, Value],
    *,
    context: Mapping[str, Value],
    states: Mapping[str, State] | None = None,
) -> list[Finding]:
    """Return what remains to mend in a section, in the order of the questions.

    Without ``states``, a number that may be unknown and has no value is taken as « je ne peux pas donner ce nombre »;
    with them, it has to be given or declared unknown.
    """
    path = Path(questionnaire, {**values, **context})
    return section_findings(questionnaire.section(section_id), path, states=states)


def section_findings(section: Section, path: Path, *, states: Mapping[str, State] | None = None) -> list[Finding]:
    """Return what ``check_section`` finds along a path."""
    return list(_findings(section, path, _Answers(path, states)))


class _Answers:
    def __init__(self, values: Mapping[str, Value], states: Mapping[str, State] | None) -> None:
        self.values = values
        self._states = states

    def missing(self, question: Question) -> bool:
        """Tell whether an answer is still expected."""
        if self.values.get(question.name) is not None:
            return False
        if not question.unknown:
            return question.required
        return self._states is not None and self._states.get(question.name, State.EMPTY) is State.EMPTY


def _findings(section: Section, path: Path, answers: _Answers) -> Iterator[Finding]:
    for question in section.questions:
        if path.on(question.name):
            finding = _check(question, answers)
            if finding is not None:
                yield finding


def _check(question: Question, answers: _Answers) -> Finding | None:
    name, values = question.name, answers.values
    if answers.missing(question):
        return Finding(question=name, severity="error", message=missing_message(question))
    if question.constraint is not None and question.constraint.evaluate(values) is False:
        message = question.constraint_message or ""
        return Finding(question=name, severity="error", message=fill_text(message, values))
    if question.soft_check is not None and question.soft_check.evaluate(values) is False:
        message = fill_text(question.soft_message or "", values)
        return Finding(question=name, severity=soft_severity(question), message=message)
    return None


def soft_severity(question: Question) -> Literal["warning", "info"]:
    """Return what a soft check asks for: a reason, or nothing."""
    return "warning" if question.severity == "warn" else "info"


def missing_message(question: Question) -> str:
    """Return what is said of an answer that is expected and not given."""
    if question.unknown:
        return f"Donnez un nombre, ou cochez « {UNKNOWN_LABEL} »."
    if question.kind == "select_one":
        return "Choisissez une réponse."
    if question.kind == "select_multiple":
        return "Cochez au moins une réponse."
    return "Donnez une réponse."
