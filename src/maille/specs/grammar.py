"""The grammar of the rule language: from the text of a rule to its tree."""

from functools import lru_cache

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from maille.errors import UserError
from maille.specs.problem import nearest_or_list
from maille.specs.rule import OPERATORS, Constant, Node, Operation, Rule, Variable

GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction (OR conjunction)*       -> chain
?conjunction: comparison (AND comparison)*        -> chain
?comparison: sum (COMPARE sum)?                   -> chain
?sum: product ((PLUS | MINUS) product)*           -> chain
?product: unary ((TIMES | DIV | MOD) unary)*      -> chain
?unary: MINUS unary                               -> negative
      | atom
?atom: NUMBER                                     -> number
     | TEXT                                       -> text
     | "${" NAME "}"                              -> variable
     | "."                                        -> current
     | FUNCTION "(" disjunction ("," disjunction)* ")" -> call
     | "(" disjunction ")"
OR: "or"
AND: "and"
COMPARE: "=" | "!=" | "<=" | ">=" | "<" | ">"
PLUS: "+"
MINUS: "-"
TIMES: "*"
DIV: "div"
MOD: "mod"
FUNCTION: /[a-z][a-z-]*(?=\s*\()/
NAME: /[a-z][a-z0-9_]*/
NUMBER: /[0-9]+(\.[0-9]+)?/
TEXT: /'[^']*'/ | /"[^"]*"/
%import common.WS
%ignore WS
"""

LARGEST = 10**15
"""Whole numbers below it are exact in double precision, in a browser as here."""

FUNCTIONS = ("not", "selected", "count-selected", "if", "coalesce")


class RuleInvalid(UserError):
    """A rule that cannot be parsed; ``offset`` is the place of the fault in its text, from 0."""

    def __init__(self, message: str, *, offset: int, hint: str | None) -> None:
        super().__init__(message, hint=hint)
        self.offset = offset


@v_args(inline=True)
class _Tree(Transformer[Token, Node]):
    def __init__(self, current: str | None) -> None:
        super().__init__()
        self._current = current

    def chain(self, first: Node, *rest: Node | Token) -> Node:
        """Operators of the same rank, from left to right."""
        tree = first
        for operator, right in zip(rest[::2], rest[1::2], strict=True):
            tree = Operation(str(operator), (tree, right))  # type: ignore[arg-type]
        return tree

    def negative(self, _minus: Token, operand: Node) -> Node:
        """A leading minus sign."""
        return Operation("-", (Constant(0), operand))

    def number(self, token: Token) -> Node:
        """A number, whole unless it has a point, small enough to be the same everywhere."""
        if float(token) >= LARGEST:
            raise RuleInvalid("nombre trop grand.", offset=token.start_pos or 0, hint="Quinze chiffres au plus.")
        return Constant(float(token) if "." in token else int(token))

    def text(self, token: Token) -> Node:
        """A text without its quotes."""
        return Constant(str(token[1:-1]))

    def variable(self, token: Token) -> Node:
        """A variable, by its name."""
        return Variable(str(token))

    def current(self) -> Node:
        """The current question."""
        if self._current is None:
            message = "« . » désigne la question courante, et cette règle n’appartient à aucune question."
            raise RuleInvalid(message, offset=0, hint="Écrire ${nom_de_la_variable}.")
        return Variable(self._current)

    def call(self, function: Token, *arguments: Node) -> Node:
        """A function, with as many arguments as it takes."""
        name, offset = str(function), function.start_pos or 0
        if name not in FUNCTIONS:
            raise RuleInvalid(f"fonction inconnue « {name} ».", offset=offset, hint=nearest_or_list(name, FUNCTIONS))
        operator = OPERATORS[name]
        wanted = len(operator.takes)
        if len(arguments) != wanted and not (operator.repeats and len(arguments) > wanted):
            raise RuleInvalid(
                f"« {name} » attend {wanted} argument(s) et en reçoit {len(arguments)}.",
                offset=offset,
                hint=f"Exemple : {operator.example}",
            )
        return Operation(name, arguments)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual")


@lru_cache(maxsize=4096)
def parse_rule(text: str, current: str | None = None) -> Rule:
    """Return the rule written in ``text``; ``current`` is the variable that « . » stands for.

    Raises RuleInvalid, with the place of the fault, for a text that is not a rule of the language.
    """
    try:
        tree = _Tree(current).transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise _unexpected(text, error) from error
    except VisitError as error:
        raise error.orig_exc from error
    return Rule(text=text, tree=tree)


def _unexpected(text: str, error: UnexpectedInput) -> RuleInvalid:
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    offset = len(text) if ended else (error.pos_in_stream or 0)
    rest = text[offset:].strip()
    if not rest:
        return RuleInvalid("la règle s’arrête trop tôt.", offset=len(text), hint="Compléter ou fermer la parenthèse.")
    return RuleInvalid(
        f"la règle n’est pas comprise à partir de « {rest[:20]} ».",
        offset=offset,
        hint="Une variable s’écrit ${nom}, un code 'oui', et un seul signe = suffit.",
    )
