"""What changed since the edition before: each figure beside the one published then, and what breaks the comparison."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from maille.web.observatory import phrases
from maille.web.observatory.pages import NoSuchPage, page, public, published
from maille.web.observatory.records import Edition, edition
from maille.web.typography import number, percent

BEFORE = {
    "published": "",
    "approximate": "arrondi par la source",
    "qualitative": "dit en mots par la source",
    "derived": "déduit de la source",
}


@dataclass(frozen=True)
class Change:
    """One figure at the two dates, as the table writes it."""

    label: str
    domain: str
    measure: str
    before: str
    after: str
    difference: str
    interval: str
    clear: bool
    reserve: str
    rupture: str
    href: str


@public
def evolutions(request: HttpRequest, edition: str) -> HttpResponse:
    current = _edition(edition)
    name = f"disseminated/{edition}/evolutions"
    if not current.published.exists(name):
        raise NoSuchPage("cette édition n'est comparée à aucune autre.")
    dataset = published().read(name)
    rows = list(dataset.table.iter_rows(named=True))
    changes = [_change(current, row) for row in rows]
    return page(
        request,
        "evolutions",
        section="resultats",
        edition=current,
        card=dataset.card,
        changes=changes,
        years=(rows[0]["year_before"], rows[0]["year_after"]) if rows else ("", ""),
        ruptures=list(dict.fromkeys(change.rupture for change in changes if change.rupture)),
        plain=[change for change in changes if change.difference and not change.rupture],
        clear=sum(change.clear for change in changes),
    )


def _edition(code: str) -> Edition:
    return edition(published(), code)


def _change(current: Edition, row: Mapping[str, Any]) -> Change:
    shown = row["difference"] is not None
    table = next((code for code, keys in current.order.items() if row["indicator"] in keys), "")
    clear = shown and (row["ci_low"] > 0 or row["ci_high"] < 0)
    return Change(
        label=current.indicators[row["indicator"]].label,
        domain=current.domains.get(table, {}).get(row["domain"], row["domain"]),
        measure=current.measure(row["measure"]),
        before=percent(row["before"], 0),
        after=percent(row["after"])
        if row["after"] is not None
        else phrases.WHY_HIDDEN.get(row["status"], "non publié"),
        difference=_signed(row["difference"]) if shown else "",
        interval=f"[{_signed(row['ci_low'])} ; {_signed(row['ci_high'])}]" if shown else "",
        clear=clear and not row["break"],
        reserve=BEFORE.get(row["before_status"], ""),
        rupture=row["break"] or "",
        href=reverse("observatory:indicator", args=[current.code, table, row["indicator"]]),
    )


def _signed(value: float) -> str:
    return f"+{number(value, 1)}" if value > 0 else number(value, 1).replace("-", "−")
