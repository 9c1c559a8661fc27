"""The communes of each EPCI at the time of a former edition: a file that the operator brings, as Insee publishes it."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from maille.catalogue import Confidentiality, Draft, Variable
from maille.collect.previous import PreviousRefused, refuse
from maille.collect.source_file import expanded, plain, read_bytes, workbook
from maille.specs.previous import members_name, year_of
from maille.territory import today

CODES, EPCI = ("codgeo", "code"), "epci"
IN_NONE = ("", "ZZZZZZZZZ")
"""What says that a commune is in no EPCI; the second is Insee's."""
_XLS = b"\xd0\xcf\x11\xe0"
_SIREN = re.compile(r"\d{9}")
_HEADING = 30
"""The rows among which the heading is looked for: Insee writes titles above it."""
_VARIABLES = (
    Variable(name="code", label="Code de la commune à cette date", kind="code"),
    Variable(name="epci", label="SIREN de son EPCI, vide si elle n’est dans aucun", kind="code"),
)
Row = tuple[int, str, str]


def read_members(path: Path, survey: str) -> Draft:
    """Return the communes of each EPCI that a CSV (also .gz) or XLSX file lists, a row a commune.

    Two columns are read, ``CODGEO`` or ``code``, and ``EPCI``; titles may stand above. Raises PreviousRefused with
    every fault, row and column; SourceRefused or WorkbookRefused when the file cannot be opened.
    """
    if year_of(survey) is None:
        hint = "le nom d’une édition finit par son année, comme asco-2015 : les communes sont lues à cette date."
        raise PreviousRefused("cette édition ne dit pas son année.", got=survey, hint=hint)
    rows = list(_listed(path))
    refuse(path, list(_faults(rows)))
    codes = [(code, None if epci in IN_NONE else epci) for _line, code, epci in rows]
    return Draft(
        name=members_name(survey),
        table=pl.DataFrame(codes, schema=dict.fromkeys(("code", "epci"), pl.String), orient="row").sort("code"),
        title=f"Communes de chaque EPCI au temps de l’édition {survey}",
        variables=_VARIABLES,
        source=f"Fichier de l’opérateur : {path.name}",
        vintage=survey,
        licence="celle du fichier d’origine",
        description="Dit quels EPCI d’alors sont ceux d’aujourd’hui par leurs communes, quel que soit leur SIREN.",
        confidentiality=Confidentiality.OPEN,
    )


def _listed(path: Path) -> Iterator[Row]:
    """Yield the number of each row with its commune and its EPCI, from the sheet whose heading names both."""
    for sheet in _sheets(path):
        for place, cells in enumerate(sheet[:_HEADING]):
            names = [plain(cell).lower() for cell in cells]
            code = next((name for name in CODES if name in names), None)
            if code is not None and EPCI in names:
                yield from _rows(sheet, place, (names.index(code), names.index(EPCI)), path=path)
                return
    hint = "La ligne de titres doit nommer les colonnes CODGEO (ou code) et EPCI, comme le fichier de l’Insee."
    raise PreviousRefused("colonnes absentes : CODGEO et EPCI.", where=path.name, hint=hint)


def _rows(sheet: Sequence[Sequence[str]], heading: int, places: tuple[int, int], *, path: Path) -> Iterator[Row]:
    for line, cells in enumerate(sheet[heading + 1 :], start=heading + 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= max(places):
            raise PreviousRefused(
                "cette ligne n’a pas toutes ses cellules : le fichier est-il arrivé en entier ?",
                where=f"{path.name}, ligne {line}",
                got=f"{len(cells)} cellule(s)",
            )
        code, epci = (cells[place].strip() for place in places)
        yield line, code, epci


def _sheets(path: Path) -> Iterator[list[list[str]]]:
    content = read_bytes(path)
    if content.startswith(b"PK"):
        yield from workbook(content).values()
        return
    if content.startswith(_XLS):
        hint = "enregistrez-le au format .xlsx, ou en CSV."
        raise PreviousRefused("ce classeur est d’un ancien format Excel (.xls).", where=path.name, hint=hint)
    try:
        text = expanded(content).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PreviousRefused("ce fichier n’est pas en UTF-8.", where=f"{path.name}, octet {error.start}") from error
    separator = max(";,\t", key=text[:10_000].count)
    try:
        yield list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise PreviousRefused("ce fichier n’est pas un tableau.", where=path.name, got=str(error)) from error


def _faults(rows: Sequence[Row]) -> Iterator[tuple[int, str, str]]:
    codes = pl.Series([code for _line, code, _epci in rows], dtype=pl.String).unique()
    known, seen = set(codes.filter(today(codes).is_not_null())), dict[str, int]()
    if not rows:
        yield 1, "CODGEO", "aucune commune sous la ligne de titres."
    for line, code, epci in rows:
        if code not in known:
            yield line, "CODGEO", f"« {code[:20]} » n’a jamais été le code d’une commune."
        elif code in seen:
            yield line, "CODGEO", f"« {code} » est déjà donnée, ligne {seen[code]} : une seule année par fichier."
        if epci not in IN_NONE and not _SIREN.fullmatch(epci):
            yield line, "EPCI", f"« {epci[:20]} » n’est pas un SIREN (neuf chiffres)."
        seen[code] = line
