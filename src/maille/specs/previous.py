"""What a question takes up from the edition before, and the default rule on an answer that moved too much since."""

import re

import polars as pl

from maille.specs.answer import written_number
from maille.specs.path import Finding, soft_severity
from maille.specs.questionnaire import Question
from maille.specs.rule import Value
from maille.specs.survey_row import FRAME

FACTOR = 3
"""From this ratio on, up or down, an answer that differs from that of the edition before is to be confirmed."""


def source(question: Question) -> tuple[str, str]:
    """Return where the proposed value comes from: the survey or ``frame``, then the variable; empty when nowhere."""
    survey, _, variable = (question.prefill or "").rpartition(":")
    return survey, variable


def year_of(survey: str) -> int | None:
    """Return the year of an edition, None when its name has none.

    >>> year_of("asco-2015")
    2015
    """
    found = re.search(r"\d{4}$", survey)
    return int(found[0]) if found else None


def members_name(survey: str) -> str:
    """Return the name of the dataset of the communes of each EPCI at the time of an edition, when it was deposited."""
    return f"collected/{survey}/members"


def followed(units: pl.Series, survey: str, members: pl.DataFrame | None = None) -> pl.Series:
    """Return the unit of today that each unit of an edition still is: a commune by its code, an EPCI by its members.

    Null for a commune that merged with others or was split since, for an EPCI that is not the same by its members
    (``code``, ``epci``): its answers are not those of the one of today. Without ``members`` an EPCI keeps its SIREN.
    """
    # Late: they bring the geometry, which reading a rule can do without.
    from maille.territory.history import still
    from maille.territory.members import same_by_members

    year = year_of(survey)
    if year is None:
        return units
    epci = units if members is None else same_by_members(units, members, year=year)
    return pl.select(pl.when(units.str.len_chars() == 5).then(still(units, year=year)).otherwise(epci)).to_series()


def is_repeated(question: Question) -> bool:
    """Tell whether the question takes up an answer of another edition."""
    return source(question)[0] not in ("", FRAME)


def compared(question: Question, value: Value, before: Value, *, years: tuple[int, int]) -> Finding | None:
    """Return what to confirm when a number has moved by ``FACTOR`` or more since the edition of ``years[0]``.

    Zero and the absence of an answer have no ratio: they are not compared. ``years`` are the former edition and this.
    """
    if not is_repeated(question) or question.kind not in ("integer", "decimal"):
        return None
    if not isinstance(value, (int, float)) or not isinstance(before, (int, float)) or value <= 0 or before <= 0:
        return None
    ratio = int(max(value / before, before / value))
    if ratio < FACTOR:
        return None
    what = "Ce montant" if question.unit == "€" else "Ce nombre"
    moved = f"{what} {_moved(ratio, up=value > before)}"
    unit = f" {question.unit}" if question.unit else ""
    told = f"{written_number(before)}{unit} en {years[0]}, {written_number(value)}{unit} en {years[1]}"
    return Finding(
        question=question.name, severity=soft_severity(question), message=f"{moved} : {told}. Est-ce exact ?"
    )


def _moved(ratio: int, *, up: bool) -> str:
    if up:
        return "a triplé" if ratio == FACTOR else f"a été multiplié par {ratio}"
    return f"a été divisé par {ratio}"
