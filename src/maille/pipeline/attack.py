"""The door of the attack: published datasets and files in, findings out; nothing secret is opened."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from maille.analyse.attack import Finding, attack
from maille.analyse.clues import CELLS, KINDS, SENTENCES
from maille.analyse.intruder import Public
from maille.errors import UserError
from maille.pipeline.reasons import judged
from maille.pipeline.run import Progress, Run, silent
from maille.specs import (
    EVOLUTIONS,
    load_bands,
    load_disclosure,
    load_indicators,
    load_publications,
    load_sample,
)

TEXTS = (
    *("table", "indicator", "measure", "domain_type", "domain", "code", "region", "departement"),
    *("crossing", "row", "universe", "key"),
)


class AttackImpossible(UserError):
    """What is to be attacked is not published, cannot be read, or is not a table of figures."""


def attack_published(run: Run, names: Sequence[str], progress: Progress = silent) -> list[Finding]:
    """Return what an intruder deduces from published datasets and CSV files, all together.

    ``names`` are datasets (``disseminated/asco-2025/figures``, ``released/asco-2025/1.0/figures``), or paths of CSV
    files; all of one edition, that of their tables. Without any, all that the last edition publishes and has released.
    The intruder reads nothing secret; the verdict is ours: where the store has the audits of that edition, they tell
    which figures are secret by themselves, and nothing is due to the others. Raises AttackImpossible, DatasetAltered,
    DatasetNotFound.
    """
    versions: dict[str, list[pl.DataFrame]] = {}
    names = names or published(run)
    for name in names:
        versions.setdefault(_version(name), []).append(_table(run, name))
    tables = [table for kept in versions.values() for table in kept]
    wanted = {
        str(name) for table in tables if "table" in table.columns for name in table["table"].drop_nulls().unique()
    }
    wanted -= {EVOLUTIONS}
    edition, public = _public(run, wanted, editions={name.split("/")[1] for name in names if not _is_file(name)})
    *before, last = sorted(versions, key=_rank)
    found = attack(versions[last], public, progress, earlier={name: versions[name] for name in before})
    return judged(found, run, edition, public=public, versions=list(versions))


def published(run: Run) -> list[str]:
    """Return the names of all that readers have of the last published edition: figures, now and in each release.

    A table that the specifications no longer have is left out, unless a release holds it. A release that is the
    same as what is published now is not read twice. Raises AttackImpossible.
    """
    editions = sorted({name.split("/")[1] for name in run.store.names("disseminated/")})
    if not editions:
        raise AttackImpossible("rien n’est publié.", hint="lancez « maille run », ou nommez des fichiers")
    made = {name for step in run.steps() for name in step.outputs}
    current = [name for name in _figures(run, f"disseminated/{editions[-1]}/") if name in made]
    released = _figures(run, f"released/{editions[-1]}/")
    sums = {name.split("/")[-1]: run.store.card(name).checksum for name in current}
    versions: dict[str, list[str]] = {}
    for name in released:
        versions.setdefault(_version(name), []).append(name)
    other = [
        kept
        for kept in versions.values()
        if any(run.store.card(name).checksum != sums.get(name.split("/")[-1]) for name in kept)
    ]
    return [*current, *(name for kept in other for name in kept)]


def told(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield what was found, a line a hidden figure, the most broken first, covers last, then the verdict."""
    for one in sorted(findings, key=lambda one: (not one.broken, one.reason == "cover")):
        mark = "▲" if one.broken else "◇" if one.narrowed else "◆"
        high = "sans limite" if one.high == float("inf") else f"{one.high:.1f}"
        shown = f", donné par {one.given}" if one.given else ""
        yield f"{mark} {one.cell} : de {one.low + 0.0:.1f} à {high} ({_due(one)}){shown}"
    yield from verdict(findings)


def verdict(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield how many secrets are known too well, then how many others were narrowed, and what is due to them."""
    yield f"{len(findings)} chiffre(s) caché(s), {sum(one.broken for one in findings)} trop bien cerné(s)."
    narrowed = [one.reason for one in findings if one.narrowed and not one.broken]
    if covers := narrowed.count("cover"):
        yield f"{covers} autre(s) resserré(s), caché(s) seulement pour en couvrir d’autres : rien ne leur est dû."
    if unknown := narrowed.count("unknown"):
        yield (
            f"{unknown} autre(s) resserré(s) sans qu’on sache si le chiffre est secret ou en couvre d’autres : "
            "l’audit, qui le dit, n’est pas dans ce dossier de données."
        )


def _due(one: Finding) -> str:
    return "en couvre d’autres : rien ne lui est dû" if one.reason == "cover" else f"écart dû : {one.needed:.1f}"


def _figures(run: Run, prefix: str) -> list[str]:
    names = [name for name in run.store.names(prefix) if run.store.card(name).confidentiality == "open"]
    columns = {name: {variable.name for variable in run.store.card(name).variables} for name in names}
    return [name for name in names if any(set(kind) <= columns[name] for kind in KINDS)]


def _is_file(name: str) -> bool:
    return Path(name).suffix == ".csv"


def _version(name: str) -> str:
    """Return the version of a released dataset, nothing for what is published now."""
    parts = [] if _is_file(name) else name.split("/")
    return parts[2] if parts[:1] == ["released"] and len(parts) > 3 else ""


def _rank(version: str) -> tuple[bool, tuple[int, ...]]:
    return not version, tuple(int(part) for part in version.split(".") if part.isdigit())


def _table(run: Run, name: str) -> pl.DataFrame:
    table = _file(Path(name)) if _is_file(name) else _dataset(run, name)
    if any(set(expected) <= set(table.columns) for expected in KINDS):
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
            hint="donnez des jeux « protected/… », « disseminated/… » ou « released/… »",
        )  # fmt: skip
    dataset = run.store.read(name)
    if not set(SENTENCES) <= set(dataset.table.columns):
        return dataset.table
    files = [file.name for file in dataset.card.files if file.name.endswith(".json")]
    return pl.concat(
        [dataset.table, *(_drawn(json.loads(run.store.file(name, file))) for file in files)], how="diagonal"
    )


def _drawn(report: Mapping[str, Any]) -> pl.DataFrame:
    """Return what the drawings of a report show, as its sentences are: the figure of each mark."""
    blocks = [inner for block in [*report["summary"], *report["blocks"]] for inner in (block, *block.get("blocks", ()))]
    marks = [mark for block in blocks for row in block.get("rows", ()) for mark in row["marks"]]
    said = [(mark["cell"], number_of(mark["value"])) for mark in marks if mark["cell"]]
    rows = [(None, *cell.split(".", 3), estimate) for cell, estimate in said if estimate is not None]
    kinds = dict.fromkeys(SENTENCES, pl.String) | {"estimate": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def number_of(written: str) -> float | None:
    """Return the number that a French text begins with: « 1 234,5 % » is 1234.5, and « secret » nothing."""
    found = re.match(r"-?\d[\d\s]*(?:,\d+)?", written)
    return float(re.sub(r"\s", "", found[0]).replace(",", ".")) if found else None


def _file(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_csv(path, schema_overrides=dict.fromkeys(TEXTS, pl.String))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise AttackImpossible("le fichier ne se lit pas.", where=str(path), got=str(error).splitlines()[0]) from error
    # Every line of a table of figures has a status, a sentence its state, every line of a table of classes its class.
    last = next((name for name in ("status", "state", "domain") if name in table.columns), None)
    if last is not None and table[last].null_count():
        raise AttackImpossible(
            "le fichier est tronqué : des lignes n’ont pas de statut.", where=str(path),
            got=f"{table[last].null_count()} ligne(s)", hint="téléchargez-le de nouveau",
        )  # fmt: skip
    return table


def _public(run: Run, tables: set[str], *, editions: set[str]) -> tuple[str, Public]:
    """Return the edition whose tables these are (the last one, without tables), and what everybody knows of it."""
    for folder in sorted((run.specs / "publications").iterdir(), reverse=True):
        publications = load_publications(folder)
        if tables <= set(publications) and editions <= {folder.name}:
            plan = load_sample(run.specs / "samples" / f"{folder.name}.yaml")
            return folder.name, Public(
                publications,
                load_indicators(run.specs / "indicators"),
                load_bands(run.specs / "bands.yaml"),
                load_disclosure(run.specs / "disclosure.yaml"),
                {
                    name: run.store.read(universe.frame.dataset).table.filter(pl.col("in_survey"))
                    for name, universe in plan.universes.items()
                },
            )
    raise AttackImpossible("aucune édition n’a ces tableaux.", got=", ".join(sorted({*tables, *editions})))
