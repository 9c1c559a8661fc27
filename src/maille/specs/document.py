"""Reading a YAML file so that every mistake in it can be shown with its line."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from maille.specs.problem import SpecInvalid, SpecProblem, nearest, nearest_or_list

Path_ = tuple[str | int, ...]
Place = tuple[int, int]
M = TypeVar("M", bound=BaseModel)


class Frozen(BaseModel):
    """A piece of specification: no unknown key, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Document:
    """A YAML file: its content, and the line and column (from 1) of everything in it."""

    file: str
    content: Any
    places: Mapping[Path_, Place]

    def problem(self, message: str, *, at: Path_ = (), hint: str | None = None) -> SpecProblem:
        """Return a problem located at the key ``at``, or at its nearest written ancestor."""
        while at and at not in self.places:
            at = at[:-1]
        line, column = self.places.get(at, (1, 1))
        return SpecProblem(self.file, line, column, message, hint)


_INTEGER = re.compile(r"[-+]?\d+$")


def _scalar(node: Node) -> Any:
    """Return a plain value; a trap avoided: YAML reads the code ``500_1499`` as a number, we read text."""
    kind, text = str(node.tag).removeprefix("tag:yaml.org,2002:"), node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text) if _INTEGER.match(text) else text
    return float(text) if kind == "float" else text


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.places: dict[Path_, Place] = {}

    def read(self, node: Node, at: Path_) -> Any:
        """Return the value of a node, and note where it is."""
        self.places.setdefault(at, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, MappingNode):
            return self._mapping(node, at)
        if isinstance(node, SequenceNode):
            return [self.read(item, (*at, position)) for position, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: MappingNode, at: Path_) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            place = (key.start_mark.line + 1, key.start_mark.column + 1)
            if name in content:
                raise SpecInvalid([SpecProblem(self.file, *place, f"la clé « {name} » est écrite deux fois.")])
            self.places[(*at, name)] = place
            content[name] = self.read(value, (*at, name))
        return content


def read_document(path: Path) -> Document:
    """Return the content of a YAML file with its places; raises SpecInvalid when it is not readable YAML."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecInvalid([SpecProblem(str(path), 1, None, "ce fichier ne peut pas être lu.", str(error))]) from error
    return parse_document(str(path), text)


@lru_cache(maxsize=1024)
def parse_document(file: str, text: str) -> Document:
    """Return the content of a YAML text with its places, parsed once; raises SpecInvalid."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        hint = "Vérifier l’alignement, les deux-points et les guillemets."
        raise SpecInvalid([SpecProblem(file, line, column, "ce n’est pas du YAML lisible.", hint)]) from error
    reader = _Reader(file)
    content = reader.read(node, ()) if node is not None else {}
    return Document(file, content, reader.places)


def build(document: Document, model: type[M], *, context: Mapping[str, Any] | None = None) -> M:
    """Return the model made from a document; raises SpecInvalid with one problem a mistake, each with its line."""
    try:
        return model.model_validate(document.content, context=dict(context or {}))
    except ValidationError as error:
        keys = set(_keys(model, set()))
        problems = [_problem(document, details, keys) for details in error.errors(include_url=False)]
        raise SpecInvalid(problems) from error


def _keys(model: type[BaseModel], seen: set[type]) -> Iterator[str]:
    seen.add(model)
    for name, field in model.model_fields.items():
        yield name
        for nested in _models(field.annotation):
            if nested not in seen:
                yield from _keys(nested, seen)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


_MESSAGES = {
    "missing": "il manque la clé « {key} ».",
    "int_type": "« {key} » doit être un nombre entier.",
    "int_parsing": "« {key} » doit être un nombre entier.",
    "float_type": "« {key} » doit être un nombre.",
    "float_parsing": "« {key} » doit être un nombre.",
    "bool_parsing": "« {key} » doit être true ou false.",
    "string_type": "« {key} » doit être un texte.",
    "tuple_type": "« {key} » doit être une liste.",
    "dict_type": "« {key} » doit être une suite de lignes « clé: valeur ».",
    "model_type": "« {key} » doit être une suite de lignes « clé: valeur ».",
    "date_from_datetime_parsing": "« {key} » doit être une date, par exemple 2026-03-31.",
    "greater_than": "« {key} » doit être supérieur à {gt}.",
    "greater_than_equal": "« {key} » doit être au moins égal à {ge}.",
    "less_than": "« {key} » doit être inférieur à {lt}.",
    "less_than_equal": "« {key} » doit être au plus égal à {le}.",
    "string_pattern_mismatch": "« {key} » ne s’écrit pas comme un identifiant (minuscules, chiffres, « _ »).",
    "too_short": "« {key} » ne peut pas être vide.",
}


def _problem(document: Document, details: ErrorDetails, keys: set[str]) -> SpecProblem:
    at = tuple(details["loc"])
    key, kind, context = str(at[-1]) if at else "", details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return document.problem(f"clé inconnue « {key} ».", at=at, hint=nearest(key, keys))
    if kind == "literal_error":
        known = _literals(context["expected"])
        got = str(details["input"])
        return document.problem(f"valeur inconnue « {got} ».", at=at, hint=nearest_or_list(got, known))
    if kind in _MESSAGES:
        return document.problem(_MESSAGES[kind].format(key=key, **context), at=at)
    message = str(details["msg"]).removeprefix("Value error, ")
    return document.problem(message, at=at, hint=context.get("hint"))


def _literals(expected: str) -> list[str]:
    return re.findall(r"'([^']*)'", expected)
