"""Tags and filters that every template has: typography, numbers, icons."""

from datetime import datetime

from django import template
from django.template.base import Node, NodeList, Parser, Token
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe

from maille.web import typography
from maille.web.icons import icon as draw

register = template.Library()


@register.filter
def number(value: float | None, decimals: int = 0) -> str:
    return typography.number(value, decimals)


@register.filter
def percent(value: float | None, decimals: int = 1) -> str:
    return typography.percent(value, decimals)


@register.filter
def french(value: str) -> str:
    return typography.french(str(value))


@register.filter
def of_place(name: str) -> str:
    return typography.of_place(name)


@register.filter
def day(moment: datetime) -> str:
    """Write a day as one says it: aujourd’hui, hier, le 12 janvier."""
    ago = (timezone.localdate() - timezone.localdate(moment)).days
    return {0: "aujourd’hui", 1: "hier"}.get(ago, f"le {date_format(timezone.localtime(moment), 'j F')}")


@register.filter(name="of")
def of_key(mapping: dict[str, object], key: str) -> object:
    return mapping.get(key, "")


@register.simple_tag
def icon(name: str) -> SafeString:
    return mark_safe(draw(name))  # noqa: S308 - drawn by us, no data in it


class TypesetNode(Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        return mark_safe(typography.french_html(self.nodelist.render(context)))  # noqa: S308 - already escaped


@register.tag
def typeset(parser: Parser, token: Token) -> TypesetNode:
    """Typeset everything down to ``{% endtypeset %}``."""
    nodelist = parser.parse(("endtypeset",))
    parser.delete_first_token()
    return TypesetNode(nodelist)
