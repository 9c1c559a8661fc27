"""Rules and answers drawn at random, well typed, for a questionnaire with one question of each kind."""

from hypothesis import strategies as st

from maille.specs import Choice, Question, Questionnaire, Section
from maille.specs.rule import Constant, Operation, Rule, Variable, walk

CODES = ("logement", "aucun", "été")
CHOICES = tuple(Choice(code=code, label=code, exclusive=code == "aucun") for code in CODES)
KINDS = {
    "n": "integer",
    "year": "year",
    "x": "decimal",
    "one": "select_one",
    "many": "select_multiple",
    "constructor": "select_multiple",
    "t": "text",
}
NUMBERS, TEXTS, MULTIPLE = ("n", "year", "x", "population"), ("one", "t", "name"), ("many", "constructor")


def question(name: str, **more) -> Question:
    choices = CHOICES if KINDS[name].startswith("select") else ()
    return Question(name=name, number=name, kind=KINDS[name], label=name, choices=choices, **more)


def questionnaire(*questions: Question, relevant: Rule | None = None) -> Questionnaire:
    asked = questions or tuple(question(name) for name in KINDS)
    section = Section(id="s", letter="A", title="S", questions=asked, relevant=relevant)
    return Questionnaire(
        id="q", title="Q", universe="communes", version="v", reference_year=2025, sections=(section,),
        context=("population", "name"),
    )  # fmt: skip


texts = st.text(max_size=6) | st.sampled_from(["", "oui", "é", "e\u0301", "constructor", "É", "\U0001f600", *CODES])
integers = st.integers(-(10**12), 10**12) | st.integers(-3, 3)
decimals = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 0.1, 0.5, -2.5, 1e-7])
choices = st.lists(st.sampled_from(CODES), unique=True).map(lambda ticked: tuple(c for c in CODES if c in ticked))
VALUES = {
    "integer": integers,
    "year": integers,
    "decimal": decimals,
    "select_one": st.sampled_from(CODES),
    "select_multiple": choices,
    "text": texts,
}
rows = st.fixed_dictionaries(
    {name: st.none() | VALUES[kind] for name, kind in KINDS.items()}
    | {"population": st.none() | integers, "name": st.none() | texts}
)


def _operations(operators, *arguments):
    return st.builds(Operation, st.sampled_from(operators), st.tuples(*arguments))


def _chosen(condition, branch):
    """The two operators that give back one of their arguments."""
    several = st.lists(branch, min_size=2, max_size=3).map(tuple)
    return _operations(["if"], condition, branch, branch) | st.builds(Operation, st.just("coalesce"), several)


def _variables(names):
    return st.sampled_from(names).map(Variable)


def conditions(depth: int = 3):
    """Draw a condition, at most so deep."""
    return _boolean(depth)


def _boolean(depth: int):
    asked = _variables(("one", *MULTIPLE))
    ticked = _operations(["selected"], asked, st.sampled_from([*CODES, "inconnu"]).map(Constant))
    compared = _operations(["=", "!=", "<", "<=", ">", ">="], _number(depth - 1), _number(depth - 1))
    same = _operations(["=", "!="], _text(depth - 1), _text(depth - 1))
    if depth <= 0:
        return ticked | compared | same
    inner = st.deferred(lambda: _boolean(depth - 1))
    connected = _operations(["and", "or", "=", "!="], inner, inner) | _operations(["not"], inner)
    return ticked | compared | same | connected | _chosen(inner, inner)


def _number(depth: int):
    constant = (st.integers(0, 10**15 - 1) | st.integers(0, 5) | st.floats(0, 100)).map(Constant)
    leaf = constant | _variables(NUMBERS)
    if depth <= 0:
        return leaf
    inner = st.deferred(lambda: _number(depth - 1))
    computed = _operations(["+", "-", "*", "div", "mod"], inner, inner)
    counted = _operations(["count-selected"], _codes(depth - 1))
    return leaf | computed | counted | _chosen(st.deferred(lambda: _boolean(depth - 1)), inner)


def _text(depth: int):
    leaf = texts.map(Constant) | _variables(TEXTS)
    if depth <= 0:
        return leaf
    return leaf | _chosen(st.deferred(lambda: _boolean(depth - 1)), st.deferred(lambda: _text(depth - 1)))


def _codes(depth: int):
    leaf = _variables(MULTIPLE)
    if depth <= 0:
        return leaf
    return leaf | _chosen(st.deferred(lambda: _boolean(depth - 1)), st.deferred(lambda: _codes(depth - 1)))


rules = conditions(2).map(lambda tree: Rule("", tree))


def reading(names):
    """Draw a condition on these variables and on what is known of the unit: the others are replaced."""
    known = {*names, "population", "name"}
    return conditions(1).map(lambda tree: Rule("", _only(tree, known)))


def _only(node, known):
    if isinstance(node, Operation):
        read = {part.name for part in walk(node) if isinstance(part, Variable)}
        if node.operator == "selected" and not read <= known:
            return Operation("=", (Constant(1), Constant(1)))
        if node.operator == "count-selected" and not read <= known:
            return Constant(2)
        return Operation(node.operator, tuple(_only(argument, known) for argument in node.arguments))
    if isinstance(node, Variable) and node.name not in known:
        return Variable("population") if node.name in NUMBERS else Variable("name")
    return node


def answers(question):
    """Draw an answer to a question, as a respondent may give it."""
    if question.kind == "select_one":
        return st.sampled_from(question.codes())
    if question.kind == "select_multiple":
        codes = question.codes()
        return st.sets(st.sampled_from(codes)).map(lambda ticked: tuple(code for code in codes if code in ticked))
    return {"year": st.integers(1980, 2030), "text": texts, "decimal": st.floats(0, 10**11)}.get(
        question.kind, st.integers(0, 10**11) | st.integers(0, 3)
    )
