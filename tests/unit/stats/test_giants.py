"""What an interval adds for the units that hold much of a domain."""

import numpy as np
import pytest

from maille.stats.design import stratified
from maille.stats.giants import giants, giants_spread, widened, widened_shares
from maille.stats.variance import domain_shares, domain_totals

N, HUGE = 40, 60.0
FRAME = np.append(np.ones(2 * N), HUGE)
NOWHERE = np.zeros(2 * N + 1, dtype=np.int64)


def doubt(*, answered: bool, weight: float = 1.0):
    weights, sizes = np.full(N, 2.0), np.ones(N)
    if answered:
        weights, sizes = np.append(weights, weight), np.append(sizes, HUGE)
    where = np.zeros(len(sizes), dtype=np.int64)
    return giants(weights, sizes=sizes, domains=where, frame_sizes=FRAME, frame_domains=NOWHERE)


def test_a_giant_that_answers_for_itself_alone_leaves_no_doubt():
    assert doubt(answered=True).doubt.tolist() == [0.0]


def test_a_giant_that_did_not_answer_leaves_the_doubt_of_its_size():
    assert doubt(answered=False).doubt.tolist() == [HUGE**2]


def test_a_giant_that_answers_for_another_leaves_as_much():
    assert doubt(answered=True, weight=2.0).doubt.tolist() == [HUGE**2]


def test_there_is_no_giant_where_units_are_alike_or_few():
    ones, where = np.ones(N), np.zeros(N, dtype=np.int64)
    alike = giants(2 * ones, sizes=ones, domains=where, frame_sizes=np.ones(80), frame_domains=NOWHERE[:80])
    few = giants([2.0] * 4, sizes=[1.0] * 4, domains=[0] * 4, frame_sizes=FRAME, frame_domains=NOWHERE)
    assert (alike.doubt.tolist(), few.doubt.tolist()) == ([0.0], [0.0])


def test_the_spread_of_a_share_is_that_of_yes_and_no_among_large_units():
    sizes, weights, where = np.full(N, 50.0), np.full(N, 2.0), np.zeros(N, dtype=np.int64)
    found = giants(weights, sizes=sizes, domains=where, frame_sizes=[*sizes, 900.0], frame_domains=[0] * (N + 1))
    yes = (np.arange(N) < 10)[:, None] * sizes[:, None]
    spread = giants_spread(yes, sizes[:, None], giants=found, weights=weights, sizes=sizes, domains=where)
    assert spread[0, 0] == pytest.approx(0.25 * 0.75)


def test_an_interval_is_widened_by_what_is_added_and_by_nothing_else():
    plan = stratified([2.0] * N, strata=[0] * N, stratum_sizes=[2 * N], stratum_samples=[N])
    yes = (np.arange(N) < 10).astype(float)
    shares, totals = domain_shares(yes, design=plan), domain_totals(yes, design=plan)
    wide, same = (widened_shares(shares, variance=np.array([[value]])) for value in (0.01, 0.0))
    assert wide.standard_error[0, 0] ** 2 == pytest.approx(shares.standard_error[0, 0] ** 2 + 0.01)
    assert wide.low[0, 0] < shares.low[0, 0]
    assert wide.high[0, 0] > shares.high[0, 0]
    assert (same.low, same.high, same.design_effect) == (shares.low, shares.high, shares.design_effect)
    more = widened(totals, variance=np.array([[9.0]]))
    assert more.standard_error[0, 0] ** 2 == pytest.approx(totals.standard_error[0, 0] ** 2 + 9.0)
    assert more.high[0, 0] - more.estimate[0, 0] == pytest.approx(1.959964 * more.standard_error[0, 0])
