"""Size bands: how the population of a commune or an EPCI is cut, as a specification and never as constants."""

from pathlib import Path
from typing import Annotated, Self

import polars as pl
from pydantic import BeforeValidator, Field, InstanceOf, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from maille.specs.document import Frozen, build, read_document
from maille.specs.problem import nearest_or_list

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]

TOTAL = "ensemble"
"""Code of the whole, where a band would be; its domain_type is ``total``."""


class Band(Frozen):
    """A size band: from ``lower`` inhabitants included to ``upper`` excluded; None is no upper limit."""

    code: Identifier
    label: str
    lower: int = Field(ge=0)
    upper: int | None = None


class SizeBands(Frozen):
    """A scheme of size bands, contiguous from zero upwards; ``source`` says who published it."""

    id: Identifier
    title: str
    source: str
    bands: tuple[Band, ...]

    @model_validator(mode="after")
    def _contiguous(self) -> Self:
        limits = [band.lower for band in self.bands]
        uppers = [band.upper for band in self.bands]
        if not self.bands or limits[0] != 0 or uppers[-1] is not None or limits[1:] != uppers[:-1]:
            raise ValueError(f"les tranches de « {self.id} » doivent se suivre de 0 habitant à l’infini, sans trou.")
        return self

    def codes(self) -> tuple[str, ...]:
        """Return the codes of the bands, smallest first."""
        return tuple(band.code for band in self.bands)

    def label_of(self, code: str) -> str:
        """Return the label of a band."""
        return next(band.label for band in self.bands if band.code == code)

    def assign(self, population: pl.Series) -> pl.Series:
        """Return the band code of each population (inhabitants); null where the population is null."""
        inhabitants = pl.col("inhabitants")
        code: pl.Expr = pl.when(inhabitants.is_not_null()).then(pl.lit(self.bands[0].code))
        for band in self.bands[1:]:
            code = pl.when(inhabitants >= band.lower).then(pl.lit(band.code)).otherwise(code)
        return population.alias("inhabitants").to_frame().select(size_band=code).to_series()


class BandFile(Frozen):
    """The content of ``specs/bands.yaml``."""

    schemes: tuple[SizeBands, ...]


def load_bands(path: Path) -> dict[str, SizeBands]:
    """Return the schemes of size bands of a file, by identifier; raises SpecInvalid."""
    return {scheme.id: scheme for scheme in build(read_document(path), BandFile).schemes}


def _resolve(written: object, info: ValidationInfo) -> object:
    known: dict[str, SizeBands] = (info.context or {}).get("bands", {})
    if not isinstance(written, str):
        return written
    if written not in known:
        message = f"tranches de taille inconnues « {written} »."
        hint = nearest_or_list(written, known)
        raise PydanticCustomError("unknown_bands", "{message}", {"message": message, "hint": hint})
    return known[written]


def _known(written: object, info: ValidationInfo) -> object:
    _resolve(written, info)
    return written


Scheme = Annotated[str, BeforeValidator(_known)]
"""The identifier of a known scheme."""

Bands = Annotated[InstanceOf[SizeBands], BeforeValidator(_resolve)]
"""A scheme named in a file by its identifier, replaced by the scheme itself (``bands`` in the validation context)."""
