"""Draw the sample of an edition: two universes, strata, allocation, one seed."""

import numpy as np
import polars as pl

from maille.catalogue import Confidentiality, Draft, Materials, Variable
from maille.collect.design import DESIGN, design_table
from maille.collect.strata import frame_of
from maille.specs import SamplePlan, UniversePlan, load_sample
from maille.stats.allocation import allocate, neyman_goal, power_goal
from maille.stats.selection import select_stratified

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


def draw_sample(edition: str, materials: Materials) -> list[Draft]:
    """Return the sample, its allocation by stratum and the precision expected from it by domain.

    The parameters ``seed`` and ``fraction`` replace the seed of the plan and scale its totals; the draw of a universe
    depends on the seed, the plan and the frame only. Raises AllocationImpossible, SpecInvalid.
    """
    plan = load_sample(materials.specs / "samples" / f"{edition}.yaml")
    seed = int(materials.parameters.get("seed", plan.seed))
    fraction = float(materials.parameters.get("fraction", 1.0))
    samples, allocations, designs = [], [], []
    for position, (universe, universe_plan) in enumerate(plan.universes.items()):
        frame = frame_of(universe, universe_plan, materials.inputs[universe_plan.frame.dataset].table)
        rng = np.random.default_rng([seed, position])
        drawn, allocation = draw(frame, universe_plan, fraction=fraction, rng=rng)
        samples.append(drawn.with_columns(universe=pl.lit(universe)))
        allocations.append(allocation.with_columns(universe=pl.lit(universe)))
        designs.append(design_table(universe, universe_plan, drawn=drawn))
    return [
        _draft("sample", plan, pl.concat(samples).filter("selected"), described=SAMPLE),
        _draft("allocation", plan, pl.concat(allocations), described=ALLOCATION),
        _draft("precision", plan, pl.concat(designs), described=DESIGN),
        _draft("design", plan, pl.concat(designs).filter(pl.col("domain_type") != "region"), described=DESIGN),
    ]


def draw(
    frame: pl.DataFrame, plan: UniversePlan, *, fraction: float, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return every unit of a frame (``frame_of``) with its fate, and the allocation by stratum.

    Adds stratum_size, stratum_sample, take_all, selected, probability and weight. Raises AllocationImpossible.
    """
    strata = _strata(frame, plan)
    take_all = strata["take_all"].to_numpy() & (fraction >= 1)
    counts = allocate(
        strata["stratum_size"].to_numpy(),
        total=round(plan.total * fraction),
        goal=_goal(strata, plan),
        minimum=max(2, round(plan.allocation.minimum * fraction)),
        take_all=take_all,
    ).counts
    strata = strata.with_columns(
        pl.Series("stratum_sample", counts),
        pl.Series("take_all", take_all | (counts == strata["stratum_size"].to_numpy())),
    )
    code = {stratum: position for position, stratum in enumerate(strata["stratum"])}
    codes = frame["stratum"].replace_strict(code, return_dtype=pl.Int64).to_numpy()
    drawn = select_stratified(codes, counts=counts, rng=rng)
    units = frame.drop("take_all").join(
        strata.select("stratum", "stratum_size", "stratum_sample", "take_all"),
        on="stratum",
        how="left",
        maintain_order="left",
    )
    return units.with_columns(
        pl.Series("selected", drawn.selected),
        pl.Series("probability", drawn.probabilities),
        pl.Series("weight", 1 / drawn.probabilities),
    ), strata.with_columns(expected_respondents=pl.col("stratum_sample") * pl.col("answer"))


def _strata(frame: pl.DataFrame, plan: UniversePlan) -> pl.DataFrame:
    share = pl.col("size_band").replace_strict(plan.anticipated_share, return_dtype=pl.Float64)
    answer = pl.col("size_band").replace_strict(plan.expected_response, return_dtype=pl.Float64)
    return (
        frame.with_columns(share=share, answer=answer)
        .group_by("stratum")
        .agg(
            stratum_size=pl.len().cast(pl.Int64),
            population=pl.col("population").sum(),
            take_all=pl.col("take_all").first(),
            share=pl.col("share").mean(),
            answer=pl.col("answer").mean(),
        )
        .sort("stratum")
    )


def _goal(strata: pl.DataFrame, plan: UniversePlan) -> np.ndarray | None:
    sizes = strata["stratum_size"].to_numpy()
    if plan.allocation.kind == "power":
        return power_goal(sizes, power=plan.allocation.power)
    if plan.allocation.kind == "neyman":
        share = strata["share"].to_numpy()
        return neyman_goal(sizes, deviations=np.sqrt(share * (1 - share)))
    return None


def _draft(what: str, plan: SamplePlan, table: pl.DataFrame, *, described: tuple[Variable, ...]) -> Draft:
    titles = {
        "sample": "Échantillon",
        "allocation": "Allocation de l’échantillon par strate",
        "precision": "Précision attendue du plan de sondage, par tranche et par région",
        "design": "Précision attendue du plan de sondage",
    }
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
