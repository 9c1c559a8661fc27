"""The simulation that comes with the code, for a demonstration to show: what ``maille simulate`` wrote."""

import shutil
from pathlib import Path

from maille.catalogue import Store

SHIPPED = Path(__file__).with_name("reference")
"""``maille simulate asco-2025``, with the number of replicates and the seed that its cards give."""


def deposit_simulation(store: Store) -> list[str]:
    """Copy the datasets of the simulation that the store does not have; return their names. Raises DatasetAltered."""
    kept = Store(SHIPPED)
    missing = [name for name in kept.names("simulated/") if not store.exists(name)]
    for name in missing:
        kept.check(name)
        shutil.copytree(kept.folder(name), store.home / name, dirs_exist_ok=True)
    return missing
