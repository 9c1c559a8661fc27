"""The units that hold much of a domain."""

import numpy as np
import pytest

from maille.stats.giants import giants, giants_spread

N, HUGE = 40, 60.0
FRAME = np.append(np.ones(2 * N), HUGE)
NOWHERE = np.zeros(2 * N + 1, dtype=np.int64)


@pytest.mark.parametrize("answered", [True, False])
def test_a_giant_is_one_whether_it_answered_or_not(answered):
    weights, sizes = np.full(N, 2.0), np.ones(N)
    if answered:
        weights, sizes = np.append(weights, 1.0), np.append(sizes, HUGE)
    where = np.zeros(len(sizes), dtype=np.int64)
    found = giants(weights, sizes=sizes, domains=where, frame_sizes=FRAME, frame_domains=NOWHERE)
    assert found.whole.tolist() == [HUGE**2]


def test_there_is_no_giant_where_units_are_alike_or_few():
    ones, where = np.ones(N), np.zeros(N, dtype=np.int64)
    alike = giants(2 * ones, sizes=ones, domains=where, frame_sizes=np.ones(80), frame_domains=NOWHERE[:80])
    few = giants([2.0] * 4, sizes=[1.0] * 4, domains=[0] * 4, frame_sizes=FRAME, frame_domains=NOWHERE)
    assert (alike.whole.tolist(), few.whole.tolist()) == ([0.0], [0.0])


def test_the_spread_of_a_share_is_that_of_yes_and_no_among_large_units():
    sizes, weights, where = np.full(N, 50.0), np.full(N, 2.0), np.zeros(N, dtype=np.int64)
    found = giants(weights, sizes=sizes, domains=where, frame_sizes=[*sizes, 900.0], frame_domains=[0] * (N + 1))
    yes = (np.arange(N) < 10)[:, None] * sizes[:, None]
    spread = giants_spread(yes, sizes[:, None], giants=found, weights=weights, sizes=sizes, domains=where)
    assert spread[0, 0] == pytest.approx(0.25 * 0.75)
