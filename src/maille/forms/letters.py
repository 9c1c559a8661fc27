"""Letters to authorities: many in one PDF, from the same templates as the e-mails."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from maille.forms.typesetting import page, typeset, typeset_many
from maille.specs import Written
from maille.specs.typography import french

_set = lru_cache(maxsize=256)(french)
"""The typography of a text, remembered: most of a letter is that of the one before."""


@dataclass(frozen=True)
class Letter:
    """A letter: the identifier of its authority, its postal address line by line, its text."""

    code: str
    address: tuple[str, ...]
    date: str
    written: Written

    def _as_json(self) -> dict[str, object]:
        blocks = [
            {"kind": block.kind, "runs": [{"text": _set(run.text), "strong": run.strong} for run in block.runs]}
            for block in self.written.blocks
        ]
        subject = _set(self.written.subject)
        return {"code": self.code, "address": self.address, "date": self.date, "subject": subject, "blocks": blocks}


def letters_pdf(letters: Sequence[Letter], *, edition: str, sender: str, simulated: bool) -> bytes:
    """Return one tagged PDF of letters, each from a first page of its own; raises PageInvalid."""
    return typeset(page("letters"), inputs=_inputs(letters, edition=edition, sender=sender, simulated=simulated))


def letters_pdfs(batches: Iterable[Sequence[Letter]], *, edition: str, sender: str, simulated: bool) -> Iterator[bytes]:
    """Yield the PDF of each batch, in order; ``batches`` are read as they are needed. Raises PageInvalid."""
    about = {"edition": edition, "sender": sender}
    return typeset_many(page("letters"), (_inputs(batch, simulated=simulated, **about) for batch in batches))


def _inputs(letters: Sequence[Letter], *, edition: str, sender: str, simulated: bool) -> dict[str, object]:
    about = {"title": f"Courriers · {edition}", "edition": edition, "sender": sender, "simulated": simulated}
    return {"about": about, "letters": [letter._as_json() for letter in letters]}
