import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_array

from maille.stats.audit import TableInvalid, audit, intervals
from maille.stats.disclosure import relative_protection, too_few
from maille.stats.suppression import ProtectionImpossible, hide
from unit.stats.oracle_tables import ORACLES, Table, datatest1, tauargus

needs_oracles = pytest.mark.skipif(not ORACLES.exists(), reason="tables de référence absentes (../shared/data)")


def additive(inner: np.ndarray) -> tuple[np.ndarray, csr_array]:
    """A table with its margins, and its equations."""
    full = inner.astype(float)
    for axis in range(inner.ndim):
        full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
    index = np.arange(full.size).reshape(full.shape)
    lines = [line for axis in range(inner.ndim) for line in np.moveaxis(index, axis, -1).reshape(-1, full.shape[axis])]
    matrix = np.zeros((len(lines), full.size))
    for row, line in enumerate(lines):
        matrix[row, line] = [1.0] * (len(line) - 1) + [-1.0]
    return full.ravel(), csr_array(matrix)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([(4, 3), (6, 5), (3, 3, 3)]))
def test_no_hidden_cell_can_be_narrowed_below_its_protection(seed: int, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    values, equations = additive(rng.poisson(rng.gamma(0.6, 15, shape)) + 1)
    primary = too_few(values, threshold=5)
    wanted = np.where(primary, relative_protection(values, share=0.2, least=1.0), 0.0)
    found = hide(values, equations=equations, primary=primary, protection=wanted)
    judged = audit(values, found.hidden, equations=equations, protection=wanted)
    assert not len(judged.unsafe)
    assert (judged.low <= values + 1e-6).all()
    assert (judged.high >= values - 1e-6).all()
    np.testing.assert_array_equal(found.hidden, found.primary | found.secondary)


def test_the_audit_finds_a_cell_that_its_total_gives_away() -> None:
    judged = audit([3.0, 4.0, 7.0], [True, False, False], equations=[[1, 1, -1]], protection=1.0)
    assert judged.unsafe.tolist() == [0]
    assert (judged.low[0], judged.high[0]) == (3.0, 3.0)


def test_the_audit_finds_a_cell_that_bounds_narrow() -> None:
    values, equations = additive(np.array([[1, 9], [8, 2]]))
    hidden = np.zeros(9, dtype=bool)
    hidden[[0, 1, 3, 4]] = True
    judged = audit(values, hidden, equations=equations, protection=np.where(values == 8, 5.0, 0.0))
    assert (judged.low[3], judged.high[3]) == (0.0, 9.0)
    assert judged.unsafe.tolist() == [3]


def test_the_audit_refuses_a_table_that_does_not_add_up() -> None:
    with pytest.raises(TableInvalid):
        audit([3.0, 4.0, 8.0], [True, True, False], equations=[[1, 1, -1]], protection=1.0)


def test_a_cell_that_cannot_be_protected_is_an_error() -> None:
    with pytest.raises(ProtectionImpossible, match="cellule 0"):
        hide(
            [3.0, 4.0, 7.0],
            equations=[[1, 1, -1]],
            primary=[True, False, False],
            protection=1.0,
            costs=[0, np.inf, np.inf],
        )


def test_protection_may_ask_more_above_than_below() -> None:
    values, equations = additive(np.array([[1.0, 9.0], [8.0, 2.0]]))
    primary = np.arange(9) == 1
    wanted = np.where(primary, [[2.0], [7.0]], 0.0)
    found = hide(values, equations=equations, primary=primary, protection=wanted)
    assert not len(audit(values, found.hidden, equations=equations, protection=wanted).unsafe)
    alone = found.hidden.copy()
    alone[found.secondary] = False
    assert audit(values, alone, equations=equations, protection=wanted).unsafe.tolist() == [1]


def test_a_table_whose_cells_are_all_secret_hides_nothing_more_and_is_safe() -> None:
    values, equations = additive(np.array([[1.0, 2.0], [2.0, 1.0]]))
    everything = np.ones(9, dtype=bool)
    found = hide(values, equations=equations, primary=everything, protection=1.0)
    assert found.hidden.all()
    assert not found.secondary.any()
    assert not len(audit(values, found.hidden, equations=equations, protection=1.0).unsafe)


def test_a_table_without_a_secret_cell_is_published_whole() -> None:
    values, equations = additive(np.array([[1.0, 2.0], [2.0, 1.0]]))
    found = hide(values, equations=equations, primary=np.zeros(9, dtype=bool), protection=1.0)
    assert not found.hidden.any()
    assert found.cost == 0


def nested(rng: np.random.Generator, regions: int, each: int, answers: int) -> tuple[np.ndarray, csr_array]:
    """Départements inside régions inside the country, crossed with answers and their total: cells and equations."""
    inner = rng.poisson(rng.gamma(0.5, 12, (regions * each, answers)))
    inner = np.hstack([inner, inner.sum(axis=1, keepdims=True)])
    by_region = inner.reshape(regions, each, -1).sum(axis=1)
    full = np.vstack([inner, by_region, by_region.sum(axis=0, keepdims=True)]).astype(float)
    index = np.arange(full.size).reshape(full.shape)
    lines = [[*row[:-1], row[-1]] for row in index]
    for column in index.T:
        below, middle = column[: regions * each].reshape(regions, each), column[regions * each : -1]
        lines += [[*part, top] for part, top in zip(below, middle, strict=True)] + [[*middle, column[-1]]]
    matrix = np.zeros((len(lines), full.size))
    for row, line in enumerate(lines):
        matrix[row, line] = [1.0] * (len(line) - 1) + [-1.0]
    return full.ravel(), csr_array(matrix)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_no_hidden_cell_of_nested_territories_can_be_narrowed_below_its_protection(seed: int) -> None:
    values, equations = nested(np.random.default_rng(seed), 4, 5, 3)
    primary = too_few(values, threshold=5)
    wanted = np.where(primary, 4.0, 0.0)
    found = hide(values, equations=equations, primary=primary, protection=wanted, costs=values + 1)
    assert not len(audit(values, found.hidden, equations=equations, protection=wanted).unsafe)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_the_audit_gives_the_intervals_that_another_solver_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, equations = additive(rng.poisson(6, (3, 4)))
    hidden = rng.random(len(values)) < 0.6
    judged = audit(values, hidden, equations=equations, protection=1.0)
    edges = [(0, None) if secret else (value, value) for value, secret in zip(values, hidden, strict=True)]
    for cell in np.flatnonzero(hidden):
        goal = np.eye(len(values))[cell]
        found = [
            linprog(sign * goal, A_eq=equations, b_eq=np.zeros(equations.shape[0]), bounds=edges) for sign in (1, -1)
        ]
        expected = [found[0].x[cell], np.inf if found[1].status == 3 else found[1].x[cell]]
        np.testing.assert_allclose([judged.low[cell], judged.high[cell]], expected, atol=1e-6)


def test_a_cell_with_an_infinite_cost_is_published() -> None:
    found = hide(
        [3.0, 4.0, 7.0], equations=[[1, 1, -1]], primary=[True, False, False], protection=1.0, costs=[0, 9, np.inf]
    )
    assert found.hidden.tolist() == [True, True, False]


@needs_oracles
@pytest.mark.parametrize("table", [lambda: tauargus("ex1"), lambda: tauargus("ex2")], ids=["ex1", "ex2"])
def test_tables_of_tau_argus_are_safe_and_lose_no_more_than_with_it(table) -> None:
    given_table: Table = table()
    values, equations = given_table.values, given_table.equations
    wanted = np.where(given_table.primary, 0.1 * values, 0.0)
    found = hide(values, equations=equations, primary=given_table.primary, protection=wanted)
    assert not len(audit(values, found.hidden, equations=equations, protection=wanted).unsafe)
    assert found.cost <= values[given_table.theirs & ~given_table.primary].sum()


@needs_oracles
def test_a_table_in_four_dimensions_with_negative_amounts_is_safe() -> None:
    table = datatest1()
    wanted = np.where(table.primary, relative_protection(table.values, share=0.1), 0.0)
    # An intruder knows the amounts to within twice their size; their sign may be wrong.
    known = (table.values - 2 * np.abs(table.values) - 1, table.values + 2 * np.abs(table.values) + 1)
    found = hide(table.values, equations=table.equations, primary=table.primary, protection=wanted, bounds=known)
    judged = audit(table.values, found.hidden, equations=table.equations, protection=wanted, bounds=known)
    assert not len(judged.unsafe)


def test_the_limits_of_billions_are_those_of_units():
    equations = [[1.0, 1.0, 1.0, -1.0, 0.0], [0.0, 0.0, 1.0, 1.0, -1.0]]
    least, most = np.array([0.0, 2, 1, 7, 8]), np.array([np.inf, 5, 4, 9, 12])
    few, many = (
        intervals(equations, least=least * unit, most=most * unit, goals=[True] * 3 + [False] * 2)
        for unit in (1.0, 1e12)
    )
    assert few is not None
    assert many is not None
    assert np.allclose(np.array(many), 1e12 * np.array(few))
