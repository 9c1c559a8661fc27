"""A research file in the formats of researchers: same rows, same variables, labels kept, same bytes each time."""

import gzip
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from maille.catalogue.cells import inert_table, table_parquet
from maille.disseminate.research_columns import REASONS, Column

LETTERS = {1: "a", 2: "b", 3: "c", 4: "d"}
"""The extended missing values of Stata, ``.a`` to ``.d``, by code of ``REASONS``."""
SPSS_MISSING = {1: -91, 2: -92, 3: -93, 4: -94}
"""The user-missing values of SPSS, by code of ``REASONS``: no variable of the file is negative."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Titled:
    """What every format is told of the file: its name, its title, the day written in its header."""

    name: str
    title: str
    day: date


def csv(columns: Sequence[Column]) -> bytes:
    """Return a CSV, UTF-8, commas and points; a missing value is ``.a``, ``.b``, ``.c`` or ``.d``."""
    table = pl.DataFrame({column.name: column.values.cast(pl.String) for column in columns})
    marks = {code: f".{letter}" for code, letter in LETTERS.items()}
    letters = {
        column.name: column.missing.replace_strict(marks, default="", return_dtype=pl.String) for column in columns
    }
    told = inert_table(table).select(
        pl.when(pl.col(name).is_null()).then(letters[name]).otherwise(pl.col(name)).alias(name)
        for name in table.columns
    )
    return told.write_csv().encode()


def parquet(columns: Sequence[Column], about: Titled) -> bytes:
    """Return a Parquet whose metadata ``variables`` (JSON) gives each variable's label, unit and value labels.

    The reasons stand in a second column, ``<variable>__manque``, wherever a value is missing.
    """
    table: dict[str, pl.Series] = {}
    variables: dict[str, dict[str, object]] = {}
    for column in columns:
        table[column.name] = column.values
        labels = {str(code): label for code, label in column.codes.items()}
        source = {str(code): written for code, written in column.written.items()}
        said: dict[str, object] = {
            "label": column.label,
            "unit": column.unit,
            "value_labels": labels,
            "source_codes": source,
        }
        variables[column.name] = said
        if column.holes:
            name = f"{column.name}__manque"
            table[name] = column.missing
            labels = {str(code): label for code, label in REASONS.items()}
            variables[name] = {"label": f"Pourquoi {column.name} manque", "unit": "", "value_labels": labels}
    described = {"title": about.title, "variables": json.dumps(variables, ensure_ascii=False)}
    return table_parquet(pl.DataFrame(table), metadata=described)


def stata(columns: Sequence[Column], about: Titled) -> bytes:
    """Return a ``.dta`` (format 118, Stata 14 and later) with labels and extended missing values."""
    import pyreadstat

    labels = {column.name: _labelled(column, {}) for column in columns if column.codes}
    letters = {column.name: [LETTERS[code] for code in _reasons_of(column)] for column in columns}
    options: dict[str, Any] = {
        "file_label": about.title[:80],
        "column_labels": [column.label[:80] for column in columns],
        "variable_value_labels": {
            name: {**found, **{letter: REASONS[code] for code, letter in LETTERS.items() if letter in letters[name]}}
            for name, found in labels.items()
        },
        "missing_user_values": {name: found for name, found in letters.items() if found},
        "version": 14,
    }
    content = _written(pyreadstat.write_dta, ".dta", _frame(columns, LETTERS), options=options)
    start = content.index(b"<timestamp>") + len(b"<timestamp>") + 1
    return _dated(content, start, f"{about.day.day:02d} {_MONTHS[about.day.month - 1]} {about.day.year} 00:00")


def spss(columns: Sequence[Column], about: Titled) -> bytes:
    """Return a ``.sav`` with labels and user-missing values, ``SPSS_MISSING``."""
    import pyreadstat

    with_missing = {column.name for column in columns if _reasons_of(column)}
    options: dict[str, Any] = {
        "file_label": about.title[:60],
        "column_labels": [column.label[:250] for column in columns],
        "variable_value_labels": {
            column.name: _labelled(column, SPSS_MISSING)
            for column in columns
            if column.codes or column.name in with_missing
        },
        "missing_ranges": {name: [{"lo": -94, "hi": -91}] for name in sorted(with_missing)},
        "variable_measure": {
            column.name: "nominal" if column.codes or column.kind == "text" else "scale" for column in columns
        },
    }
    content = _written(pyreadstat.write_sav, ".sav", _frame(columns, SPSS_MISSING), options=options)
    # Fixed header of the format: creation date at byte 92 (dd mmm yy), time at byte 101 (hh:mm:ss).
    return _dated(content, 92, f"{about.day.day:02d} {_MONTHS[about.day.month - 1]} {about.day.year % 100:02d}00:00:00")


def rda(columns: Sequence[Column], about: Titled) -> bytes:
    """Return an ``.rda`` of four data frames: the data, factors for categories; why values are missing; labels.

    ``<name>_manques`` has the reasons, ``<name>_variables`` the labels of variables, ``<name>_libelles`` the codes.
    """
    import pandas as pd
    from rdata import write_rda
    from rdata.conversion.to_r import DEFAULT_CLASS_MAP

    reasons = list(REASONS.values())
    holed = {column.name: column.missing for column in columns if column.holes}
    missing = {
        name: pd.Categorical.from_codes([int(why) - 1 for why in found], reasons) for name, found in holed.items()
    }
    variables = {"variable": [column.name for column in columns], "libelle": [column.label for column in columns]}
    labels = {
        "variable": [column.name for column in columns for _ in column.codes],
        "valeur": [float(code) for column in columns for code in column.codes],
        "libelle": [label for column in columns for label in column.codes.values()],
    }
    frames = {
        about.name: pd.DataFrame({column.name: _r_values(column) for column in columns}),
        f"{about.name}_manques": pd.DataFrame(missing, index=pd.RangeIndex(len(columns[0].values))),
        f"{about.name}_variables": pd.DataFrame(variables | {"unite": [column.unit for column in columns]}),
        f"{about.name}_libelles": pd.DataFrame(labels),
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.rda"
        made: Any = {**DEFAULT_CLASS_MAP, pd.Categorical: _factor}
        write_rda(path, frames, compression=None, constructor_dict=made)
        return gzip.compress(path.read_bytes(), mtime=0)


def _r_values(column: Column) -> Any:
    import pandas as pd

    if column.kind == "text":
        return column.values.to_numpy()
    if not column.codes:
        return column.values.cast(pl.Float64).to_numpy()
    labels = list(dict.fromkeys(column.codes.values()))
    place = {code: labels.index(label) for code, label in column.codes.items()}
    codes = column.values.replace_strict(place, default=-1, return_dtype=pl.Int64).fill_null(-1)
    return pd.Categorical.from_codes(codes.to_list(), labels)


def _factor(data: Any, converter: Any) -> Any:
    """Return a factor of R; a missing value is NA_integer_, the least integer, where rdata would write 0."""
    import numpy as np
    from rdata.conversion.to_r import build_r_object
    from rdata.parser import RObjectType

    attributes = converter.convert_to_r_attributes({"levels": data.categories.to_numpy(), "class": "factor"})
    codes = data.codes.astype(np.int32)
    value = np.where(codes < 0, np.iinfo(np.int32).min, codes + 1).astype(np.int32)
    return build_r_object(RObjectType.INT, value=value, is_object=True, attributes=attributes)


def _labelled(column: Column, missing: Mapping[int, int]) -> dict[Any, str]:
    found: dict[Any, str] = {code: label[:120] for code, label in column.codes.items()}
    return found | {missing[code]: REASONS[code] for code in _reasons_of(column) if missing}


def _reasons_of(column: Column) -> list[int]:
    """Return the reasons that occur; a text has none: it is empty."""
    return [] if column.kind == "text" else sorted(int(code) for code in column.missing.unique() if code)


def _frame(columns: Sequence[Column], missing: Mapping[int, Any]) -> pl.DataFrame:
    """Return the columns with why a value is missing in its place.

    Numbers and letters together are objects, said so: a type that is guessed is guessed from the first rows only.
    """
    made = []
    for column in columns:
        values = column.values.to_list()
        if column.kind == "text":
            made.append(pl.Series(column.name, [value or "" for value in values], dtype=pl.String))
            continue
        mixed = [
            value if value is not None else missing[why] for value, why in zip(values, column.missing, strict=True)
        ]
        text = any(isinstance(value, str) for value in mixed)
        made.append(pl.Series(column.name, mixed, dtype=pl.Object if text else column.values.dtype, strict=False))
    return pl.DataFrame(made)


def _written(write: Callable[..., None], ending: str, frame: Any, *, options: Mapping[str, Any]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{ending}"
        write(frame, str(path), **options)
        return path.read_bytes()


def _dated(content: bytes, start: int, stamp: str) -> bytes:
    """Write the day of the release over the moment of writing, which would change the bytes each time."""
    return content[:start] + stamp.encode() + content[start + len(stamp) :]
