"""Recompute everything aside and compare bytes."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from maille.catalogue import Card, Store
from maille.pipeline.freshness import made_by
from maille.pipeline.run import Progress, Run, silent
from maille.territory import reference_folder


@dataclass(frozen=True)
class Verdict:
    """Whether a published dataset was found again, byte for byte; ``difference`` says where it was not."""

    name: str
    identical: bool
    difference: str | None


def verify(run: Run, progress: Progress = silent) -> list[Verdict]:
    """Recompute every derived dataset from the collected ones in a temporary folder; judge the published ones.

    The chain is replayed from the bytes that were deposited, never from a derived dataset of the home.
    Raises DatasetAltered when a deposited dataset is not what its card says.
    """
    derived = {name for step in run.steps() for name in step.outputs}
    with tempfile.TemporaryDirectory(prefix="maille-verify-") as folder:
        aside = Store(Path(folder), (run.store.home, reference_folder()))
        steps = run.steps()
        for position, step in enumerate(steps):
            progress(step.title, position, len(steps))
            inputs = {name: aside.read(name) for name in step.reads(aside)}
            for draft in step.make(run.materials(step, inputs)):
                expected = made_by(step, run.specs, run.parameters)
                aside.write(draft, parents=step.reads(aside), lowers=step.lowers, made_by=expected)
        progress("", len(steps), len(steps))
        published = sorted(name for name in derived if name.startswith("disseminated/") and run.store.exists(name))
        return [_judge(name, run.store, aside) for name in published]


def _judge(name: str, kept: Store, recomputed: Store) -> Verdict:
    differences = _differences(kept.check(name), recomputed.card(name))
    return Verdict(name, not differences, ", ".join(differences) or None)


def _differences(kept: Card, again: Card) -> list[str]:
    mine = {"data.parquet": kept.checksum, **{file.name: file.checksum for file in kept.files}}
    theirs = {"data.parquet": again.checksum, **{file.name: file.checksum for file in again.files}}
    return sorted(name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name))
