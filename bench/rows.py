"""The rows of the benchmark, and the data they share: one seed, one file, read by every engine."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

UNITS, STRATA, MARGINS = 12_000, 65, 60
BOUNDS = (0.3, 3.0)


@dataclass(frozen=True)
class Row:
    """One row: what is asked, of which engines, on how many variables and domains."""

    name: str
    kind: str
    domains: int = 1
    variables: int = 1
    engines: tuple[str, ...] = ("maille", "R", "svy")
    goal: float | None = None

    def key(self) -> str:
        return f"{self.kind}-{self.domains}-{self.variables}"


ESTIMATION = [
    Row("moyennes et erreurs, 5 classes × 300 variables", "mean", 5, 300, goal=0.1),
    Row("moyennes et erreurs, 100 départements × 30 variables", "mean", 100, 30),
    Row("moyennes et erreurs, 500 cases × 30 variables", "mean", 500, 30, ("maille", "R")),
    Row("calées sur 60 marges, 100 départements × 30 variables", "calibrated", 100, 30, ("maille", "R")),
    Row("moyennes et erreurs, 100 départements × 300 variables", "mean", 100, 300, ("maille",), goal=0.1),
    Row("moyennes et erreurs, 500 cases × 300 variables", "mean", 500, 300, ("maille",), goal=0.1),
    Row("calées sur 60 marges, 100 départements × 300 variables", "calibrated", 100, 300, ("maille",), goal=0.15),
]
CALIBRATION = [
    Row(f"calage 12 000 × 60, {french}", method, engines=("maille", "R", "pycarus"))
    for method, french in (("linear", "linéaire"), ("raking", "raking ratio"), ("logit", "logit"))
]
FULL = [
    Row("moyennes et erreurs, 100 départements × 300 variables", "mean", 100, 300, ("maille", "R", "svy"), goal=0.1)
]


def write(folder: Path) -> Path:
    """Write the data as numbers for Python and as columns for R; return the file of numbers."""
    rng = np.random.default_rng(2_026)
    stratum = np.sort(rng.integers(0, STRATA, UNITS))
    samples = np.bincount(stratum, minlength=STRATA)
    sizes = samples * rng.integers(1, 6, STRATA)
    weights = (sizes / samples)[stratum]
    values = (rng.random((UNITS, 300)) < rng.uniform(0.05, 0.95, 300)).astype(float)
    cell, size = rng.integers(0, MARGINS // 2, UNITS), rng.lognormal(6, 1, UNITS)
    margins = np.column_stack([np.eye(MARGINS // 2)[cell], np.eye(MARGINS // 2)[cell] * size[:, None]])
    totals = (weights * np.exp(0.15 * rng.standard_normal(UNITS) + 0.05 * (cell % 3))) @ margins
    file = folder / "data.npz"
    domains = {f"domain{count}": rng.integers(0, count, UNITS) for count in (1, 5, 100, 500)}
    arrays = {"stratum": stratum, "sizes": sizes, "samples": samples, "weights": weights, "margins": margins}
    np.savez(file, values=values, totals=totals, **arrays, **domains)
    for name, array in {"values": values, "margins": margins, "totals": totals}.items():
        array.astype("<f8").T.tofile(folder / f"{name}.bin")
    columns = np.column_stack([stratum, sizes[stratum], weights, *domains.values()])
    columns.astype("<f8").T.tofile(folder / "design.bin")
    return file
