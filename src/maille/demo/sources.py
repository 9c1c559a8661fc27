"""A source made up for the demonstration: what départements would spend on social aid, so that something is crossed."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from maille.demo.latent import uniform_of
from maille.pipeline import Run
from maille.pipeline.sources import add_source, check_source
from maille.specs.source import source_dataset
from maille.territory import load_reference

NAME = "simulation_departements"
_SPENT = (430, 780)
"""What is spent by inhabitant, at least and at most, in euros."""
_SILENT = ("976",)
"""Where the made-up producer has nothing to say, as real ones have not."""


def deposit_sources(run: Run, *, seed: int) -> None:
    """Deposit the source when the specifications describe it and it is not there already."""
    if not (run.specs / "sources" / f"{NAME}.yaml").is_file():
        return
    with TemporaryDirectory() as folder:
        file = Path(folder) / "simulation-departements.csv"
        file.write_text(_written(seed))
        read = check_source(run, file, NAME)
    name = source_dataset(NAME)
    if not run.store.exists(name) or not run.store.read(name).table.equals(read.values):
        add_source(run, read)


def _written(seed: int) -> str:
    communes = load_reference().communes.filter(pl.col("departement").is_not_null())
    people = communes.group_by(pl.coalesce("college", "departement").alias("code")).agg(pl.col("population").sum())
    lines = ["departement;depense;population"]
    for code, population in people.sort("code").iter_rows():
        low, high = _SPENT
        spent = (low + (high - low) * uniform_of(code, "depense departement", seed=seed)) * population
        said = "nd" if code in _SILENT else f"{spent:.2f}".replace(".", ",")
        lines.append(f"{code};{said};{population}")
    return "\n".join(lines) + "\n"
