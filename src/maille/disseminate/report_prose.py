"""The sentences of a report as they are read: said with their figures, replaced, or left out."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from maille.disseminate.report_figures import Figures, Unsaid
from maille.specs.report import MARKDOWN
from maille.specs.report_text import CALL, Bound, Reference, Sentence, pieces
from maille.specs.typography import french

SAID, REPLACED, DROPPED = "said", "replaced", "dropped"
_CUT = "\ue000"
_LAST = re.compile(rf" {_CUT}(?=[.,)]|\Z)")
_TIDY = ((re.compile(r" +(?=[.,)])"), ""), (re.compile(r" {2,}"), " "))


@dataclass
class Prose:
    """Writes sentences one after the other, numbers them and the notes that they call, and keeps what each used."""

    figures: Figures
    sentences: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def write(self, sentences: Iterable[Sentence]) -> list[dict[str, Any]]:
        """Return the sentences that can be said, each with its number and its runs of text."""
        return [said for said in map(self._write, sentences) if said["runs"]]

    def left_out(self) -> Counter[str]:
        """Return how many sentences were replaced or dropped, by reason."""
        return Counter(item["reason"] for item in self.sentences if item["state"] != SAID)

    def _write(self, sentence: Sentence) -> dict[str, Any]:
        state, reason, words = SAID, None, {}
        subjects: dict[str, Reference] = {}
        try:
            for bound in sentence.bounds:
                words[bound.written] = self.figures.words(bound)
                subjects[bound.written] = self.figures.subject(bound)
        except Unsaid as error:
            state, reason = (REPLACED if sentence.otherwise else DROPPED), error.reason
        template = sentence.template if state == SAID else sentence.otherwise or ""
        runs = self._runs(template, words, subjects)
        identity = f"s{len(self.sentences) + 1}"
        text = "".join(run["text"] for run in runs)
        used = [self._cell(reference) for reference in self._used(sentence.bounds)]
        self.sentences.append({"id": identity, "state": state, "reason": reason, "text": text, "cells": used})
        return {"id": identity, "runs": runs}

    def _used(self, bounds: Iterable[Bound]) -> Iterator[Reference]:
        yield from dict.fromkeys(reference for bound in bounds for reference in self.figures.used(bound))

    def _cell(self, reference: Reference) -> dict[str, Any]:
        names = {
            "table": reference.table,
            "indicator": reference.indicator,
            "measure": reference.measure,
            "domain": reference.domain,
        }
        try:
            figure = self.figures.figure(reference)
        except Unsaid:
            return names | {"status": "absent"}
        kept = ("status", "flag", "estimate", "ci_low", "ci_high", "unit")
        return names | {name: figure.row[name] for name in kept} | {"checksum": figure.checksum}

    def _runs(self, template: str, words: dict[str, str], subjects: dict[str, Reference]) -> list[dict[str, Any]]:
        """Return the pieces of a sentence; French spaces are set on the whole, so that they cross the pieces."""
        runs = [run for run in self._styled(template, words, subjects) if run["text"] or run.get("note")]
        if not runs:
            return []
        whole = _CUT.join(run["text"] for run in runs)
        for pattern, replacement in _TIDY:
            whole = pattern.sub(replacement, whole)
        whole = _LAST.sub(_CUT, whole)
        texts = french(whole.strip()).split(_CUT)
        return [run | {"text": text} for run, text in zip(runs, texts, strict=True) if text or run.get("note")]

    def _styled(self, template: str, words: dict[str, str], subjects: dict[str, Reference]) -> Iterator[dict[str, Any]]:
        style: dict[str, bool] = {}
        (inline,) = MARKDOWN.parseInline(template) or (None,)
        for token in (inline.children if inline else None) or ():
            name = {"strong": "strong", "em": "emphasis"}.get(token.type.rpartition("_")[0])
            if name:
                style[name] = token.nesting == 1
            for place, piece in enumerate(pieces(token.content)):
                on = {key: True for key, value in style.items() if value}
                if place % 2:
                    yield {"text": words[piece], **on} | ({"cell": str(subjects[piece])} if words[piece] else {})
                else:
                    yield from self._called(piece, on)

    def _called(self, text: str, style: dict[str, bool]) -> Iterator[dict[str, Any]]:
        for place, piece in enumerate(CALL.split(text)):
            if place % 2:
                if piece not in self.notes:
                    self.notes.append(piece)
                yield {"text": "", "note": self.notes.index(piece) + 1}
            else:
                yield {"text": piece, **style}
