"""The state of a collection that is going on, for the site: what ``collect`` computes from the sample and the plan."""

import polars as pl

from maille.catalogue import Store
from maille.collect.follow_up import Calendar, FollowUp, follow_up, planned_share
from maille.pipeline.run import Run
from maille.specs import load_sample

__all__ = ["Calendar", "FollowUp", "followed", "planned_share"]


def followed(run: Run, survey: str, statuses: pl.DataFrame, *, calendar: Calendar) -> FollowUp:
    """Return the state of the collection of ``survey``; ``statuses`` has unit, status, outcome and sent_on.

    Raises DatasetMissing while the sample is not drawn, SpecInvalid.
    """
    store: Store = run.store
    sample = store.read(f"collected/{survey}/sample").table
    plan = load_sample(run.specs / "samples" / f"{survey}.yaml")
    return follow_up(sample, statuses, plan=plan, calendar=calendar)
