"""The door of the attack: published datasets and files in, findings out; nothing secret is opened."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from maille.analyse.attack import Finding, attack
from maille.analyse.domains import domains_of
from maille.analyse.intruder import Public
from maille.errors import UserError
from maille.pipeline.run import Progress, Run, silent
from maille.specs import (
    load_bands,
    load_disclosure,
    load_indicators,
    load_publications,
    load_sample,
)

PLACE = ("lower", "upper", "region", "departement")
CELLS = ("table", "indicator", "measure", "domain_type", "domain", "estimate", "status")
PARTICIPATION = ("level", "code", "name", "region", "sampled", "responded", "status")


class AttackImpossible(UserError):
    """What is to be attacked is not published, cannot be read, or is not a table of figures."""


def attack_published(
    run: Run, names: Sequence[str], progress: Progress = silent, *, compare: str | None = None
) -> list[Finding]:
    """Return what an intruder deduces from published datasets and CSV files, all together.

    ``names`` are datasets (``protected/asco-2025/cells``), or paths of CSV files; all of one edition, that of their
    tables. With ``compare``, an edition whose secret audit tells which figures are secret by themselves, those hidden
    only to cover others are left out: nothing is due to them. Raises AttackImpossible, DatasetAltered, DatasetNotFound.
    """
    tables = [_table(run, name) for name in names]
    wanted = {str(name) for table in tables if "table" in table.columns for name in table["table"].unique()}
    public = _public(run, wanted)
    found = attack(tables, public, progress)
    if compare is None:
        return found
    secret = _secret(run.store.read(f"analysed/{compare}/audit").table, public)
    return [one for one in found if one.cell in secret or one.cell.startswith("participation,")]


def _secret(audit: pl.DataFrame, public: Public) -> set[str]:
    """Return the names of the figures that are secret by themselves."""
    domains = {
        tuple(row[name] for name in PLACE): row["domain"]
        for publication in public.publications.values()
        for cut in domains_of(publication, public.schemes, frame=public.frames[publication.universe])
        for row in cut.places().iter_rows(named=True)
    }
    return {
        f"{row['indicator']}, {domains[tuple(row[name] for name in PLACE)]}, {row['measure']}"
        for row in audit.filter("primary").iter_rows(named=True)
    }


def told(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield what was found, a line a hidden figure, the most broken first, then the verdict."""
    for one in findings:
        mark = "▲" if one.broken else "◆"
        high = "sans limite" if one.high == float("inf") else f"{one.high:.1f}"
        yield f"{mark} {one.cell} : de {one.low + 0.0:.1f} à {high} (écart dû : {one.needed:.1f})"
    broken = sum(one.broken for one in findings)
    yield f"{len(findings)} chiffre(s) caché(s), {broken} trop bien cerné(s)."


def _table(run: Run, name: str) -> pl.DataFrame:
    path = Path(name)
    table = _file(path) if path.suffix == ".csv" else _dataset(run, name)
    for expected in (CELLS, PARTICIPATION):
        if set(expected) <= set(table.columns):
            return table
    raise AttackImpossible(
        "ce n’est pas un tableau de chiffres publiés.", where=name, got=", ".join(table.columns),
        expected=", ".join(CELLS),
    )  # fmt: skip


def _dataset(run: Run, name: str) -> pl.DataFrame:
    card = run.store.check(name)
    if card.confidentiality != "open":
        raise AttackImpossible(
            "ce jeu n’est pas publié : l’intrus ne l’a pas.", where=name, got=str(card.confidentiality),
            hint="donnez des jeux « protected/… » ou « disseminated/… »",
        )  # fmt: skip
    return run.store.read(name).table


def _file(path: Path) -> pl.DataFrame:
    text = dict.fromkeys(("table", "indicator", "measure", "domain_type", "domain", "code", "region"), pl.String)
    try:
        table = pl.read_csv(path, schema_overrides=text)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise AttackImpossible("le fichier ne se lit pas.", where=str(path), got=str(error).splitlines()[0]) from error
    if "status" in table.columns and table["status"].null_count():
        raise AttackImpossible(
            "le fichier est tronqué : des lignes n’ont pas de statut.", where=str(path),
            got=f"{table['status'].null_count()} ligne(s)", hint="téléchargez-le de nouveau",
        )  # fmt: skip
    return table


def _public(run: Run, tables: set[str]) -> Public:
    """Return what everybody knows, for the edition whose tables these are (the last one, without tables)."""
    for folder in sorted((run.specs / "publications").iterdir(), reverse=True):
        publications = load_publications(folder)
        if tables <= set(publications):
            plan = load_sample(run.specs / "samples" / f"{folder.name}.yaml")
            return Public(
                publications,
                load_indicators(run.specs / "indicators"),
                load_bands(run.specs / "bands.yaml"),
                load_disclosure(run.specs / "disclosure.yaml"),
                {
                    name: run.store.read(universe.frame.dataset).table.filter(pl.col("in_survey"))
                    for name, universe in plan.universes.items()
                },
            )
    raise AttackImpossible("aucune édition n’a ces tableaux.", got=", ".join(sorted(tables)))
