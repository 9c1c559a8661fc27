"""A rule in French words, for paper, for the codebook and for anyone who does not read rules."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from maille.specs import Question, Questionnaire, Rule
from maille.specs.rule import Constant, Node, Operation, Value, Variable
from maille.specs.typography import NARROW, NO_BREAK, number

CONTEXT_NAMES = {"population": "le nombre d’habitants", "name": "le nom de la collectivité"}
"""What each piece of context is called in a sentence."""


@dataclass(frozen=True)
class Voice:
    """How an answer to a choice is told: to whom answers (``vous``), or of the answer."""

    chosen: str
    not_chosen: str
    ticked: str
    not_ticked: str
    answer: str


TO_RESPONDENT = Voice(
    chosen="vous avez répondu {labels} à la question {number}",
    not_chosen="vous n’avez pas répondu {labels} à la question {number}",
    ticked="vous avez coché {labels} à la question {number}",
    not_ticked="vous n’avez pas coché {labels} à la question {number}",
    answer="votre réponse à la question {number}",
)
ON_THE_PAGE = Voice(
    chosen="vous répondez {labels} à la question {number}",
    not_chosen="vous ne répondez pas {labels} à la question {number}",
    ticked="vous cochez {labels} à la question {number}",
    not_ticked="vous ne cochez pas {labels} à la question {number}",
    answer="votre réponse à la question {number}",
)
OF_THE_ANSWER = Voice(
    chosen="la réponse à la question {number} est {labels}",
    not_chosen="la réponse à la question {number} n’est pas {labels}",
    ticked="{labels} est coché à la question {number}",
    not_ticked="{labels} n’est pas coché à la question {number}",
    answer="la réponse à la question {number}",
)


def in_words(
    rule: Rule, questionnaire: Questionnaire, *, voice: Voice = OF_THE_ANSWER, current: str | None = None
) -> str:
    """Return a rule as a French clause, without « si »; ``current`` is said « cette réponse »."""
    return _Speaker(questionnaire, voice, current).say(rule.tree)


def if_clause(clause: str) -> str:
    """Return a clause after « si », elided before « il »."""
    return f"s’{clause}" if clause.startswith("il ") else f"si {clause}"


def quoted(labels: list[str]) -> str:
    """Return labels between French quotes, the last one after « ou »."""
    marked = [f"« {label} »" for label in labels]
    return " ou ".join(filter(None, [", ".join(marked[:-1]), marked[-1]]))


class _Speaker:
    def __init__(self, questionnaire: Questionnaire, voice: Voice, current: str | None) -> None:
        self._questions = {question.name: question for question in questionnaire.variables()}
        self.voice = voice
        self._current = current

    def say(self, node: Node) -> str:
        """Say a node and what is under it."""
        if isinstance(node, Constant):
            return _written(node.value)
        if isinstance(node, Variable):
            return self.name(node.name)
        return PHRASES[node.operator](self, node.arguments)

    def inside(self, node: Node, *outer: str) -> str:
        """Say a node, between brackets when it mixes with the operators around it."""
        said = self.say(node)
        return f"({said})" if isinstance(node, Operation) and node.operator in outer else said

    def beside(self, node: Node, both: "Arguments", *outer: str) -> str:
        """Say one side of a comparison: a number beside a year is a year, written without spaces."""
        years = {name for name, question in self._questions.items() if question.kind == "year"}
        if isinstance(node, Constant) and any(isinstance(side, Variable) and side.name in years for side in both):
            return str(node.value)
        return self.inside(node, *outer)

    def unit(self, node: Node, beside: Node) -> str:
        """Return the unit of a number that is compared to an answer, with its space."""
        question = self._questions.get(beside.name) if isinstance(beside, Variable) else None
        if question is None or not question.unit or not isinstance(node, Constant):
            return ""
        return f"{NARROW if question.unit == '€' else NO_BREAK}{question.unit}"

    def name(self, variable: str) -> str:
        """Return what a variable is called."""
        if variable == self._current:
            return "cette réponse"
        if variable in CONTEXT_NAMES:
            return CONTEXT_NAMES[variable]
        question = self._questions.get(variable)
        return self.voice.answer.format(number=question.number) if question else variable

    def choice(self, node: Node) -> tuple[Question, str] | None:
        """Return the question and the code when a node asks whether a choice was made."""
        if not isinstance(node, Operation) or node.operator not in ("=", "selected"):
            return None
        asked, code = node.arguments
        if not isinstance(asked, Variable) or not isinstance(code, Constant):
            return None
        question = self._questions.get(asked.name)
        return (question, str(code.value)) if question and code.value in question.codes() else None

    def chosen(self, question: Question, codes: list[str], *, negated: bool = False) -> str:
        """Say that one of these choices was made, or that it was not."""
        several = question.kind == "select_multiple"
        positive, negative = (
            (self.voice.ticked, self.voice.not_ticked) if several else (self.voice.chosen, self.voice.not_chosen)
        )
        labels = quoted([question.label_of(code) for code in codes])
        return (negative if negated else positive).format(labels=labels, number=question.number)


Arguments = tuple[Node, ...]
Phrase = Callable[[_Speaker, Arguments], str]


def _written(value: Value) -> str:
    if isinstance(value, float):
        return number(value, len(f"{value:.10f}".rstrip("0").partition(".")[2]))
    return number(value) if isinstance(value, int) else f"« {value} »"


def _flat(operator: str, arguments: Arguments) -> Iterator[Node]:
    for argument in arguments:
        if isinstance(argument, Operation) and argument.operator == operator:
            yield from _flat(operator, argument.arguments)
        else:
            yield argument


def _equal(speaker: _Speaker, arguments: Arguments) -> str:
    choice = speaker.choice(Operation("=", arguments))
    return speaker.chosen(choice[0], [choice[1]]) if choice else _between("vaut")(speaker, arguments)


def _different(speaker: _Speaker, arguments: Arguments) -> str:
    choice = speaker.choice(Operation("=", arguments))
    return (
        speaker.chosen(choice[0], [choice[1]], negated=True) if choice else _between("ne vaut pas")(speaker, arguments)
    )


def _selected(speaker: _Speaker, arguments: Arguments) -> str:
    choice = speaker.choice(Operation("selected", arguments))
    return speaker.chosen(choice[0], [choice[1]]) if choice else _between("comprend")(speaker, arguments)


def _not(speaker: _Speaker, arguments: Arguments) -> str:
    choice = speaker.choice(arguments[0])
    return (
        speaker.chosen(choice[0], [choice[1]], negated=True)
        if choice
        else f"il est faux que {speaker.say(arguments[0])}"
    )


def _and(speaker: _Speaker, arguments: Arguments) -> str:
    said = [speaker.inside(node, "or") for node in _flat("and", arguments)]
    return f"{', '.join(said[:-1])} et {said[-1]}"


def _or(speaker: _Speaker, arguments: Arguments) -> str:
    """Say alternatives, those on the same question together: « la réponse à B1 est « Oui » ou « Je ne sais pas » »."""
    codes: dict[str, list[str]] = {}
    clauses: list[tuple[Question, str] | str] = []
    for node in _flat("or", arguments):
        choice = speaker.choice(node)
        if choice is None:
            clauses.append(speaker.say(node))
        elif choice[0].name in codes:
            codes[choice[0].name].append(choice[1])
        else:
            codes[choice[0].name] = [choice[1]]
            clauses.append(choice)
    said = [
        clause if isinstance(clause, str) else speaker.chosen(clause[0], codes[clause[0].name]) for clause in clauses
    ]
    return ", ou ".join(said) if any(" et " in clause for clause in said) else " ou ".join(said)


def _minus(speaker: _Speaker, arguments: Arguments) -> str:
    first, second = arguments
    if first == Constant(0):
        return f"moins {speaker.inside(second, '+', '-')}"
    return f"{speaker.say(first)} moins {speaker.inside(second, '+', '-')}"


def _count(speaker: _Speaker, arguments: Arguments) -> str:
    asked = speaker.say(arguments[0]).removeprefix("la réponse à ").removeprefix("votre réponse à ")
    return f"le nombre de cases cochées à {asked}" if asked.startswith("la question") else "le nombre de cases cochées"


def _if(speaker: _Speaker, arguments: Arguments) -> str:
    condition, kept, other = (speaker.say(node) for node in arguments)
    return f"{if_clause(condition)}, {kept} ; sinon, {other}"


def _coalesce(speaker: _Speaker, arguments: Arguments) -> str:
    return ", ou à défaut ".join(speaker.say(node) for node in arguments)


def _modulo(speaker: _Speaker, arguments: Arguments) -> str:
    left, right = (speaker.inside(node, *_CALCULATED) for node in arguments)
    return f"le reste de la division de {left} par {right}".replace("de le ", "du ")


_BRANCHES = ("if", "coalesce")
_CALCULATED = ("+", "-", "*", "div", *_BRANCHES)


def _between(words: str, *outer: str) -> Phrase:
    """Put words between two sides; « {e} » agrees with « la réponse »."""

    def phrase(speaker: _Speaker, arguments: Arguments) -> str:
        left, right = (speaker.beside(node, arguments, *outer, *_BRANCHES) for node in arguments)
        ending = "e" if left.startswith(("la réponse", "votre réponse", "cette réponse")) else ""
        return f"{left} {words.format(e=ending)} {right}"

    return phrase


def _compared(words: str) -> Phrase:
    """Put words between two sides that are compared: a number has the unit of the answer beside it."""
    between = _between(words)

    def phrase(speaker: _Speaker, arguments: Arguments) -> str:
        left, right = arguments
        return between(speaker, arguments) + speaker.unit(right, left)

    return phrase


def _above(speaker: _Speaker, arguments: Arguments) -> str:
    left, right = arguments
    if isinstance(left, Operation) and left.operator == "count-selected" and right == Constant(0):
        return speaker.say(left).replace("le nombre de cases cochées", "une case au moins est cochée")
    return _compared("dépasse")(speaker, arguments)


PHRASES: dict[str, Phrase] = {
    "=": _equal,
    "!=": _different,
    "<": _compared("reste en dessous de"),
    "<=": _compared("ne dépasse pas"),
    ">": _above,
    ">=": _compared("atteint au moins"),
    "+": _between("plus"),
    "-": _minus,
    "*": _between("multiplié{e} par", "+", "-"),
    "div": _between("divisé{e} par", "+", "-", "*", "div"),
    "mod": _modulo,
    "not": _not,
    "selected": _selected,
    "count-selected": _count,
    "and": _and,
    "or": _or,
    "if": _if,
    "coalesce": _coalesce,
}
"""How each operator of the language is said."""
