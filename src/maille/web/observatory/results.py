"""The results: the list of tables, one table, one indicator, and the thread of one figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from maille.web.observatory import phrases
from maille.web.observatory.downloads import offers
from maille.web.observatory.drawing import Chart, interval_chart
from maille.web.observatory.lineage import one_a_step, thread
from maille.web.observatory.pages import NoSuchPage, page, public, published
from maille.web.observatory.places import NOUNS, places
from maille.web.observatory.records import Cell, Edition, Indicator, Sheet, edition, latest, small
from maille.web.observatory.report import is_reported

OVERVIEW = 6


@dataclass(frozen=True)
class Shown:
    """A cell as the templates write it."""

    cell: Cell
    label: str
    value: str
    interval: str
    href: str
    short: str = ""

    @property
    def inline(self) -> str:
        """The domain as it enters a sentence."""
        return small(self.label)


@dataclass(frozen=True)
class Measured:
    """One measure of a table or of an indicator: its words, its chart, its rows."""

    code: str
    title: str
    whom: str
    chart: Chart
    columns: tuple[str, ...]
    rows: tuple[tuple[Indicator, tuple[Shown, ...]], ...]
    reading: str = ""

    @property
    def sized(self) -> bool:
        """Whether the sizes of the domains are known; those of a share among some only are not."""
        return not self.rows[0][0].among and any(shown.cell.universe_size is not None for shown in self.shown)

    @property
    def first(self) -> Cell:
        """The first figure: it says the kind and the unit of all."""
        return self.shown[0].cell

    @property
    def unit_note(self) -> str:
        """What the figures count."""
        units = {cells[0].cell.unit for _, cells in self.rows}
        return phrases.unit_note(self.first) if len(units) == 1 else "Chaque ligne est dans son unité."

    @property
    def imprecise(self) -> bool:
        """Whether a figure is said to be imprecise."""
        return any(shown.cell.imprecise for _, cells in self.rows for shown in cells)

    @property
    def shown(self) -> tuple[Shown, ...]:
        """The figures of the first indicator."""
        return self.rows[0][1]


@public
def tables(request: HttpRequest) -> HttpResponse:
    current = latest(published())
    sheets = [] if current is None else [(sheet, overview(current, sheet)) for sheet in current.sheets()]
    compared = current is not None and published().exists(f"disseminated/{current.code}/evolutions")
    reported = current is not None and is_reported(current)
    crossed = f"disseminated/{current.code}/crossings" if current else ""
    has_crossings = published().exists(crossed) and published().card(crossed).rows > 0
    return page(
        request,
        "results",
        section="resultats",
        edition=current,
        sheets=sheets,
        compared=compared,
        reported=reported,
        crossed=has_crossings,
    )


@public
def table(request: HttpRequest, *, edition: str, table: str) -> HttpResponse:
    current, sheet = _opened(edition, table)
    cells = current.cells(sheet)
    banded = [cell for cell in cells if not cell.is_territory]
    measured, matrices = (
        [_measured(current, sheet, indicators=sheet.indicators, cells=part) for part in parts]
        for parts in (_by_measure(sheet, banded), _by_measure(sheet, banded, mixed=True))
    )
    return page(
        request,
        "table",
        section="resultats",
        edition=current,
        sheet=sheet,
        corrected=current.corrected(table),
        measured=[part for part in measured if len(part.rows) > 1 or len(measured) == 1],
        matrices=matrices,
        main=measured[0],
        extremes=_extremes(measured[0]) if measured[0].first.is_share else (),
        between=phrases.between(measured[0].rows[0][1][-1].cell),
        territories=_territories(sheet, cells),
        offers=offers(current, sheet),
        thread=one_a_step(thread(sheet.card), universe=sheet.universe),
        address=request.build_absolute_uri(request.path),
    )


@public
def indicator(request: HttpRequest, *, edition: str, table: str, indicator: str) -> HttpResponse:
    current, sheet = _opened(edition, table)
    chosen = _chosen(sheet, indicator)
    cells = [cell for cell in current.cells(sheet) if cell.indicator == indicator]
    parts = _by_measure(sheet, [cell for cell in cells if not cell.is_territory])
    measured = [_by_domain(current, sheet, chosen=chosen, cells=cells) for cells in parts]
    main = parts[0]
    return page(
        request,
        "indicator",
        section="resultats",
        edition=current,
        sheet=sheet,
        corrected=current.corrected(table),
        indicator=chosen,
        measured=measured,
        heading=phrases.heading(chosen, main[-1]),
        between=phrases.between(main[-1]),
        total=measured[0].shown[-1],
        noun=phrases.noun(main[-1]),
        places=places(current, [cell for cell in cells if cell.is_territory and cell.measure == main[-1].measure]),
        gradient=phrases.gradient(current, main),
        precision=phrases.precision(current, main),
        respondents=main[-1].respondents,
        offers=offers(current, sheet),
        others=[other for other in sheet.indicators if other != chosen],
        address=request.build_absolute_uri(request.path),
    )


@public
def figure(
    request: HttpRequest, *, edition: str, table: str, indicator: str, measure: str, domain: str
) -> HttpResponse:
    current, sheet = _opened(edition, table)
    chosen = _chosen(sheet, indicator)
    wanted = (indicator, measure, domain)
    found = [cell for cell in current.cells(sheet) if (cell.indicator, cell.measure, cell.domain) == wanted]
    if not found:
        raise NoSuchPage("ce chiffre n'est pas publié.")
    cell = found[0]
    return page(
        request,
        "figure",
        section="resultats",
        edition=current,
        sheet=sheet,
        indicator=chosen,
        shown=linked_cell(current, sheet, cell),
        between=phrases.between(cell),
        noun=phrases.noun(cell),
        whom=phrases.whom(measure),
        measure=current.measure(measure),
        thread=thread(sheet.card, about=(table, indicator)),
        card=sheet.card,
    )


def overview(current: Edition, sheet: Sheet) -> Chart:
    """Return the small chart of a table: its largest totals, first measure."""
    totals = [cell for cell in current.cells(sheet) if cell.is_total and cell.measure == sheet.measures[0]]
    # One axis holds one unit, and never a total beside a mean of the same unit.
    alike = [cell for cell in totals if (cell.unit, cell.kind) == (totals[0].unit, totals[0].kind)]
    ranked = sorted(alike, key=lambda cell: -(cell.estimate or 0) if cell.shown else 1)[:OVERVIEW]
    return interval_chart([(current.indicators[cell.indicator].label, cell) for cell in ranked])


def _opened(code: str, table: str) -> tuple[Edition, Sheet]:
    current = edition(published(), code)
    return current, current.sheet(table)


def _chosen(sheet: Sheet, indicator: str) -> Indicator:
    for candidate in sheet.indicators:
        if candidate.code == indicator:
            return candidate
    raise NoSuchPage("cet indicateur n'est pas publié.")


def _measured(current: Edition, sheet: Sheet, *, indicators: Sequence[Indicator], cells: Sequence[Cell]) -> Measured:
    groups = {key: list(group) for key, group in groupby(sorted(cells, key=_by_indicator), key=_by_indicator)}
    kept = [item for item in indicators if item.code in groups]
    totals = [(item.label, cell) for item in kept for cell in groups[item.code] if cell.is_total]
    rows = tuple((item, tuple(linked_cell(current, sheet, cell) for cell in groups[item.code])) for item in kept)
    measure = cells[0].measure
    overall = [cell for _, cell in totals]
    return Measured(
        code=measure,
        title=current.measure(measure),
        whom=phrases.whom(measure),
        chart=interval_chart(totals),
        columns=tuple(shown.label for shown in rows[0][1]),
        rows=rows,
        reading=phrases.reading(current, overall, measure=current.measure(measure), label=totals[0][0]),
    )


def _by_domain(current: Edition, sheet: Sheet, *, chosen: Indicator, cells: Sequence[Cell]) -> Measured:
    measure = cells[0].measure
    return Measured(
        code=measure,
        title=current.measure(measure),
        whom=phrases.whom(measure),
        chart=interval_chart([(current.domain(cell), cell) for cell in cells]),
        columns=(),
        rows=((chosen, tuple(linked_cell(current, sheet, cell) for cell in cells)),),
        reading=phrases.reading(current, cells, measure=current.measure(measure), label=chosen.label),
    )


def _extremes(part: Measured) -> tuple[tuple[Indicator, Shown], ...]:
    """Return the most and the least frequent indicators by their totals; nothing below three."""
    totals = [(indicator, shown[-1]) for indicator, shown in part.rows if shown[-1].cell.shown]
    ranked = sorted(totals, key=lambda pair: pair[1].cell.estimate or 0)
    return (ranked[-1], ranked[0]) if len(ranked) > 2 else ()


def _by_measure(sheet: Sheet, cells: Sequence[Cell], *, mixed: bool = False) -> list[list[Cell]]:
    """Return the cells of each published measure that has some, in the order of the table; ``mixed`` joins units.

    One axis holds one unit, and never a total beside a mean of the same unit.
    """
    axes = [None] if mixed else list(dict.fromkeys(_axis(cell) for cell in cells))
    parts = [
        [cell for cell in cells if cell.measure == measure and axis in (None, _axis(cell))]
        for measure in sheet.measures
        for axis in axes
    ]
    found = [part for part in parts if part]
    if not found:
        raise NoSuchPage("ce tableau n'a pas de chiffre.")
    return found


def _axis(cell: Cell) -> tuple[str, bool]:
    return cell.unit, cell.kind == "total"


def _territories(sheet: Sheet, cells: Sequence[Cell]) -> str:
    """Say by which territories the indicators of a table are given, all of them or some."""
    given = {noun: {cell.indicator for cell in cells if cell.domain_type == kind} for kind, noun in NOUNS.items()}
    every = [f"par {noun}" for noun, codes in given.items() if len(codes) == len(sheet.indicators)]
    some = [f"{len(codes)} par {noun}" for noun, codes in given.items() if 0 < len(codes) < len(sheet.indicators)]
    if not every and not some:
        return ""
    said = f"Chaque indicateur de ce tableau est aussi donné {' et '.join(every)}" if every else ""
    rest = f"{', et ' if every else 'De ces indicateurs sont donnés '}{' et '.join(some)}" if some else ""
    return f"{said}{rest} : ouvrez-le par son nom dans le tableau ci-dessous."


def _by_indicator(cell: Cell) -> str:
    return cell.indicator


def linked_cell(current: Edition, sheet: Sheet, cell: Cell) -> Shown:
    """Return a cell as templates write it, with the address of its thread; an old version's thread has none."""
    address = [sheet.edition, sheet.code, cell.indicator, cell.measure, cell.domain]
    return Shown(
        cell=cell,
        label=current.domain(cell),
        value=phrases.value(cell),
        interval=phrases.interval(cell),
        short=phrases.short(cell),
        href="" if current.replaced_by else reverse("observatory:figure", args=address),
    )
