"""Do the intervals hold the truth as often as they say? A thousand samples of the known, simulated country.

python bench/coverage.py [--draws N] [--seed N]
"""

import argparse
import time
from pathlib import Path

import numpy as np

from maille.demo.replicates import Replicates, replicate
from maille.specs import load_indicators, load_publications

SPECS = Path(__file__).parents[1] / "specs"
EDITION = "asco-2025"


def published(universe: str) -> list[str]:
    """Every indicator that a table of the edition publishes for this universe."""
    tables = load_publications(SPECS / "publications" / EDITION).values()
    names = {name for table in tables if table.universe == universe for name in table.indicators}
    return sorted(names & set(load_indicators(SPECS / "indicators")))


def show(universe: str, found: Replicates) -> None:
    draws = len(found.estimate)
    coverage, bias, ratio = found.coverage(), np.abs(found.relative_bias()), found.error_ratio()
    print(f"\n{universe} : {draws} tirages, {len(found.indicators)} indicateurs")
    head = f"{'domaine':<16}{'couverture':>12}{'la pire':>10}{'biais / écart type':>21}{'le pire':>10}"
    print(f"{head}{'erreur / écart':>17}")
    for place, domain in enumerate(found.domains):
        print(
            f"{domain:<16}{coverage[place].mean():>12.3f}{coverage[place].min():>10.3f}"
            f"{np.median(bias[place]):>21.3f}{bias[place].max():>10.3f}{np.nanmedian(ratio[place]):>17.3f}"
        )
    print(f"écart type de Monte-Carlo d’une couverture : {np.sqrt(0.95 * 0.05 / draws):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20250915)
    options = parser.parse_args()
    for universe in ("communes", "epci"):
        start = time.perf_counter()
        found = replicate(
            SPECS,
            universe=universe,
            indicators=published(universe),
            edition=EDITION,
            count=options.draws,
            seed=options.seed,
        )
        show(universe, found)
        print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
