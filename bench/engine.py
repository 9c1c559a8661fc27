"""Run one row with one Python engine: python engine.py ENGINE KIND DOMAINS VARIABLES FOLDER OUT."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rows import BOUNDS, Row


def maille(row: Row, data: Any) -> Callable[[], np.ndarray]:
    from maille.stats.calibration import calibrate
    from maille.stats.design import calibrated, stratified
    from maille.stats.variance import domain_ratios

    weights, margins, totals = data["weights"], data["margins"], data["totals"]
    if row.kind in ("linear", "raking", "logit"):
        bounds = BOUNDS if row.kind == "logit" else None
        return lambda: calibrate(weights, margins=margins, totals=totals, method=row.kind, bounds=bounds).weights  # type: ignore[arg-type]
    values, codes = data["values"][:, : row.variables].copy(), data[f"domain{row.domains}"]
    final = calibrate(weights, margins=margins, totals=totals).weights

    def estimate() -> np.ndarray:
        design = stratified(
            weights, strata=data["stratum"], stratum_sizes=data["sizes"], stratum_samples=data["samples"]
        )
        if row.kind == "calibrated":
            design = calibrated(design, weights=final, auxiliaries=margins)
        result = domain_ratios(values, design=design, domains=codes)
        return np.stack([result.estimate, result.standard_error])

    return estimate


def svy(row: Row, data: Any) -> Callable[[], np.ndarray]:
    import polars as pl
    import svy as peer

    names = [f"y{i}" for i in range(row.variables)]
    table = pl.DataFrame({name: data["values"][:, i] for i, name in enumerate(names)}).with_columns(
        h=pl.Series(data["stratum"]),
        d=pl.Series(data[f"domain{row.domains}"]),
        w=pl.Series(data["weights"]),
        N=pl.Series(data["sizes"][data["stratum"]].astype(float)),
    )

    def estimate() -> np.ndarray:
        sample = peer.Sample(table, peer.Design(stratum="h", wgt="w", pop_size="N"))
        results = sample.estimation.mean(names, by="d")
        cells = [sorted((int(e.by_level[0]), e.est, e.se) for e in one.estimates) for one in results]
        return np.array(cells)[:, :, 1:].transpose(2, 1, 0)

    return estimate


def pycarus(row: Row, data: Any) -> Callable[[], np.ndarray]:
    import pandas as pd
    import pycarus as peer

    margins = data["margins"]
    names = [f"x{i}" for i in range(margins.shape[1])]
    table = pd.DataFrame(margins, columns=names).assign(w=data["weights"])
    aim = dict(zip(names, data["totals"].tolist(), strict=True))

    def run() -> np.ndarray:
        found = peer.calibrate(
            table,
            aim,
            method=row.kind,
            initial_weights_column="w",
            bounds=BOUNDS if row.kind == "logit" else None,
            tolerance=1e-10,
            verbose=False,
        )
        return np.asarray(found[0])

    return run


def main() -> None:
    engine, kind, domains, variables, folder, out = sys.argv[1:]
    data = dict(np.load(Path(folder) / "data.npz"))
    task = {"maille": maille, "svy": svy, "pycarus": pycarus}[engine](
        Row(kind, kind, int(domains), int(variables)), data
    )
    times = []
    repeats = 1 if engine == "svy" else 5
    for _ in range(repeats):
        start = time.perf_counter()
        result = task()
        times.append(time.perf_counter() - start)
    np.save(f"{out}.npy", result)
    Path(f"{out}.json").write_text(json.dumps({"seconds": min(times)}))


if __name__ == "__main__":
    main()
