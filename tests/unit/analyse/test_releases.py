"""A correction must not open what the first release hid."""

import pytest

from maille.analyse.protect import SecrecyBroken, system_of
from maille.analyse.releases import audit_releases, joint_system
from unit.analyse.test_protect import RULES, estimates


def release(yes: list[int]):
    return system_of(estimates(yes), [], RULES)


def keys(system, *places: int) -> set:
    return {key for key, place in system.links.position.items() if place in places}


def test_two_identical_releases_hide_the_same_cells_safely():
    system = release([20, 30, 40, 50, 2])
    audit_releases([system, system], [keys(system, 3, 4)] * 2)


def test_a_cell_published_in_the_second_release_betrays_the_first():
    system = release([20, 30, 40, 50, 2])
    with pytest.raises(SecrecyBroken, match="deux versions"):
        audit_releases([system, system], [keys(system, 3, 4), keys(system, 2, 4)])


def test_each_release_alone_would_have_been_safe():
    system = release([20, 30, 40, 50, 2])
    audit_releases([system], [keys(system, 3, 4)])
    audit_releases([system], [keys(system, 2, 4)])


def test_a_cell_that_was_corrected_is_another_unknown():
    first, second = release([20, 30, 40, 50, 2]), release([20, 30, 40, 51, 3])
    audit_releases([first, second], [keys(first, 3, 4), keys(second, 2, 3, 4)])
    joint = joint_system([first, second])
    assert joint.links.equations.shape[0] == 2 + 3, "une addition par version, et trois cases inchangées"
