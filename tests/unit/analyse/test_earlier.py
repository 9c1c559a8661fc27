"""A correction is read beside the release that it replaces: neither must open what the other hides."""

from dataclasses import replace

import numpy as np
import pytest

from maille.analyse.earlier import Earlier, narrow
from maille.analyse.protect import SecrecyBroken, System, hidden_of
from maille.analyse.releases import audit_releases
from unit.analyse.test_releases import keys, release

MEASURE = "communes"


def secured(system: System) -> set:
    found = hidden_of(replace(system, protection=np.where(system.primary, system.protection, 0.0)))
    return keys(system, *np.flatnonzero(found.hidden).tolist())


def earlier(system: System, hidden: set) -> Earlier:
    return Earlier({MEASURE: system}, frozenset(hidden))


def test_alone_the_correction_would_hide_another_cell_and_betray_the_first_release():
    first = release([20, 30, 40, 50, 2])
    hidden = keys(first, 3, 4)
    second = replace(first, costs=np.where(np.arange(len(first.costs)) == 0, 0.5, first.costs))
    alone = secured(second)
    assert alone == keys(first, 0, 4)
    with pytest.raises(SecrecyBroken, match="deux versions"):
        audit_releases([first, second], [hidden, alone])


def test_with_the_first_release_in_mind_the_correction_hides_the_same_cells():
    first = release([20, 30, 40, 50, 2])
    hidden = keys(first, 3, 4)
    second = replace(first, costs=np.where(np.arange(len(first.costs)) == 0, 0.5, first.costs))
    kept = secured(narrow(second, [earlier(first, hidden)], measure=MEASURE))
    assert kept == hidden
    audit_releases([first, second], [hidden, kept])


def test_a_cell_hidden_earlier_stays_hidden_even_when_it_is_no_longer_small():
    first = release([20, 30, 40, 50, 2])
    hidden = keys(first, 3, 4)
    second = release([20, 30, 40, 50, 9])
    assert hidden <= secured(narrow(second, [earlier(first, hidden)], measure=MEASURE))
    assert not secured(second), "seule, la correction publierait tout"


def test_a_published_cell_that_a_correction_moves_little_is_known_for_ever():
    first, second = release([20, 30, 40, 50, 60]), release([20, 30, 40, 51, 60])
    narrowed = narrow(second, [earlier(first, set())], measure=MEASURE)
    assert np.isinf(narrowed.costs[second.links.position[next(iter(keys(second, 3)))]])


def test_a_cell_that_appears_is_protected_as_any_other():
    first = release([20, 30, 40, 50, 60])
    known = dict(list(first.links.position.items())[:3])
    before = replace(first, links=replace(first.links, position=known))
    narrowed = narrow(release([20, 30, 40, 50, 2]), [earlier(before, set())], measure=MEASURE)
    assert narrowed.primary[4]
    assert np.isfinite(narrowed.costs[3])
