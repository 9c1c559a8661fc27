"""A message to the authorities: a letter or an e-mail, in simple Markdown, with blanks that are all known."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import Field

from maille.catalogue import sha256
from maille.specs.document import Frozen, build, parse_document
from maille.specs.problem import SpecInvalid, SpecProblem, nearest_or_list

PLACEHOLDERS = {
    "collectivite": "le nom de la collectivité",
    "identifiant": "son identifiant",
    "code": "son code d’accès, tiré au moment de l’impression",
    "contact": "le nom du contact, sinon « Madame, Monsieur »",
    "enquete": "le titre de l’édition",
    "ouverture": "le jour de l’ouverture",
    "cloture": "le dernier jour pour répondre, prolongations comprises",
    "site": "l’adresse du site",
    "telephone": "la phrase qui donne le numéro d’assistance, vide sans numéro",
    "envoye_le": "le jour et l’heure de l’envoi du questionnaire",
    "nom": "le nom de la personne invitée",
    "qui": "qui invite",
    "sections": "la liste des sections confiées",
    "jusqu_au": "la fin de validité d’une invitation",
    "lien": "un lien personnel",
    "etat": "où en est la part d’un collègue",
}
"""What a message may leave blank, and what fills it."""

Kind = Literal["letter", "email"]
BlockKind = Literal["paragraph", "heading", "item"]

_MARKDOWN = MarkdownIt("zero").enable(["emphasis", "heading", "list", "newline", "escape"])
_BLANK = re.compile(r"\$\{(\w*)\}")
_DOLLAR = re.compile(r"\$(?!\{\w*\})")
_FRONT = re.compile(r"\A---\n(?P<front>.*?)^---\n", re.DOTALL | re.MULTILINE)


class Run(Frozen):
    """A stretch of text, bold or not."""

    text: str
    strong: bool = False


class Block(Frozen):
    """A paragraph, a heading or an item of a list."""

    kind: BlockKind
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """Return the block without its bold."""
        return "".join(run.text for run in self.runs)


class Written(Frozen):
    """A message whose blanks are filled: what a page shows, an e-mail carries, a letter prints."""

    subject: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """Return the message as plain text, an empty line between blocks, items with a dash."""
        lines: list[str] = []
        for block in self.blocks:
            follows = block.kind == "item" and bool(lines) and lines[-1].startswith("- ")
            lines += ([] if follows or not lines else [""]) + [("- " if block.kind == "item" else "") + block.text]
        return "\n".join(lines) + "\n"


class Template(Frozen):
    """A message before its blanks are filled; ``version`` is the print of its file."""

    name: str
    title: str
    kind: Kind
    subject: str = Field(min_length=1)
    body: str
    version: str

    @property
    def blanks(self) -> frozenset[str]:
        """Return the names of the blanks of the subject and the body."""
        return frozenset(_BLANK.findall(self.subject + self.body))

    def fill(self, values: Mapping[str, str]) -> Written:
        """Return the message with its blanks filled; a value is text, never Markdown. Raises KeyError."""

        def filled(text: str) -> str:
            return _BLANK.sub(lambda match: values[match[1]], text)

        blocks = [
            Block(kind=block.kind, runs=tuple(Run(text=filled(run.text), strong=run.strong) for run in block.runs))
            for block in _parsed(self.body)
        ]
        return Written(
            subject=" ".join(filled(self.subject).split()), blocks=tuple(b for b in blocks if b.text.strip())
        )


class _Front(Frozen):
    title: str
    kind: Kind
    subject: str = Field(min_length=1)


@lru_cache(maxsize=32)
def _parsed(body: str) -> tuple[Block, ...]:
    return tuple(text_blocks(body))


def text_blocks(body: str) -> Iterator[Block]:
    """Yield the paragraphs, headings and items of a text in simple Markdown."""
    inside: BlockKind = "paragraph"
    for token in _MARKDOWN.parse(body):
        if token.type == "list_item_open":
            inside = "item"
        elif token.type == "heading_open":
            inside = "heading"
        elif token.type in ("list_item_close", "heading_close"):
            inside = "paragraph"
        elif token.type == "inline":
            yield Block(kind=inside, runs=tuple(_runs(token.children or [])))


def _runs(tokens: list[Token]) -> Iterator[Run]:
    strong = 0
    for token in tokens:
        strong += token.nesting if token.type.startswith("strong") else 0
        text = {"softbreak": " ", "hardbreak": "\n"}.get(token.type, token.content)
        if text:
            yield Run(text=text, strong=strong > 0)


def _blank_problems(file: str, text: str) -> Iterator[SpecProblem]:
    for line, written in enumerate(text.splitlines(), start=1):
        for match in _BLANK.finditer(written):
            if match[1] not in PLACEHOLDERS:
                hint = nearest_or_list(match[1], PLACEHOLDERS)
                yield SpecProblem(file, line, match.start() + 1, f"blanc inconnu « ${{{match[1]}}} ».", hint)
        for match in _DOLLAR.finditer(written):
            hint = "Un blanc s’écrit ${collectivite}."
            yield SpecProblem(file, line, match.start() + 1, "« $ » n’ouvre aucun blanc.", hint)


def load_message(path: Path) -> Template:
    """Return the message of one file; raises SpecInvalid, each problem with its line and column."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecInvalid([SpecProblem(str(path), 1, None, "ce message ne peut pas être lu.", str(error))]) from error
    front = _FRONT.match(text)
    if front is None:
        hint = "Commencer le fichier par « --- », title, kind, subject, puis « --- »."
        raise SpecInvalid([SpecProblem(str(path), 1, 1, "ce message n’a pas d’en-tête.", hint)])
    head = build(parse_document(str(path), "\n" + front["front"]), _Front)
    problems = list(_blank_problems(str(path), text))
    body = text[front.end() :].strip()
    if not body:
        problems.append(SpecProblem(str(path), text[: front.end()].count("\n"), 1, "ce message n’a pas de texte."))
    if problems:
        raise SpecInvalid(problems)
    return Template(name=path.stem, **head.model_dump(), body=body, version=sha256(text.encode())[:12])


def load_messages(folder: Path) -> dict[str, Template]:
    """Return the messages of a folder by name; raises SpecInvalid with the problems of all of them."""
    found: dict[str, Template] = {}
    problems: list[SpecProblem] = []
    for path in sorted(folder.glob("*.md")):
        try:
            found[path.stem] = load_message(path)
        except SpecInvalid as error:
            problems.extend(error.problems)
    if problems:
        raise SpecInvalid(problems)
    return found
