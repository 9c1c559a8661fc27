"""Take up the answers to an edition that was not collected here, for authorities to confirm."""

from pathlib import Path

import polars as pl

from maille.catalogue import Card
from maille.collect.previous import previous_draft, read_previous
from maille.pipeline.run import Run
from maille.specs import load_questionnaire


def take_up(run: Run, survey: str, file: Path) -> Card:
    """Deposit an operator's file of answers to ``survey``; raises PreviousRefused, SpecInvalid, StorageRefused."""
    folder = run.specs / "questionnaires"
    paths = sorted([*folder.glob("*.md"), *folder.glob("[!~]*.xlsx")])
    return run.deposit(read_previous(file, survey, [load_questionnaire(path) for path in paths]))


def simulate(run: Run, survey: str, answers: pl.DataFrame) -> Card:
    """Deposit simulated answers to ``survey`` (``unit``, ``variable``, ``value``), marked as such."""
    return run.deposit(previous_draft(survey, answers, source="Maille, données simulées", simulated=True))
