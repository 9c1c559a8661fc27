"""The prose of a report: sentences, the published figures that they are bound to, and what is said instead.

``{table.indicator.measure.domain|form}`` writes a figure (the domain left out is the whole); ``{a ~ b|form}`` compares
two figures; ``{a > b}`` writes nothing and holds the sentence back unless the first is clearly above the second, either
of which may be a plain number; ``{group#1|form}`` is the first of a group of figures. « (sinon : …) » after a sentence
says what replaces it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from maille.specs.bands import TOTAL
from maille.specs.evolution import EVOLUTIONS
from maille.specs.indicator import AMOUNTS
from maille.specs.problem import Place, nearest_or_list
from maille.specs.sentence import QUANTITIES, SHARES

COUNTS = {
    "repondantes": "les répondantes du domaine, arrondies : 5\u202f590",
    "interrogees": "les collectivités interrogées du domaine, arrondies",
    "collectivites": "les collectivités du domaine",
}
INTERVALS = {"intervalle": "les deux bornes : [80,1\u00a0; 84,5]"}
ROUGH = "environ"
ROUNDED = {
    "nombre": "la valeur sans son unité : 1\u202f234,5",
    "environ": "la valeur à trois chiffres, à deux si elle est peu précise : environ 5,5\u00a0milliards d’euros",
}
COMPARISONS = {
    "ecart": "l’écart, sans signe : 12\u00a0points",
    "fois": "combien de fois la première vaut la seconde : « deux fois », « 2,7\u00a0fois »",
    "plus": "« plus » si la première dépasse la seconde, sinon « moins »",
}
EVOLVED = {
    "avant": "le chiffre de l’édition précédente : 82\u202f%",
    "apres": "celui de cette édition : 83\u202f%",
    "points": "l’évolution, sans signe : 3\u00a0points",
    "sens": "« a augmenté » ou « a reculé »",
}
NAMED = {"nom": "le nom de l’indicateur de ce rang"}
ABOVE = ">"
CALL = re.compile(r"\[\^(\w+)\]")
"""The call of a note."""

_BOUND = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")
_REFERENCE = re.compile(r"([a-z][a-z0-9-]*)\.([a-z0-9_]+)\.([a-z]+)(?:\.([\w-]+))?\Z")
_PLAIN = re.compile(r"\d+(?:,\d+)?\Z")
_RANK = re.compile(r"([a-z][a-z0-9_]*)#([1-9]\d?)\Z")
_END = re.compile(r"(?<=[.!?…])(?:\[\^\w+\])*\s+(?=[A-ZÀÂÇÉÈÊËÎÏÔŒÙÛ«{(*])")
_OTHERWISE = re.compile(r"\A\(sinon\s*:\s*(.+)\)\Z", re.DOTALL)
_OPENING = re.compile(r"\(sinon\s*:")


@dataclass(frozen=True)
class Reference:
    """One published figure: the table, the indicator, the measure, the domain."""

    table: str
    indicator: str
    measure: str
    domain: str = TOTAL

    def __str__(self) -> str:
        """Return the reference as it is written in a report."""
        return f"{self.table}.{self.indicator}.{self.measure}.{self.domain}"


@dataclass(frozen=True)
class Rank:
    """The figure of a rank, from 1, in a group of the report: its largest, its second…"""

    group: str
    rank: int


Operand = Reference | Rank | float


@dataclass(frozen=True)
class Bound:
    """A pair of braces: what is bound (one figure, or two), in which form, and where it is written."""

    written: str
    operands: tuple[Operand, ...]
    form: str
    place: Place


@dataclass(frozen=True)
class Sentence:
    """A sentence with its figures between braces, and what is said when one of them cannot be."""

    template: str
    bounds: tuple[Bound, ...]
    otherwise: str | None
    place: Place


Found = tuple[Place, str, str | None]
"""A problem that has no file yet: where, what, and what to do."""


class Cursor:
    """Finds in lines of a file, in reading order, what was read from them."""

    def __init__(self, lines: Sequence[str], first: int, last: int) -> None:
        self._lines, self._last = lines, last
        self._line, self._column = first, 0

    def place(self, written: str) -> Place:
        """Return where a text is written next, or where the reading stands when it cannot be found."""
        column = self._column
        for line in range(self._line, self._last + 1):
            found = self._lines[line - 1].find(written, column)
            if found >= 0:
                self._line, self._column = line, found
                break
            column = 0
        return Place(self._line, self._column + 1)


def read_sentences(text: str, cursor: Cursor, *, whole: bool = False) -> tuple[tuple[Sentence, ...], tuple[Found, ...]]:
    """Return the sentences of a paragraph, or the single one of a title (``whole``), and what is wrong in them."""
    found: list[Sentence] = []
    problems: list[Found] = []
    for part in _parts(text, whole=whole):
        place = cursor.place(part.split("\n")[0][:20])
        said = _OTHERWISE.match(part)
        if said is None:
            found.append(Sentence(" ".join(part.split()), tuple(_bounds(part, cursor, problems)), None, place))
        elif not found or found[-1].otherwise is not None:
            problems.append((place, "« (sinon : …) » ne suit aucune phrase.", None))
        elif _BOUND.search(said[1]):
            problems.append((place, "une phrase de repli ne porte pas de chiffre.", "La dire sans nombre."))
        else:
            found[-1] = replace(found[-1], otherwise=" ".join(said[1].split()))
    return tuple(found), tuple(problems)


def fill(template: str, words: Mapping[str, str]) -> str:
    """Return a template in which each pair of braces is replaced by its words."""
    return _BOUND.sub(lambda match: words[match[0]], template)


def pieces(template: str) -> list[str]:
    """Return the text between braces and the braces, in turn, starting with text."""
    cut, last = [], 0
    for match in _BOUND.finditer(template):
        cut += [template[last : match.start()], match[0]]
        last = match.end()
    return [*cut, template[last:]]


def misfit(bound: Bound, known: Sequence[str]) -> tuple[str, str | None] | None:
    """Return what is wrong with the form of a bound figure, with its hint, among the forms that it may take."""
    if bound.form in known:
        return None
    if not bound.form:
        return f"« {bound.written} » ne dit pas sous quelle forme écrire le chiffre.", _forms(known)
    return f"forme inconnue « {bound.form} » pour « {bound.written} ».", nearest_or_list(bound.form, known)


def forms_of(bound: Bound, measure: str) -> tuple[str, ...]:
    """Return the forms that a bound figure of some measure may take."""
    if len(bound.operands) == 2:
        return ("",) if bound.form == "" and ABOVE in bound.written else tuple(COMPARISONS)
    if any(isinstance(item, Reference) and item.table == EVOLUTIONS for item in bound.operands):
        return tuple(EVOLVED)
    own = (*QUANTITIES, *ROUNDED) if measure == AMOUNTS else tuple(SHARES)
    ranked = NAMED if isinstance(bound.operands[0], Rank) else {}
    return (*own, *INTERVALS, *COUNTS, *ranked)


def _forms(known: Sequence[str]) -> str:
    return "Écrire « |forme » avant l’accolade : " + ", ".join(known) + "."


def _parts(text: str, *, whole: bool) -> Iterator[str]:
    """Cut a paragraph into sentences; « (sinon : …) » is one, whatever it holds."""
    rest = text.strip()
    while rest:
        if _OPENING.match(rest):
            end = _closing(rest)
        else:
            marks = (_OPENING,) if whole else (_END, _OPENING)
            ends = [match.start() for match in (mark.search(rest) for mark in marks) if match]
            end = min(ends, default=len(rest))
        yield rest[:end].strip()
        rest = rest[end:].lstrip()


def _closing(text: str) -> int:
    depth = 0
    for position, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return position + 1
    return len(text)


def _bounds(part: str, cursor: Cursor, problems: list[Found]) -> Iterator[Bound]:
    for match in _BOUND.finditer(" ".join(part.split())):
        place = cursor.place(match[0].split()[0])
        operator = next((sign for sign in ("~", ABOVE) if f" {sign} " in match[1]), None)
        written = match[1].split(f" {operator} ") if operator else [match[1]]
        operands = [_operand(name.strip()) for name in written]
        form = (match[2] or "").strip()
        plain = [item for item in operands if isinstance(item, float)]
        if None in operands or (operator == ABOVE and form) or (plain and (operator != ABOVE or len(plain) == 2)):
            hint = "Écrire {tableau.indicateur.mesure.domaine|forme}, {a ~ b|forme}, {a > b} ou {groupe#1|forme}."
            problems.append((place, f"« {match[0]} » ne désigne pas un chiffre.", hint))
        else:
            yield Bound(match[0], tuple(item for item in operands if item is not None), form, place)


def _operand(written: str) -> Operand | None:
    if _PLAIN.match(written):
        return float(written.replace(",", "."))
    named = _REFERENCE.match(written)
    if named:
        return Reference(named[1], named[2], named[3], named[4] or TOTAL)
    ranked = _RANK.match(written)
    return Rank(ranked[1], int(ranked[2])) if ranked else None
