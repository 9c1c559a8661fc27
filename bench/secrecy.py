"""Hide and audit two hierarchical tables under the p % rule, beside tau-Argus: python bench/secrecy.py.

``MAILLE_BENCH_TAUARGUS`` names a Python that has numpy, scipy and pytauargus; without it the peer is left out.
These are not the very instances of ``baselines.md``, whose data are not at hand: they have as many cells and as many
primary ones within a few per cent, so only seconds, unsafe cells and ratios to the peer compare.
"""

import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from secrecy_tables import Table, instance

from maille.stats.audit import audit
from maille.stats.disclosure import percent_protection, recoverable
from maille.stats.suppression import hide

GOALS = {"S": 2.0, "M": 14.0}


def line(*cells: object) -> None:
    print("{:<34} {:<11} {:>9} {:>9} {:>12} {:>9} {:>9} {:>9}".format(*map(str, cells)), flush=True)


def peer(name: str, table: Table) -> tuple[float, np.ndarray] | None:
    python = os.environ.get("MAILLE_BENCH_TAUARGUS")
    if not python:
        return None
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        script = Path(__file__).with_name("secrecy_peer.py")
        done = subprocess.run([python, str(script), name, str(out)], capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"Non comparé : tau-Argus a échoué ({done.stderr.strip().splitlines()[-1][:120]}).")
            return None
        answer = json.loads(out.read_text())
    hidden = {tuple(key) for key in answer["hidden"]}
    return answer["seconds"], np.array([key in hidden for key in table.keys])


def main() -> None:
    print("Autres tables que celles de baselines.md, de même taille : comparer les rapports, non les valeurs.")
    if not os.environ.get("MAILLE_BENCH_TAUARGUS"):
        print("Non comparé : pytauargus (MAILLE_BENCH_TAUARGUS), GaussSuppression (CRAN hors d’atteinte).")
    line("table", "avec", "temps", "audit", "valeur", "cachées", "mal gardées", "but")
    for name, goal in GOALS.items():
        table = instance(name)
        primary = recoverable(table.values, largest=table.largest, percent=10)
        wanted = np.where(primary, percent_protection(table.values, largest=table.largest, percent=10), 0.0)
        start = time.process_time()
        found = hide(table.values, equations=table.equations, primary=primary, protection=wanted)
        ways = [("Maille", time.process_time() - start, found.hidden)]
        theirs = peer(name, table)
        ways += [("tau-Argus", *theirs)] if theirs else []
        for who, seconds, hidden in ways:
            start = time.process_time()
            judged = audit(table.values, hidden | primary, equations=table.equations, protection=wanted, every=False)
            audited = time.process_time() - start
            value = table.values[hidden & ~primary].sum()
            title = f"{name} : {len(primary)} cases, {primary.sum()} primaires" if who == "Maille" else ""
            line(title, who, f"{seconds:.2f} s", f"{audited:.2f} s", f"{value:,.0f}", int((hidden & ~primary).sum()),
                 len(judged.unsafe), f"{goal:g} s" if who == "Maille" else "")  # fmt: skip
    print(f"Mémoire : {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} Mo.")


if __name__ == "__main__":
    main()
