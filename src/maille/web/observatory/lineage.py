"""The thread of a figure: every dataset between the frame and the published table, as its card tells it."""

from dataclasses import dataclass

from maille.catalogue import Ancestor, Card, Confidentiality

LEVELS = {
    Confidentiality.OPEN: "public",
    Confidentiality.SECRET: "secret",
    Confidentiality.PERSONAL: "personnel",
}
PHASES = {
    "territory": "Le territoire",
    "collected": "La collecte",
    "processed": "Le redressement",
    "analysed": "L’estimation",
    "protected": "La protection",
    "disseminated": "La publication",
}


@dataclass(frozen=True)
class Knot:
    """One dataset of the thread."""

    name: str
    title: str
    phase: str
    step: str
    rows: int
    checksum: str
    code_version: str
    confidentiality: str
    specs: tuple[tuple[str, str], ...]
    parents: tuple[str, ...]
    last: bool = False


def thread(card: Card) -> list[Knot]:
    """Return the thread of a dataset, from what came first to the dataset itself."""
    return [*(_knot(ancestor) for ancestor in card.ancestry), _knot(card.as_ancestor(), last=True)]


def _knot(ancestor: Ancestor, *, last: bool = False) -> Knot:
    return Knot(
        name=ancestor.name,
        title=ancestor.title,
        phase=PHASES.get(ancestor.name.split("/")[0], "Les données"),
        step=ancestor.step or "",
        rows=ancestor.rows,
        checksum=ancestor.checksum,
        code_version=ancestor.code_version or "",
        confidentiality=LEVELS[ancestor.confidentiality],
        specs=tuple((spec.name, spec.checksum) for spec in ancestor.specs),
        parents=tuple(parent.name for parent in ancestor.parents),
        last=last,
    )
