"""The domains of published tables: size bands, régions, départements and the whole, and which unit is in which."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from maille.specs import TOTAL, Publication, SizeBands
from maille.specs.publication import DomainType, territory_domain


@dataclass(frozen=True)
class Domains:
    """Domains of one type: for each its code, its limits in inhabitants, its région and département."""

    kind: DomainType
    names: tuple[str, ...]
    limits: tuple[tuple[int, int | None], ...]
    regions: tuple[str | None, ...]
    departements: tuple[str | None, ...]
    bands: SizeBands | None = None

    @property
    def key(self) -> tuple[str, str | None]:
        """Return what tells these domains from others: their type and their scheme of bands."""
        return self.kind, self.bands.id if self.bands else None

    def codes(self, units: pl.DataFrame) -> npt.NDArray[np.int64]:
        """Return the position of the domain of each unit; ``units`` has population, region, departement."""
        if self.kind == "total":
            return np.zeros(units.height, dtype=np.int64)
        assigned = self.bands.assign(units["population"]) if self.bands else units[self.kind]
        known = self.names if self.bands else [name.split("-", 1)[1] for name in self.names]
        positions = {name: position for position, name in enumerate(known)}
        return assigned.replace_strict(positions, return_dtype=pl.Int64).to_numpy()

    def places(self) -> pl.DataFrame:
        """Return one row a domain: domain_type, domain, lower, upper, region, departement."""
        return pl.DataFrame(
            {
                "domain_type": [self.kind] * len(self.names),
                "domain": self.names,
                "lower": [lower for lower, _ in self.limits],
                "upper": [upper for _, upper in self.limits],
                "region": self.regions,
                "departement": self.departements,
            },
            schema_overrides={
                "lower": pl.Int64,
                "upper": pl.Int64,
                "region": pl.String,
                "departement": pl.String,
            },
        )


def domains_of(
    publication: Publication, schemes: Mapping[str, SizeBands], *, frame: pl.DataFrame
) -> tuple[Domains, ...]:
    """Return the domains of a table in order, the whole last.

    ``frame`` has the région and the département of every unit of the universe: domains are those where there are some.
    """
    return tuple(_cuts(publication, schemes, frame=frame))


def _cuts(publication: Publication, schemes: Mapping[str, SizeBands], *, frame: pl.DataFrame) -> Iterator[Domains]:
    for kind in publication.cuts:
        if kind == "size_band":
            assert publication.bands is not None
            scheme = schemes[publication.bands]
            limits = tuple((band.lower, band.upper) for band in scheme.bands)
            nowhere = (None,) * len(limits)
            yield Domains(kind, scheme.codes(), limits, nowhere, nowhere, scheme)
        elif kind == "total":
            yield Domains(kind, (TOTAL,), ((0, None),), (None,), (None,))
        else:
            yield _territories(kind, frame)


def _territories(kind: DomainType, frame: pl.DataFrame) -> Domains:
    columns = ["region", "departement"] if kind == "departement" else ["region"]
    known = frame.select(columns).unique().sort(kind).drop_nulls()
    codes = known[kind].to_list()
    return Domains(
        kind,
        tuple(territory_domain(kind, code) for code in codes),
        ((0, None),) * len(codes),
        tuple(known["region"]),
        tuple(codes) if kind == "departement" else (None,) * len(codes),
    )
