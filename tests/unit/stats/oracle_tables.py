"""Protected tables made by tau-Argus, read as cells and equations."""

import csv
import gzip
import itertools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

SHARED = Path(os.environ.get("MAILLE_SHARED") or Path(__file__).parents[3] / "../shared") / "data"
ORACLES = SHARED / "oracles"
DIVISIONS = {
    "A": (1, 3), "B": (5, 9), "C": (10, 33), "D": (35, 35), "E": (36, 39), "F": (41, 43), "G": (45, 47),
    "H": (49, 53), "I": (55, 56), "J": (58, 63), "K": (64, 66), "L": (68, 68), "M": (69, 75), "N": (77, 82),
    "O": (84, 84), "P": (85, 85), "Q": (86, 88), "R": (90, 93), "S": (94, 96),
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    values: np.ndarray
    primary: np.ndarray
    theirs: np.ndarray
    equations: csr_array


def parent(activity: str) -> str:
    """The heading above an activity: division, section, group of sections, total."""
    if activity.isdigit():
        return next(letter for letter, (low, high) in DIVISIONS.items() if low <= int(activity) <= high)
    if len(activity) == 1:
        groups = ["AZ", "BE", "FZ", "GI", "JZ", "KZ", "LZ", "MN", "OQ", "RU"]
        return next(g for g in reversed(groups) if g[0] <= activity)
    return "Total"


def equations(keys: list[tuple[str, ...]], parents: list[Callable[[str], str]]) -> csr_array:
    """One equation for each cell that is the sum of others along one dimension."""
    place = {key: index for index, key in enumerate(keys)}
    found: dict[tuple[int, int], list[int]] = {}
    for key, dimension in itertools.product(keys, range(len(parents))):
        if key[dimension] != "Total":
            above = (*key[:dimension], parents[dimension](key[dimension]), *key[dimension + 1 :])
            found.setdefault((place[above], dimension), []).append(place[key])
    rows, columns, signs = [], [], []
    for row, ((total, _), parts) in enumerate(found.items()):
        rows += [row] * (len(parts) + 1)
        columns += [total, *parts]
        signs += [-1.0] + [1.0] * len(parts)
    return csr_array((signs, (rows, columns)), shape=(len(found), len(keys)))


def read(rows: Iterable[dict[str, str]], parents: dict[str, Callable[[str], str]], amount: str) -> Table:
    lines = list(rows)
    keys = [tuple(line[name] for name in parents) for line in lines]
    status = np.array([line.get("Status", "") for line in lines])
    secret = np.array([line.get("is_secret_prim") == "TRUE" for line in lines])
    return Table(
        values=np.array([float(line[amount]) for line in lines]),
        primary=np.isin(status, ["A", "B"]) | secret,
        theirs=status != "V",
        equations=equations(keys, list(parents.values())),
    )


def total(_: str) -> str:
    return "Total"


def tauargus(name: str) -> Table:
    path = ORACLES / f"tauargus_{name}" / f"vignettes_tauargus_files_{name}_{name}.csv"
    with path.open() as file:
        above = total if name == "ex1" else parent
        amount = "VAL" if name == "ex1" else "TOT"
        return read(csv.DictReader(file), {"ACTIVITY": above, "SIZE": total}, amount)


def datatest1() -> Table:
    with gzip.open(ORACLES / "secrecy_datatest1.csv.gz", "rt") as file:
        names = dict.fromkeys(["treff", "cj", "type_distrib", "A10"], total)
        return read(csv.DictReader(file), names, "pizzas_tot")
