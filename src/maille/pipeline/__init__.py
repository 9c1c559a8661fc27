"""The graph of steps: what feeds what, what is out of date, run it, prove it again."""

from maille.catalogue import Step
from maille.pipeline.graph import CircularSteps, DuplicateOutput, MissingInput, ordered
from maille.pipeline.lineage import lineage
from maille.pipeline.release import Frozen, ReleaseRefused, release
from maille.pipeline.run import Planned, Run, UnknownStep
from maille.pipeline.steps import all_steps, editions
from maille.pipeline.verify import Verdict, verify

__all__ = [
    "CircularSteps",
    "DuplicateOutput",
    "Frozen",
    "MissingInput",
    "Planned",
    "ReleaseRefused",
    "Run",
    "Step",
    "UnknownStep",
    "Verdict",
    "all_steps",
    "editions",
    "lineage",
    "ordered",
    "release",
    "verify",
]
