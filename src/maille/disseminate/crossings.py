"""The published crossings: their figures, the classes of territories, and what the page must say of both."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from maille.catalogue import Draft, Materials
from maille.disseminate.tables import copied, only_open
from maille.specs import load_indicators
from maille.specs.crossing import load_crossings
from maille.specs.source import Source, load_source

TEXTS = "crossings.json"
_SAID = ("id", "number", "title", "question", "field", "note", "unit")


def publish_crossings(edition: str, materials: Materials) -> Sequence[Draft]:
    """Return the protected crossings, with their texts in ``crossings.json``, and their classes. Raises NotOpen."""
    cells, classes = (
        copied(edition, name, only_open(materials.inputs[f"protected/{edition}/{name}"]))
        for name in ("crossings", "crossing-classes")
    )
    texts = json.dumps({"crossings": list(_texts(edition, materials.specs))}, ensure_ascii=False, indent=1)
    return [replace(cells, files={**cells.files, TEXTS: texts.encode()}), classes]


def _texts(edition: str, specs: Path) -> Iterator[dict[str, object]]:
    indicators = load_indicators(specs / "indicators")
    for crossing in load_crossings(specs, edition).values():
        names = dict.fromkeys(one.source for one in (crossing.of, crossing.per) if one)
        sources = [load_source(specs / "sources" / f"{name}.yaml") for name in names]
        said = {name: getattr(crossing, name) for name in _SAID}
        labels = {name: indicators[name].label for name in crossing.indicators}
        cited = [_cited(one) for one in sources]
        yield {**said, "ecological": crossing.level == "departement", "indicators": labels, "sources": cited}


def _cited(source: Source) -> dict[str, object]:
    names = ("title", "producer", "url", "licence", "simulated")
    return {**{name: getattr(source, name) for name in names}, "limits": source.lexicon.limits}
