"""How many section saves a second one process makes, without the network: `python bench/save_section.py`.

Each save reads the authority again, as a request does, and changes one number. With MAILLE_DATABASE_URL, on that
database; otherwise on an SQLite file in a folder of its own.
"""

import os
import sys
import tempfile
import time
from datetime import date

SAVES = 600


def main() -> None:
    home = tempfile.mkdtemp(prefix="maille-bench-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maille.web.settings")
    os.environ["MAILLE_HOME"] = home
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print(f"{SAVES / measure():.0f} saves a second of processor, one process")


def measure() -> float:
    """Return the seconds of processor that the saves take."""
    import polars as pl
    from django.utils import timezone

    from maille.web.answers.saving import save_section
    from maille.web.campaigns.loading import load_sample, open_edition
    from maille.web.campaigns.models import Unit

    edition = open_edition("asco-2025", title="Mesure", opens=date(2000, 1, 1), closes=date(2100, 1, 1), simulated=True)
    columns = ["unit", "universe", "name", "size_band", "departement", "region", "population"]
    rows = [(f"{code:05d}", "communes", "Mesure", "moins_500", "69D", "84", 300) for code in range(60)]
    load_sample(pl.DataFrame(rows, schema=columns, orient="row"), edition)
    units = list(Unit.objects.values_list("pk", flat=True))
    who = {"author": "répondant", "mode": "web"}
    everything = {"action": ["oui"], "domaines": ["pauvrete"], "domaine_principal": ["pauvrete"]}
    for pk in units:
        save_section(Unit.objects.get(pk=pk), "action", everything, at=timezone.now(), **who)
    begun, revisions = time.process_time(), dict.fromkeys(units, 0)
    for number in range(SAVES):
        pk = units[number % len(units)]
        posted = {"depenses": [str(30_000 + number)], "investissement": [str(number)], "recettes_etat": ["10"]}
        unit = Unit.objects.select_related("edition").get(pk=pk)
        shown = {"base_revision": revisions[pk], "page": "p"}
        revisions[pk] = save_section(unit, "moyens", posted, at=timezone.now(), **who, **shown).revision
    return time.process_time() - begun


if __name__ == "__main__":
    sys.exit(main())
