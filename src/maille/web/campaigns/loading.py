"""Load a drawn sample: its units and a fresh access code for each."""

from datetime import date

import polars as pl
from django.db import transaction

from maille.web.campaigns.codes import code_hash, draw_code
from maille.web.campaigns.models import Edition, Unit
from maille.web.campaigns.versions import ask_files

_COLUMNS = ("universe", "name", "size_band", "departement", "region", "population")


def open_edition(
    edition: str, *, title: str, opens: date, closes: date, simulated: bool, survey: str | None = None
) -> Edition:
    """Create the edition, or give it these dates and this title; ``survey`` names its specifications.

    Its questionnaires are compiled: what is asked no longer follows the files by itself. Raises SpecInvalid.
    """
    values = {"title": title, "opens": opens, "closes": closes, "simulated": simulated, "survey": survey or edition}
    opened = Edition.objects.update_or_create(id=edition, defaults=values)[0]
    ask_files(opened)
    return opened


@transaction.atomic
def load_sample(table: pl.DataFrame, edition: Edition) -> dict[str, str]:
    """Create the units of ``collected/<edition>/sample`` and return the code of each, seen this once only.

    A unit already there keeps its answers and its state; its code is replaced.
    """
    codes = {unit: draw_code() for unit in table["unit"]}
    units = [
        Unit(
            edition=edition,
            code=row["unit"],
            access_code_hash=code_hash(codes[row["unit"]]),
            **{column: row[column] for column in _COLUMNS},
        )
        for row in table.select("unit", *_COLUMNS).iter_rows(named=True)
    ]
    Unit.objects.bulk_create(
        units,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["edition", "code"],
        update_fields=[*_COLUMNS, "access_code_hash"],
    )
    return codes
