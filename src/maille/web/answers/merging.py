"""Two people, one section: what each save changes, decided variable by variable from three values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from maille.specs import State
from maille.web.answers.folder import Kept

_ABSENT = (State.EMPTY.value, State.NOT_APPLICABLE.value, "previous")


def content(kept: Kept | None) -> tuple[str, str, str, str]:
    """Return what an answer says, its author and time apart; the kinds of absence say the same thing."""
    if kept is None or kept.state in _ABSENT:
        return ("", "", "", "")
    return (kept.value, kept.state, kept.reason, kept.remark)


@dataclass(frozen=True)
class PageShown:
    """What the person had under their eyes: the page as it was drawn, and what that same page saved since.

    Without a revision, the sender knows all that is kept: what it sends replaces it.
    """

    revision: int | None = None
    page: str = ""

    def knows(self, kept: Kept | None) -> bool:
        """Tell whether the person saw this answer, or wrote it."""
        if kept is None or self.revision is None or kept.revision <= self.revision:
            return True
        return bool(self.page) and kept.page == self.page


@dataclass
class Merge:
    """What to write, what to keep beside until someone chooses, and what others wrote that the page does not show."""

    written: dict[str, Kept] = field(default_factory=dict)
    conflicts: dict[str, Kept] = field(default_factory=dict)
    theirs: dict[str, Kept] = field(default_factory=dict)


def merge(
    received: Mapping[str, Kept],
    current: Mapping[str, Kept],
    shown: PageShown,
    *,
    base: Callable[[str], Kept | None],
) -> Merge:
    """Compare what is received with what is kept; ``base(name)`` is the last answer that the page knows.

    Only one person changed a variable: their value is the answer. Both did, to different values: neither wins.
    """
    merged = Merge()
    for name, mine in received.items():
        kept = current.get(name)
        if content(mine) == content(kept):
            continue
        if shown.knows(kept):
            merged.written[name] = mine
        elif content(mine) == content(base(name)):
            merged.theirs[name] = kept
        else:
            merged.conflicts[name] = mine
    return merged
