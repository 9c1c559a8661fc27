"""Who is drawn: by the rule of the plan, with the numbers that follow a unit from one edition to the next."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from maille.catalogue import Variable
from maille.specs import TOTAL, SamplePlan, UniversePlan
from maille.specs.sample import Coordination
from maille.stats.coordination import Kind, expected_overlap, inherited, keyed_numbers, shifted
from maille.stats.selection import (
    Selection,
    SelectionImpossible,
    select_by_number,
    stratified_probabilities,
    systematic,
)
from maille.territory import today

NUMBERS = (
    Variable(name="unit", label="Code de la commune ou SIREN de l’EPCI", kind="code"),
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="population", label="Population municipale", kind="integer", unit="habitants"),
    Variable(name="stratum", label="Strate de tirage"),
    Variable(name="random_number", label="Numéro aléatoire permanent", kind="number"),
    Variable(name="probability", label="Probabilité d’inclusion", kind="number"),
    Variable(name="selected", label="Tirée", kind="boolean"),
)
OVERLAP = (
    Variable(name="universe", label="Univers", kind="code"),
    Variable(name="domain_type", label="Type de domaine", kind="code"),
    Variable(name="domain", label="Domaine", kind="code"),
    Variable(name="before", label="Unités tirées à l’édition précédente", kind="integer", unit="collectivités"),
    Variable(name="after", label="Unités tirées à cette édition", kind="integer", unit="collectivités"),
    Variable(name="overlap_expected", label="Unités communes attendues", kind="number", unit="collectivités"),
    Variable(name="overlap_least", label="Le moins possible en espérance", kind="number", unit="collectivités"),
    Variable(name="overlap_most", label="Le plus possible en espérance", kind="number", unit="collectivités"),
    Variable(name="overlap", label="Unités communes", kind="integer", unit="collectivités"),
)


def select_units(
    units: pl.DataFrame, plan: UniversePlan, *, numbers: np.ndarray, rng: np.random.Generator
) -> Selection:
    """Draw from every unit of the frame with its ``stratum`` and ``stratum_sample``, by the selection of the plan.

    ``numbers`` (N,) permanent random numbers, which a simple sample follows; ``rng`` serves the other selections.
    Raises SelectionImpossible.
    """
    strata, counts = _coded(units)
    kind = plan.selection.kind
    if kind == "simple":
        return select_by_number(numbers, strata=strata, counts=counts)
    measure = np.ones(len(strata))
    if kind == "pps":
        measure = units["population"].to_numpy().astype(np.float64) ** plan.selection.power
    try:
        chances = stratified_probabilities(measure, strata=strata, counts=counts)
    except SelectionImpossible as error:
        error.where = _named(units, error.where)
        raise
    if kind == "systematic":
        return _systematic(chances, plan.selection.places(units), strata=strata, rng=rng)
    from maille.stats.cube import cube

    drawn = cube(
        chances,
        balancing=plan.selection.balancing_variables(units),
        strata=strata,
        landing=plan.selection.landing,
        rng=rng,
    )
    return Selection(selected=drawn.selected, probabilities=drawn.probabilities)


def _systematic(chances: np.ndarray, places: np.ndarray, *, strata: np.ndarray, rng: np.random.Generator) -> Selection:
    """Draw in each stratum from its own start: from a single one, a trend would move all strata the same way."""
    selected = np.zeros(len(chances), dtype=bool)
    for stratum in range(int(strata.max(initial=-1)) + 1):
        rows = np.flatnonzero(strata == stratum)
        selected[rows] = systematic(chances[rows], rng=rng, order=places[rows]).selected
    return Selection(selected=selected, probabilities=chances)


def _named(units: pl.DataFrame, where: str | None) -> str:
    """Return the place of an error with the name of the stratum that it numbers."""
    names = dict(enumerate(units["stratum"].unique().sort()))
    number = (where or "").removeprefix("strate ")
    return f"strate « {names[int(number)]} »" if number.isdigit() and int(number) in names else str(where)


def _coded(units: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    strata = units.select("stratum", "stratum_sample").unique().sort("stratum")
    place = {stratum: position for position, stratum in enumerate(strata["stratum"])}
    codes = units["stratum"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
    return codes, strata["stratum_sample"].to_numpy()


def numbers_of(
    frame: pl.DataFrame, universe: str, plan: SamplePlan, *, seed: int, former: pl.DataFrame | None
) -> pl.DataFrame:
    """Return ``random_number``, and the former ``before`` and ``selected_before``, of each unit of a frame.

    A unit has the number that its code gives under the seed, or, in coordination, that of the former edition
    (``collected/<edition>/numbers``): a merged commune takes the number of the most populous of its members, a unit
    without a former one has its own. EPCI are followed by their SIREN. Negative coordination then moves the origin past
    the former chance; ``none`` makes the numbers those of this edition alone.
    """
    link = plan.coordination
    key = f"{seed}/{plan.edition}" if link is not None and link.kind == "none" else str(seed)
    own = keyed_numbers(frame["unit"].to_list(), key=f"{key}/{universe}")
    found = frame.select("unit").with_columns(random_number=own, before=0.0, selected_before=0.0)
    if link is None or former is None:
        return found
    return _coordinated(found, former.filter(pl.col("universe") == universe), universe, link=link)


def _coordinated(found: pl.DataFrame, former: pl.DataFrame, universe: str, *, link: Coordination) -> pl.DataFrame:
    heirs = today(former["unit"]) if universe == "communes" else former["unit"]
    place = {unit: position for position, unit in enumerate(found["unit"])}
    position = heirs.replace_strict(place, default=None, return_dtype=pl.Int64)
    known = former.with_columns(position=position).filter(pl.col("position").is_not_null())
    taken = {
        name: inherited(
            found[name],
            successors=known["position"].to_numpy(),
            former=known[column].cast(pl.Float64).to_numpy(),
            sizes=known["population"].to_numpy(),
        )
        for name, column in (
            ("random_number", "random_number"),
            ("before", "probability"),
            ("selected_before", "selected"),
        )
    }
    if link.kind == "negative":
        taken["random_number"] = shifted(taken["random_number"], origin=taken["before"])
    elif link.kind == "none":
        taken["random_number"] = found["random_number"].to_numpy()
    return found.with_columns(**{name: pl.Series(values) for name, values in taken.items()})


def overlap_table(units: pl.DataFrame, universe: str, *, link: Coordination) -> pl.DataFrame:
    """Return the expected and realised overlap with the former edition, by size band and in total.

    ``units`` has every unit of the frame with before, selected_before, probability and selected.
    """
    before, after = units["before"].to_numpy(), units["probability"].to_numpy()
    kinds: Mapping[str, Kind] = {
        "overlap_expected": link.kind,
        "overlap_least": "negative",
        "overlap_most": "positive",
    }
    chances = {name: pl.Series(expected_overlap(before, after=after, kind=kind)) for name, kind in kinds.items()}
    told = units.with_columns(**chances)
    tables = [_overlap_by(told.with_columns(domain=pl.col("size_band")), "size_band")]
    tables.append(_overlap_by(told.with_columns(domain=pl.lit(TOTAL)), "total"))
    return pl.concat(tables).with_columns(universe=pl.lit(universe))


def _overlap_by(units: pl.DataFrame, domain_type: str) -> pl.DataFrame:
    drawn, again = pl.col("selected"), pl.col("selected_before") > 0.5
    return (
        units.group_by("domain")
        .agg(
            before=again.sum().cast(pl.Int64),
            after=drawn.sum().cast(pl.Int64),
            overlap=(drawn & again).sum().cast(pl.Int64),
            **{name: pl.col(name).sum() for name in ("overlap_expected", "overlap_least", "overlap_most")},
        )
        .sort("domain")
        .with_columns(domain_type=pl.lit(domain_type))
    )
