"""The explorer: choose a table, indicators, a measure, domains; see, cite and take away exactly that."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from maille.web.observatory import phrases
from maille.web.observatory.circles import CircleMap, circle_map
from maille.web.observatory.drawing import Chart, interval_chart
from maille.web.observatory.pages import page, public, published
from maille.web.observatory.places import NOUNS, Places, places
from maille.web.observatory.records import TOTAL, Cell, Edition, edition, small
from maille.web.observatory.results import Shown, linked_cell
from maille.web.observatory.selection import KINDS, Selection, read_selection, regions

CHARTS = 6
CROWD = 40
TOTALS = "total"


@dataclass(frozen=True)
class Panel:
    """One chart, and what it shows."""

    title: str
    unit: str
    chart: Chart


@dataclass(frozen=True)
class Line:
    """One row of the table: its name, and its figures."""

    label: str
    total: bool
    cells: tuple[Shown | None, ...]


@dataclass(frozen=True)
class Citation:
    """How to name the selection: a sentence, a BibTeX entry, its address."""

    text: str
    bibtex: str
    address: str


@dataclass(frozen=True)
class Addresses:
    """Where the explorer of an edition is, or of one of its versions, with its files."""

    page: str
    csv: str
    xlsx: str
    chart: str
    map: str


@public
def explorer(request: HttpRequest, *, edition: str, version: str | None = None) -> HttpResponse:
    current = _edition(edition, version)
    chosen = read_selection(current, request.GET)
    heads, lines = table_of(current, chosen)
    return page(
        request,
        "explorer",
        section="resultats",
        edition=current,
        addresses=addresses(edition, version),
        now=_now(current, chosen),
        chosen=chosen,
        sheets=current.sheets(),
        offered=_offered(current, chosen),
        kinds={kind: KINDS[kind] for kind in chosen.kinds},
        measures={code: current.measure(code) for code in chosen.measures},
        regions=regions() if chosen.kind == "departement" else {},
        panels=panels(current, chosen),
        places=choropleth_of(current, chosen),
        circles=circles_of(current, chosen),
        noun=NOUNS.get(chosen.kind, ""),
        kind_label=KINDS[chosen.kind],
        absent_label="Hors de la région, ou trop peu de réponses" if chosen.region else "Trop peu de réponses",
        sentence=sentence(current, chosen),
        explanation=explanation(chosen),
        unsaid=sum(cell.is_territory and not cell.shown for cell in chosen.of(chosen.indicators[0])),
        heads=heads,
        lines=lines,
        imprecise=any(cell.imprecise for cell in chosen.cells),
        citation=citation(current, chosen),
    )


def addresses(edition: str, version: str | None = None) -> Addresses:
    """Return the addresses of the explorer of an edition, of one of its versions when it is named."""
    where = {"edition": edition} | ({"version": version} if version else {})

    def file(name: str, **what: str) -> str:
        return reverse(f"observatory:{name}", kwargs=where | what)

    return Addresses(
        page=file("explorer"),
        csv=file("selection_file", ending="csv"),
        xlsx=file("selection_file", ending="xlsx"),
        chart=file("drawing_file", what="graphique"),
        map=file("drawing_file", what="carte"),
    )


def _now(current: Edition, chosen: Selection) -> str:
    """Return where the same selection is in the last version, when it replaces the one shown; empty otherwise."""
    if not current.replaced_by:
        return ""
    last = {sheet.code for sheet in _edition(current.code).sheets()}
    return addresses(current.code).page + (f"?{chosen.query}" if chosen.sheet.code in last else "")


def panels(current: Edition, chosen: Selection) -> list[Panel]:
    """Return the charts: by domain for each indicator, or one with all of them when only totals are asked for.

    Many territories make no chart that can be read: their map and their table say the same.
    """
    if chosen.kind == TOTAL:
        units = list(dict.fromkeys(cell.unit for cell in chosen.cells))
        groups = [[cell for cell in chosen.cells if cell.unit == unit] for unit in units]
        return [_panel(current.measure(chosen.measure), _named(current, group)) for group in groups]
    found = []
    for indicator in chosen.indicators[:CHARTS]:
        cells = _ranked(chosen, chosen.of(indicator))
        if cells and len(cells) <= CROWD:
            found.append(_panel(indicator.label, [(current.domain(cell), cell) for cell in cells]))
    return found


def _panel(title: str, rows: Sequence[tuple[str, Cell]]) -> Panel:
    return Panel(title, phrases.unit_note(rows[0][1]), interval_chart(rows))


def _named(current: Edition, cells: Sequence[Cell]) -> list[tuple[str, Cell]]:
    return [(current.indicators[cell.indicator].label, cell) for cell in cells]


def _ranked(chosen: Selection, cells: Sequence[Cell]) -> list[Cell]:
    """Put territories from the largest figure to the smallest, without those that have none; bands keep their order.

    Beside its parts a sum would flatten them: it is left to the table.
    """
    kept = [cell for cell in cells if not (cell.is_total and cell.kind == TOTALS)]
    if not chosen.on_map:
        return kept
    shown = [cell for cell in kept if cell.shown]
    return sorted(shown, key=lambda cell: (cell.is_total, -(cell.estimate or 0)))


def choropleth_of(current: Edition, chosen: Selection) -> Places | None:
    """Return the coloured map of one indicator that is no total, None without one."""
    if not _mapped(chosen) or chosen.indicators[0].kind == TOTALS:
        return None
    found = places(current, [cell for cell in chosen.cells if cell.domain_type == chosen.kind])
    return found[0] if found else None


def circles_of(current: Edition, chosen: Selection) -> CircleMap | None:
    """Return the map of circles of one total, None without one."""
    if not _mapped(chosen) or chosen.indicators[0].kind != TOTALS:
        return None
    return circle_map(current, chosen.kind, chosen.cells)


def _mapped(chosen: Selection) -> bool:
    return chosen.on_map and len(chosen.indicators) == 1 and any(cell.is_territory for cell in chosen.cells)


def table_of(current: Edition, chosen: Selection) -> tuple[list[str], list[Line]]:
    """Return the heads and the rows: domains in rows when there are many, else indicators."""
    found = {(cell.indicator, cell.domain): linked_cell(current, chosen.sheet, cell) for cell in chosen.cells}
    domains = {cell.domain: cell for cell in chosen.cells}
    names = {domain: current.domain(cell) for domain, cell in domains.items()}
    if len(chosen.indicators) > 1 and not chosen.on_map:
        lines = [
            Line(item.label, False, tuple(found.get((item.code, domain)) for domain in domains))
            for item in chosen.indicators
        ]
        return list(names.values()), lines
    heads = [_head(item.label, item.unit, kind=item.kind) for item in chosen.indicators]
    lines = [
        Line(names[domain], cell.is_total, tuple(found.get((item.code, domain)) for item in chosen.indicators))
        for domain, cell in domains.items()
    ]
    return heads, lines


def _head(label: str, unit: str, *, kind: str) -> str:
    return label if kind == "share" else f"{label} ({unit})"


def sentence(current: Edition, chosen: Selection) -> str:
    """Say what the selection shows, from its own figures; empty when there is none."""
    first = chosen.indicators[0] if chosen.indicators else None
    if first is None:
        return ""
    cells = chosen.of(first)
    total = next((cell for cell in cells if cell.is_total and cell.shown), None)
    whole = f"« {first.label} » : {phrases.value(total)} dans l’ensemble" if total else f"« {first.label} »"
    if total and phrases.between(total):
        whole += f", {phrases.between(total)} compte tenu de la marge d’erreur"
    parts = sorted((cell for cell in cells if cell.shown and not cell.is_total), key=lambda cell: cell.estimate or 0)
    if len(parts) < 2:
        return f"{whole}." if total else ""
    low, high = parts[0], parts[-1]
    ends = f"de {phrases.value(low)} ({_place(current, low)}) à {phrases.value(high)} ({_place(current, high)})"
    return f"{whole} ; {ends}."


def _place(current: Edition, cell: Cell) -> str:
    name = current.domain(cell)
    return name if cell.is_territory else small(name)


def explanation(chosen: Selection) -> str:
    """Say why nothing is shown, when nothing is."""
    if any(cell.shown for cell in chosen.cells):
        return ""
    if not chosen.cells:
        return "Aucun chiffre ne répond à ces choix. Gardez les chiffres peu précis, ou changez de domaine."
    if all(cell.status == "secret" for cell in chosen.cells):
        return "Tous ces chiffres sont secrets : trop peu de collectivités sont concernées, ou un total les trahirait."
    return "Aucun de ces chiffres n’est publié : ils sont secrets, ou trop peu de collectivités ont répondu."


def citation(current: Edition, chosen: Selection) -> Citation:
    """Return how to cite a selection; the year is that of the version, and the address keeps it once it is frozen."""
    sheet, release = chosen.sheet, current.release
    kept = addresses(current.code, release.version if release else None)
    address = f"{settings.MAILLE_SITE}{kept.page}?{chosen.query}"
    state = "" if release else ", provisoire"
    simulated = " (données simulées)" if current.simulated else ""
    title = f"Enquête {current.title}, tableau {sheet.number}, {small(sheet.title)}"
    version = f"version {sheet.version}{state}"
    bibtex = "\n".join(
        [
            f"@misc{{maille-{current.code}-{sheet.code},",
            "  author = {Maille},",
            f"  title = {{{title}{simulated}}},",
            f"  year = {{{sheet.released_on.year}}},",
            f"  note = {{{version.capitalize()}}},",
            f"  url = {{{address}}}",
            "}",
        ]
    )
    return Citation(f"Maille, {title[0].lower()}{title[1:]}, {version}{simulated}.", bibtex, address)


def _offered(current: Edition, chosen: Selection) -> list[tuple[str, str, bool]]:
    """Return the indicators of the table, those that are chosen first: code, label, whether it is chosen."""
    kept = {item.code for item in chosen.indicators}
    offered = [(item.code, item.label, item.code in kept) for item in chosen.sheet.indicators]
    return sorted(offered, key=lambda row: not row[2])


def _edition(code: str, version: str | None = None) -> Edition:
    return edition(published(), code, version)
