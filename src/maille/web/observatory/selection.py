"""What a reader asks of the explorer, read from the address: every value is known, the others are named and left."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from maille.territory import load_reference
from maille.web.observatory.pages import NoSuchPage
from maille.web.observatory.records import TERRITORIES, TOTAL, Cell, Edition, Indicator, Sheet

KINDS = {
    "size_band": "par taille",
    "region": "par région",
    "departement": "par département",
    TOTAL: "ensemble seulement",
}
DEPARTEMENT = "departement"


@dataclass(frozen=True)
class Selection:
    """A table with the indicators, the measure and the domains that are shown.

    ``region`` keeps the départements of one région; ``precise`` leaves the imprecise figures out; ``ignored`` are the
    values of the address that the table does not have.
    """

    sheet: Sheet
    indicators: tuple[Indicator, ...]
    measure: str
    kind: str
    region: str
    precise: bool
    ignored: tuple[str, ...]
    measures: tuple[str, ...]
    kinds: tuple[str, ...]
    cells: tuple[Cell, ...]

    @property
    def query(self) -> str:
        """The address of this selection and no other: what is left out is the default."""
        asked = [("tableau", self.sheet.code), ("mesure", self.measure), ("domaines", self.kind)]
        asked += [("indicateur", indicator.code) for indicator in self.indicators]
        asked += [("region", self.region)] if self.region else []
        asked += [("precis", "oui")] if self.precise else []
        return urlencode(asked)

    def of(self, indicator: Indicator) -> list[Cell]:
        """Return the cells of one indicator, its total last."""
        return [cell for cell in self.cells if cell.indicator == indicator.code]

    @property
    def on_map(self) -> bool:
        """Whether the domains are territories."""
        return self.kind in TERRITORIES


def regions() -> dict[str, str]:
    """Return the régions by code."""
    table = load_reference().regions
    return dict(zip(table["code"], table["name"], strict=True))


def read_selection(current: Edition, asked: QueryDict) -> Selection:
    """Return what is asked of an edition; raises NoSuchPage for an unknown table."""
    sheets = current.sheets()
    wanted = asked.get("tableau") or sheets[0].code
    sheet = next((item for item in sheets if item.code == wanted), None)
    if sheet is None:
        raise NoSuchPage("ce tableau n'est pas publié.")
    cells = current.cells(sheet)
    ignored: list[str] = []
    measures = tuple(code for code in sheet.measures if any(cell.measure == code for cell in cells))
    measure = _among(asked.get("mesure", ""), measures, ignored)
    cells = [cell for cell in cells if cell.measure == measure]
    kinds = tuple(kind for kind in KINDS if any(cell.domain_type == kind for cell in cells))
    kind = _among(asked.get("domaines", ""), kinds, ignored)
    offered = [item for item in sheet.indicators if any(cell.indicator == item.code for cell in cells)]
    region = _among(asked.get("region", ""), ["", *regions()], ignored) if kind == DEPARTEMENT else ""
    precise = asked.get("precis") == "oui"
    chosen = _indicators(asked.getlist("indicateur"), offered, ignored)
    return Selection(
        sheet=sheet,
        indicators=chosen,
        measure=measure,
        kind=kind,
        region=region,
        precise=precise,
        ignored=tuple(ignored),
        measures=measures,
        kinds=kinds,
        cells=tuple(_kept(cells, chosen, kind=kind, region=region, precise=precise)),
    )


def _among(asked: str, known: Sequence[str], ignored: list[str]) -> str:
    if asked in known:
        return asked
    if asked:
        ignored.append(asked[:40])
    return known[0]


def _indicators(asked: Sequence[str], offered: Sequence[Indicator], ignored: list[str]) -> tuple[Indicator, ...]:
    """Return the indicators asked for, in the order of the table; the first one when none is."""
    codes = {item.code for item in offered}
    ignored += [code[:40] for code in dict.fromkeys(asked) if code not in codes][:5]
    return tuple(item for item in offered if item.code in set(asked)) or tuple(offered[:1])


def _kept(
    cells: Sequence[Cell], indicators: Sequence[Indicator], *, kind: str, region: str, precise: bool
) -> list[Cell]:
    codes = {item.code for item in indicators}
    inside = _departements(region) if region else None
    return [
        cell
        for cell in cells
        if cell.indicator in codes
        and cell.domain_type in (kind, TOTAL)
        and (inside is None or cell.domain_type != DEPARTEMENT or cell.domain in inside)
        and not (precise and cell.imprecise)
    ]


def _departements(region: str) -> set[str]:
    table = load_reference().departements
    codes = [code for code, owner in zip(table["code"], table["region"], strict=True) if owner == region]
    return {f"DEP-{code}" for code in codes}
