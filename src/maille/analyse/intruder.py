"""Who attacks: what everybody has, and what the intruder writes down of each figure, a total between two limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.analyse.domains import domains_of
from maille.specs import TOTAL, Disclosure, Indicator, Publication, SizeBands

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
        return self._domains(table)[domain]

    def units_named(self, table: str, name: str) -> Units:
        """Return which units are in the domain of a table that has a code, whatever its type. Raises KeyError."""
        for (_, code), units in self._domains(table).items():
            if code == name:
                return units
        raise KeyError(name)

    def units_of(self, universe: str, domain: tuple[str, str]) -> Units:
        """Return which units are in a domain of whatever table has it. Raises KeyError when none has."""
        for name, publication in self.publications.items():
            if publication.universe == universe and domain in self._domains(name):
                return self._domains(name)[domain]
        raise KeyError(domain)

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

    def _domains(self, table: str) -> dict[tuple[str, str], Units]:
        publication = self.publications[table]
        key = (publication.universe, table)
        if key not in self._known:
            frame = self.frames[publication.universe]
            self._known[key] = {
                (domains.kind, name): np.asarray(domains.codes(frame) == place)
                for domains in domains_of(publication, self.schemes, frame=frame)
                for place, name in enumerate(domains.names)
            }
        return self._known[key]


@dataclass(frozen=True)
class Figure:
    """The total of an indicator in a domain: shown, between ``low`` and ``high``, or ``hidden`` between them.

    ``size`` is what the domain has of the measure (units or inhabitants), ``units`` (N,) who is in it. ``shown`` names
    what gives the figure; one that is hidden somewhere may be shown elsewhere. The total of a ``share`` is no more
    than ``size``.
    """

    indicator: str
    domain: str
    measure: str
    units: Units
    size: float
    low: float
    high: float
    hidden: bool = False
    shown: str = ""
    share: bool = False

    @property
    def name(self) -> str:
        """Return the figure as a message names it."""
        return f"{self.indicator}, {self.domain}, {self.measure}"

    def narrowed(self, low: float, high: float) -> "Figure":
        """Return the figure between narrower limits, as it is when they contradict what is known of it."""
        least, most = max(self.low, low), min(self.high, high)
        return replace(self, low=least, high=most) if least <= most else self

    def with_(self, other: "Figure") -> "Figure":
        """Return what two publications say together of the same figure."""
        mine = self if self.shown or not other.shown else replace(other, units=self.units)
        both = mine.narrowed(self.low, self.high).narrowed(other.low, other.high)
        return replace(both, hidden=self.hidden or other.hidden)


@dataclass(frozen=True)
class Gap:
    """The difference of two shares, ``later`` less ``earlier`` (names of figures), between limits in [-1, 1]."""

    later: str
    earlier: str
    low: float
    high: float


@dataclass
class Scope:
    """All that is known of the figures of a universe and a measure: by name, and the differences between them.

    Where nothing ``adds``, they are medians, or figures among units that nobody counts: in their own unit. ``errors``
    are the standard errors of amounts that are told, by name, in the unit of the total.
    """

    universe: str
    measure: str
    adds: bool = True
    figures: dict[str, Figure] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    errors: dict[str, tuple[float, float]] = field(default_factory=dict)

    def add(self, figure: Figure) -> None:
        """Write a figure down with what was known of it."""
        known = self.figures.get(figure.name)
        self.figures[figure.name] = figure if known is None else known.with_(figure)


def whole(figures: Sequence[Figure]) -> list[Figure]:
    """Return, for each domain of some figures, the total of all its units, that everybody knows."""
    domains = {(figure.domain, figure.size): figure for figure in figures}
    return [
        Figure(TOTAL, figure.domain, figure.measure, figure.units, figure.size, figure.size, figure.size)
        for figure in domains.values()
    ]
