"""The graph is derived from what steps declare, and refuses what cannot run."""

import pytest

from maille.catalogue import Step
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
