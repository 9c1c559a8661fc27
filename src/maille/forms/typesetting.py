"""Setting a paper in type: Typst source in, tagged PDF out, with fonts that packages ship.

What people wrote never becomes source: it travels as JSON in ``inputs``, and a page reads it with ``data("name")`` of
``house.typ``. A page may open only the files of ``forms/pages``.
"""

import json
import os
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import cast

import typst

from maille.errors import InternalError

PAGES = Path(__file__).parent / "pages"
"""The pages in Typst, and ``house.typ``, the look that they share."""

FONTS = ("fontpkg_public_sans", "fontpkg_source_serif_4")
"""The packages of the two families of the house; Typst brings the signs that they lack."""

PRESSES = 2
"""Processes that set papers at once."""

MISSING = "\ufffd"

_UNSET = re.compile(
    "[^\t\n -~\u00a0-\u0377\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u04ff\u1e00-\u1eff\u2000-\u200d\u2010-\u2029"
    "\u202f-\u2040\u2060\u20a0-\u20c0\u2116\u2122\u2153-\u215f\u2190-\u22ff\u25a0-\u25ff\ufb00-\ufb06\ufffd]"
)
"""What the fonts cannot show; the signs that reverse the direction of reading are left out on purpose."""


class PageInvalid(InternalError):
    """A page of ours that Typst refuses."""


def displayable(text: str) -> str:
    """Return a text in which what no font shows (an emoji, a control character) is « \ufffd »: PDF/UA refuses it."""
    return _UNSET.sub(MISSING, text.replace("\r\n", "\n").replace("\r", "\n"))


def typeset(source: str, *, inputs: Mapping[str, object] | None = None) -> bytes:
    """Return the tagged PDF (PDF/UA-1) of a Typst source; the same source and inputs give the same bytes.

    ``inputs`` are what the page is about: a text as it is, anything else as JSON. Raises PageInvalid.
    """
    written = {name: _written(value) for name, value in (inputs or {}).items()}
    try:
        compiler = typst.Compiler(source.encode(), root=str(PAGES), font_paths=_fonts(), sys_inputs=written)
        return cast("bytes", compiler.compile(format="pdf", pdf_standards=["ua-1"]))
    except typst.TypstError as error:
        raise PageInvalid(f"la page ne peut pas être composée ({error.message}).", got=error.diagnostic) from error


def typeset_many(source: str, papers: Iterable[Mapping[str, object]], *, presses: int = PRESSES) -> Iterator[bytes]:
    """Yield the tagged PDF of each of the ``papers``, inputs of the same source, in order; raises PageInvalid.

    Each has a process of its own, ``presses`` at once, because Typst keeps in memory what it has set; they are forked
    from one that has imported this room and done nothing else. ``papers`` are read as they are needed, one ahead of
    the processes.
    """
    forked = get_context("forkserver")
    forked.set_forkserver_preload([__name__])
    pool = ProcessPoolExecutor(presses, mp_context=forked, initializer=_end_with_parent, max_tasks_per_child=1)
    waiting: deque[Future[bytes]] = deque()
    try:
        for inputs in papers:
            waiting.append(pool.submit(typeset, source, inputs=inputs))
            if len(waiting) > presses:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """End this process with the one that started it, even killed: else it would wait for work for ever."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def page(name: str) -> str:
    """Return the source of a page of the house, by its name."""
    return (PAGES / f"{name}.typ").read_text(encoding="utf-8")


def _written(value: object) -> str:
    return displayable(value) if isinstance(value, str) else json.dumps(_shown(value), ensure_ascii=False)


def _shown(value: object) -> object:
    """Return what JSON can hold with every text in it displayable: JSON would hide a control character in an escape."""
    if isinstance(value, Mapping):
        return {key: _shown(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(inner) for inner in value]
    return displayable(value) if isinstance(value, str) else value


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    found = [spec.submodule_search_locations for spec in map(find_spec, FONTS) if spec]
    folders = [Path(place) / "files" for places in found for place in places or ()]
    return typst.Fonts(include_system_fonts=False, font_paths=list(folders))
