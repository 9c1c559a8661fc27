"""Two releases of the same tables, seen by who kept both: what one hides must not be read in the other."""

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import csr_array, vstack

from maille.analyse.links import Key, Links
from maille.analyse.protect import SecrecyBroken, System
from maille.stats.audit import audit

SAME = 1e-9


def joint_system(releases: Sequence[System]) -> System:
    """Return the cells of all releases as one system: those of the second after those of the first, and so on.

    A cell whose total is the same in two releases is one unknown for the intruder, who sees that nothing around it
    moved: an equation says so. ``links.position`` gives the cells of the last release, by key.
    """
    starts = np.cumsum([0, *(len(system.values) for system in releases)])
    rows, columns, signs, lines = [], [], [], 0
    for number, system in enumerate(releases):
        own = system.links.equations.tocoo()
        rows.append(own.row + lines)
        columns.append(own.col + starts[number])
        signs.append(own.data)
        lines += own.shape[0]
    own_lines = csr_array(
        (np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns))), shape=(lines, starts[-1])
    )
    pairs = _unchanged(releases, starts.tolist())
    ties = csr_array(
        (np.tile([1.0, -1.0], len(pairs)), (np.repeat(np.arange(len(pairs)), 2), np.array(pairs, dtype=int).ravel())),
        shape=(len(pairs), starts[-1]),
    )
    last = {key: place + int(starts[-2]) for key, place in releases[-1].links.position.items()}
    names = ("values", "least", "most", "primary", "protection", "costs")
    joined: dict[str, Any] = {name: np.concatenate([getattr(system, name) for system in releases]) for name in names}
    return System(Links(last, csr_array(vstack([own_lines, ties]))), **joined)


def audit_releases(releases: Sequence[System], hidden: Sequence[Collection[Key]]) -> None:
    """Judge together releases whose ``hidden`` keys are given one by one. Raises SecrecyBroken, naming a cell."""
    joint = joint_system(releases)
    keys = [key for system in releases for key in system.links.position]
    secret = np.array(
        [
            key in kept or key in system.links.unseen
            for system, kept in zip(releases, hidden, strict=True)
            for key in system.links.position
        ]
    )
    verdict = audit(
        joint.values,
        secret,
        equations=joint.links.equations,
        protection=np.where(joint.primary, joint.protection, 0.0),
        bounds=(joint.least, joint.most),
    )
    if len(verdict.unsafe):
        raise SecrecyBroken(
            "deux versions d’une publication, lues ensemble, donnent une case cachée : rien n’est publié.",
            where=f"{keys[int(verdict.unsafe[0])]}",
            got=f"{len(verdict.unsafe)} case(s)",
            hint="gardez cachées dans la nouvelle version les cases cachées dans l’ancienne.",
        )


def _unchanged(releases: Sequence[System], starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return the places of the cells that two successive releases have with the same total."""
    pairs = []
    for number, (before, after) in enumerate(pairwise(releases)):
        for key, place in before.links.position.items():
            again = after.links.position.get(key)
            if again is None:
                continue
            first, second = before.values[place], after.values[again]
            if abs(first - second) <= SAME * max(abs(first), 1.0):
                pairs.append((starts[number] + place, starts[number + 1] + again))
    return pairs
