"""Why each figure is hidden, secret by itself or to cover others: read in the audits, which nobody publishes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from maille.analyse.attack import Finding
from maille.analyse.domains import domains_of
from maille.analyse.intruder import Public
from maille.analyse.primary import primary_of
from maille.pipeline.run import Run
from maille.specs import load_disclosure

COUNTS = ("participation,", "issue,")
"""What the attack judges by itself: nothing is due to a count that is not small."""

_PLACE = ("lower", "upper", "region", "departement")
_CELL = ["table", "indicator", "measure", "domain_type", "domain"]


@dataclass(frozen=True)
class Hidden:
    """A hidden figure as its audit knows it: ``secret`` by itself, its total, how far around it must stay uncertain."""

    secret: bool
    value: float
    protection: float


def judged(
    findings: Collection[Finding], run: Run, edition: str, *, public: Public, versions: Collection[str]
) -> list[Finding]:
    """Return what an intruder found with why each figure was hidden, as the store knows it: see ``Finding.reason``.

    A secret is known too well when what was found does not reach the interval that protects it. ``versions`` are the
    versions attacked, "" for what is published now.
    """
    known: dict[str, Hidden] = {}
    for name, hidden in _known(run, edition, public, versions=versions):
        if name not in known or hidden.secret:
            known[name] = hidden
    return [one if one.cell.startswith(COUNTS) else _judged(one, known.get(one.cell)) for one in findings]


def _judged(one: Finding, hidden: Hidden | None) -> Finding:
    if hidden is None:
        return replace(one, reason="unknown")
    if not hidden.secret:
        return replace(one, reason="cover")
    return replace(one, reason="secret", pierced=_pierced(one, hidden))


def _pierced(one: Finding, hidden: Hidden) -> bool:
    """Say whether the limits leave out a part of the protection interval; those that leave out the truth lead astray.

    A share is protected by units of the domain, as many as the attack asks; an amount by what the audit guarantees.
    """
    value, slack = hidden.value, 1e-6 * max(abs(hidden.value), 1.0)
    if one.needed <= 0 or not one.total or not one.low - slack <= value <= one.high + slack:
        return False
    half = hidden.protection if one.most == np.inf else min(one.needed, hidden.protection)
    return bool(one.low > max(value - half, one.least) + slack or one.high < min(value + half, one.most) - slack)


def _known(run: Run, edition: str, public: Public, *, versions: Collection[str]) -> Iterator[tuple[str, Hidden]]:
    for version in versions:
        if version:
            yield from _released(run, f"released/{edition}/{version}")
        else:
            yield from _audited(run, f"analysed/{edition}/audit", public)
            yield from _classes(run, f"analysed/{edition}/crossings")


def _audited(run: Run, name: str, public: Public) -> Iterator[tuple[str, Hidden]]:
    if not run.store.exists(name):
        return
    domains = {
        tuple(row[place] for place in _PLACE): row["domain"]
        for publication in public.publications.values()
        for cut in domains_of(publication, public.schemes, frame=public.frames[publication.universe])
        for row in cut.places().iter_rows(named=True)
    }
    for row in run.store.read(name).table.iter_rows(named=True):
        domain = domains.get(tuple(row[place] for place in _PLACE))
        # What an earlier version hid to cover others stays hidden, and nothing more is due to it.
        secret = row["primary"] and row["protection"] > 0
        yield f"{row['indicator']}, {domain}, {row['measure']}", Hidden(secret, row["value"], row["protection"])


def _classes(run: Run, name: str) -> Iterator[tuple[str, Hidden]]:
    if run.store.exists(name):
        cells = run.store.read(name).table.filter(pl.col("row") == "class")
        placed = cells.with_columns(domain=pl.col("crossing") + " " + pl.col("domain"))
        yield from _by_rules(placed, run)


def _released(run: Run, root: str) -> Iterator[tuple[str, Hidden]]:
    """Yield what a version hid; the audit is not frozen with it, its estimates are."""
    if run.store.exists(f"{root}/estimates") and run.store.exists(f"{root}/figures"):
        figures = run.store.read(f"{root}/figures").table.filter(pl.col("status") == "secret")
        yield from _by_rules(run.store.read(f"{root}/estimates").table.join(figures, on=_CELL, how="semi"), run)


def _by_rules(cells: pl.DataFrame, run: Run) -> Iterator[tuple[str, Hidden]]:
    found = primary_of(cells, load_disclosure(run.specs / "disclosure.yaml"))
    rows = cells.select("indicator", "domain", "measure", pl.col("total").fill_null(0.0)).iter_rows()
    for (indicator, domain, measure, total), secret, half in zip(rows, found.secret, found.protection, strict=True):
        yield f"{indicator}, {domain}, {measure}", Hidden(bool(secret), float(total), float(half))
