"""Names of communes as people write them: accents, hyphens, « St », articles, « Lyon 3e »."""

import re
import unicodedata
from bisect import bisect
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache

from maille.territory.history import Period, periods
from maille.territory.reference import Reference

_WORDS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_ARTICLE = re.compile(r"^(le|la|les|l|los|las|aux) (?=.)")
_ARRONDISSEMENT = re.compile(r"^(paris|lyon|marseille) 0?(\d{1,2}) ?(?:er|eme|e)?(?: arrondissement)?$")
_LENGTHS = 3


def key(name: str) -> str:
    """Return the spelling under which a name is compared: plain letters, single spaces, « st » written out.

    >>> key("ST-ÉTIENNE s/ l'Œuvre"), key("Lyon 3")
    ('saint etienne sur l oeuvre', 'lyon 3e arrondissement')
    """
    plain = name.casefold().replace("œ", "oe").replace("æ", "ae").replace("s/", "sur ")
    letters = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    words = " ".join(_WORDS.get(word, word) for word in re.findall(r"[a-z0-9]+", letters))
    city = _ARRONDISSEMENT.match(words)
    if city and int(city[2]):
        return f"{city[1]} {int(city[2])}{'er' if int(city[2]) == 1 else 'e'} arrondissement"
    return words


def bare(spelling: str) -> str:
    """Return a key without its leading article."""
    return _ARTICLE.sub("", spelling)


@cache
def index(reference: Reference) -> Mapping[str, tuple[Period, ...]]:
    """Return the periods of all names by key."""
    found: dict[str, list[Period]] = {}
    for rows in periods(reference).values():
        for row in rows:
            found.setdefault(key(row.name), []).append(row)
    return {spelling: tuple(rows) for spelling, rows in found.items()}


@cache
def bare_index(reference: Reference) -> Mapping[str, tuple[Period, ...]]:
    """Return the periods of all names by key without article."""
    found: dict[str, list[Period]] = {}
    for spelling, rows in index(reference).items():
        found.setdefault(bare(spelling), []).extend(rows)
    return {spelling: tuple(rows) for spelling, rows in found.items()}


def named(name: str, reference: Reference) -> tuple[Period, ...]:
    """Return the periods that bear a name, with its article or, failing that, without."""
    spelling = key(name)
    return index(reference).get(spelling) or bare_index(reference).get(bare(spelling), ())


def near_names(name: str, reference: Reference, *, most: int = 5) -> tuple[Period, ...]:
    """Return one period for each of the names that resemble ``name`` most, best first."""
    spelling = bare(key(name))
    known = bare_index(reference)
    close = [
        word for word in known if word[:1] == spelling[:1] and abs(len(word) - len(spelling)) <= _LENGTHS and spelling
    ]
    return tuple(known[word][-1] for word in get_close_matches(spelling, close, n=most, cutoff=0.7))


def near_codes(code: str, reference: Reference, *, most: int = 5) -> tuple[Period, ...]:
    """Return one period for each known code one typing mistake away (a sign lost, added, changed, swapped).

    Without any, the codes just before and after it in alphabetical order.
    """
    signs = "0123456789AB"
    cuts = [(code[:i], code[i:]) for i in range(len(code) + 1)]
    mistakes = {left + sign + right for left, right in cuts for sign in signs}
    mistakes |= {left + right[1:] for left, right in cuts if right}
    mistakes |= {left + sign + right[1:] for left, right in cuts if right for sign in signs}
    mistakes |= {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    known = periods(reference)
    found = [known[near][-1] for near in sorted(mistakes - {code}) if near in known]
    if not found:
        order = sorted(known)
        place = bisect(order, code)
        found = [known[near][-1] for near in order[max(place - 1, 0) : place + 1]]

    # A spreadsheet eats the first zero; a code of today comes before an old one; mistakes are rare at the beginning.
    def rank(row: Period) -> tuple[bool, bool, int, str]:
        return row.code != f"0{code}", not row.is_commune, -_common(row.code, code), row.code

    return tuple(sorted(found, key=rank)[:most])


def _common(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
