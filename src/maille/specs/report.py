"""A report: prose whose figures are bound to published tables, with its charts, maps, boxes and notes.

A file ``specs/reports/<edition>.md`` is Markdown after a front matter. A fenced block ``graphique`` or ``carte`` holds
YAML; a quotation is a box; ``[^name]`` calls the note written ``[^name]: …``.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import Field

from maille.specs.bands import TOTAL, Identifier
from maille.specs.document import Document, Frozen, build, parse_document
from maille.specs.indicator import Measure
from maille.specs.problem import Place, SpecInvalid, SpecProblem
from maille.specs.report_text import Cursor, Sentence, read_sentences

_FRONT = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_NOTE = re.compile(r"\A\[\^(\w+)\]:\s*")
MARKDOWN = MarkdownIt("commonmark").disable(["reference", "link", "image", "html_inline", "html_block"])
"""What a report may use of Markdown: no link and no HTML."""


class Group(Frozen):
    """Figures of one table that are ranked against one another, in one measure and one domain."""

    table: str
    indicators: tuple[Identifier, ...] = Field(min_length=2)
    measure: Measure
    domain: str = TOTAL


class Head(Frozen):
    """The front matter: the edition, the number in the series, who signs, when, and the groups that are ranked."""

    edition: str
    number: str
    series: str
    date: date
    authors: tuple[str, ...] = Field(min_length=1)
    groups: dict[Identifier, Group] = Field(default_factory=dict)


class Chart(Frozen):
    """Points with their intervals: one indicator by size, or several indicators in one domain.

    ``title`` is the conclusion, a sentence with its figures; ``otherwise`` replaces it when they cannot be said.
    """

    title: str
    otherwise: str
    table: str
    indicators: tuple[Identifier, ...] = Field(min_length=1)
    measures: tuple[Measure, ...] = Field(min_length=1, max_length=2)
    domain: str = TOTAL
    reading: str = ""


class Map(Frozen):
    """One indicator by région, in five classes."""

    title: str
    otherwise: str
    table: str
    indicator: Identifier
    measure: Measure
    level: Literal["region"] = "region"
    reading: str = ""


@dataclass(frozen=True)
class Heading:
    """The title of the report (level 1), of a part or of a box."""

    level: int
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class Paragraph:
    """Sentences that follow each other; ``bullet`` when they are an item of a list."""

    sentences: tuple[Sentence, ...]
    bullet: bool = False


@dataclass(frozen=True)
class Drawn:
    """A chart or a map: what it shows, its title and how to read it as sentences, and where it is written."""

    spec: Chart | Map
    title: Sentence
    reading: tuple[Sentence, ...]
    place: Place
    document: Document


@dataclass(frozen=True)
class Box:
    """What is set apart: a definition, a method."""

    blocks: tuple["Heading | Paragraph", ...]


Block = Heading | Paragraph | Drawn | Box


@dataclass(frozen=True)
class Report:
    """A report as it is written; the first block is its title, those before the first part its summary."""

    file: str
    head: Head
    blocks: tuple[Block, ...]
    notes: Mapping[str, tuple[Sentence, ...]]

    def sentences(self) -> Iterator[Sentence]:
        """Yield every sentence, in order, notes last."""
        for block in self.blocks:
            yield from _sentences(block)
        for note in self.notes.values():
            yield from note

    def drawn(self) -> Iterator[Drawn]:
        """Yield the charts and the maps, in order."""
        return (block for block in self.blocks if isinstance(block, Drawn))


DRAWINGS: dict[str, type[Chart] | type[Map]] = {"graphique": Chart, "carte": Map}
_OPENED = ("heading_open", "paragraph_open", "bullet_list_open", "list_item_open", "blockquote_open")
_SILENT = ("hr",)


def report_file(specs: Path, edition: str) -> str | None:
    """Return the path below ``specs`` of the report of an edition, None when it has none."""
    return f"reports/{edition}.md" if (specs / "reports" / f"{edition}.md").is_file() else None


def read_report(path: Path) -> Report:
    """Return the report of a file, each figure with its line and column; raises SpecInvalid."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecInvalid([SpecProblem(str(path), 1, None, "ce fichier ne peut pas être lu.", str(error))]) from error
    front = _FRONT.match(text)
    if front is None:
        hint = "Commencer par une ligne « --- », les clés, puis une ligne « --- »."
        raise SpecInvalid([SpecProblem(str(path), 1, 1, "l’en-tête du rapport manque.", hint)])
    head = build(parse_document(str(path), "\n" + front[1]), Head)
    reader = _Reader(str(path), text.splitlines(), offset=text[: front.end()].count("\n"))
    reader.read(MARKDOWN.parse(text[front.end() :]))
    if reader.problems:
        raise SpecInvalid(reader.problems)
    return Report(str(path), head, tuple(reader.blocks), reader.notes)


class _Reader:
    """Turns the tokens of Markdown into blocks; what it cannot read goes to ``problems``."""

    def __init__(self, file: str, lines: Sequence[str], *, offset: int) -> None:
        self.file, self.lines, self.offset = file, lines, offset
        self.blocks: list[Block] = []
        self.notes: dict[str, tuple[Sentence, ...]] = {}
        self.problems: list[SpecProblem] = []
        self._box: list[Heading | Paragraph] | None = None
        self._opened: list[Token] = []

    def read(self, tokens: Sequence[Token]) -> None:
        """Read all the tokens of a text."""
        for token in tokens:
            if token.type in _SILENT or token.type.endswith("_close"):
                self._close(token)
            elif token.type in _OPENED:
                self._open(token)
            elif token.type == "inline":
                self._prose(token)
            elif token.type == "fence" and token.info.strip() in DRAWINGS:
                self._drawing(token, DRAWINGS[token.info.strip()])
            else:
                hint = "Un rapport a des titres, des paragraphes, des listes, des encadrés, et des blocs " + (
                    "« graphique » ou « carte »."
                )
                self._refuse(self._cursor(token).place(""), "ce bloc n’est pas d’un rapport.", hint)

    def _open(self, token: Token) -> None:
        self._opened.append(token)
        if token.type == "blockquote_open":
            self._box = []

    def _close(self, token: Token) -> None:
        if token.type.endswith("_close") and self._opened:
            self._opened.pop()
        if token.type == "blockquote_close" and self._box is not None:
            self.blocks.append(Box(tuple(self._box)))
            self._box = None

    def _prose(self, token: Token) -> None:
        note = _NOTE.match(token.content)
        cursor = self._cursor(token)
        opened = self._opened[-1] if self._opened else token
        titled = opened.type == "heading_open"
        sentences = self._sentences(token.content[note.end() if note else 0 :], cursor, whole=titled)
        if note:
            self.notes[note[1]] = sentences
            return
        block: Heading | Paragraph = Paragraph(sentences, bullet=any(t.type == "list_item_open" for t in self._opened))
        if titled:
            block = Heading(int(opened.tag[1]), sentences)
        (self.blocks if self._box is None else self._box).append(block)

    def _drawing(self, token: Token, model: type[Chart] | type[Map]) -> None:
        cursor = self._cursor(token)
        first = cursor.place("").line
        document = parse_document(self.file, "\n" * first + token.content)
        try:
            spec = build(document, model)
        except SpecInvalid as error:
            self.problems.extend(error.problems)
            return
        title = self._sentences(spec.title, cursor, whole=True)
        reading = self._sentences(spec.reading, cursor)
        if len(title) != 1:
            self.problems.append(document.problem("le titre d’une figure est une seule phrase.", at=("title",)))
        else:
            said = replace(title[0], otherwise=spec.otherwise)
            self.blocks.append(Drawn(spec, said, reading, Place(first, 1), document))

    def _sentences(self, text: str, cursor: Cursor, *, whole: bool = False) -> tuple[Sentence, ...]:
        sentences, problems = read_sentences(text, cursor, whole=whole)
        for place, message, hint in problems:
            self._refuse(place, message, hint)
        return sentences

    def _cursor(self, token: Token) -> Cursor:
        first, last = token.map or (0, 1)
        return Cursor(self.lines, first + self.offset + 1, last + self.offset)

    def _refuse(self, place: Place, message: str, hint: str | None) -> None:
        self.problems.append(place.problem(self.file, message, hint))


def _sentences(block: Block) -> Iterator[Sentence]:
    if isinstance(block, Drawn):
        yield block.title
        yield from block.reading
    elif isinstance(block, Box):
        for inner in block.blocks:
            yield from inner.sentences
    else:
        yield from block.sentences
