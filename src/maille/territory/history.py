"""What a code was in a year: its periods, and the commune that it designates."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from maille.territory.areas import VINTAGE
from maille.territory.reference import Reference, load_reference


@dataclass(frozen=True)
class Period:
    """Some successive years in which a code keeps its name, its kind and the commune that it designates."""

    code: str
    name: str
    kind: str
    commune: str
    valid_from: int | None
    valid_until: int | None
    reason: str | None

    def holds(self, year: int) -> bool:
        """Tell whether the period covers 1 January of ``year``."""
        return (self.valid_from or year) <= year <= (self.valid_until or year)

    @property
    def is_commune(self) -> bool:
        """Tell whether the code is itself that of a commune."""
        return self.code == self.commune


@cache
def periods(reference: Reference) -> Mapping[str, tuple[Period, ...]]:
    """Return the periods of each code, oldest first."""
    found: dict[str, list[Period]] = {}
    for row in reference.codes.iter_rows():
        found.setdefault(row[0], []).append(Period(*row))
    return {code: tuple(rows) for code, rows in found.items()}


def period_at(code: str, year: int = VINTAGE, reference: Reference | None = None) -> Period:
    """Return what a known code was on 1 January of ``year``; before it existed, its first period.

    A year after the last vintage is read as that vintage. Raises KeyError for a code that never was.
    """
    rows = periods(reference or load_reference())[code]
    before = [row for row in rows if (row.valid_from or 0) <= min(year, VINTAGE)]
    return before[-1] if before else rows[0]


def today(codes: pl.Series, reference: Reference | None = None) -> pl.Series:
    """Return the commune of today for each code of a column, null for a code that never was.

    Codes of arrondissements give their city, old codes the commune that took them over.
    """
    table = (reference or load_reference()).codes.filter(pl.col("valid_until").is_null())
    return codes.replace_strict(table["code"], table["commune"], default=None, return_dtype=pl.String)


def still(codes: pl.Series, *, year: int, reference: Reference | None = None) -> pl.Series:
    """Return the commune of today that each code of 1 January of ``year`` became all by itself, whatever its code now.

    Null for a commune that merged with others or was split since, for what was no commune then (arrondissements,
    déléguées) and for a code that never was: what it said then is not what the commune of today would have said. A
    commune that only changed its code may be written with either.
    """
    table = (reference or load_reference()).codes
    at, own = min(year, VINTAGE), pl.col("code") == pl.col("commune")
    then = table.filter((pl.col("valid_from").fill_null(at) <= at) & (pl.col("valid_until").fill_null(at) >= at))
    now = table.filter(pl.col("valid_until").is_null(), own).select("code")
    # Several communes of today that one commune held then were cut out of it since.
    held = then.join(now, on="code", how="semi")
    split = held.filter(pl.col("commune").is_duplicated())["commune"]
    communes = then.filter(own)["code"]
    heirs = pl.DataFrame({"code": communes, "heir": today(communes, reference)})
    alone = heirs.filter(~pl.col("heir").is_duplicated(), ~pl.col("code").is_in(split.implode()))
    either = pl.concat([alone, alone.select(code="heir", heir="heir")]).unique("code", keep="first")
    return codes.replace_strict(either["code"], either["heir"], default=None, return_dtype=pl.String)


def former_codes(commune: str, reference: Reference | None = None) -> pl.DataFrame:
    """Return the rows of the other codes that lead to ``commune`` today: déléguées, arrondissements, old codes."""
    table = (reference or load_reference()).codes
    return table.filter(pl.col("valid_until").is_null(), pl.col("commune") == commune, pl.col("code") != commune)
