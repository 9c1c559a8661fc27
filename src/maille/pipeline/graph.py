"""The order of steps, derived from the datasets that they declare."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from maille.catalogue import Step
from maille.errors import InternalError, UserError


class DuplicateOutput(InternalError):
    """Two steps declare the same output."""


class CircularSteps(InternalError):
    """Steps feed each other in a circle."""


class MissingInput(UserError):
    """No step makes a dataset that a step reads, and nobody has brought it in."""


def producers(steps: Sequence[Step]) -> dict[str, Step]:
    """Return which step makes each dataset. Raises DuplicateOutput."""
    made: dict[str, Step] = {}
    for step in steps:
        for output in step.outputs:
            if output in made:
                raise DuplicateOutput(f"deux étapes produisent « {output} ».", got=[made[output].name, step.name])
            made[output] = step
    return made


def ordered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps so that each comes after those that feed it. Raises CircularSteps, DuplicateOutput."""
    made = producers(steps)
    by_name = {step.name: step for step in steps}
    sorter = TopologicalSorter(
        {
            step.name: sorted({made[name].name for name in (*step.inputs, *step.optional) if name in made})
            for step in steps
        }
    )
    try:
        return tuple(by_name[name] for name in sorter.static_order())
    except CycleError as error:
        raise CircularSteps("des étapes se nourrissent en cercle.", got=" → ".join(error.args[1])) from error


def with_ancestors(wanted: Sequence[str], steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the wanted steps and all that feeds them, in order."""
    made = producers(steps)
    kept: set[str] = set()
    queue = [step for step in steps if step.name in wanted]
    while queue:
        step = queue.pop()
        if step.name not in kept:
            kept.add(step.name)
            queue.extend(made[name] for name in (*step.inputs, *step.optional) if name in made)
    return tuple(step for step in ordered(steps) if step.name in kept)
