"""Skip instructions in words: what the page does by hiding questions, paper has to say.

Two kinds, both found from the trees of the rules, and both true whatever the reader answered before: *jumps*, under a
question (« Si vous avez répondu « Non » à la question B1, passez à la question B4. »), and *conditions*, above what is
not asked of everyone. A condition is left out when the jumps of the question just before already say it.
"""

from collections.abc import Mapping

from maille.forms.words import TO_RESPONDENT, if_clause, in_words, quoted
from maille.specs import Question, Questionnaire, Rule, Section, Value
from maille.specs.rule import Node, Operation, walk
from maille.specs.rule import Variable as _Variable

END = "vous avez terminé"


def _may_hold(node: Node, known: Mapping[str, Value]) -> bool:
    """Tell whether a condition can still be true when only some answers are known (null being a known absence)."""
    names = {inner.name for inner in walk(node) if isinstance(inner, _Variable)}
    if names <= known.keys():
        return Rule("", node).evaluate(known) is True
    if isinstance(node, Operation) and node.operator in ("and", "or"):
        verdicts = [_may_hold(argument, known) for argument in node.arguments]
        return all(verdicts) if node.operator == "and" else any(verdicts)
    return True


class Skips:
    """The skip instructions of a questionnaire."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire
        self._order = [(section, question) for section in questionnaire.sections for question in section.questions]
        self._places = {question.name: place for place, (_, question) in enumerate(self._order)}

    def jumps(self, question: Question) -> list[str]:
        """Return where to go after a question, a sentence for each place other than the next question."""
        targets: dict[int, list[str]] = {}
        next_place = self._places[question.name] + 1
        for label, value in tried_answers(question):
            target = self.next_place(question, value)
            if target != next_place:
                targets.setdefault(target, []).append(label)
        return [self._jump(question, labels, self._place(target)) for target, labels in targets.items()]

    def next_place(self, question: Question, value: Value) -> int:
        """Return the rank of the next question that can be asked after an answer, one past the last at the end."""
        return self._after(self._places[question.name] + 1, {question.name: value})

    def condition(self, question: Question) -> str | None:
        """Return when a question is asked and where to go otherwise; None when it is asked of all who reach it.

        It is said once, above the first of the questions in a row that have the same condition. A row of a grid says
        only when: the next row is below.
        """
        place = self._places[question.name]
        rule = question.relevant
        if rule is None or self._follows_its_own_jump(place, rule) or self._same_as_before(place, rule):
            return None
        after = place + 1
        while after < len(self._order) and self._same_as_before(after, rule):
            after += 1
        only = f"Seulement {self.when(rule)}."
        return only if question.grid else f"{only} Sinon, {self._place(after)}."

    def section_condition(self, section: Section) -> str | None:
        """Return when a section is to be filled and where to go otherwise; None when it concerns everyone."""
        if section.relevant is None:
            return None
        after = self._places[section.questions[-1].name] + 1
        return f"Cette section n’est à remplir que {self.when(section.relevant)}. Sinon, {self._place(after)}."

    def when(self, rule: Rule) -> str:
        """Return a condition as it is told to the respondent, after « si »."""
        return if_clause(in_words(rule, self._questionnaire, voice=TO_RESPONDENT))

    def _jump(self, question: Question, labels: list[str], where: str) -> str:
        if question.kind == "select_multiple":
            return f"Si vous avez coché {quoted(labels)} à la question {question.number}, {where}."
        said = quoted(labels) if question.choices else " ou ".join(labels)
        return f"Si vous avez répondu {said} à la question {question.number}, {where}."

    def _after(self, place: int, known: dict[str, Value]) -> int:
        """Return the first place, from ``place``, that is not surely skipped; what is skipped is known to be absent."""
        while place < len(self._order):
            section, question = self._order[place]
            rules = [rule for rule in (section.relevant, question.relevant) if rule is not None]
            if all(_may_hold(rule.tree, known) for rule in rules):
                return place
            known = {**known, question.name: None}
            place += 1
        return place

    def _place(self, place: int) -> str:
        if place == len(self._order):
            return END
        section, question = self._order[place]
        if section.questions[0] is question:
            return f"passez à la section {section.letter}"
        return f"passez à la question {question.number}"

    def _same_as_before(self, place: int, rule: Rule) -> bool:
        section, question = self._order[place]
        if question is section.questions[0]:
            return False
        before = self._order[place - 1][1].relevant
        return question.relevant == rule and before == rule

    def _follows_its_own_jump(self, place: int, rule: Rule) -> bool:
        section, question = self._order[place]
        if question is section.questions[0]:
            return False
        before = self._order[place - 1][1]
        return rule.variables() == {before.name} and bool(before.choices) and before.kind == "select_one"


def tried_answers(question: Question) -> list[tuple[str, Value]]:
    """Return the answers that can be tried on their own: every choice, the exclusive ones among several, zero."""
    if question.kind == "select_one":
        return [(choice.label, choice.code) for choice in question.choices]
    if question.kind == "select_multiple":
        return [(choice.label, (choice.code,)) for choice in question.choices if choice.exclusive]
    return [("0", 0)] if question.kind in ("integer", "decimal") else []
