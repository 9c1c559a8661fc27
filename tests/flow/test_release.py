"""A publication is corrected: the first version stays as it was, the new one says what changed, and opens nothing."""

from pathlib import Path

import polars as pl
import pytest

from flow.conftest import Command
from maille.catalogue import Store

pytestmark = pytest.mark.xdist_group("flow")

EDITION = "asco-2025"
FROZEN = f"released/{EDITION}/1.0"
CELL = ["indicator", "measure", "domain_type", "domain"]
CORRECTED, MISTAKEN, LEFT = "abs_prevue", 7, 3
BAND = (CORRECTED, "communes", "size_band", "1500_4999")
"""A figure that ten communes make, and that three make once seven answers are corrected: it becomes secret."""
FIRST = f"""edition: {EDITION}
releases:
  - {{version: "1.0", date: 2026-11-22, kind: first, note: "Première publication."}}
"""
SECOND = FIRST + '  - {version: "1.1", date: 2026-12-01, kind: correction, note: "Sept réponses mal saisies."}\n'
END = "fin de la page"
EDIT = """
from django.utils import timezone
from maille.web.campaigns.models import Unit
from maille.web.editing.models import Edit
for unit in Unit.objects.filter(edition_id="{edition}", code__in={codes}):
    Edit.objects.create(unit=unit, variable="{variable}", before="oui", after="non", state="edited",
                        reason="Erreur de saisie, confirmée par téléphone", who="methodologue", at=timezone.now())
"""
READ = """
from django.test import Client
for address in {addresses}:
    print(Client(SERVER_NAME="127.0.0.1").get("/resultats/{edition}/" + address).content.decode() + "{end}")
"""


def bytes_of(store: Store, version: str) -> dict[str, bytes]:
    """Return every file of a version, by name."""
    folder = store.home / "released" / EDITION / version
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def cells(store: Store, version: str) -> dict[tuple[str, ...], str]:
    """Return the status of every cell of a version."""
    rows = store.read(f"released/{EDITION}/{version}/figures").table.select(*CELL, "status").iter_rows()
    return {tuple(row[:-1]): row[-1] for row in rows}


def read(maille: Command, *addresses: str) -> list[str]:
    """Return the pages of the edition at some addresses, as readers are given them."""
    asked = READ.format(edition=EDITION, addresses=addresses, end=END)
    return done(maille("web", "shell", "-v", "0", "-c", asked)).split(END)[:-1]


def done(ran) -> str:
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return ran.stdout


def correct(maille: Command, store: Store) -> None:
    """Take back seven answers as the page of a record does, and deposit the decisions."""
    given = store.read(f"processed/{EDITION}/edited-communes").table
    mistaken = given.filter(pl.col(CORRECTED) == "oui", pl.col("population_municipale").is_between(1500, 4999))
    assert mistaken.height == MISTAKEN + LEFT
    codes = mistaken["unit"].sort().to_list()[:MISTAKEN]
    done(maille("web", "shell", "-v", "0", "-c", EDIT.format(edition=EDITION, codes=codes, variable=CORRECTED)))
    assert "décisions" in done(maille("deposit"))


def test_a_correction_is_a_new_version_that_opens_nothing_of_the_first(short, tmp_path):
    store = Store(short.home / "datasets")
    declared = short.specs / "releases" / f"{EDITION}.yaml"
    declared.parent.mkdir()
    declared.write_text(FIRST)
    done(short("run"))
    assert "version 1.0 figée" in done(short("release", EDITION))
    collected, first = store.card(f"collected/{EDITION}/answers").checksum, bytes_of(store, "1.0")
    correct(short, store)
    stale = short("release", EDITION)
    assert stale.returncode == 1
    assert "ne sont plus à jour" in stale.stderr
    declared.write_text(SECOND)
    done(short("run"))
    assert "changent depuis la version 1.0" in done(short("release", EDITION))

    assert bytes_of(store, "1.0") == first, "la première version est la même, octet pour octet"
    assert store.card(f"collected/{EDITION}/answers").checksum == collected, "rien de collecté n’est écrasé"
    _is_audited_together(short, store)
    _says_what_changed(short, store)
    _refuses_what_subtraction_gives(short, store, tmp_path)


def _is_audited_together(maille: Command, store: Store) -> None:
    before, after = cells(store, "1.0"), cells(store, "1.1")
    assert (before[BAND], after[BAND]) == ("value", "secret"), "elle a bougé de plus que sa protection"
    assert {cell for cell, status in before.items() if status == "secret"} <= {
        cell for cell, status in after.items() if status == "secret"
    }, "ce qu’une version cache, la suivante le cache"
    both = [f"{where}/{what}" for where in (f"disseminated/{EDITION}", FROZEN) for what in ("figures", "participation")]
    assert "0 trop bien cerné" in done(maille("attack", *both)), "les deux versions, lues ensemble"


def _says_what_changed(maille: Command, store: Store) -> None:
    changed = store.read(f"released/{EDITION}/1.1/differences").table
    moved = changed.filter(*(pl.col(name) == value for name, value in zip(CELL, BAND, strict=True)))
    assert moved.select("status_before", "status_after").rows() == [("value", "secret")]
    assert moved["estimate_after"].to_list() == [None]
    page, file, table = read(maille, "versions/", "versions/1.1/differences.csv", "abs/")
    assert "Sept réponses mal saisies." in page
    assert "depuis la version 1.0" in page
    assert len(file.strip().splitlines()) == changed.height + 1
    assert table.count("Corrigé le") == 1


def _refuses_what_subtraction_gives(maille: Command, store: Store, folder: Path) -> None:
    """Publish again, beside the second version, what the first one hid: who kept both subtracts."""
    hidden = next(cell for cell, status in cells(store, "1.0").items() if status == "secret" and cell[0] == "abs")
    figures = store.read(f"released/{EDITION}/1.1/figures").table
    truth = store.read(f"released/{EDITION}/1.1/estimates").table.filter(
        *(pl.col(name) == value for name, value in zip(CELL, hidden, strict=True))
    )
    here = pl.all_horizontal(pl.col(name) == value for name, value in zip(CELL, hidden, strict=True))
    leak = figures.with_columns(
        estimate=pl.when(here).then(pl.lit(truth["estimate"][0])).otherwise("estimate"),
        status=pl.when(here).then(pl.lit("value")).otherwise("status"),
    )
    leak.write_csv(folder / "fuite.csv")
    attacked = maille("attack", f"{FROZEN}/figures", str(folder / "fuite.csv"))
    assert attacked.returncode == 1
    assert f"▲ {hidden[0]}, {hidden[3]}, {hidden[1]}" in attacked.stdout
