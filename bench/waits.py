"""What a person waits for on a screen: python bench/waits.py. Prints the CPU time of each, beside what is aimed at.

The first drawing of a map is measured with nothing in memory; the search of the hotline, among twelve thousand units.
"""

import os
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

UNITS = 12_000


def spent(act: Callable[[], object]) -> float:
    """Return the CPU time of an act, in milliseconds."""
    begun = time.process_time()
    act()
    return 1000 * (time.process_time() - begun)


def search_among_all() -> float:
    """Load the units; return the time of one search, the names being already folded."""
    from maille.web.serve import prepare

    prepare()
    from maille.web.campaigns.loading import open_edition
    from maille.web.campaigns.models import Unit
    from maille.web.hotline.search import search

    days = {"opens": date(2000, 1, 1), "closes": date(2100, 1, 1)}
    edition = open_edition("asco-2025", title="ASCO 2025", simulated=True, **days)
    named = {"edition": edition, "universe": "communes", "access_code_hash": ""}
    Unit.objects.bulk_create(Unit(code=f"X{place:05}", name=f"Saint-Élan {place}", **named) for place in range(UNITS))
    search(edition, "saint")
    return spent(lambda: search(edition, f"elan {UNITS - 1}"))


def main() -> None:
    from maille.territory import shapes

    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"MAILLE_HOME": folder, "MAILLE_DATABASE_URL": ""}
        os.environ.setdefault("MAILLE_SPECS", str(Path(__file__).parent.parent / "specs"))
        rows = [
            ("carte des départements", spent(lambda: shapes("departements")), 300),
            ("carte des communes du Rhône", spent(lambda: shapes("communes", "69")), 100),
            (f"recherche parmi {UNITS} collectivités", search_among_all(), 500),
        ]
    for what, milliseconds, aim in rows:
        print(f"{what} : {milliseconds:.0f} ms (but : moins de {aim} ms)")


if __name__ == "__main__":
    main()
