"""``maille simulate``: a survey of the known country done again and again, by chunks that are kept; then its tables."""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl

from maille.catalogue import Card, Store, sha256
from maille.demo.replicate import Ground, Sums, added, replicates
from maille.demo.simulated import STATES, Results, tables
from maille.demo.working import WORKING_VALUES
from maille.demo.world import World, known_world
from maille.errors import UserError
from maille.pipeline import Run
from maille.pipeline.freshness import code_version, spec_references
from maille.pipeline.run import Progress
from maille.specs import editing_file, load_precision, require_valid_specs
from maille.specs.questionnaire import UNIVERSES, Universe, questionnaire_file
from maille.specs.simulation import EDITION, Simulation, load_simulation
from maille.territory import reference_folder

CHUNK = 10
"""Replicates kept together: a kill loses at most these."""

COMPARED = 100
"""Replicates of the designs that are compared: a half-width varies little from one to the next."""

_ROOMS = ("collect", "process", "analyse", "demo")


class SimulationImpossible(UserError):
    """What is asked of a simulation makes no sense: its number of surveys, its edition, its processes."""


@dataclass(frozen=True)
class Asked:
    """What is asked: ``replicates`` surveys of ``edition``, from ``seed``, by so many processes.

    With ``imputation``, what respondents cannot give is imputed each time, and the truth has it.
    """

    edition: str
    replicates: int
    seed: int
    universes: tuple[Universe, ...] = UNIVERSES
    workers: int = 2
    imputation: bool = False


@dataclass(frozen=True)
class Task:
    """A chunk: the replicates ``first`` to ``last`` (excluded) of a universe under a design."""

    design: str
    universe: Universe
    first: int
    last: int
    place: int

    @property
    def file(self) -> str:
        """Return the name under which the chunk is kept."""
        return f"{self.design}-{self.universe}-{self.first:05d}-{self.last:05d}.npz"


Grounds = dict[tuple[str, Universe], Ground]


def simulate(run: Run, asked: Asked, progress: Progress) -> list[Card]:
    """Make the replicates that are not kept yet, write the three datasets of the simulation and return their cards.

    Replicate r of a universe depends on the seed and r only, whatever the number of processes; interrupted, it goes on.
    Raises SimulationImpossible, SpecInvalid, and what drawing and weighting raise.
    """
    simulation = _checked(run, asked)
    folder = run.home / "simulation" / chunks_key(run, asked)
    folder.mkdir(parents=True, exist_ok=True)
    grounds = dict(_grounds(run.specs, simulation, asked))
    tasks = list(_tasks(grounds, asked))
    missing = [task for task in tasks if not (folder / task.file).exists()]
    done = sum(task.last - task.first for task in tasks if task not in missing)
    whole = sum(task.last - task.first for task in tasks)
    progress("Enquêtes simulées", done, whole)
    with _processes(grounds, asked) as pool:
        for task, sums in _made(pool, missing, seed=asked.seed):
            _keep(folder / task.file, sums)
            done += task.last - task.first
            progress("Enquêtes simulées", done, whole)
    found = {key: _sum(folder, [task for task in tasks if (task.design, task.universe) == key]) for key in grounds}
    return _written(run, asked, Results(simulation, grounds, found))


def asked(
    edition: str,
    *,
    replicates: int,
    seed: int,
    universes: Sequence[str] | None = None,
    workers: int = 2,
    imputation: bool = False,
) -> Asked:
    """Return what is asked in words. Raises SimulationImpossible."""
    unknown = sorted(set(universes or ()) - set(UNIVERSES))
    if unknown:
        raise SimulationImpossible(
            "univers inconnu.", where="--universe", got=", ".join(unknown), expected=", ".join(UNIVERSES)
        )
    if replicates < 2:
        raise SimulationImpossible(
            "il faut au moins deux enquêtes pour voir ce qui varie.", where="--replicates", got=str(replicates)
        )
    for name, given, least in (("--workers", workers, 1), ("--seed", seed, 0)):
        if given < least:
            raise SimulationImpossible(
                "ce nombre est trop petit.", where=name, got=str(given), expected=f"{least} ou plus"
            )
    kept = tuple(universe for universe in UNIVERSES if not universes or universe in universes)
    return Asked(edition, replicates, seed, kept, workers, imputation)


def told(run: Run, cards: Sequence[Card]) -> Iterator[str]:
    """Yield what the simulation found, a line a fact."""
    table = run.store.read(cards[0].name).table.filter(pl.col("domain_type") != "region")
    counted = {str(state): int(count) for state, count in table["state"].value_counts().iter_rows()}
    for state, label in STATES.items():
        if counted.get(state):
            yield f"◇ {counted[state]} chiffre(s) par tranche ou en total : {label}"
    for card in cards:
        yield f"◆ {card.name}, {card.rows} lignes ({card.checksum[:12]})"


def _checked(run: Run, asked: Asked) -> Simulation:
    require_valid_specs(run.specs)
    path = run.specs / "simulations" / f"{asked.edition}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
        raise SimulationImpossible(
            "cette édition n’a pas de simulation.", got=asked.edition, expected=known or "aucune"
        )
    return load_simulation(path)


def chunks_key(run: Run, asked: Asked) -> str:
    """Return what tells the chunks of this simulation from those of another: specifications, code, values and seed.

    The code is that of the rooms and of all that they stand on, ``stats`` among them (``code_version``).
    """
    paths = [questionnaire_file(run.specs, asked.edition, universe) for universe in UNIVERSES]
    paths += ["indicators", f"publications/{asked.edition}", f"samples/{asked.edition}.yaml", "bands.yaml"]
    paths += ["precision.yaml", f"simulations/{asked.edition}.yaml"]
    paths += [editing_file(asked.edition)] if asked.imputation else []
    stamps = [reference.checksum for reference in spec_references(paths, run.specs)]
    stamps += [code_version(room) for room in _ROOMS]
    # The country is drawn from these values, around these territories: neither is code.
    stamps.append(sha256(WORKING_VALUES.read_bytes()))
    reference = Store(reference_folder())
    stamps += [reference.card(name).checksum for name in reference.names("territory/")]
    kind = "-imputed" if asked.imputation else ""
    return f"{asked.edition}-{asked.seed}{kind}-{sha256(' '.join(stamps).encode())[:12]}"


def _grounds(specs: Path, simulation: Simulation, asked: Asked) -> Iterator[tuple[tuple[str, Universe], Ground]]:
    precision = load_precision(specs / "precision.yaml")
    for universe in asked.universes:
        world = known_world(
            specs, universe=universe, edition=asked.edition, seed=asked.seed, imputation=asked.imputation
        )
        yield (EDITION, universe), Ground.of(world, precision)
        for design in simulation.designs:
            if universe in design.universes:
                drawn = world.drawn_by(design.universes[universe].applied(world.plan))
                yield (design.id, universe), Ground.of(drawn, precision, effects=False)


def _tasks(grounds: Grounds, asked: Asked) -> Iterator[Task]:
    for place, (design, universe) in enumerate(grounds):
        count = asked.replicates if design == EDITION else min(asked.replicates, COMPARED)
        for first in range(0, count, CHUNK):
            yield Task(design, universe, first, min(first + CHUNK, count), place)


_GROUNDS: Grounds = {}
"""What this process simulates: given once, when it starts."""


def _start(grounds: Grounds) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _GROUNDS.update(grounds)


def _work(task: Task, seed: int) -> Sums:
    from maille.stats.threads import one_thread

    ground = _GROUNDS[task.design, task.universe]
    with one_thread():
        return replicates(ground, seed=(seed, *task.universe.encode(), task.place), first=task.first, last=task.last)


@contextmanager
def _processes(grounds: Grounds, asked: Asked) -> Iterator[Executor | None]:
    """Yield processes that know the grounds, or None when this one is enough."""
    if asked.workers == 1:
        _GROUNDS.update(grounds)
        yield None
        return
    # Each process is one of several: polars must not take all the processors in each.
    threads = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"
    pool = ProcessPoolExecutor(asked.workers, get_context("spawn"), initializer=_start, initargs=(grounds,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        os.environ.pop("POLARS_MAX_THREADS")
        os.environ.update({"POLARS_MAX_THREADS": threads} if threads else {})


def _made(pool: Executor | None, tasks: Sequence[Task], *, seed: int) -> Iterator[tuple[Task, Sums]]:
    if pool is None:
        for task in tasks:
            yield task, _work(task, seed)
        return
    waiting: dict[Future[Sums], Task] = {pool.submit(_work, task, seed): task for task in tasks}
    for future in as_completed(waiting):
        yield waiting[future], future.result()


def _keep(path: Path, sums: Mapping[str, np.ndarray]) -> None:
    """Keep a chunk, whole or not at all."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez_compressed(file, **dict(sums))  # type: ignore[arg-type]
    partial.replace(path)


def _sum(folder: Path, tasks: Sequence[Task]) -> Sums:
    """Return the sum of chunks, in their order: the result does not depend on which process made which."""
    total: Sums = {}
    for task in tasks:
        with np.load(folder / task.file) as chunk:
            total = added(total, dict(chunk))
    return total


def _written(run: Run, asked: Asked, results: Results) -> list[Card]:
    run.store.prepare()
    worlds: dict[str, World] = {universe: ground.world for (_, universe), ground in results.grounds.items()}
    frames = sorted({world.plan.frame.dataset for world in worlds.values()})
    said = {"replicates": str(asked.replicates), "seed": str(asked.seed)}
    if asked.imputation:
        said["imputation"] = "true"
    made_by: dict[str, object] = {
        "code_version": code_version("demo"),
        "parameters": said,
        "specs": spec_references([f"simulations/{asked.edition}.yaml", f"samples/{asked.edition}.yaml"], run.specs),
    }
    return [run.store.write(draft, parents=frames, made_by=made_by) for draft in tables(asked.edition, said, results)]
