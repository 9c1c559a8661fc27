"""The ancestry of a dataset, told as a tree."""

from collections.abc import Iterator

from maille.catalogue import Ancestor, Card


def lineage(card: Card) -> Iterator[tuple[int, Ancestor]]:
    """Yield the dataset and its ancestors with their depth, children before parents, each ancestor once."""
    known = {ancestor.name: ancestor for ancestor in card.ancestry}
    seen: set[str] = set()
    queue: list[tuple[int, Ancestor]] = [(0, card.as_ancestor())]
    while queue:
        depth, ancestor = queue.pop()
        if ancestor.name in seen:
            continue
        seen.add(ancestor.name)
        yield depth, ancestor
        queue.extend((depth + 1, known[parent.name]) for parent in reversed(ancestor.parents))
