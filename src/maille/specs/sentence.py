"""Sentences that vary with a number: « Un tiers des communes… » is a template, the figure is filled in."""

import math
import re
from collections.abc import Iterable

SHARES = {
    "part": "la part arrondie à l’entier : 82\u202f%",
    "precis": "la part avec une décimale : 82,3\u202f%",
    "bas": "la borne basse de l’intervalle : 80,1\u202f%",
    "haut": "la borne haute de l’intervalle : 84,5\u202f%",
    "fraction": "la part dite en mots quand elle en est proche (« un tiers »), sinon la part arrondie",
    "Fraction": "la même, avec une majuscule",
}

QUANTITIES = {
    "valeur": "la valeur avec son unité : 1\u202f234,5\u00a0millions d’euros",
    "rond": "la valeur à trois chiffres près : 1,23\u00a0milliard d’euros, 257\u202f000\u00a0places",
    "bas": "la borne basse de l’intervalle, avec l’unité",
    "haut": "la borne haute de l’intervalle, avec l’unité",
}

PLACEHOLDERS = SHARES | QUANTITIES

INTERVAL = "Compte tenu de la marge d’erreur, cette part se situe entre {bas} et {haut}."
"""The sentence that says the precision of any share."""

_FRACTIONS = (
    (10.0, "un dixième"),
    (20.0, "un cinquième"),
    (25.0, "un quart"),
    (100 / 3, "un tiers"),
    (50.0, "la moitié"),
    (200 / 3, "deux tiers"),
    (75.0, "trois quarts"),
    (80.0, "quatre cinquièmes"),
    (90.0, "neuf dixièmes"),
)
_CLOSE = 1.0
_SCALES = {"milliards": 1e9, "millions": 1e6, "milliers": 1e3}
_SCALED = re.compile(r"(?P<scale>milliards|millions|milliers) (?P<link>de |d’)(?P<noun>.+)")
_FIELD = re.compile(r"\{(\w*)\}")


def percent(value: float, decimals: int = 1) -> str:
    """Return a share in per cent as written in French, a thin no-break space before the sign."""
    return f"{value:.{decimals}f}".replace(".", ",") + "\u202f%"


def quantity(value: float, unit: str, decimals: int = 1) -> str:
    """Return an amount as written in French: thousands apart, decimal comma, unit after a no-break space."""
    if unit == "%":
        return percent(value, decimals)
    written = f"{value:,.{decimals}f}".replace(",", "\u202f").replace(".", ",")
    return f"{written}\u00a0{unit}"


def rounded(value: float, unit: str, *, digits: int = 3, decimals: int = 4) -> str:
    """Return an amount to some significant digits, ``decimals`` at most, with its unit in the scale that reads best.

    >>> rounded(5542.0, "millions d’euros"), rounded(30.4, "milliers de ménages", digits=2)
    ('5,54\\xa0milliards d’euros', '30\\u202f000\\xa0ménages')
    """
    scaled = _SCALED.fullmatch(unit)
    places = _places(value, digits)
    whole = round(value, places)
    if scaled is None:
        return f"{_trimmed(whole, min(places, decimals))}\u00a0{unit}"
    whole *= _SCALES[scaled["scale"]]
    word = next((word for word, scale in _SCALES.items() if abs(whole) >= scale > 1e3), None)
    if word is None:
        return quantity(whole, scaled["noun"], 0)
    seen = whole / _SCALES[word]
    said = word if abs(seen) >= 2 else word[:-1]
    return f"{_trimmed(seen, _places(seen, digits))}\u00a0{said} {scaled['link']}{scaled['noun']}"


def _places(value: float, digits: int) -> int:
    return digits - 1 - math.floor(math.log10(abs(value))) if value else 0


def _trimmed(value: float, places: int) -> str:
    """Write a number without decimals that are all zeros."""
    return re.sub(",0+$", "", quantity(value, "", max(places, 0)).rstrip("\u00a0"))


def fraction(value: float) -> str:
    """Return a share in words when it is within one point of a plain fraction, else rounded."""
    distance, words = min((abs(value - exact), words) for exact, words in _FRACTIONS)
    return words if distance <= _CLOSE else percent(value, 0)


def known_placeholders(template: str, allowed: Iterable[str] = PLACEHOLDERS) -> str:
    """Return the template; raises ValueError when it has a name between braces that is not among those allowed."""
    for name in _FIELD.findall(template):
        if name not in allowed:
            raise ValueError(f"« {{{name}}} » n’est pas un nombre connu : {', '.join(allowed)}.")
    return template


def fill_sentence(
    template: str,
    *,
    estimate: float,
    low: float | None = None,
    high: float | None = None,
    unit: str = "%",
    decimals: int = 1,
) -> str:
    """Return a template filled with a figure, and its interval when it is given, all in ``unit``."""
    words = fraction(estimate)
    filled = {
        "part": percent(estimate, 0),
        "precis": percent(estimate),
        "valeur": quantity(estimate, unit, decimals),
        "rond": rounded(estimate, unit, decimals=decimals),
        "bas": "…" if low is None else quantity(low, unit, decimals),
        "haut": "…" if high is None else quantity(high, unit, decimals),
        "fraction": words,
        "Fraction": words[0].upper() + words[1:],
    }
    return _FIELD.sub(lambda match: filled[match[1]], template)
