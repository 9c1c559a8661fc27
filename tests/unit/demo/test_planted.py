"""The errors that a demonstration plants: few, the same each time, and the truth is known."""

from datetime import UTC, datetime

import pytest

from maille.demo.answering import Intention
from maille.demo.planted import planted
from maille.demo.response import HTTP, SIMULATED, STARTED, SUBMITTED

AT = datetime(2025, 11, 1, tzinfo=UTC)
HOMES = {f"{n:05}": "A" if n % 2 else "B" for n in range(60)}


def wish(unit, universe="communes", outcome=SUBMITTED, mode=SIMULATED, **truth):
    return Intention(unit, universe, outcome, 1.0, mode, AT, AT, truth)


@pytest.fixture
def wishes():
    rich = {"depenses": 50_000, "etp": 2.0, "epci_competence": "oui", "population_municipale": 1}
    communes = [wish(f"{n:05}", **{**rich, "depenses": 50_000 + n}) for n in range(40)]
    communes += [wish(f"{n:05}", outcome=STARTED, **rich) for n in range(40, 50)]
    communes += [wish(f"{n:05}", mode=HTTP, **rich) for n in range(50, 60)]
    return [*communes, wish("A", "epci", competence="oui")]


def test_a_few_amounts_are_wrong_and_what_was_meant_is_known(wishes):
    wrong, faults = planted(wishes, HOMES, seed=1)
    amounts = [one for one in faults if one.variable == "depenses"]
    assert sorted(one.given // one.meant for one in amounts) == [10, 10, 1000, 1000, 1000]
    told = {one.unit: one.truth for one in wrong}
    assert all(told[one.unit]["depenses"] == one.given for one in amounts)
    assert [bool(one.reason) for one in amounts].count(True) == 3


def test_the_communes_that_contradict_belong_to_an_epci_that_answered(wishes):
    _, faults = planted(wishes, HOMES, seed=1)
    apart = [one for one in faults if one.variable == "epci_competence"]
    assert [(one.given, one.meant) for one in apart] == [("non", "oui")] * 2
    assert {HOMES[one.unit] for one in apart} == {"A"}


def test_one_commune_gives_the_answers_of_another_and_keeps_its_own_identity(wishes):
    wrong, faults = planted(wishes, HOMES, seed=1)
    spent = [one.truth["depenses"] for one in wrong[:40] if one.unit not in {fault.unit for fault in faults}]
    assert len(spent) - len(set(spent)) == 1


def test_who_stops_on_the_way_or_answers_through_the_pages_is_never_mistaken(wishes):
    wrong, _ = planted(wishes, HOMES, seed=1)
    assert wrong[40:] == wishes[40:]


def test_the_same_seed_plants_the_same_errors_and_another_others(wishes):
    assert planted(wishes, HOMES, seed=1) == planted(wishes, HOMES, seed=1)
    assert planted(wishes, HOMES, seed=1)[1] != planted(wishes, HOMES, seed=2)[1]


def test_nobody_is_mistaken_where_nobody_answers():
    assert planted([], {}, seed=1) == ([], [])
