"""A source: a file that someone else produces, said so that it can be read, checked and joined to the survey."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from maille.specs.bands import Identifier
from maille.specs.document import Frozen, build, read_document
from maille.specs.problem import SpecInvalid, SpecProblem

Level = Literal["commune", "epci", "departement", "region"]
Absence = Literal["secret", "unavailable", "not_collected", "zero"]

ABSENCES: dict[str, str] = {
    "secret": "couvert par le secret statistique",
    "unavailable": "non disponible",
    "not_collected": "non demandé, ou sans objet",
    "zero": "nul",
}
"""What each kind of absence is called."""

STATUSES = {"value": "valeur", "estimated": "estimé par passage à la géographie d’aujourd’hui", **ABSENCES}
"""What is said of each value of a source once it is deposited."""


PARTS = {"69": ("69D", "69M"), "20": ("2A", "2B")}
"""Territories that sources give whole and in parts: Rhône since 2015, Corse."""
WHOLE = {part: whole for whole, parts in PARTS.items() for part in parts}


class SourceVariable(Frozen):
    """A variable: the heading of its column, its unit, and what may be done of it.

    ``count`` and ``amount`` add up between territories unless ``additive`` says no; a ``rate`` never does: it moves
    to the territory of today only as an average weighted by ``weighted_by``, another variable of the table. ``where``
    picks the rows of a long file (« 655* » is whatever starts with 655), ``minus`` is a column that is taken off.
    """

    name: Identifier
    label: str
    unit: str
    kind: Literal["count", "amount", "rate"]
    column: str | None = None
    minus: str | None = None
    where: dict[str, str] = Field(default_factory=dict)
    additive: bool = True
    weighted_by: Identifier | None = None

    @property
    def adds_up(self) -> bool:
        """Tell whether the value of a whole is the sum of those of its parts."""
        return self.additive and self.kind != "rate"


class SourceKey(Frozen):
    """Where the territory of a row is written, and in what form.

    ``dgfip`` is a département of three signs and a commune of three, in two columns; ``siren`` that of a commune or of
    an EPCI. ``aliases`` are names that the producer alone writes, with their code.
    """

    columns: tuple[str, ...] = Field(min_length=1, max_length=2)
    form: Literal["code", "name", "siren", "dgfip"] = "code"
    aliases: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _columns(self) -> Self:
        if (self.form == "dgfip") != (len(self.columns) == 2):
            raise ValueError("la forme « dgfip », et elle seule, se lit dans deux colonnes.")
        return self


class SourceTotal(Frozen):
    """A row that gives a total: which territories it adds up, and those that it leaves out."""

    of: Literal["all", "metropole", "outremer"]
    without: tuple[str, ...] = ()


class SourceTable(Frozen):
    """A table of the file: where its heading and rows are, its territory, its years and its variables.

    ``header`` are the rows of the heading, ``first`` and ``last`` those of the data, counted from 1 as a spreadsheet
    does. The year is ``year``, the column ``year_column``, or each of ``years``, one column a year: the table has then
    one variable. ``where`` keeps some rows only. ``repeated`` says what several rows of the same territory mean.
    ``missing_row`` says that a territory of the départements ``scope`` without row has none.
    """

    sheet: str | None = None
    level: Level
    header: tuple[int, ...] = (1,)
    first: int = Field(default=2, ge=2)
    last: int | None = None
    key: SourceKey
    where: dict[str, str] = Field(default_factory=dict)
    year: int | None = None
    year_column: str | None = None
    years: tuple[int, ...] = ()
    repeated: Literal["refuse", "sum"] = "refuse"
    missing_row: Literal["zero"] | None = None
    scope: tuple[str, ...] = ()
    totals: dict[str, SourceTotal] = Field(default_factory=dict)
    variables: tuple[SourceVariable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if sum((self.year is not None, self.year_column is not None, bool(self.years))) != 1:
            raise ValueError("l’année se dit une fois : « year », « year_column » ou « years ».")
        if self.years and len(self.variables) != 1:
            raise ValueError("avec une colonne par année (« years »), le tableau n’a qu’une variable.")
        for variable in self.variables:
            if (variable.column is None) != bool(self.years):
                raise ValueError(f"« {variable.name} » : « column » nomme sa colonne, sauf avec « years ».")
        if self.missing_row and not self.scope:
            raise ValueError("« missing_row » demande les départements du champ (« scope »).")
        return self


class SourceFormat(Frozen):
    """How the file is written."""

    kind: Literal["csv", "xlsx"]
    separator: str = Field(default=",", min_length=1, max_length=1)
    decimal: Literal[",", "."] = "."
    encoding: Literal["utf-8", "latin-1"] = "utf-8"


class Lexicon(Frozen):
    """What whoever uses the figures must know: the field, the method, the limits, how often they come."""

    field: str
    method: str
    limits: str
    periodicity: str


class Source(Frozen):
    """A source: one file under ``specs/sources``.

    ``files`` is the pattern of the name of its files, ``geography`` the year of its territories, ``absences`` what each
    mark (« s », « ND », the empty cell) means, ``rounding`` the multiple that its figures are rounded to. ``simulated``
    is a source that Maille makes up to try things with.
    """

    name: Identifier
    title: str
    producer: str
    url: str
    licence: str
    vintage: str
    files: str
    geography: int = Field(ge=1999, le=2100)
    format: SourceFormat
    absences: dict[str, Absence] = Field(default_factory=dict)
    rounding: int | None = Field(default=None, ge=2)
    simulated: bool = False
    tables: tuple[SourceTable, ...] = Field(min_length=1)
    lexicon: Lexicon

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if any((table.sheet is None) != (self.format.kind == "csv") for table in self.tables):
            raise ValueError("un classeur a des feuilles (« sheet »), un fichier csv n’en a pas.")
        seen: dict[tuple[str, str], SourceVariable] = {}
        for table in self.tables:
            for variable in table.variables:
                known = seen.setdefault((table.level, variable.name), variable)
                if known is not variable:
                    raise ValueError(f"la variable « {variable.name} » est décrite deux fois au même niveau.")
                if variable.weighted_by and variable.weighted_by not in {other.name for other in table.variables}:
                    raise ValueError(f"« {variable.name} » est pondérée par « {variable.weighted_by} », inconnue.")
        return self

    def variables(self) -> Iterator[tuple[Level, SourceVariable]]:
        """Yield every variable with its level, in order."""
        for table in self.tables:
            for variable in table.variables:
                yield table.level, variable


def load_source(path: Path) -> Source:
    """Return the source of a file; raises SpecInvalid."""
    document = read_document(path)
    source = build(document, Source)
    if source.name != path.stem:
        message = f"le nom « {source.name} » n’est pas celui du fichier."
        raise SpecInvalid([document.problem(message, at=("name",), hint=f"Écrire « name: {path.stem} ».")])
    return source


def source_problems(folder: Path) -> Iterator[SpecProblem]:
    """Yield what is wrong in the sources of a folder of specifications."""
    for path in sorted((folder / "sources").glob("*.yaml")):
        try:
            load_source(path)
        except SpecInvalid as error:
            yield from error.problems


def source_dataset(name: str) -> str:
    """Return the name of the dataset of a source."""
    return f"collected/sources/{name}"
