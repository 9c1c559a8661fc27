"""The secrecy of crossings: their classes are judged together with every table that is published already.

Like ``protect`` and ``participation``, it lowers a confidentiality after hiding and auditing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import block_diag, csr_array, vstack

from maille.analyse.cross import CLASS, CLASSES, CROSSED
from maille.analyse.estimate import SOURCE
from maille.analyse.links import Key, Links, key_of
from maille.analyse.primary import primary_of
from maille.analyse.protect import SecrecyBroken, System, hidden_of, system_of
from maille.analyse.shown import published, written
from maille.catalogue import Confidentiality, Draft, Materials, Variable
from maille.specs import Disclosure, Publication, load_disclosure, load_publications
from maille.specs.source_value import UNKNOWN
from maille.stats.audit import audit
from maille.stats.suppression import ProtectionImpossible

_BY_NAME = {variable.name: variable for variable in CROSSED}
CELLS = (
    *(_BY_NAME[name] for name in ("crossing", "row", "domain", "label", "class_low", "class_high", "territories")),
    *(_BY_NAME[name] for name in ("universe", "indicator", "measure", "kind", "unit", "decimals")),
    *(_BY_NAME[name] for name in ("estimate", "standard_error", "ci_low", "ci_high", "p_value", "respondents")),
    Variable(name="status", label="Statut du chiffre", kind="code"),
    _BY_NAME["flag"],
)
Mask = npt.NDArray[np.bool_]
_KNOWN = pl.when(pl.col("domain") != UNKNOWN).then("domain")
_ENDS = (_KNOWN.min().over("crossing") == _KNOWN) | (_KNOWN.max().over("crossing") == _KNOWN)
_DECIMALS = 2
_END_WORTH = 10.0
"""What the first and the last class are worth beside the others: without them there is no difference."""


@dataclass(frozen=True)
class _Earlier:
    """The classes that an earlier release hid, and those that it gives and that have not moved since."""

    hidden: frozenset[Key] = frozenset()
    known: frozenset[Key] = frozenset()


def protect_crossings(edition: str, materials: Materials) -> list[Draft]:
    """Return the crossings that may be published, and the classes of territories, which are no secret.

    What the tables hide stays hidden: a class is hidden when it is secret by itself, or when it would narrow a cell of
    theirs. A difference is hidden with either of its classes. What earlier releases of the crossings hid stays hidden,
    and what they gave, if it has not moved, is known for ever: hiding it protects nothing. Raises SecrecyBroken.
    """
    rules = load_disclosure(materials.specs / "disclosure.yaml")
    publications = list(load_publications(materials.specs / "publications" / edition).values())
    crossed = materials.inputs[f"analysed/{edition}/crossings"].table
    classes = materials.inputs[f"analysed/{edition}/crossing-classes"].table
    estimates = materials.inputs[f"analysed/{edition}/estimates"].table
    cells = materials.inputs[f"protected/{edition}/cells"].table
    told = estimates.with_columns(hidden=cells["status"] == "secret")
    kept = [materials.inputs[name].table for name in earlier_crossings(edition, materials.inputs)]
    earlier = _earlier(crossed.filter(pl.col("row") == CLASS), kept)
    parts = [crossed.clear().with_columns(secret=pl.lit(False))]
    for (measure, universe), rows in crossed.group_by("measure", "universe", maintain_order=True):
        mine = told.filter(pl.col("measure") == measure, pl.col("universe") == universe)
        tied = mine.filter(pl.col("indicator").is_in(sorted(_linked(rows["indicator"].unique(), publications))))
        parts.append(_judged(rows, tied, classes, rules=rules, publications=publications, earlier=earlier))
    return [
        _draft(edition, "crossings", _published(pl.concat(parts), rules), described=CELLS),
        _draft(edition, "crossing-classes", classes.with_columns(pl.col("value").round(_DECIMALS)), described=CLASSES),
    ]


def earlier_crossings(edition: str, names: Iterable[str]) -> list[str]:
    """Return, among the names of datasets, the crossings of the releases of an edition."""
    return [name for name in names if name.startswith(f"released/{edition}/") and name.endswith("/crossings")]


def _earlier(cells: pl.DataFrame, releases: Sequence[pl.DataFrame]) -> _Earlier:
    now = {class_key(row): row for row in written(cells).iter_rows(named=True)}
    hidden: set[Key] = set()
    known: set[Key] = set()
    for release in releases:
        for row in release.filter(pl.col("row") == CLASS).iter_rows(named=True):
            key = class_key(row)
            if row["status"] == "secret":
                hidden.add(key)
            elif key in now and row["estimate"] is not None and row["estimate"] == now[key]["estimate"]:
                known.add(key)
    return _Earlier(frozenset(hidden - known), frozenset(known))


def _linked(indicators: pl.Series, publications: Sequence[Publication]) -> set[str]:
    """Return the indicators, and all those that some addition ties to them."""
    found = set(indicators)
    sums = [{one.total, *one.parts} for publication in publications for one in publication.identities]
    while more := {name for names in sums if names & found for name in names} - found:
        found |= more
    return found


def _judged(
    rows: pl.DataFrame,
    told: pl.DataFrame,
    classes: pl.DataFrame,
    *,
    rules: Disclosure,
    publications: Sequence[Publication],
    earlier: _Earlier | None = None,
) -> pl.DataFrame:
    """Return the rows of a measure with ``secret``: what is hidden among the classes, and the differences with them."""
    cells = rows.filter(pl.col("row") == CLASS)
    tables = told.drop("hidden")
    hidden_keys = {key_of(row) for row in told.filter("hidden").iter_rows(named=True)}
    system = _with_classes(system_of(tables, publications, rules), cells, classes, rules=rules)
    keys = list(system.links.position)
    kept = earlier or _Earlier()
    before = system.links.among(hidden_keys | kept.hidden)
    known = system.links.among(kept.known)
    added = np.array([str(key[4]).startswith(_PREFIX) for key in keys]) & ~known
    # What the tables publish, or what their larger figures say, is not for the classes to protect.
    system = replace(system, primary=system.primary & (before | added))
    told_already = added & _told(system, before | added)
    system = replace(system, protection=np.where(told_already, 0.0, system.protection))
    hidden = _hide(system, before, added=added)
    _audit(system, hidden)
    secret = {key for key, is_hidden in zip(keys, hidden, strict=True) if is_hidden}
    marked = cells.with_columns(
        pl.Series("secret", [class_key(row) in secret for row in cells.iter_rows(named=True)], dtype=pl.Boolean)
    )
    return pl.concat([marked, _gaps(rows.filter(pl.col("row") != CLASS), marked)])


def _gaps(gaps: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Return the differences, ``secret`` with either of their classes, with the fewest contributors of the two."""
    of_ends = (
        cells.filter(_ENDS)
        .group_by("crossing", "indicator")
        .agg((pl.col("secret") | pl.col("estimate").is_null()).any(), pl.col("nonzero").min())
    )
    joined = gaps.drop("nonzero").join(of_ends, on=["crossing", "indicator"], how="left", maintain_order="left")
    return joined.select(cells.columns)


_PREFIX = "CLASSE-"


def class_key(row: dict[str, object]) -> Key:
    """Return the key of a class among the linked cells: a place of its own, that no territory has."""
    return (str(row["universe"]), str(row["indicator"]), 0, None, f"{_PREFIX}{row['crossing']}", str(row["domain"]))


def _with_classes(system: System, cells: pl.DataFrame, classes: pl.DataFrame, *, rules: Disclosure) -> System:
    """Return the system of the tables with the cells of the classes and the additions that tie them to it."""
    position = dict(system.links.position)
    for row in cells.iter_rows(named=True):
        position.setdefault(class_key(row), len(position))
    first = primary_of(cells, rules)
    total = cells["total"].fill_null(0.0).to_numpy()
    whole = cells["whole"].fill_null(0.0).to_numpy()
    share = (cells["kind"] == "share").to_numpy()
    shown_estimate = cells["estimate"].is_not_null().to_numpy()
    worth = cells.select(pl.when(_ENDS).then(_END_WORTH).otherwise(1.0)).to_series().to_numpy()
    values = np.concatenate([system.values, total])
    lines = [line for line in _sums(cells, classes, position) if _exact(line, values)]
    added = np.zeros((len(lines), len(position)))
    for number, line in enumerate(lines):
        added[number, list(line)] = list(line.values())
    wider = block_diag([system.links.equations, csr_array((0, len(total)))], format="csr")
    equations = csr_array(vstack([wider, csr_array(added)])) if lines else csr_array(wider)
    return replace(
        system,
        links=Links(position, equations),
        values=values,
        least=np.concatenate([system.least, np.where(total < 0, -np.inf, 0.0)]),
        most=np.concatenate([system.most, np.where(share, np.maximum(whole, total), np.inf)]),
        primary=np.concatenate([system.primary, first.secret]),
        protection=np.concatenate([system.protection, first.protection]),
        costs=np.concatenate([system.costs, np.where(shown_estimate, worth * np.maximum(np.abs(total), 1.0), 1e-3)]),
    )


def _sums(cells: pl.DataFrame, classes: pl.DataFrame, position: dict[Key, int]) -> Iterator[dict[int, float]]:
    """Yield the additions of the classes: all make the country; some make the sum of whole territories."""
    tied = ("crossing", "universe", "indicator")
    for (crossing, universe, indicator), rows in cells.group_by(*tied, maintain_order=True):
        places = {str(row["domain"]): position[class_key(row)] for row in rows.iter_rows(named=True)}
        country = position.get((str(universe), str(indicator), 0, None, None, None))
        if country is not None:
            yield {**dict.fromkeys(places.values(), 1.0), country: -1.0}
        members = classes.filter(pl.col("crossing") == crossing)
        for columns in (("region", "departement"), ("region",)):
            for names, territories in _blocks(members, columns):
                keys = [(str(universe), str(indicator), 0, None, *place) for place in territories]
                if all(key in position for key in keys) and names <= set(places):
                    parts = dict.fromkeys((position[key] for key in keys), -1.0)
                    yield {**dict.fromkeys((places[name] for name in sorted(names)), 1.0), **parts}


def _blocks(
    members: pl.DataFrame, columns: tuple[str, ...]
) -> Iterator[tuple[set[str], list[tuple[str | None, str | None]]]]:
    """Yield the smallest sets of classes that are made of whole territories, with these territories."""
    held: dict[tuple[str | None, str | None], set[str]] = {}
    for row in members.select(*columns, "domain").unique(maintain_order=True).iter_rows():
        place = (row[0], row[1] if len(columns) == 2 else None)
        held.setdefault(place, set()).add(row[-1])
    blocks: list[tuple[set[str], list[tuple[str | None, str | None]]]] = []
    for place, names in held.items():
        touching = [block for block in blocks if block[0] & names]
        joined = set(names).union(*(block[0] for block in touching))
        territories = [place, *(one for block in touching for one in block[1])]
        blocks = [block for block in blocks if block not in touching] + [(joined, territories)]
    yield from blocks


def _exact(line: dict[int, float], values: npt.NDArray[np.float64]) -> bool:
    """Tell whether an addition holds: one that answers left unknown break tells nothing exact."""
    signed = np.array([values[place] * sign for place, sign in line.items()])
    return bool(abs(signed.sum()) <= 1e-7 * max(np.abs(signed).sum(), 1.0))


def _hide(system: System, before: Mask, *, added: Mask) -> Mask:
    """Return what is hidden: what was before, and the classes that must be; every class when that is not enough."""
    primary, costs = before | (system.primary & added), np.where(added, system.costs, np.inf)
    wanted = np.where(system.primary, system.protection, 0.0)
    try:
        return hidden_of(replace(system, primary=primary, protection=wanted, costs=costs)).hidden
    except ProtectionImpossible:
        return before | added


def _told(system: System, hidden: Mask) -> Mask:
    """Return the cells that the tables tell even when every class is hidden.

    They stay hidden, but no other class has to be hidden for them: that would protect nothing.
    """
    told = np.zeros(len(hidden), dtype=bool)
    told[_unsafe(system, hidden)] = True
    return told


def _unsafe(system: System, hidden: Mask) -> npt.NDArray[np.int64]:
    wanted = np.where(system.primary, system.protection, 0.0)
    bounds = (system.least, system.most)
    equations = system.links.equations
    return audit(system.values, hidden, equations=equations, bounds=bounds, protection=wanted, every=False).unsafe


def _audit(system: System, hidden: Mask) -> None:
    unsafe = _unsafe(system, hidden)
    if len(unsafe):
        raise SecrecyBroken(
            "l’audit retrouve, par un croisement, une case cachée de trop près : rien n’est publié.",
            where=str(list(system.links.position)[int(unsafe[0])]),
            got=f"{len(unsafe)} case(s)",
            hint="retirez ce croisement, ou réunissez ses classes.",
        )


def _published(cells: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    table = published(cells, rules)
    hidden = pl.col("status") == "secret"
    bounds = pl.col("class_low", "class_high").round(_DECIMALS)
    return table.with_columns(bounds, p_value=pl.when(~hidden).then(pl.col("p_value").round(3)))


def _draft(edition: str, what: str, table: pl.DataFrame, *, described: tuple[Variable, ...]) -> Draft:
    titles = {
        "crossings": "Les croisements avec d’autres sources",
        "crossing-classes": "La classe de chaque territoire des croisements",
    }
    return Draft(
        name=f"protected/{edition}/{what}",
        table=table.select([variable.name for variable in described]),
        title=titles[what],
        variables=described,
        source=SOURCE,
        vintage=edition,
        confidentiality=Confidentiality.OPEN,
    )
