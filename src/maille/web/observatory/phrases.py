"""The sentences of the public pages, written from the figures themselves."""

from collections.abc import Sequence

from maille.specs.sentence import fill_sentence, quantity
from maille.web.observatory.records import Cell, Edition, Indicator, small
from maille.web.typography import number, percent

WHY_HIDDEN = {
    "secret": "secret",
    "unavailable": "non disponible",
    "not_collected": "non collecté",
}
UNITS = {"communes": "communes", "epci": "intercommunalités", "population": "habitants"}


def value(cell: Cell) -> str:
    """Write the figure with its unit: « 34,6 % », « 120 places », or why there is none."""
    return measure_of(cell, cell.estimate) if cell.shown else _why_hidden(cell)


def short(cell: Cell) -> str:
    """Write the figure where its unit is said beside: « 34,6 % », « 120 », or why there is none."""
    if not cell.shown:
        return _why_hidden(cell)
    return percent(cell.estimate) if cell.is_share else number(cell.estimate, cell.decimals)


def measure_of(cell: Cell, estimate: float | None) -> str:
    """Write a number in the unit of a cell."""
    return quantity(estimate or 0.0, cell.unit, cell.decimals)


def _why_hidden(cell: Cell) -> str:
    few = cell.status == "unavailable" and cell.flag == "rare"
    return "trop peu de réponses" if few else WHY_HIDDEN.get(cell.status, "non publié")


def unit_note(cell: Cell) -> str:
    """Say in what a chart or a table counts: « En %. », « En places. »."""
    return f"En {cell.unit}."


def interval(cell: Cell) -> str:
    """Write the interval: « [28,2 ; 41,6] », « toutes observées », or nothing."""
    if cell.ranged:
        return f"[{number(cell.ci_low, cell.decimals)} ; {number(cell.ci_high, cell.decimals)}]"
    return "toutes observées" if cell.whole else ""


def between(cell: Cell) -> str:
    """Write where the figure lies once its margin is counted; empty without an interval."""
    if not cell.ranged:
        return ""
    if cell.is_share:
        return f"entre {percent(cell.ci_low)} et {percent(cell.ci_high)}"
    return f"entre {number(cell.ci_low, cell.decimals)} et {measure_of(cell, cell.ci_high)}"


def whom(measure: str) -> str:
    """Name what a share is a share of."""
    return UNITS.get(measure, measure)


def heading(indicator: Indicator, total: Cell) -> str:
    """Say the finding: the sentence of the indicator for this measure filled with the figure, else its title."""
    sentence = indicator.sentences.get(total.measure)
    if not total.shown or not sentence:
        return indicator.title
    estimate = total.estimate or 0.0
    low = estimate if total.ci_low is None else total.ci_low
    high = estimate if total.ci_high is None else total.ci_high
    words = {"estimate": estimate, "low": low, "high": high}
    filled = fill_sentence(sentence.split(". ")[0], **words, unit=total.unit, decimals=total.decimals)
    return filled.rstrip(".")


def gradient(edition: Edition, cells: Sequence[Cell]) -> str:
    """Say how the share moves with size, when it really does from the first band to the last."""
    shown = [cell for cell in cells if cell.shown and not cell.is_total]
    if len(shown) < 2:
        return ""
    first, last = shown[0], shown[-1]
    ends = f"de {value(first)} ({small(edition.domain(first))}) à {value(last)} ({small(edition.domain(last))})"
    if not _apart(first, last):
        return f"L’écart entre les plus petites et les plus grandes reste dans la marge d’erreur : {ends}."
    rising = (last.estimate or 0) > (first.estimate or 0)
    word = "augmente" if rising else "diminue"
    return f"Cette {noun(first)} {word} avec la taille : {ends}."


def noun(cell: Cell) -> str:
    """Name the figure in a sentence: a share is « part », the others « valeur »."""
    return "part" if cell.is_share else "valeur"


def reading(edition: Edition, cells: Sequence[Cell], *, measure: str, label: str) -> str:
    """Explain how to read one row of the chart: the first that has an interval."""
    cell = next((cell for cell in cells if cell.ranged), None)
    if cell is None:
        return ""
    scope = "ensemble" if cell.is_total else small(edition.domain(cell))
    return (
        f"« {label} », {scope} : {measure if cell.is_share else 'valeur'} estimée à {value(cell)} ; "
        f"compte tenu de la marge d’erreur, elle se situe {between(cell)}."
    )


def precision(edition: Edition, cells: Sequence[Cell]) -> list[str]:
    """Say whether the figures are precise, from the widths of their intervals."""
    ranged = [cell for cell in cells if cell.ranged]
    total = next((cell for cell in ranged if cell.is_total), None)
    parts = [cell for cell in ranged if not cell.is_total]
    sentences = []
    if total is not None:
        sentences.append(f"L’ensemble est connu à {_half_width(total)} près.")
    if parts:
        widest = max(parts, key=_half)
        sentences.append(
            f"L’intervalle le plus large concerne la tranche « {small(edition.domain(widest))} » : {between(widest)}."
        )
        sentences.append("Deux tailles diffèrent nettement quand leurs barres ne se touchent pas.")
    return sentences


def _half(cell: Cell) -> float:
    return ((cell.ci_high or 0) - (cell.ci_low or 0)) / 2


def _half_width(cell: Cell) -> str:
    return _points(_half(cell)) if cell.is_share else measure_of(cell, _half(cell))


def _points(value: float) -> str:
    return f"{number(value, 1)} point{'s' if value >= 2 else ''}"


def _apart(first: Cell, last: Cell) -> bool:
    low, high = sorted((first, last), key=lambda cell: cell.estimate or 0)
    top = low.ci_high if low.ranged else low.estimate
    bottom = high.ci_low if high.ranged else high.estimate
    return top is not None and bottom is not None and top < bottom
