"""A table to take out: read from a CSV or a workbook, judged cell by cell, written again without what stays in."""

import csv
import io
import warnings
import zipfile
from collections.abc import Sequence

from django.conf import settings
from openpyxl import load_workbook

from maille.pipeline.research import VALUE, OutputUnreadable, Shown, check_output
from maille.web.researchers.models import Output
from maille.web.store import open_store

LARGEST = 1_000_000
_UNPACKED = 20_000_000
_ROWS = 401
_COLUMNS = 12


def read_table(name: str, content: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the columns and the rows, as texts; raises OutputUnreadable."""
    if len(content) > LARGEST:
        raise OutputUnreadable("le fichier est trop gros.", got=f"{len(content)} octets", expected=f"{LARGEST} au plus")
    ending = name.lower().rpartition(".")[2]
    if ending not in ("csv", "xlsx"):
        raise OutputUnreadable("ce n’est ni un CSV ni un classeur XLSX.", got=name[-40:])
    rows = [row for row in (_csv(content) if ending == "csv" else _xlsx(content)) if any(cell for cell in row)]
    if len(rows) < 2:
        raise OutputUnreadable("la table n’a pas de ligne.", expected="une ligne de titres, puis une ligne par chiffre")
    columns, table = [cell.strip() for cell in rows[0]], rows[1:]
    while columns and not columns[-1]:
        columns.pop()
    if len(table) >= _ROWS or len(columns) > _COLUMNS:
        raise OutputUnreadable("la table est trop grande.", got=f"{len(table)} lignes, {len(columns)} colonnes")
    if VALUE not in columns or len(set(columns)) != len(columns):
        raise OutputUnreadable("il faut des colonnes distinctes, dont une nommée « valeur ».", got=", ".join(columns))
    return columns, [[*row, *[""] * len(columns)][: len(columns)] for row in table]


def _csv(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
        separator = max(";,\t", key=text.partition("\n")[0].count)
        return [[cell.strip()[:200] for cell in row] for row in csv.reader(io.StringIO(text), delimiter=separator)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise OutputUnreadable("le CSV ne se lit pas : enregistrez-le en UTF-8.") from error


def _xlsx(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
        if sum(part.file_size for part in parts) > _UNPACKED or len(parts) > 200:
            raise OutputUnreadable("le classeur est trop gros une fois ouvert.")
        if any("vba" in part.filename.lower() for part in parts):
            raise OutputUnreadable("le classeur contient une macro : enregistrez-le sans macro.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            sheet = book.worksheets[0]
            rows = sheet.iter_rows(max_row=_ROWS + 1, max_col=_COLUMNS + 1, values_only=True)
            return [["" if cell is None else str(cell).strip()[:200] for cell in row] for row in rows]
    except OutputUnreadable:
        raise
    except Exception as error:
        raise OutputUnreadable("le classeur ne se lit pas.", got=type(error).__name__) from error


def known_before(output: Output) -> list[Shown]:
    """Return what was let out of this file already, to anyone: researchers publish, and talk to each other."""
    released = Output.objects.filter(universe=output.universe, access__edition=output.access.edition)
    shown = []
    for one in released.exclude(pk=output.pk).filter(decision__in=("released", "partly")):
        kept = tuple(row["conditions"] for row in one.verdicts if one.decision == "released" or row["verdict"] == "ok")
        shown.append(Shown(one.measure, "" if one.measure == "count" else one.variable, kept))  # type: ignore[arg-type]
    return shown


def judge(output: Output) -> list[dict[str, object]]:
    """Return the verdict of each row, as the output keeps it; raises OutputUnreadable."""
    judged = check_output(
        open_store(),
        settings.MAILLE_SPECS,
        about=(output.access.edition, output.universe),
        what=(output.measure, output.variable),
        table=[dict(zip(output.columns, row, strict=True)) for row in output.rows],
        earlier=known_before(output),
    )
    return [
        {
            "conditions": dict(one.asked.conditions),
            "count": one.count,
            "verdict": one.verdict,
            "reason": one.reason,
        }
        for one in judged
    ]


def judged_rows(output: Output) -> list[dict[str, object]]:
    """Return each row as a page shows it: its cells, its verdict and why."""
    return [
        {
            "cells": [
                {"text": text, "number": column == VALUE} for column, text in zip(output.columns, row, strict=True)
            ],
            "verdict": verdict["verdict"],
            "reason": verdict["reason"],
        }
        for row, verdict in zip(output.rows, output.verdicts, strict=True)
    ]


def released_rows(output: Output) -> Sequence[Sequence[str]]:
    """Return the rows that leave; unless the whole table was let out, one that is not sure has « secret » for value."""
    place = output.columns.index(VALUE)
    rows = []
    for row, verdict in zip(output.rows, output.verdicts, strict=True):
        hidden = output.decision != Output.Decision.RELEASED and verdict["verdict"] != "ok"
        rows.append([*row[:place], "secret", *row[place + 1 :]] if hidden else row)
    return rows


__all__ = ["LARGEST", "OutputUnreadable", "judge", "judged_rows", "read_table", "released_rows"]
