"""Maille beside R survey, svy and pycarus, on the same data in the same run: python bench/run.py [--full].

``MAILLE_BENCH_PYTHON`` names the Python that has svy and python-icarus, when it is not this one.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rows import CALIBRATION, ESTIMATION, FULL, Row, write

HERE = Path(__file__).parent
PEERS = os.environ.get("MAILLE_BENCH_PYTHON", sys.executable)
NAMES = {"R": "R survey", "svy": "svy", "pycarus": "pycarus", "maille": "Maille"}


@dataclass(frozen=True)
class Result:
    seconds: float
    megabytes: float
    values: np.ndarray


def missing() -> dict[str, str]:
    """The engines that cannot run here, and what to say of each."""
    found = {}
    r = shutil.which("Rscript")
    if r is None:
        found["R"] = "R n'est pas installé"
    elif subprocess.run([r, "-e", "library(survey)"], capture_output=True, check=False).returncode:
        found["R"] = "R est installé, mais pas son package survey"
    for engine, distribution in (("svy", "svy"), ("pycarus", "python-icarus")):
        if subprocess.run([PEERS, "-c", f"import {engine}"], capture_output=True, check=False).returncode:
            found[engine] = f"{engine} n'est pas installé (PyPI : {distribution})"
    return found


def measure(engine: str, row: Row, folder: Path) -> Result | str:
    """Run a row in a process of its own, so that the peak of memory is its own; return why when it fails."""
    out = folder / f"{engine}-{row.key()}"
    arguments = [row.kind, str(row.domains), str(row.variables), str(folder), str(out)]
    if engine == "R":
        command = ["Rscript", str(HERE / "engine.R"), *arguments]
    else:
        python = sys.executable if engine == "maille" else PEERS
        command = [python, str(HERE / "engine.py"), engine, *arguments]
    with (folder / "log").open("w+b") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            return log.read().decode(errors="replace").strip().splitlines()[-1][:150]
    seconds = json.loads(out.with_name(out.name + ".json").read_text())["seconds"]
    values = read_r(out, row) if engine == "R" else np.load(f"{out}.npy")
    return Result(seconds, usage.ru_maxrss / 1024, values)


def read_r(out: Path, row: Row) -> np.ndarray:
    values = np.fromfile(f"{out}.bin")
    return values if row in CALIBRATION else values.reshape(2, row.variables, row.domains).transpose(0, 2, 1)


def difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest relative difference; under a millionth of the largest value, R's zeros are roundings."""
    scale = np.maximum(np.abs(theirs), 1e-6 * np.nanmax(np.abs(theirs)))
    return float(np.nanmax(np.abs(ours - theirs) / scale))


def line(*cells: str) -> None:
    print(f"{cells[0]:<56} {cells[1]:<9} {cells[2]:>11} {cells[3]:>10} {cells[4]:>9} {cells[5]:>11}", flush=True)


def report(row: Row, folder: Path, absent: dict[str, str]) -> None:
    ours = measure("maille", row, folder)
    if isinstance(ours, str):
        raise SystemExit(f"Maille a échoué sur « {row.name} » : {ours}")
    goal = "" if row.goal is None else f"but {row.goal:g} s"
    line(row.name, "Maille", f"{ours.seconds:.4f} s", f"{ours.megabytes:.0f} Mo", "", goal)
    for engine in row.engines:
        if engine == "maille" or engine in absent:
            continue
        result = measure(engine, row, folder)
        if isinstance(result, str):
            line("", NAMES[engine], "échec", "", "", result)
            continue
        gap = difference(ours.values, result.values)
        ratio = f"× {result.seconds / ours.seconds:.1f}"
        line("", NAMES[engine], f"{result.seconds:.4f} s", f"{result.megabytes:.0f} Mo", ratio, f"{gap:.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="ajoute les lignes de R et svy qui prennent des minutes")
    options = parser.parse_args()
    absent = missing()
    for reason in absent.values():
        print(f"Non comparé : {reason}.")
    line("ligne", "avec", "temps", "mémoire", "rapport", "écart max")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        for row in [*ESTIMATION, *CALIBRATION, *(FULL if options.full else [])]:
            report(row, folder, absent)


if __name__ == "__main__":
    main()
