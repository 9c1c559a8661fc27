"""What a published edition holds: its tables, their cells, and the words that name them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from maille.catalogue import Card, DatasetNotFound
from maille.web.observatory.published import HIDDEN, Published, Release

TOTAL = "total"
TERRITORIES = ("region", "departement")
LOW_PRECISION = "low_precision"
FIELDS = {
    "communes": "communes de France, départements d’outre-mer compris, hors communes sans habitant",
    "epci": "intercommunalités à fiscalité propre de France",
}
_KEYS = ["table", "indicator", "measure", "domain_type", "domain"]


@dataclass(frozen=True)
class Cell:
    """One published figure, in per cent, or the reason why it is not published."""

    table: str
    indicator: str
    measure: str
    domain_type: str
    domain: str
    status: str
    estimate: float | None = None
    standard_error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    respondents: int | None = None
    design_effect: float | None = None
    weight_min: float | None = None
    weight_max: float | None = None
    universe_size: int | None = None
    sampled: int | None = None
    all_observed: bool = False
    kind: str = "share"
    unit: str = "%"
    decimals: int = 1
    cv: float | None = None
    flag: str = ""

    @property
    def shown(self) -> bool:
        """Whether the figure has a number to show."""
        return self.status not in HIDDEN and self.estimate is not None

    @property
    def imprecise(self) -> bool:
        """Whether the figure is shown with the mention « peu précis »."""
        return self.shown and self.flag == LOW_PRECISION

    @property
    def is_share(self) -> bool:
        """Whether the figure is a share, in per cent."""
        return self.kind == "share"

    @property
    def is_territory(self) -> bool:
        """Whether the figure is that of a région or of a département."""
        return self.domain_type in TERRITORIES

    @property
    def is_total(self) -> bool:
        """Whether the figure covers the whole universe."""
        return self.domain_type == TOTAL

    @property
    def whole(self) -> bool:
        """Whether every authority of the domain was observed: no interval then."""
        return self.shown and bool(self.all_observed)

    @property
    def ranged(self) -> bool:
        """Whether the figure has an interval to show."""
        return self.shown and not self.whole and self.ci_low is not None and self.ci_high is not None


@dataclass(frozen=True)
class Indicator:
    """The words of one indicator."""

    code: str
    title: str
    label: str
    sentences: Mapping[str, str] = field(default_factory=dict)
    question: str = ""
    rule: str = ""
    among: str = ""
    among_label: str = ""
    kind: str = "share"
    unit: str = "%"
    decimals: int = 1

    @property
    def inline(self) -> str:
        """The title as it enters a sentence."""
        return small(self.title)


@dataclass(frozen=True)
class Sheet:
    """One published table: its conclusion and what it is made of."""

    edition: str
    code: str
    number: str
    title: str
    conclusion: str
    universe: str
    measures: tuple[str, ...]
    version: str
    released_on: date
    field: str
    note: str
    indicators: tuple[Indicator, ...]
    card: Card

    @property
    def dataset(self) -> str:
        """The dataset in which the table is published."""
        return f"disseminated/{self.edition}/{self.code}"


class Edition:
    """A published edition, read from its datasets."""

    def __init__(self, published: Published, code: str) -> None:
        self.code = code
        self.published = published
        self.catalogue = published.read(f"disseminated/{code}/catalogue")
        words = published.json(f"disseminated/{code}/catalogue", "publication.json")
        self.domains: dict[str, dict[str, str]] = words["domains"]
        self.measures: dict[str, str] = words["measures"]
        self.order: dict[str, list[str]] = words["tables"]
        self.indicators = {key: _indicator(key, value) for key, value in words["indicators"].items()}

    @property
    def title(self) -> str:
        """The name of the edition as people say it."""
        return self.code.upper().replace("-", " ")

    @property
    def release(self) -> Release | None:
        """The frozen version that is shown, the last unless another was asked for; None while it is provisional."""
        return self.published.given(self.code)

    @property
    def replaced_by(self) -> Release | None:
        """The last version, when the one that is shown is not it."""
        last = next(iter(self.published.releases(self.code)), None)
        return last if last != self.release else None

    def corrected(self, table: str) -> Release | None:
        """Return the last version that corrected a table, None when none did."""
        for release in self.published.releases(self.code):
            if release.kind == "correction" and self.changes(release, table).height:
                return release
        return None

    def changes(self, release: Release, table: str | None = None) -> pl.DataFrame:
        """Return the cells that a version changed, of a table or of all."""
        found = self.published.read(f"{release.folder}differences").table
        return found if table is None else found.filter(pl.col("table") == table)

    @property
    def simulated(self) -> bool:
        """Whether the answers come from simulated authorities."""
        return self.catalogue.card.simulated

    def sheets(self) -> list[Sheet]:
        """Return the published tables, in the order of the catalogue."""
        return [self._sheet(row) for row in self.catalogue.table.iter_rows(named=True)]

    def sheet(self, table: str) -> Sheet:
        """Return one published table. Raises DatasetNotFound."""
        for sheet in self.sheets():
            if sheet.code == table:
                return sheet
        raise DatasetNotFound(f"le tableau « {table} » n'est pas publié.")

    def cells(self, sheet: Sheet) -> list[Cell]:
        """Return the cells of a table with their precision, domains in the publication's order, the total last."""
        table = self.published.read(sheet.dataset).table
        extra = f"disseminated/{self.code}/figures"
        if self.published.exists(extra):
            figures = self.published.read(extra).table.filter(pl.col("table") == sheet.code)
            known = set(Cell.__dataclass_fields__) - set(table.columns)
            kept = [name for name in figures.columns if name in known]
            table = table.join(figures.select(*_KEYS, *kept), on=_KEYS, how="left", maintain_order="left")
        fields = [name for name in table.columns if name in Cell.__dataclass_fields__]
        cells = [_cell(row) for row in table.select(fields).iter_rows(named=True)]
        ranks = {key: rank for rank, key in enumerate(self.domains.get(sheet.code, {}))}
        return sorted(cells, key=lambda cell: (cell.is_total, ranks.get(cell.domain, 0)))

    def domain(self, cell: Cell) -> str:
        """Return the French name of a cell's domain."""
        return self.domains.get(cell.table, {}).get(cell.domain, cell.domain)

    def measure(self, code: str) -> str:
        """Return the French name of a measure, without its unit: « part des communes »."""
        return self.measures.get(code, code).split(" (")[0]

    def _sheet(self, row: Mapping[str, Any]) -> Sheet:
        code, release = str(row["table"]), self.release
        return Sheet(
            edition=self.code,
            code=code,
            number=str(row["number"]),
            title=row["title"],
            conclusion=row["conclusion"],
            universe=row["universe"],
            measures=tuple(str(row["measures"]).split()),
            version=release.version if release else row["version"],
            released_on=release.date if release else date.fromisoformat(row["date"]),
            field=row.get("field") or FIELDS.get(row["universe"], row["universe"]),
            note=row["note"] or "",
            indicators=tuple(self.indicators[key] for key in self.order[code]),
            card=self.published.card(f"disseminated/{self.code}/{code}"),
        )


def small(text: str) -> str:
    """Put the first letter in lower case, to enter a sentence."""
    return text[:1].lower() + text[1:] if not text[:2].isupper() else text


def editions(published: Published) -> list[str]:
    """Return the codes of the published editions, the latest first."""
    names = [name.split("/") for name in published.names("disseminated/")]
    return sorted({name[1] for name in names if len(name) == 3 and name[2] == "catalogue"}, reverse=True)


def latest(published: Published) -> Edition | None:
    """Return the latest published edition, or None before the first."""
    codes = editions(published)
    return Edition(published, codes[0]) if codes else None


def edition(published: Published, code: str, version: str | None = None) -> Edition:
    """Return a published edition, as one of its frozen versions gave it when one is named. Raises DatasetNotFound."""
    if code not in editions(published):
        raise DatasetNotFound(f"l'édition « {code} » n'est pas publiée.")
    if version is None:
        return Edition(published, code)
    for release in published.releases(code):
        if release.version == version:
            return Edition(published.at(release), code)
    raise DatasetNotFound(f"l'édition « {code} » n'a pas de version « {version} ».")


def _cell(row: Mapping[str, Any]) -> Cell:
    cell = {key: value for key, value in row.items() if value is not None}
    return Cell(**cell)


def _indicator(code: str, words: Mapping[str, Any]) -> Indicator:
    known = {key: words[key] for key in Indicator.__dataclass_fields__ if words.get(key) and key != "code"}
    return Indicator(code=code, **{"title": code, "label": code, **known})
