"""The answers to an edition that was not collected here: an operator's file, checked cell by cell, kept as it came."""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from maille.catalogue import Confidentiality, Draft, Variable
from maille.errors import UserError
from maille.specs import AnswerInvalid, Question, Questionnaire, read_value
from maille.specs.previous import source
from maille.specs.problem import nearest_or_list
from maille.territory import today

COLUMNS = ("unit", "variable", "value")
UNIT = re.compile(r"\d{2}[0-9]{3}|2[AB]\d{3}|\d{9}")
MAXIMUM_BYTES = 50_000_000
_SHOWN, _CODE = 20, 5
_VARIABLES = (
    Variable(name="unit", label="Code de la commune ou SIREN de l’EPCI", kind="code"),
    Variable(name="variable", label="Variable", kind="code"),
    Variable(name="value", label="Réponse, telle que le questionnaire l’écrit"),
)


class PreviousRefused(UserError):
    """A file of a former edition, answers or members, has cells that cannot be taken up; each named by row, column."""


def previous_name(survey: str) -> str:
    """Return the name of the dataset that holds the answers imported for a survey."""
    return f"collected/{survey}/previous"


def read_previous(path: Path, survey: str, questionnaires: Sequence[Questionnaire]) -> Draft:
    """Return the answers of a CSV file (``unit``, ``variable``, ``value``) that ``questionnaires`` take up.

    The separator is a comma, a semicolon or a tabulation; a multiple choice has its codes apart by spaces.
    Raises PreviousRefused with every fault, row and column.
    """
    wanted = _wanted(survey, questionnaires)
    if not wanted:
        hint = f"La colonne « bind::maille:prefill » d’une question doit dire « {survey}:variable »."
        raise PreviousRefused("aucun questionnaire ne reprend de réponse de cette édition.", got=survey, hint=hint)
    rows = list(_rows(path))
    refuse(path, list(_faults(rows, wanted)))
    table = pl.DataFrame([cells for _line, cells in rows], schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    return previous_draft(survey, table.filter(pl.col("value") != ""), source=f"Fichier de l’opérateur : {path.name}")


def previous_draft(survey: str, table: pl.DataFrame, *, source: str, simulated: bool = False) -> Draft:
    """Return the dataset of the answers to a former edition, secret as answers are."""
    return Draft(
        name=previous_name(survey),
        table=table.select(COLUMNS).sort(COLUMNS[:2]),
        title=f"Réponses à l’édition {survey}, à confirmer" + (" (simulées)" if simulated else ""),
        variables=_VARIABLES,
        source=source,
        vintage=survey,
        description="Une ligne par collectivité et par variable : montrées à la collectivité, à confirmer.",
        confidentiality=Confidentiality.SECRET,
        simulated=simulated,
    )


def refuse(path: Path, faults: Sequence[tuple[int, str, str]]) -> None:
    """Raise PreviousRefused with the first twenty faults (row, column, what) and the number of others, if any."""
    if faults:
        shown = [f"ligne {line}, colonne {column} : {said}" for line, column, said in faults[:_SHOWN]]
        more = f"\n  … et {len(faults) - _SHOWN} autre(s)." if len(faults) > _SHOWN else ""
        told = "\n  ".join(["ce fichier n’est pas repris :", *shown]) + more
        raise PreviousRefused(told, where=path.name, hint="corrigez ces cellules, puis recommencez : rien n’est gardé.")


def _wanted(survey: str, questionnaires: Sequence[Questionnaire]) -> dict[str, list[Question]]:
    wanted: dict[str, list[Question]] = {}
    for questionnaire in questionnaires:
        for question in questionnaire.variables():
            former, variable = source(question)
            if former == survey:
                wanted.setdefault(variable, []).append(question)
    return wanted


def _rows(path: Path) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Yield each row with the number of its line in the file."""
    try:
        content = path.read_bytes()
        if len(content) > MAXIMUM_BYTES:
            raise PreviousRefused("ce fichier dépasse 50 Mo.", where=path.name)
        lines = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PreviousRefused("ce fichier n’est pas en UTF-8.", where=f"{path.name}, octet {error.start}") from error
    except OSError as error:
        raise PreviousRefused("ce fichier ne peut pas être lu.", where=str(path), got=error.strerror) from error
    first = lines.partition("\n")[0]
    reader = csv.reader(io.StringIO(lines, newline=""), delimiter=max(";,\t", key=first.count))
    headers = [cell.strip().lower() for cell in next(reader, [])]
    missing = [column for column in COLUMNS if column not in headers]
    if missing:
        hint = f"La première ligne doit nommer les colonnes {', '.join(COLUMNS)}."
        raise PreviousRefused(f"colonne absente : {', '.join(missing)}.", where=f"{path.name}, ligne 1", hint=hint)
    places = [headers.index(column) for column in COLUMNS]
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(headers):
            raise PreviousRefused(
                "cette ligne n’a pas toutes ses cellules : le fichier est-il arrivé en entier ?",
                where=f"{path.name}, ligne {reader.line_num}",
                got=f"{len(cells)} cellule(s)",
                expected=len(headers),
            )
        unit, variable, value = (cells[place].strip() for place in places)
        yield reader.line_num, (unit, variable, value)


def _faults(
    rows: Sequence[tuple[int, tuple[str, str, str]]], wanted: Mapping[str, list[Question]]
) -> Iterator[tuple[int, str, str]]:
    seen: dict[tuple[str, str], int] = {}
    known = _communes({unit for _line, (unit, _variable, _value) in rows})
    for line, (unit, variable, value) in rows:
        if not UNIT.fullmatch(unit):
            yield line, "unit", f"« {unit[:20]} » n’est ni un code de commune ni un SIREN."
        elif len(unit) == _CODE and unit not in known:
            yield line, "unit", f"« {unit} » n’a jamais été le code d’une commune."
        if variable not in wanted:
            yield line, "variable", f"« {variable[:40]} » n’est pas reprise. {nearest_or_list(variable, wanted)}"
        elif value and (refusal := _refusal(wanted[variable], value)):
            yield line, "value", f"« {value[:40]} » : {refusal}"
        if (unit, variable) in seen:
            yield line, "variable", f"déjà donnée pour cette collectivité, ligne {seen[unit, variable]}."
        seen[unit, variable] = line


def _communes(units: Collection[str]) -> set[str]:
    """Return the units that are, or were, the code of a commune."""
    codes = pl.Series("unit", sorted(units), dtype=pl.String)
    return set(codes.filter(today(codes).is_not_null()))


def _refusal(questions: Sequence[Question], value: str) -> str:
    """Return why no question can hold this value, nothing when one can."""
    refusal = ""
    for question in questions:
        try:
            read_value(question, value.split(" ") if question.kind == "select_multiple" else [value])
        except AnswerInvalid as problem:
            refusal = problem.message
        else:
            return ""
    return refusal
