"""How templates write a figure: its value, its interval, the description of a chart."""

from django import template

from maille.web.observatory import phrases
from maille.web.observatory.drawing import Chart
from maille.web.observatory.records import Cell
from maille.web.typography import french

register = template.Library()


@register.filter
def value(cell: Cell) -> str:
    return phrases.value(cell)


@register.filter
def interval(cell: Cell) -> str:
    return phrases.interval(cell)


@register.filter
def described(chart: Chart) -> str:
    return french(phrases.described(chart))


@register.filter
def start(text: str) -> str:
    return text[:1].upper() + text[1:]


@register.filter
def small(text: str) -> str:
    return phrases.small(text)
