"""French typography on the site: that of every paper, and its application to the text of a page."""

import re
from functools import lru_cache

from maille.specs.typography import NARROW, french, number, of_place, percent

__all__ = ["NARROW", "french", "french_html", "number", "of_place", "percent"]

_TAG = re.compile(r"(<!--.*?-->|<(script|style|pre|code|textarea)\b.*?</\2>|<[^>]*>)", re.DOTALL | re.IGNORECASE)

_LONGEST = 300
_french = lru_cache(maxsize=8192)(french)
"""The same labels come back on every page: what is longer is somebody's own text."""


def _typeset(text: str) -> str:
    if text.isspace():
        return text
    return _french(text) if len(text) <= _LONGEST else french(text)


def french_html(html: str) -> str:
    """Apply ``french`` to the text of a page, never to its tags, code or fields."""
    parts = _TAG.split(html)
    # split() gives text, tag, name of the tag, text, tag, name, …
    del parts[2::3]
    parts[::2] = [_typeset(text) if text else "" for text in parts[::2]]
    return "".join(parts)
