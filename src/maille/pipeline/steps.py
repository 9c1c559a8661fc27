"""All steps of all editions: an edition is a sample plan under ``specs/samples``."""

from dataclasses import replace
from pathlib import Path

from maille import analyse, collect, disseminate, process
from maille.catalogue import Step


def editions(specs: Path) -> list[str]:
    """Return the identifiers of the editions, sorted."""
    return sorted(path.stem for path in (specs / "samples").glob("*.yaml"))


def all_steps(specs: Path) -> tuple[Step, ...]:
    """Return every step of every edition, phase by phase, named ``phase.what:edition``."""
    return tuple(
        replace(step, name=f"{step.name}:{edition}")
        for edition in editions(specs)
        for phase in (collect, process, analyse, disseminate)
        for step in phase.steps(edition, specs)
    )
