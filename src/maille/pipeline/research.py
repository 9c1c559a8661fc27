"""The door of the researchers' files: what there is, and the check of what they ask to take out."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from maille.analyse.outputs import LARGEST, Asked, Judged, Measure, OutputUnreadable, Request, Shown, judge_output
from maille.catalogue import DatasetNotFound, Store
from maille.specs import load_disclosure

__all__ = ["LARGEST", "Judged", "Measure", "OutputUnreadable", "Shown", "check_output", "labels_of", "research_files"]

WHOLE = {"", "total", "ensemble", "tous", "toutes"}
VALUE = "valeur"
_DOMAINS = {"size_band": "tranche", "region": "region", "departement": "departement"}


@dataclass(frozen=True)
class Labels:
    """The labels of variables, the labels of their codes, and how these codes are written elsewhere."""

    variables: Mapping[str, str]
    codes: Mapping[str, Mapping[int, str]]
    written: Mapping[str, Mapping[str, str]]


def research_files(store: Store, edition: str, universe: str) -> list[dict[str, object]]:
    """Return the files of a universe: ``file``, ``title``, ``bytes``, ``sha256``; none when there is no dataset."""
    try:
        return list(store.read(f"research/{edition}/files-{universe}").table.iter_rows(named=True))
    except DatasetNotFound:
        return []


def _parquet(store: Store, edition: str, universe: str) -> bytes:
    return store.file(f"research/{edition}/files-{universe}", f"{edition.replace('-', '_')}_{universe}.parquet")


def labels_of(store: Store, edition: str, universe: str) -> Labels:
    """Return the labels that the Parquet file of a universe carries. Raises DatasetNotFound, DatasetAltered."""
    said = pl.read_parquet_metadata(io.BytesIO(_parquet(store, edition, universe)))
    variables = {name: one for name, one in json.loads(said["variables"]).items() if not name.endswith("__manque")}
    return Labels(
        {name: one["label"] for name, one in variables.items()},
        {
            name: {int(code): label for code, label in one["value_labels"].items()}
            for name, one in variables.items()
            if one["value_labels"]
        },
        {name: one["source_codes"] for name, one in variables.items()},
    )


def check_output(
    store: Store,
    specs: Path,
    *,
    about: tuple[str, str],
    what: tuple[Measure, str],
    table: Sequence[Mapping[str, str]],
    earlier: Sequence[Shown] = (),
) -> list[Judged]:
    """Return the verdict of each row of a table typed by a researcher, in order.

    ``about`` is the edition and the universe, ``what`` the measure and its variable; ``table`` has a column a crossed
    variable (codes or labels; empty or « Total » is the whole) and ``valeur``. Raises OutputUnreadable.
    """
    (edition, universe), (measure, variable) = about, what
    labels = labels_of(store, edition, universe)
    if measure != "count" and variable not in labels.variables:
        raise OutputUnreadable("le fichier n’a pas cette variable.", got=variable)
    cells = tuple(_asked(place, row, labels) for place, row in enumerate(table))
    crossed = {name for cell in cells for name in cell.conditions}
    published, secret = _published(store, edition, labels, crossed=crossed)
    request = Request(
        measure,
        "" if measure == "count" else variable,
        cells,
        earlier=(*(one for one in earlier if _concerns(one, crossed, variable)), *published),
        secret=secret,
    )
    content = pl.read_parquet(io.BytesIO(_parquet(store, edition, universe)))
    return judge_output(content, request, load_disclosure(specs / "disclosure.yaml"))


def _concerns(known: Shown, crossed: set[str], variable: str) -> bool:
    """Tell whether figures known already can be subtracted from what is asked: the same variables, all or some."""
    if known.variable != variable:
        return False
    return any(not cell or crossed & set(cell) for cell in known.cells)


def _asked(place: int, row: Mapping[str, str], labels: Labels) -> Asked:
    where = f"ligne {place + 2}"
    conditions = {}
    for name, typed in row.items():
        if name == VALUE or typed.strip().casefold() in WHOLE:
            continue
        conditions[name] = _code(name, typed.strip(), labels, where=where)
    text = row.get(VALUE, "").replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", ".")
    try:
        value = float(text)
    except ValueError as error:
        raise OutputUnreadable("la valeur n’est pas un nombre.", where=where, got=row.get(VALUE, "")) from error
    return Asked(conditions, value, place)


def _code(name: str, typed: str, labels: Labels, *, where: str) -> int:
    codes = labels.codes.get(name)
    if codes is None:
        raise OutputUnreadable(
            "cette colonne n’est pas une variable à modalités du fichier.", where=where, got=name,
            hint="nommez chaque colonne de croisement comme dans le dictionnaire, et celle des chiffres « valeur »",
        )  # fmt: skip
    found = next((code for code, label in codes.items() if typed in (str(code), label)), None)
    if found is None:
        raise OutputUnreadable(f"« {name} » n’a pas cette modalité.", where=where, got=typed)
    return found


def _published(
    store: Store, edition: str, labels: Labels, *, crossed: set[str]
) -> tuple[list[Shown], tuple[dict[str, int], ...]]:
    """Return what the published tables show, and hide, of the indicators that are crossed."""
    wanted = {name.removeprefix("i_"): name for name in crossed if name.startswith("i_")}
    try:
        figures = store.read(f"disseminated/{edition}/figures").table
    except DatasetNotFound:
        return [], ()
    if not wanted:
        return [], ()
    shown: list[dict[str, int]] = []
    secret: list[dict[str, int]] = []
    rows = figures.filter(pl.col("indicator").is_in(list(wanted)) & (pl.col("measure") != "population"))
    for row in rows.iter_rows(named=True):
        for conditions in _domain(row, labels):
            cell = {wanted[row["indicator"]]: 1, **conditions}
            (secret if row["status"] == "secret" else shown).append(cell)
    return ([Shown("count", "", tuple(shown))] if shown else []), tuple(secret)


def _domain(row: Mapping[str, str], labels: Labels) -> Iterator[dict[str, int]]:
    if row["domain_type"] == "total":
        yield {}
        return
    name = _DOMAINS.get(row["domain_type"], "")
    code = row.get(row["domain_type"]) or row["domain"]
    for number, written in labels.written.get(name, {}).items():
        if written == code:
            yield {name: int(number)}
