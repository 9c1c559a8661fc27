"""How time and memory grow with rows and variables: means and errors on 65 strata and 100 domains, and medians.

A ratio of 1 is linear growth. Each case is measured three times, the fastest kept, in processor time.
"""

import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from maille.stats.design import stratified
from maille.stats.quantiles import domain_quantiles
from maille.stats.variance import domain_ratios

STRATA, DOMAINS = 65, 100
ROWS = (10_000, 100_000, 1_000_000)
WIDTHS = (10, 100, 1_000)


def case(rows: int, wide: int, estimate: Callable[..., object]) -> tuple[float, float]:
    """Return the seconds of processor and the megabytes at the peak of one estimation, its data left out."""
    rng = np.random.default_rng([rows, wide])
    strata = rng.integers(0, STRATA, rows)
    drawn = np.bincount(strata, minlength=STRATA).astype(float)
    design = stratified(np.full(rows, 3.0), strata=strata, stratum_sizes=3 * drawn, stratum_samples=drawn)
    values, domains = rng.random((rows, wide)), rng.integers(0, DOMAINS, rows)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        estimate(values, design=design, domains=domains)
        seconds.append(time.process_time() - started)
    tracemalloc.start()
    estimate(values, design=design, domains=domains)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return min(seconds), peak / 1e6


def show(title: str, sizes: tuple[int, ...], measure: Callable[[int], tuple[float, float]]) -> None:
    """Print one line a size: what it costs, and the growth from the first size over that of the data."""
    print(f"\n{title}")
    first: tuple[float, float] | None = None
    for size in sizes:
        seconds, memory = measure(size)
        first = first or (seconds, memory)
        times = size / sizes[0]
        growth = f"x {seconds / first[0] / times:.2f} in time, x {memory / first[1] / times:.2f} in memory"
        print(f"  {size:>9,}  {seconds:8.4f} s  {memory:9.1f} MB  {growth}")


if __name__ == "__main__":
    show("Means and errors, 10 variables, by rows", ROWS, lambda rows: case(rows, 10, domain_ratios))
    show("Means and errors, 10,000 rows, by variables", WIDTHS, lambda wide: case(10_000, wide, domain_ratios))
    show("Medians, 2 variables, by rows", ROWS, lambda rows: case(rows, 2, domain_quantiles))
