"""What an intruder reads: each published figure as a total, between the limits that its rounding leaves."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse.domains import domains_of
from maille.specs import TOTAL, Disclosure, Indicator, Publication, SizeBands

ADDED = ("share", "mean", "total")

Identity = tuple[str, tuple[str, ...]]
Units = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Public:
    """What everybody has: the specifications, the rules, and the units of each universe with where and how big."""

    publications: Mapping[str, Publication]
    indicators: Mapping[str, Indicator]
    schemes: Mapping[str, SizeBands]
    rules: Disclosure
    frames: Mapping[str, pl.DataFrame]
    _known: dict[tuple[str, str], dict[tuple[str, str], Units]] = field(default_factory=dict)

    def units(self, table: str, domain: tuple[str, str]) -> Units:
        """Return which units of the universe are in a domain, (type, code), of a table."""
        publication = self.publications[table]
        key = (publication.universe, table)
        if key not in self._known:
            frame = self.frames[publication.universe]
            self._known[key] = {
                (domains.kind, name): np.asarray(domains.codes(frame) == place)
                for domains in domains_of(publication, self.schemes, frame=frame)
                for place, name in enumerate(domains.names)
            }
        return self._known[key][domain]

    def identities(self, universe: str) -> tuple[Identity, ...]:
        """Return the additions between indicators that the tables of a universe state."""
        return tuple(
            sorted(
                {
                    (identity.total, identity.parts)
                    for publication in self.publications.values()
                    if publication.universe == universe
                    for identity in publication.identities
                }
            )
        )


@dataclass(frozen=True)
class Figure:
    """The total of an indicator in a domain: published, between ``low`` and ``high``, or ``hidden`` between them.

    ``size`` is what the domain has of the measure (units or inhabitants), ``units`` (N,) who is in it.
    """

    indicator: str
    domain: str
    measure: str
    units: Units
    size: float
    low: float
    high: float
    hidden: bool = False

    @property
    def name(self) -> str:
        """Return the figure as a message names it."""
        return f"{self.indicator}, {self.domain}, {self.measure}"


def figures(tables: Sequence[pl.DataFrame], public: Public) -> Iterator[tuple[str, list[Figure]]]:
    """Yield each universe and measure with its figures; one shown in a table and hidden in another is shown."""
    found: dict[tuple[str, str], dict[str, Figure]] = {}
    for table in tables:
        for row in table.iter_rows(named=True):
            here = found.setdefault((public.publications[row["table"]].universe, row["measure"]), {})
            for figure in _figure(row, public):
                if figure.name not in here or here[figure.name].hidden:
                    here[figure.name] = figure
    for (universe, _), known in found.items():
        yield universe, list(known.values())


def whole(figures: Sequence[Figure]) -> list[Figure]:
    """Return, for each domain of some figures, the total of all its units, that everybody knows."""
    domains = {(figure.domain, figure.size): figure for figure in figures}
    return [
        Figure(TOTAL, figure.domain, figure.measure, figure.units, figure.size, figure.size, figure.size)
        for figure in domains.values()
    ]


def _figure(row: Mapping[str, object], public: Public) -> Iterator[Figure]:
    item, table = public.indicators[str(row["indicator"])], str(row["table"])
    # Among some units only, the denominator is not known: those figures add up to nothing that is published.
    if item.kind not in ADDED or (item.kind != "total" and item.among is not None):
        return
    units = public.units(table, (str(row["domain_type"]), str(row["domain"])))
    population = public.frames[public.publications[table].universe]["population"].to_numpy()
    size = float(population[units].sum() if row["measure"] == "population" else units.sum())
    scale = {"share": size / 100, "mean": size, "total": 1.0}[item.kind]
    estimate, half = row["estimate"], 0.5 * 10.0**-item.decimals
    low, high = 0.0, size if item.kind == "share" else np.inf
    if isinstance(estimate, (int, float)):
        low, high = scale * (estimate - half), scale * (estimate + half)
        low = max(low, 0.0) if item.kind == "share" else low
    hidden = row["status"] == "secret"
    yield Figure(item.id, str(row["domain"]), str(row["measure"]), units, size, low, high, hidden)
