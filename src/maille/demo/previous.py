"""Simulated answers to the edition before, for the authorities that a visitor may answer for and a few others."""

import polars as pl

from maille.demo.accounts import read_accounts
from maille.demo.latent import uniform_of
from maille.pipeline import Run
from maille.pipeline.previous import simulate

SURVEY = "asco-2015"
_EUROS, _AGENTS = (4, 30), (0.2, 1.8)
"""What was spent by inhabitant, and how many agents there were by thousand inhabitants: the least, the most."""


def deposit_previous(run: Run, sample: pl.DataFrame, *, seed: int) -> None:
    """Deposit what the authorities of the accounts would have answered in 2015; nothing when it is there already."""
    accounts = read_accounts(run.home)
    units = {one.unit for one in accounts.respondents} if accounts else set()
    rows = [row for row in sample.iter_rows(named=True) if row["unit"] in units]
    answers = [
        (row["unit"], variable, value)
        for row in sorted(rows, key=lambda row: str(row["unit"]))
        for variable, value in _answers(row["unit"], row["universe"], population=row["population"], seed=seed)
    ]
    table = pl.DataFrame(answers, schema=dict.fromkeys(("unit", "variable", "value"), pl.String), orient="row")
    name = f"collected/{SURVEY}/previous"
    if not run.store.exists(name) or not run.store.read(name).table.equals(table.sort("unit", "variable")):
        simulate(run, SURVEY, table)


def _answers(unit: str, universe: str, *, population: int, seed: int) -> list[tuple[str, str]]:
    def drawn(what: str, bounds: tuple[float, float]) -> float:
        low, high = bounds
        return low + (high - low) * uniform_of(unit, what, seed=seed)

    spent = round(drawn("2015 depenses", _EUROS) * population, -2)
    agents = round(drawn("2015 etp", _AGENTS) * population / 1000 * 2) / 2
    given = [("depenses", f"{spent:.0f}"), ("etp", f"{agents:g}".replace(".", ","))]
    return [*given, ("ccas", "oui")] if universe == "communes" else given
