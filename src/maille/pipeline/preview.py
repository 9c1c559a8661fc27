"""What decisions on answers would change in the published figures: the chain recomputed aside, then compared."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from maille.catalogue import Dataset, Draft, Materials, Step, Store
from maille.pipeline.freshness import made_by
from maille.pipeline.graph import MissingInput, with_ancestors
from maille.pipeline.run import Progress, Run, silent
from maille.territory import reference_folder

FIGURE = ("table", "universe", "indicator", "measure", "domain_type", "domain")


def moved_figures(run: Run, draft: Draft, progress: Progress = silent) -> pl.DataFrame:
    """Return the estimates that ``draft`` (the decisions of an edition) would move, those that move most first.

    One row a figure: what names it, ``figure_unit``, ``decimals``, ``before``, ``after`` and ``standard_error``; only
    figures that would read differently once rounded. Nothing is written in the home. Raises MissingInput while the home
    has no estimates, and what the steps raise.
    """
    target = f"analysed/{draft.vintage}/estimates"
    if not run.store.exists(target):
        raise MissingInput(f"le jeu « {target} » n’existe pas encore.", hint="lancez « maille run » une première fois.")
    with tempfile.TemporaryDirectory(prefix="maille-preview-") as folder:
        aside = Store(Path(folder), (run.store.home, reference_folder()))
        aside.write(draft)
        steps = _between(run.steps(), draft.name, target)
        for position, step in enumerate(steps):
            progress(step.title, position, len(steps))
            inputs: dict[str, Dataset] = {name: aside.read(name) for name in step.reads(aside)}
            for made in step.make(Materials(inputs, run.specs, run.parameters)):
                aside.write(made, parents=step.reads(aside), made_by=made_by(step, run.specs, run.parameters))
        progress("", len(steps), len(steps))
        return differences(run.store.read(target).table, aside.read(target).table)


def differences(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the figures of two tables of estimates that read differently once rounded."""
    told = [*FIGURE, "decimals", "standard_error", "estimate"]
    both = before.select(*told, figure_unit="unit").join(
        after.select(*FIGURE, after="estimate"), on=list(FIGURE), how="inner", nulls_equal=True, maintain_order="left"
    )
    step = 10.0 ** -pl.col("decimals")
    apart = (pl.col("after") / step).round() != (pl.col("estimate") / step).round()
    moved = both.filter(apart | (pl.col("after").is_null() != pl.col("estimate").is_null()))
    size = ((pl.col("after") - pl.col("estimate")) / pl.col("standard_error")).abs()
    order = pl.when(size.is_finite()).then(size).otherwise(0.0)
    ordered = moved.sort(order, descending=True, nulls_last=True, maintain_order=True)
    return ordered.rename({"estimate": "before"})


def _between(steps: Sequence[Step], start: str, target: str) -> list[Step]:
    """Return the steps that ``start`` reaches and that ``target`` needs, in order."""
    makes = [step.name for step in steps if target in step.outputs]
    reached = {start}
    kept = []
    for step in with_ancestors(makes, steps):
        if reached.intersection((*step.inputs, *step.optional)):
            reached.update(step.outputs)
            kept.append(step)
    return kept
