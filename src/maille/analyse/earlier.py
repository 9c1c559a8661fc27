"""What earlier releases of an edition ask of the next: what they hid stays hidden, what they published is known."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from maille.analyse.links import Key, key_of
from maille.analyse.protect import System, protect_cells, system_of
from maille.analyse.releases import SAME, audit_releases
from maille.catalogue import Draft, Materials
from maille.specs import Disclosure, Publication, edition_releases, load_disclosure, load_indicators, load_publications
from maille.specs.quotient import quotients

_CELL = ["table", "indicator", "measure", "domain_type", "domain"]


@dataclass(frozen=True)
class Earlier:
    """A release that readers have: its linked cells by measure, and the keys that it hid."""

    systems: dict[str, System]
    hidden: frozenset[Key]


def earlier_inputs(edition: str, versions: Iterable[str]) -> tuple[str, ...]:
    """Return the datasets that tell what earlier versions of an edition published and hid."""
    return tuple(f"released/{edition}/{version}/{what}" for version in versions for what in ("figures", "estimates"))


def protect_superseding(edition: str, materials: Materials) -> list[Draft]:
    """Return what ``protect_cells`` does, for readers who kept every earlier release.

    A cell hidden in one of them stays hidden, and one that they give and that has not moved by more than its
    protection is known for ever: it protects no other. Raises SecrecyBroken when the releases, read together, still
    narrow a hidden cell, and what ``protect_cells`` raises.
    """
    rules = load_disclosure(materials.specs / "disclosure.yaml")
    publications = list(load_publications(materials.specs / "publications" / edition).values())
    known = list(_earlier(edition, materials, publications=publications, rules=rules))
    if not known:
        return protect_cells(edition, materials)
    current: dict[str, System] = {}

    def narrowed(measure: str, system: System) -> System:
        current[measure] = narrow(system, [item for item in known if measure in item.systems], measure=measure)
        return current[measure]

    drafts = protect_cells(edition, materials, narrowed)
    estimates = materials.inputs[f"analysed/{edition}/estimates"].table
    hidden = _hidden(estimates, drafts[0].table)
    for measure, system in current.items():
        before = [item for item in known if measure in item.systems]
        audit_releases([*(item.systems[measure] for item in before), system], [*(b.hidden for b in before), hidden])
    return drafts


def narrow(system: System, releases: Sequence[Earlier], *, measure: str) -> System:
    """Return the system of a measure with what earlier releases ask: cells to keep hidden, cells already known."""
    primary, protection, costs = system.primary.copy(), system.protection.copy(), system.costs.copy()
    for release in releases:
        before = release.systems[measure]
        for key, place in system.links.position.items():
            again = before.links.position.get(key)
            if again is None:
                continue
            needs = (protection[place] if primary[place] else 0.0, before.protection[again])
            if key in release.hidden:
                protection[place] = max(needs) if before.primary[again] else needs[0]
                primary[place] = True
            elif abs(system.values[place] - before.values[again]) <= max(*needs, SAME):
                primary[place], costs[place] = False, np.inf
    return replace(system, primary=primary, protection=protection, costs=costs)


def _earlier(
    edition: str, materials: Materials, *, publications: Sequence[Publication], rules: Disclosure
) -> Iterator[Earlier]:
    declared = edition_releases(materials.specs, edition)
    divided = quotients(load_indicators(materials.specs / "indicators"))
    for item in declared.earlier if declared else ():
        figures, estimates = (materials.inputs[name].table for name in earlier_inputs(edition, [item.version]))
        hidden = _hidden(estimates, figures)
        systems = {
            str(measure): system_of(cells, publications, rules, divided=divided)
            for (measure,), cells in estimates.group_by("measure", maintain_order=True)
        }
        yield Earlier({name: _as_hidden(system, hidden) for name, system in systems.items()}, hidden)


def _as_hidden(system: System, hidden: frozenset[Key]) -> System:
    """Return the system of a release, whose secrets are those that it kept."""
    return replace(system, primary=system.primary & system.links.among(hidden))


def _hidden(estimates: pl.DataFrame, cells: pl.DataFrame) -> frozenset[Key]:
    """Return the keys that published cells hide; ``estimates`` are the same cells with the limits of their sizes."""
    secret = cells.filter(pl.col("status") == "secret").select(_CELL)
    found = estimates.join(secret, on=_CELL, how="semi")
    return frozenset(key_of(row) for row in found.iter_rows(named=True))
