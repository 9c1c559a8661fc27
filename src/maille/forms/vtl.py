"""A rule in VTL 2.0, the language of Insee's chain: same three-valued logic, nulls included.

Where VTL differs, the translation says what our language means: a division by zero is null, ``if`` on a null condition
is null, and a question with several choices is one boolean variable for each choice (null when none is ticked).
"""

from collections.abc import Callable

from maille.specs import Question, Questionnaire, Rule
from maille.specs.rule import Constant, Node, Variable


def vtl_name(variable: str, code: str | None = None) -> str:
    """Return the name of a variable in VTL: in capitals, so that it is never a word of the language (``abs``)."""
    return (f"{variable}_{code}" if code else variable).upper()


def vtl_names(question: Question) -> list[str]:
    """Return the variables that hold the answer to a question: one for each choice when several can be ticked."""
    if question.kind != "select_multiple":
        return [vtl_name(question.name)]
    return [vtl_name(question.name, code) for code in question.codes()]


def vtl_text(text: str) -> str:
    """Return a text written in VTL."""
    return '"' + text.replace('"', '""') + '"'


def to_vtl(rule: Rule, questionnaire: Questionnaire) -> str:
    """Return a rule of the language as a VTL expression."""
    return _Translator(questionnaire).translate(rule.tree)


def dependencies(rule: Rule, questionnaire: Questionnaire) -> list[str]:
    """Return the VTL variables that a rule reads, in the order of the questionnaire, context first."""
    read = rule.variables()
    context = [vtl_name(name) for name in questionnaire.context if name in read]
    return context + [
        name for question in questionnaire.variables() if question.name in read for name in vtl_names(question)
    ]


class _Translator:
    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questions = {question.name: question for question in questionnaire.variables()}

    def translate(self, node: Node) -> str:
        """Return a node in VTL."""
        if isinstance(node, Constant):
            return vtl_text(node.value) if isinstance(node.value, str) else repr(node.value)
        if isinstance(node, Variable):
            return vtl_name(node.name)
        return TRANSLATIONS[node.operator](self, *node.arguments)

    def several(self, node: Node) -> Question | None:
        """Return the question that a node names when several choices can be ticked."""
        question = self._questions.get(node.name) if isinstance(node, Variable) else None
        return question if question is not None and question.kind == "select_multiple" else None


Translation = Callable[..., str]


def _infix(sign: str) -> Translation:
    def translation(translator: _Translator, left: Node, right: Node) -> str:
        return f"({translator.translate(left)} {sign} {translator.translate(right)})"

    return translation


def _unless_zero(template: str) -> Translation:
    def translation(translator: _Translator, left: Node, right: Node) -> str:
        divisor = translator.translate(right)
        result = template.format(translator.translate(left), divisor)
        return f"(if {divisor} = 0 then null else {result})"

    return translation


def _unless_unticked(question: Question, result: str) -> str:
    nothing = " and ".join(f"isnull({name})" for name in vtl_names(question))
    return f"(if {nothing} then null else {result})"


def _selected(translator: _Translator, asked: Node, code: Node) -> str:
    question = translator.several(asked)
    if question is None or not isinstance(code, Constant):
        return _infix("=")(translator, asked, code)
    return _unless_unticked(question, f"nvl({vtl_name(question.name, str(code.value))}, false)")


def _count(translator: _Translator, asked: Node) -> str:
    question = translator.several(asked)
    if question is None:
        return f"(if isnull({translator.translate(asked)}) then null else 1)"
    ticked = " + ".join(f"(if nvl({name}, false) then 1 else 0)" for name in vtl_names(question))
    return _unless_unticked(question, f"({ticked})")


def _if(translator: _Translator, *arguments: Node) -> str:
    decided, first, second = (translator.translate(node) for node in arguments)
    return f"(if isnull({decided}) then null else (if {decided} then {first} else {second}))"


def _coalesce(translator: _Translator, *arguments: Node) -> str:
    *first, last = (translator.translate(node) for node in arguments)
    return "".join(f"nvl({one}, " for one in first) + last + ")" * len(first)


TRANSLATIONS: dict[str, Translation] = {
    "=": _infix("="),
    "!=": _infix("<>"),
    "<": _infix("<"),
    "<=": _infix("<="),
    ">": _infix(">"),
    ">=": _infix(">="),
    "+": _infix("+"),
    "-": _infix("-"),
    "*": _infix("*"),
    "div": _unless_zero("({} / {})"),
    "mod": _unless_zero("mod({}, {})"),
    "not": lambda translator, operand: f"not({translator.translate(operand)})",
    "selected": _selected,
    "count-selected": _count,
    "and": _infix("and"),
    "or": _infix("or"),
    "if": _if,
    "coalesce": _coalesce,
}
"""How each operator of the language is written in VTL."""
