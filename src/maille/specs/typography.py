"""French typography: thin and no-break spaces, apostrophes, numbers."""

import re
from collections.abc import Sequence
from itertools import pairwise

NARROW = "\u202f"
NO_BREAK = "\u00a0"
MINUS = "\u2212"
WORD_JOINER = "\u2060"

_MONTHS = "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
_RULES = (
    (re.compile(r"(?<=\w)(?:'|&#x27;|&#39;)(?=\w|«|&#)"), "’"),
    (re.compile(r"[ \u00a0]+(?=[;!?](?:\W|$))"), NARROW),
    (re.compile(r"[ \u00a0]+(?=:(?:\s|$))"), NO_BREAK),
    (re.compile(r"«[ \u00a0]*"), "«" + NO_BREAK),
    (re.compile(r"[ \u00a0]*»"), NO_BREAK + "»"),
    (re.compile(r"(?<=\d)[ \u00a0](?=[%€])"), NARROW),
    (re.compile(r"(?<=\d)[ \u00a0]h(?:[ \u00a0](?=\d)|\b)"), NO_BREAK + "h" + NO_BREAK),
    (re.compile(r"(?<=[nN]°)[ ](?=\d)"), NO_BREAK),
    (re.compile(rf"(?<![\w.,\u202f\u00a0])1[ \u00a0](?=(?:{_MONTHS})\b)"), "1er" + NO_BREAK),
    (re.compile(r"(?<=\d)[ ](?=(?:minutes?|jours?|heures?|points?|km|ko|Mo|pts?)\b)"), NO_BREAK),
    (re.compile(r"(?<![\w\-−–.,/])-(?=\d)"), MINUS),
    (
        re.compile(r"(?<=\w)-(?=(?:t-)?(?:elles?|ils?|on|ce|vous|nous|je|tu)\b)|(?<=-t)-|(?<=\w)-(?=t-)"),
        "-" + WORD_JOINER,
    ),
)
_THOUSANDS = re.compile(r"(?<![\d,.])\d{1,3}(?: \d{3})+(?!\d)")


def french(text: str) -> str:
    """Return the text with French spaces; it may already be escaped for HTML."""
    text = _THOUSANDS.sub(lambda match: match.group().replace(" ", NARROW), text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def of_place(name: str) -> str:
    """Write « de » before a name: d’Amplepuis, du Mans, des Abymes, de la CC du Haut-Bugey, de Tarare."""
    for article, contracted in (("Le ", "du "), ("Les ", "des ")):
        if name.startswith(article):
            return contracted + name.removeprefix(article)
    if name.startswith(("CA ", "CC ", "CU ", "Communauté ", "Métropole ")):
        return f"de la {name}"
    return f"d’{name}" if name[:1].upper() in "AÂÀEÉÈÊIÎOÔŒUY" else f"de {name}"


def number(value: float | None, decimals: int = 0) -> str:
    """Write a number: 12 345,6; nothing known is a dash."""
    if value is None:
        return "—"
    written = f"{float(value):,.{decimals}f}".replace(",", NARROW).replace(".", ",")
    return written.replace("-", MINUS)


def percent(value: float | None, decimals: int = 1) -> str:
    """Write a share already in per cent: 34,6 %."""
    return "—" if value is None else f"{number(value, decimals)}{NARROW}%"


_AXIS, _CHARACTER, _GAP = 340.0, 7.5, 9.0
"""The narrowest axis, on a telephone, the width of a character, and the least distance of two labels, in pixels."""


def uncrowded(labels: Sequence[str]) -> list[str]:
    """Return the labels of equal graduations, the first and the last at the ends, without those that would touch.

    The last one stays; what goes is left empty.
    """
    for every in range(1, len(labels)):
        kept = [rank for rank in range(len(labels)) if rank == 0 or (len(labels) - 1 - rank) % every == 0]
        if all(_room(labels, first, then) >= _GAP for first, then in pairwise(kept)):
            return [label if rank in kept else "" for rank, label in enumerate(labels)]
    return ["" for _ in labels[:-1]] + [*labels[-1:]]


def _room(labels: Sequence[str], first: int, then: int) -> float:
    """Return the pixels between two labels of an axis; the first one starts at its graduation, the last ends there."""
    last = len(labels) - 1
    after = len(labels[first]) * _CHARACTER * (1.0 if first == 0 else 0.5)
    before = len(labels[then]) * _CHARACTER * (1.0 if then == last else 0.5)
    return _AXIS * (then - first) / last - after - before
