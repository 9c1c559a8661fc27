"""The cube and the allocation beside R sampling, on the same data in the same run: python bench/sampling.py [--full].

Seconds are of processor, the best of five for Maille after its compilation, one run for R; each in a process of its
own, so that the peak of memory is its own. ``--full`` adds the R row that takes minutes.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
UNITS = 35_000
GOALS = {5: 0.01, 20: 0.03, 100: 0.3}


def write(folder: Path, units: int, variables: int) -> None:
    """Write chances of a whole sum and skewed balancing variables, the same for everyone."""
    rng = np.random.default_rng([units, variables])
    chances = rng.uniform(0.05, 0.6, units)
    chances *= round(chances.sum()) / chances.sum()
    chances.astype("<f8").tofile(folder / "chances.bin")
    rng.lognormal(5, 1, (units, variables)).astype("<f8").T.tofile(folder / "balancing.bin")


def cube(folder: Path, units: int, variables: int) -> dict[str, float]:
    from maille.stats.cube import cube as draw

    chances = np.fromfile(folder / "chances.bin")
    balancing = np.fromfile(folder / "balancing.bin").reshape(variables, units).T.copy()
    rng, times = np.random.default_rng(1), []
    for _ in range(6):
        start = time.process_time()
        drawn = draw(chances, balancing=balancing, rng=rng)
        times.append(time.process_time() - start)
    return {"seconds": min(times[1:]), "gap": float(np.abs(drawn.gaps).max())}


def allocation(folder: Path, strata: int, constraints: int) -> dict[str, float]:
    from maille.stats.allocation_constrained import constrained

    rng = np.random.default_rng([strata, constraints])
    sizes = rng.integers(5, 1_500, strata)
    deviations = rng.uniform(0.1, 0.5, (strata, constraints)) * (rng.random((strata, constraints)) < 0.3)
    levels = (sizes[:, None] * np.where(deviations > 0, 0.5, 0.0)).sum(axis=0) + 1
    asked, times = np.full(constraints, 0.04), []
    for _ in range(5):
        start = time.process_time()
        found = constrained(sizes, deviations=deviations, levels=levels, cvs=asked)
        times.append(time.process_time() - start)
    return {"seconds": min(times), "gap": float(found.counts.sum() / found.relaxed.sum() - 1)}


def measure(command: list[str]) -> dict[str, float] | str:
    """Run a command that prints JSON; add its peak of memory, or return why it failed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            return err.read().decode(errors="replace").strip().splitlines()[-1][:150]
        return json.loads(out.read().splitlines()[-1]) | {"megabytes": usage.ru_maxrss / 1024}


def ours(kind: str, size: tuple[int, int], folder: Path) -> dict[str, float]:
    """Run one row; -P hides this folder, whose coverage.py numba would take for the package of that name."""
    found = measure([sys.executable, "-P", __file__, "--one", kind, *map(str, size), str(folder)])
    if isinstance(found, str):
        raise SystemExit(f"Maille a échoué : {found}")
    return found


def line(*cells: str) -> None:
    print(f"{cells[0]:<48} {cells[1]:<11} {cells[2]:>11} {cells[3]:>9} {cells[4]:>9} {cells[5]:>11}", flush=True)


def told(name: str, who: str, found: dict[str, float], *, ratio: str = "", goal: str = "") -> None:
    line(name, who, f"{found['seconds']:.4f} s", f"{found['megabytes']:.0f} Mo", ratio, goal or f"{found['gap']:.1e}")


def balanced(folder: Path, variables: int, *, with_r: bool) -> None:
    write(folder, UNITS, variables)
    mine = ours("cube", (UNITS, variables), folder)
    told(f"cube, N = {UNITS}, p = {variables}", "Maille", mine, goal=f"but {GOALS[variables]:g} s")
    line("", "", "", "", "", f"{mine['gap']:.1e}")
    if with_r:
        theirs = measure(["Rscript", str(HERE / "sampling.R"), str(variables), str(folder)])
        if isinstance(theirs, str):
            line("", "R sampling", "échec", "", "", theirs)
        else:
            told("", "R sampling", theirs, ratio=f"× {theirs['seconds'] / mine['seconds']:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="ajoute la ligne de R qui prend des minutes")
    parser.add_argument("--one", nargs=4, metavar=("KIND", "FIRST", "SECOND", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        kind, first, second, folder = options.one
        task = {"cube": cube, "allocation": allocation}[kind]
        print(json.dumps(task(Path(folder), int(first), int(second))))
        return
    r = shutil.which("Rscript")
    known = (
        r is not None
        and not subprocess.run([r, "-e", "library(sampling)"], capture_output=True, check=False).returncode
    )
    if not known:
        print("Non comparé : R ou son package sampling n'est pas installé.")
    line("ligne", "avec", "processeur", "mémoire", "rapport", "écart max")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for variables in GOALS:
            balanced(folder, variables, with_r=known and (variables < 100 or options.full))
        times = []
        for units in (UNITS, 4 * UNITS, 16 * UNITS):
            write(folder, units, 20)
            times.append(ours("cube", (units, 20), folder))
            growth = f"× {times[-1]['seconds'] / times[0]['seconds']:.1f}" if units > UNITS else ""
            told(f"croissance, N = {units}, p = 20", "Maille", times[-1], ratio=growth)
        for strata, constraints in ((65, 25), (300, 120), (1_000, 120)):
            found = ours("allocation", (strata, constraints), folder)
            told(f"allocation, {strata} strates, {constraints} précisions", "Maille", found)


if __name__ == "__main__":
    main()
