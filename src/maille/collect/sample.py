"""Draw the sample of an edition: two universes, strata, allocation, one seed."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from maille.catalogue import Confidentiality, Draft, Materials, Variable
from maille.collect.allocation import CONSTRAINTS, allocate_strata
from maille.collect.design import DESIGN, design_table
from maille.collect.selection import NUMBERS, OVERLAP, numbers_of, overlap_table, select_units
from maille.collect.strata import frame_of
from maille.specs import SamplePlan, UniversePlan, load_sample
from maille.specs.questionnaire import Universe

SOURCE = "Maille, tirage dans le référentiel des communes et des EPCI"

SAMPLE = (
    Variable(name="unit", label="Code de la commune ou SIREN de l’EPCI", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="name", label="Nom"),
    Variable(name="size_band", label="Tranche de taille", kind="code"),
    Variable(name="region", label="Région", kind="code"),
    Variable(name="departement", label="Département", kind="code"),
    Variable(name="population", label="Population municipale", kind="integer", unit="habitants"),
    Variable(name="epci", label="EPCI de la commune", kind="code"),
    Variable(name="epci_type", label="Nature de l’EPCI", kind="code"),
    Variable(name="stratum", label="Strate de tirage"),
    Variable(name="stratum_size", label="Unités de la strate", kind="integer", unit="collectivités"),
    Variable(name="stratum_sample", label="Unités tirées dans la strate", kind="integer", unit="collectivités"),
    Variable(name="probability", label="Probabilité d’inclusion", kind="number"),
    Variable(name="weight", label="Poids de sondage", kind="number"),
    Variable(name="random_number", label="Numéro aléatoire permanent", kind="number"),
    Variable(name="take_all", label="Strate toute interrogée", kind="boolean"),
)
ALLOCATION = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="stratum", label="Strate de tirage"),
    Variable(name="stratum_size", label="Unités de la strate", kind="integer", unit="collectivités"),
    Variable(name="stratum_sample", label="Unités tirées", kind="integer", unit="collectivités"),
    Variable(name="population", label="Population de la strate", kind="integer", unit="habitants"),
    Variable(name="take_all", label="Strate toute interrogée", kind="boolean"),
    Variable(name="expected_respondents", label="Réponses attendues", kind="number", unit="collectivités"),
)


DESCRIBED = {
    "sample": SAMPLE,
    "allocation": ALLOCATION,
    "precision": DESIGN,
    "design": DESIGN,
    "numbers": NUMBERS,
    "constraints": CONSTRAINTS,
    "overlap": OVERLAP,
}


def outputs(plan: SamplePlan) -> tuple[str, ...]:
    """Return what drawing the sample of a plan makes, below ``collected/<edition>/``."""
    made = ["sample", "allocation", "precision", "design", "numbers"]
    if any(part.allocation.kind == "constrained" for part in plan.universes.values()):
        made.append("constraints")
    return (*made, "overlap") if plan.coordination is not None else tuple(made)


def former_numbers(plan: SamplePlan) -> tuple[str, ...]:
    """Return the dataset of the numbers of the edition that the plan coordinates with, nothing without one."""
    return () if plan.coordination is None else (f"collected/{plan.coordination.edition}/numbers",)


def draw_sample(edition: str, materials: Materials) -> list[Draft]:
    """Return the sample, its allocation by stratum, the precision expected from it by domain, and everyone's number.

    With a ``constrained`` allocation, the price of each constraint; with a ``coordination``, the overlap with the other
    edition. The parameters ``seed`` and ``fraction`` replace the seed of the plan and scale its totals; the draw of a
    universe depends on the seed, the plan, the frame and the former numbers only. Raises AllocationImpossible,
    SelectionImpossible, SpecInvalid.
    """
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml")
    tables: dict[str, list[pl.DataFrame]] = {name: [] for name in outputs(plan)}
    for universe in plan.universes:
        for name, table in _drawn(universe, plan, materials):
            if name in tables:
                tables[name].append(table.with_columns(universe=pl.lit(universe)))
    return [_draft(name, plan, pl.concat(parts)) for name, parts in tables.items()]


def _drawn(universe: Universe, plan: SamplePlan, materials: Materials) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the tables of one universe."""
    part = plan.universes[universe]
    seed = int(materials.parameters.get("seed", plan.seed))
    fraction = float(materials.parameters.get("fraction", 1.0))
    rng = np.random.default_rng([seed, list(plan.universes).index(universe)])
    frame = frame_of(universe, part, materials.inputs[part.frame.dataset].table)
    former = [materials.inputs[name].table for name in former_numbers(plan)]
    numbers = numbers_of(frame, universe, plan, seed=seed, former=former[0] if former else None)
    allocated = allocate_strata(frame, part, fraction=fraction)
    units = _select(frame, allocated.strata, part, numbers=numbers["random_number"].to_numpy(), rng=rng)
    units = units.with_columns(numbers["before", "selected_before"])
    yield "sample", units.filter("selected")
    yield "allocation", allocated.strata
    design = design_table(universe, part, drawn=units)
    yield "precision", design
    yield "design", design.filter(pl.col("domain_type") != "region")
    yield "numbers", units
    yield "constraints", allocated.constraints
    if plan.coordination is not None:
        yield "overlap", overlap_table(units, universe, link=plan.coordination)


def draw(
    frame: pl.DataFrame, plan: UniversePlan, *, fraction: float, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return every unit of a frame (``frame_of``) with its fate, and the allocation by stratum, numbers being fresh.

    Adds stratum_size, stratum_sample, take_all, selected, probability, weight and random_number. Raises
    AllocationImpossible, SelectionImpossible.
    """
    strata = allocate_strata(frame, plan, fraction=fraction).strata
    return _select(frame, strata, plan, numbers=rng.random(frame.height), rng=rng), strata


def _select(
    frame: pl.DataFrame, strata: pl.DataFrame, plan: UniversePlan, *, numbers: np.ndarray, rng: np.random.Generator
) -> pl.DataFrame:
    units = frame.drop("take_all").join(
        strata.select("stratum", "stratum_size", "stratum_sample", "take_all"),
        on="stratum",
        how="left",
        maintain_order="left",
    )
    drawn = select_units(units, plan, numbers=numbers, rng=rng)
    return units.with_columns(
        pl.Series("selected", drawn.selected),
        pl.Series("probability", drawn.probabilities),
        pl.Series("weight", 1 / drawn.probabilities),
        pl.Series("random_number", numbers),
    )


def _draft(what: str, plan: SamplePlan, table: pl.DataFrame) -> Draft:
    titles = {
        "sample": "Échantillon",
        "allocation": "Allocation de l’échantillon par strate",
        "precision": "Précision attendue du plan de sondage, par tranche et par région",
        "design": "Précision attendue du plan de sondage",
        "numbers": "Numéros aléatoires permanents",
        "constraints": "Précisions demandées, et prix de chacune",
        "overlap": "Unités communes avec l’édition coordonnée",
    }
    described = DESCRIBED[what]
    return Draft(
        name=f"collected/{plan.edition}/{what}",
        table=table.select([variable.name for variable in described]),
        title=f"{titles[what]} : {plan.title}",
        variables=described,
        source=SOURCE,
        vintage=plan.edition,
        # Who was drawn is confidential, and so are the régions that are drawn whole; what the plan expects is not.
        confidentiality=Confidentiality.OPEN if what == "design" else Confidentiality.SECRET,
    )
