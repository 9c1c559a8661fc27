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
    others: tuple[tuple[str, str], ...]
    parents: tuple[str, ...]


def thread(card: Card, *, about: tuple[str, ...] = ()) -> list[Knot]:
    """Return the thread of a dataset, from what came first to the dataset itself.

    ``about`` are the table and the indicator followed: specifications of other ones are set apart.
    """
    return [*(_knot(ancestor, about=about) for ancestor in card.ancestry), _knot(card.as_ancestor(), about=about)]


def one_a_step(knots: list[Knot], *, universe: str) -> list[Knot]:
    """Return one knot a step, in order: the dataset of the universe where the step makes one for each."""
    found: dict[str, Knot] = {}
    for knot in knots:
        if knot.step and (knot.step not in found or universe in knot.name):
            found[knot.step] = knot
    return list(found.values())


def _knot(ancestor: Ancestor, *, about: tuple[str, ...]) -> Knot:
    specs = [(spec.name, spec.checksum) for spec in ancestor.specs]
    near = [spec for spec in specs if not about or _is_near(spec[0], about)]
    return Knot(
        name=ancestor.name,
        title=ancestor.title,
        phase=PHASES.get(ancestor.name.split("/")[0], "Les données"),
        step=ancestor.step or "",
        rows=ancestor.rows,
        checksum=ancestor.checksum,
        code_version=ancestor.code_version or "",
        confidentiality=LEVELS[ancestor.confidentiality],
        specs=tuple(near),
        others=tuple(spec for spec in specs if spec not in near),
        parents=tuple(parent.name for parent in ancestor.parents),
    )


def _is_near(name: str, about: tuple[str, ...]) -> bool:
    """Tell whether a specification bears on a figure: shared by all, or its own table or indicator."""
    folder, _, file = name.rpartition("/")
    return folder.split("/")[0] not in ("indicators", "publications") or file.rpartition(".")[0] in about
