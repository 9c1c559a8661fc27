"""Letters to authorities: many in one PDF, from the same templates as the e-mails; thousands by several processes."""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context, parent_process

from maille.forms.typesetting import page, typeset
from maille.specs import Written
from maille.specs.typography import french

PRESSES = 2
"""Processes that typeset at once."""


@dataclass(frozen=True)
class Letter:
    """A letter: the identifier of its authority, its postal address line by line, its text."""

    code: str
    address: tuple[str, ...]
    date: str
    written: Written

    def _as_json(self) -> dict[str, object]:
        blocks = [
            {"kind": block.kind, "runs": [{"text": french(run.text), "strong": run.strong} for run in block.runs]}
            for block in self.written.blocks
        ]
        subject = french(self.written.subject)
        return {"code": self.code, "address": self.address, "date": self.date, "subject": subject, "blocks": blocks}


def letters_pdf(letters: Sequence[Letter], *, edition: str, sender: str, simulated: bool) -> bytes:
    """Return one tagged PDF of letters, each from a first page of its own; raises PageInvalid."""
    about = {"title": f"Courriers · {edition}", "edition": edition, "sender": sender, "simulated": simulated}
    return typeset(page("letters"), inputs={"about": about, "letters": [letter._as_json() for letter in letters]})


def letters_pdfs(
    batches: Iterable[Sequence[Letter]], *, edition: str, sender: str, simulated: bool, presses: int = PRESSES
) -> Iterator[bytes]:
    """Yield the PDF of each batch in order, typeset by ``presses`` processes at once; raises PageInvalid.

    Each batch has a process of its own, because typesetting keeps what it has set in memory. ``batches`` are read as
    they are needed, one ahead of the processes.
    """
    typesetting = partial(letters_pdf, edition=edition, sender=sender, simulated=simulated)
    with ProcessPoolExecutor(
        presses, mp_context=get_context("spawn"), initializer=_end_with_parent, max_tasks_per_child=1
    ) as pool:
        waiting = deque()
        try:
            for batch in batches:
                waiting.append(pool.submit(typesetting, batch))
                if len(waiting) > presses:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _end_with_parent() -> None:
    """End this process with the one that started it, even killed: a process of a pool would wait for ever."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
