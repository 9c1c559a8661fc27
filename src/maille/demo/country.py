"""The simulated country and the sample meet: what each drawn authority will do and answer."""

from pathlib import Path

import polars as pl

from maille.collect import KEYS
from maille.demo.answering import Intention, intentions, truths
from maille.demo.epci import synthetic_epci
from maille.demo.population import synthetic_communes
from maille.demo.response import SILENT, plan_response
from maille.specs import load_sample
from maille.territory import load_reference


def countries(*, seed: int, complete: bool = False) -> dict[str, pl.DataFrame]:
    """Return the true answers of the whole field, by universe; ``complete``, with the numbers that nobody can give."""
    reference = load_reference()
    epci = synthetic_epci(reference.epci, seed=seed, complete=complete)
    return {"communes": synthetic_communes(reference.communes, epci, seed=seed, complete=complete), "epci": epci}


def planned(
    sample: pl.DataFrame, plan_file: Path, *, seed: int, over_http: int
) -> tuple[pl.DataFrame, list[Intention]]:
    """Return the plan of every sampled unit, and the intentions of those that are not silent.

    ``sample`` is collected/<edition>/sample; ``plan_file`` gives the expected response of each band.
    """
    population = countries(seed=seed)
    factors = pl.concat(
        [table.select(unit=pl.col(KEYS[universe]), factor="factor") for universe, table in population.items()]
    )
    rates: dict[tuple[str, str], float] = {
        (universe, band): rate
        for universe, plan in load_sample(plan_file).universes.items()
        for band, rate in plan.expected_response.items()
    }
    units = sample.select("unit", "universe", "size_band", "region", "population").join(factors, on="unit")
    plan = plan_response(units, rates, seed=seed, over_http=over_http)
    acting = plan.filter(pl.col("outcome") != SILENT)["unit"]
    known = {
        unit: truth
        for universe, table in population.items()
        for unit, truth in truths(table, KEYS[universe], acting.to_list()).items()
    }
    return plan, intentions(plan, known)
