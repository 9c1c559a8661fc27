"""The columns of a research file: numbers with their labels, and why a value is missing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import polars as pl

from maille.disseminate.research_shield import MASKED, coarser
from maille.specs import Indicator, Question, Questionnaire
from maille.specs.research import Numbers
from maille.specs.rule_columns import tick

LONGEST = 28
"""Stata takes 32 characters, and its sets of labels are named after the variable and its place, under 10 000."""
UNKNOWN, NOT_CONCERNED, EMPTY, KEPT_BACK = 1, 2, 3, 4
REASONS = {
    UNKNOWN: "Le répondant ne peut pas donner la réponse",
    NOT_CONCERNED: "Question non posée : le répondant n’est pas concerné",
    EMPTY: "Question posée, restée sans réponse",
    KEPT_BACK: "Non diffusé, ou non calculable",
}
"""Why a value is missing; zero is a value."""
_STATES = {"unknown": UNKNOWN, "not_applicable": NOT_CONCERNED, "empty": EMPTY}
STATES = {0: "collectée", 1: "corrigée", 2: "confirmée contre la règle", 3: "imputée"}
_TOLD = {"edited": 1, "forced": 2, "imputed": 3}
_YES_NO = {0: "non", 1: "oui"}


@dataclass(frozen=True)
class Column:
    """A variable of the file.

    ``values`` are integers, numbers or texts, null where missing; ``missing`` is 0 or a code of ``REASONS``; ``codes``
    labels integers, and ``written`` says how each was written in the questionnaire; ``origin`` is the variable there.
    """

    name: str
    label: str
    values: pl.Series
    missing: pl.Series
    codes: Mapping[int, str] = field(default_factory=dict)
    written: Mapping[int, str] = field(default_factory=dict)
    unit: str = ""
    origin: str = ""
    note: str = ""

    @property
    def holes(self) -> bool:
        """Tell whether a value is missing."""
        return bool((self.missing > 0).any())

    @property
    def kind(self) -> str:
        """Return ``text``, ``category``, ``integer`` or ``number``."""
        if self.values.dtype == pl.String:
            return "text"
        return "category" if self.codes else "integer" if self.values.dtype.is_integer() else "number"


def short(name: str) -> str:
    """Return a name of at most ``LONGEST`` characters, the same in every format.

    >>> short("ccas"), len(short("transfert_insertion_professionnelle"))
    ('ccas', 28)
    """
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 5]}_{sha256(name.encode()).hexdigest()[:4]}"


def plain(name: str, label: str, values: pl.Series) -> Column:
    """Return a column whose nulls are kept back."""
    return Column(name, label, values, _why(values, None))


def category(name: str, label: str, codes: pl.Series, *, labels: Mapping[str, str]) -> Column:
    """Return a column of the file for texts that are codes; the masked ones are kept back."""
    numbers = {code: place for place, code in enumerate(labels, start=1)}
    values = codes.replace_strict({**numbers, MASKED: None}, return_dtype=pl.Int64)
    return Column(
        name, label, values, _why(values, None),
        codes={place: labels[code] for code, place in numbers.items()},
        written={place: code for code, place in numbers.items()},
    )  # fmt: skip


def questions(
    questionnaire: Questionnaire, table: pl.DataFrame, reasons: pl.DataFrame, *, drop: Sequence[str]
) -> Iterator[Column]:
    """Yield the columns of the answers: neither texts, nor what is confidential, nor ``drop``.

    ``table`` responses and ``reasons`` one column a variable of codes of ``REASONS``, both in the rows of the file.
    """
    for section in questionnaire.sections:
        for question in section.questions:
            if question.kind != "text" and question.sdc != "confidential" and question.name not in drop:
                why = reasons[question.name] if question.name in reasons.columns else None
                yield from _question(question, table, label=section.wording(question), why=why)


def _question(question: Question, table: pl.DataFrame, *, label: str, why: pl.Series | None) -> Iterator[Column]:
    if question.kind == "select_multiple":
        for choice in question.choices:
            name = tick(question.name, choice.code)
            values = table[name].cast(pl.Int64)
            said = f"{label} {choice.label}"
            yield Column(short(name), said, values, _why(values, why), codes=_YES_NO, origin=question.name)
        return
    values = table[question.name]
    if question.choices:
        found = category(
            question.name, label, values, labels={choice.code: choice.label for choice in question.choices}
        )
        yield Column(
            short(question.name), label, found.values, _why(found.values, why),
            codes=found.codes, written=found.written, origin=question.name,
        )  # fmt: skip
        return
    yield Column(
        short(question.name), label, values, _why(values, why), unit=question.unit or "", origin=question.name,
        note="" if question.kind == "year" else "number",
    )  # fmt: skip


def _why(values: pl.Series, reason: pl.Series | None) -> pl.Series:
    known = pl.lit(KEPT_BACK) if reason is None else pl.col("why").fill_null(EMPTY)
    table = pl.DataFrame({"value": values, "why": reason if reason is not None else pl.Series([None] * len(values))})
    return table.select(pl.when(pl.col("value").is_null()).then(known).otherwise(0).cast(pl.Int8)).to_series()


def reasons(answers: pl.DataFrame, units: pl.Series) -> pl.DataFrame:
    """Return, for each unit and variable, why a value would be missing; null when nothing says it."""
    codes = answers.select("unit", "variable", why=pl.col("state").replace_strict(_STATES, default=EMPTY).cast(pl.Int8))
    wide = codes.pivot("variable", index="unit", values="why", aggregate_function="first")
    return units.to_frame("unit").join(wide, on="unit", how="left", maintain_order="left")


def flags(columns: Sequence[Column], values: pl.DataFrame, units: pl.Series) -> Iterator[Column]:
    """Yield, for each number that was not always as collected, what it is: collected, edited, forced or imputed."""
    told = values.filter(pl.col("state").is_in(list(_TOLD)))
    for column in columns:
        mine = told.filter(pl.col("variable") == column.origin)
        if column.note == "number" and mine.height:
            state = dict(zip(mine["unit"], mine["state"].replace_strict(_TOLD, return_dtype=pl.Int64), strict=True))
            found = pl.Series([state.get(unit, 0) for unit in units], dtype=pl.Int64)
            name = short(f"etat_{column.name}")
            label = f"Ce qu’est la valeur de {column.name}"
            yield Column(name, label, found, _why(found, None), codes=STATES, origin=column.origin)


def indicators(table: pl.DataFrame, chosen: Mapping[str, Indicator]) -> Iterator[Column]:
    """Yield the yes-or-no indicators: the others would give back exact numbers, or the population."""
    for name, item in chosen.items():
        if item.kind == "share":
            values = table[name].cast(pl.Int64)
            missing = values.is_null().cast(pl.Int8) * NOT_CONCERNED
            yield Column(short(f"i_{name}"), f"Indicateur : {item.title}", values, missing, codes=_YES_NO, origin=name)


def coarsened(
    columns: Sequence[Column], weights: pl.Series, rule: Numbers
) -> tuple[list[Column], list[tuple[str, int]]]:
    """Return the columns with their numbers coarser, and how many of each were joined at the top."""
    made, joined = [], []
    for column in columns:
        if column.note != "number":
            made.append(column)
            continue
        values, count = coarser(column.values, weights, rule)
        joined.append((column.name, count))
        note = f"Les {count} plus grandes valeurs sont leur moyenne ; les autres gardent {rule.digits} chiffres."
        missing = column.missing
        made.append(
            Column(column.name, column.label, values, missing, unit=column.unit, origin=column.origin, note=note)
        )
    return made, joined
