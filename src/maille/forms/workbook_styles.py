"""How an offline workbook looks: black lines, white space, the ink and the green of the site."""

import textwrap
from typing import Any

from xlsxwriter.format import Format

_INK, _SECOND, _LINE, _GREEN, _PAPER, _GREY = "#18211E", "#434B47", "#DAD4C6", "#0B5A50", "#E2EFEA", "#E9E4D8"
_FONT = {"font_name": "Calibri", "font_size": 11, "font_color": _INK, "valign": "top"}
_WRAP = _FONT | {"text_wrap": True}
_ROW = _WRAP | {"bottom": 1, "bottom_color": _LINE}
_FIELD = _WRAP | {"border": 1, "border_color": "#7B776A", "bg_color": "#FFFFFF", "locked": False}

_STYLES: dict[str, dict[str, Any]] = {
    "locked": _FONT,
    "title": _FONT | {"font_size": 16, "bold": True},
    "intro": _WRAP | {"font_color": _SECOND},
    "head": _WRAP | {"bold": True, "bottom": 2, "font_size": 10},
    "number": _ROW | {"font_color": _SECOND},
    "question": _WRAP | {"bold": True, "top": 2, "bottom": 1, "bottom_color": _LINE},
    "row": _ROW,
    "unit": _ROW | {"align": "left", "indent": 1},
    "choice": _ROW | {"indent": 2},
    "tick": _FIELD | {"align": "center", "num_format": "@"},
    "text": _FIELD | {"num_format": "@", "align": "left", "indent": 1},
    "choice answer": _FIELD | {"num_format": "@", "align": "left", "indent": 1},
    "whole": _FIELD | {"num_format": "#,##0", "align": "right"},
    "decimal": _FIELD | {"num_format": "#,##0.##########", "align": "right"},
    "year": _FIELD | {"num_format": "0", "align": "right"},
    "off": {"bg_color": _GREY, "font_color": "#5C635E", "pattern": 1},
    "note title": _WRAP | {"font_size": 20, "bold": True},
    "note head": _WRAP | {"font_size": 13, "bold": True, "bottom": 2},
    "note": _WRAP,
    "note mark": _WRAP | {"bold": True, "bg_color": _PAPER, "font_color": _GREEN},
    "question text": {"font_name": "Calibri", "font_size": 11, "font_color": _INK, "bold": True},
    "row text": {"font_name": "Calibri", "font_size": 11, "font_color": _INK},
    "help": {"font_name": "Calibri", "font_size": 10, "font_color": _SECOND},
}


def styles(book: Any) -> dict[str, Format]:
    """Return the formats of a workbook, by what they are for."""
    return {name: book.add_format(style) for name, style in _STYLES.items()}


def height(style: str, *texts: str, width: float) -> float:
    """Return the height of a row that shows the longest of ``texts`` in a column of ``width`` signs, in points."""
    font = float(_STYLES[style].get("font_size", 11))
    # A bold sign takes a tenth more; a column holds a little more than its width in digits.
    signs = width * 1.14 * 11 / font * (0.9 if _STYLES[style].get("bold") else 1)
    lines = max((len(_lines(text, round(signs))) for text in texts), default=1)
    return round(lines * font * 1.3 + 3, 1)


def _lines(text: str, signs: int) -> list[str]:
    return [line for part in text.splitlines() or [""] for line in textwrap.wrap(part, signs) or [""]]
