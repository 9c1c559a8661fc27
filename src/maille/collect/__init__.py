"""Draw the sample; what authorities answer is brought in unchanged by ``pipeline.Run.deposit``."""

from functools import partial
from pathlib import Path

from maille.catalogue import Step
from maille.collect.sample import draw, draw_sample, former_numbers, outputs
from maille.collect.strata import KEYS, frame_of, merged
from maille.specs import load_sample

__all__ = ["KEYS", "draw", "draw_sample", "frame_of", "merged", "steps"]


def steps(edition: str, specs: Path) -> tuple[Step, ...]:
    """Return the collection steps of an edition."""
    path = f"samples/{edition}.yaml"
    plan = load_sample(specs / path)
    return (
        Step(
            name="collect.sample",
            title="Tirer l’échantillon",
            inputs=(*(universe.frame.dataset for universe in plan.universes.values()), *former_numbers(plan)),
            outputs=tuple(f"collected/{edition}/{what}" for what in outputs(plan)),
            specs=(path, "bands.yaml"),
            make=partial(draw_sample, edition),
            parameters=("seed", "fraction"),
        ),
    )
