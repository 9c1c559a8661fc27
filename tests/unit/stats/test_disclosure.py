"""What may not be published as it is: few units, an amount that one unit makes, a whole group told at once."""

import csv
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maille.stats.arrays import ArrayInvalid
from maille.stats.disclosure import (
    dominance_protection,
    dominated,
    percent_protection,
    recoverable,
    too_few,
    unanimous,
)
from unit.stats.oracle_tables import ORACLES

needs_oracles = pytest.mark.skipif(not ORACLES.exists(), reason="tables de référence absentes (../shared/data)")


def test_both_sides_of_a_share_are_counted() -> None:
    assert too_few([1, 9, 5], no=[9, 1, 5], threshold=3).tolist() == [True, True, False]


def test_one_contributor_above_the_share_dominates() -> None:
    assert dominated([100, 100], largest=[[80, 6], [80, 4]]).tolist() == [True, False]


@pytest.mark.parametrize("contributions", [[7.0], [7.0, 5.0], [1e6, 1.0]])
def test_one_or_two_contributors_always_know_each_other(contributions: list[float]) -> None:
    top = [contributions + [0.0] * (2 - len(contributions))]
    assert recoverable([sum(contributions)], largest=top, percent=10).all()


def test_a_third_contributor_protects_the_largest_when_he_is_large_enough() -> None:
    largest = [[100.0, 50.0], [100.0, 50.0]]
    assert recoverable([160.0, 159.9], largest=largest, percent=10).tolist() == [False, True]


def test_two_who_talk_to_each_other_know_more_than_one() -> None:
    largest = [[100.0, 50.0, 40.0]]
    assert not recoverable([195.0], largest=largest, percent=10).any()
    assert recoverable([195.0], largest=largest, percent=10, coalition=2).all()


def test_a_coalition_needs_as_many_contributions_as_members() -> None:
    with pytest.raises(ArrayInvalid, match="coalition"):
        recoverable([10.0], largest=[[5.0, 4.0]], percent=10, coalition=2)


def test_an_amount_of_nobody_is_not_secret() -> None:
    assert not recoverable([0.0], largest=[[0.0, 0.0]], percent=10).any()
    assert not dominated([0.0], largest=[0.0]).any()


def test_a_negative_contribution_is_refused_with_what_to_do() -> None:
    with pytest.raises(ArrayInvalid, match="valeurs absolues"):
        dominated([10.0], largest=[[12.0, -2.0]])


def test_contributions_out_of_order_are_refused() -> None:
    with pytest.raises(ArrayInvalid, match="du plus gros au plus petit"):
        dominated([10.0], largest=[[2.0, 5.0]])


def test_a_group_is_told_when_all_its_units_give_the_sensitive_answer() -> None:
    assert unanimous([[9, 0], [0, 9], [8, 1]], sensitive=[True, False]).tolist() == [True, False, False]
    assert unanimous([[9, 0], [0, 9], [0, 0]]).tolist() == [True, True, False]


@given(st.lists(st.floats(1, 1e6), min_size=1, max_size=8), st.floats(1, 50))
def test_a_cell_that_reaches_its_protection_is_secret_no_more(parts: list[float], percent: float) -> None:
    top = np.array([[*sorted(parts, reverse=True), 0.0][:2]])
    total = np.array([sum(parts)])
    wider = total + percent_protection(total, largest=top, percent=percent)
    assert not recoverable(wider * (1 + 1e-7), largest=top, percent=percent).any()
    wider = total + dominance_protection(total, largest=top[:, :1], share=0.85)
    assert not dominated(wider * (1 + 1e-7), largest=top[:, :1], share=0.85).any()


@given(st.lists(st.floats(1, 1e6), min_size=3, max_size=8))
def test_only_a_secret_cell_asks_for_protection(parts: list[float]) -> None:
    top, total = np.array([sorted(parts, reverse=True)[:2]]), np.array([sum(parts)])
    needs = percent_protection(total, largest=top, percent=10) > 1e-6 * total
    assert not (needs & ~recoverable(total, largest=top, percent=10)).any()


def rows(path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return list(csv.DictReader(file))


def column(lines: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(line[name]) for line in lines])


@needs_oracles
def test_the_first_example_of_tau_argus_has_the_same_primary_cells() -> None:
    folder = ORACLES / "tauargus_ex1"
    lines = rows(folder / "vignettes_tauargus_files_ex1_ex1.csv")
    tab = [line.split(",") for line in (folder / "vignettes_tauargus_files_ex1_ex1.tab").read_text().splitlines()]
    largest = {(row[0].strip(), row[1].strip()): float(row[4]) for row in tab}
    top = np.array([largest[line["ACTIVITY"], line["SIZE"]] for line in lines])
    status = np.array([line["Status"] for line in lines])
    few = too_few(column(lines, "N_OBS"), threshold=3)
    np.testing.assert_array_equal(few, status == "A")
    np.testing.assert_array_equal(dominated(column(lines, "VAL"), largest=top, share=0.85) & ~few, status == "B")


@needs_oracles
def test_the_second_example_of_tau_argus_hides_every_cell_of_one_or_two_enterprises() -> None:
    lines = rows(ORACLES / "tauargus_ex2" / "vignettes_tauargus_files_ex2_ex2.csv")
    status = np.array([line["Status"] for line in lines])
    few = too_few(column(lines, "N_OBS"), threshold=3)
    assert few.any()
    assert (status[few] == "B").all(), "donnés à la main (MAN), sans contributeurs : seule la fréquence se recalcule"


@needs_oracles
def test_the_table_of_pizzas_has_the_same_primary_cells() -> None:
    lines = rows(ORACLES / "secrecy_datatest1.csv.gz")
    amounts, top = column(lines, "pizzas_tot"), column(lines, "pizzas_max")
    few = too_few(column(lines, "nb_obs"), threshold=3)
    # Four contributors stand above a total that others of opposite sign bring down; one total is negative: its
    # largest contributor, positive, is above any share of it.
    heavy = dominated(np.maximum(np.abs(amounts), top), largest=top, share=0.85) | (amounts < 0)
    np.testing.assert_array_equal(few, [line["is_secret_freq"] == "TRUE" for line in lines])
    np.testing.assert_array_equal(heavy, [line["is_secret_dom"] == "TRUE" for line in lines])
    np.testing.assert_array_equal(few | heavy, [line["is_secret_prim"] == "TRUE" for line in lines])
