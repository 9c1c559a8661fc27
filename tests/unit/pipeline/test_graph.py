"""The graph is derived from what steps declare, and refuses what cannot run."""

import pytest

from maille.catalogue import Step, Store
from maille.pipeline.graph import CircularSteps, DuplicateOutput, ordered, with_ancestors


def step(name: str, inputs: str, outputs: str) -> Step:
    return Step(name, name, tuple(inputs.split()), tuple(outputs.split()), (), lambda _materials: [])


def test_a_step_comes_after_those_that_feed_it():
    steps = [step("c", "y", "z"), step("a", "", "x"), step("b", "x", "y")]
    assert [item.name for item in ordered(steps)] == ["a", "b", "c"]


def test_two_steps_may_not_make_the_same_dataset():
    with pytest.raises(DuplicateOutput, match="« x »"):
        ordered([step("a", "", "x"), step("b", "", "x")])


def test_a_circle_is_refused_and_named():
    with pytest.raises(CircularSteps, match=r"a → b → a|b → a → b"):
        ordered([step("a", "y", "x"), step("b", "x", "y")])


def test_asking_for_a_step_asks_for_what_feeds_it_and_nothing_else():
    steps = [step("a", "", "x"), step("b", "x", "y"), step("other", "", "o")]
    assert [item.name for item in with_ancestors(["b"], steps)] == ["a", "b"]


def test_an_optional_input_orders_its_step_after_the_one_that_makes_it_and_may_be_missing(tmp_path):
    reader = Step("b", "", ("in",), ("out",), (), list, optional=("extra",))
    assert [one.name for one in ordered([reader, step("a", "in", "extra")])] == ["a", "b"]
    store = Store(tmp_path)
    assert reader.reads(store) == ("in",)
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "card.json").touch()
    assert reader.reads(store) == ("in", "extra")
