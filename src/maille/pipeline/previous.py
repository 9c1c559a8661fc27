"""Take up the answers to an edition that was not collected here, for authorities to confirm."""

from pathlib import Path

import polars as pl

from maille.catalogue import Card
from maille.collect.previous import previous_draft, previous_name, read_previous
from maille.pipeline.run import Run
from maille.specs import load_questionnaire
from maille.specs.previous import followed
from maille.territory import load_reference


def take_up(run: Run, survey: str, file: Path) -> Card:
    """Deposit an operator's file of answers to ``survey``; raises PreviousRefused, SpecInvalid, StorageRefused."""
    folder = run.specs / "questionnaires"
    paths = sorted([*folder.glob("*.md"), *folder.glob("[!~]*.xlsx")])
    return run.deposit(read_previous(file, survey, [load_questionnaire(path) for path in paths]))


def left_out(run: Run, survey: str) -> list[str]:
    """Return the authorities whose deposited answers to ``survey`` are proposed to nobody and compared with nothing.

    Communes that merged or were split since, EPCI that are no more.
    """
    units = run.store.read(previous_name(survey)).table["unit"].unique().sort()
    kept = followed(units, survey)
    alive = kept.is_in([*load_reference().epci["siren"].to_list(), *load_reference().communes["code"].to_list()])
    return units.filter(~alive.fill_null(False)).to_list()


def simulate(run: Run, survey: str, answers: pl.DataFrame) -> Card:
    """Deposit simulated answers to ``survey`` (``unit``, ``variable``, ``value``), marked as such."""
    return run.deposit(previous_draft(survey, answers, source="Maille, données simulées", simulated=True))
