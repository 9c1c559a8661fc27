"""How an offline workbook looks: black lines, white space, the ink and the green of the site."""

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
    "intro": _FONT | {"font_color": _SECOND},
    "head": _WRAP | {"bold": True, "bottom": 2, "font_size": 10},
    "number": _ROW | {"font_color": _SECOND},
    "question": _WRAP | {"bold": True, "top": 2, "bottom": 1, "bottom_color": _LINE},
    "row": _ROW,
    "choice": _ROW | {"indent": 2},
    "tick": _FIELD | {"align": "center", "num_format": "@"},
    "text": _FIELD | {"num_format": "@"},
    "choice answer": _FIELD | {"num_format": "@"},
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
