"""Hidden tendencies of simulated authorities, and how they are turned into exact counts a band."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import polars as pl

from maille.demo.working import Bools, Floats, Ints, Tendencies, load_working


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return the random generator of one purpose: adding a purpose leaves the draws of the others as they were."""
    return np.random.default_rng([seed, *(crc32(name.encode()) for name in names)])


UNKNOWN = "inconnu "
"""How the draws are named that say who cannot give a number: the number itself owes them nothing."""


@dataclass(frozen=True)
class Latent:
    """The communes of the field, sorted by code, with what they have in common with their neighbours.

    ``size`` is the standardised logarithm of the population within its general band, ``factor`` the tendency of the
    commune itself, shared by all that it does, ``epci`` that of its intercommunalité; all arrays have length n. Who is
    ``complete`` can give every number.
    """

    seed: int
    population: Floats
    band: Ints
    abs_band: Ints
    region: Ints
    size: Floats
    factor: Floats
    epci: Floats
    weights: Tendencies
    complete: bool = False

    def score(self, name: str, *, size: float | None = None, own: float | None = None) -> Floats:
        """Return the score that ranks communes for one answer; ``size`` and ``own`` replace the usual weights."""
        rng = generator(self.seed, name)
        regional = rng.normal(size=int(self.region.max(initial=0)) + 1)[self.region]
        noise = rng.normal(size=self.band.size)
        weights = self.weights
        return np.asarray(
            (weights.size if size is None else size) * self.size
            + weights.commune * self.factor
            + weights.region * regional
            + weights.epci * self.epci
            + (weights.own if own is None else own) * noise
        )

    def noise(self, name: str) -> Floats:
        """Return one uniform number a commune, of its own."""
        if self.complete and name.startswith(UNKNOWN):
            return np.ones(self.band.size)
        return generator(self.seed, name).uniform(size=self.band.size)


def latent(communes: pl.DataFrame, *, seed: int, complete: bool = False) -> Latent:
    """Return the hidden tendencies of communes: columns population, region, epci, one row each, sorted by code."""
    working = load_working()
    population = communes["population"].to_numpy().astype(np.float64)
    band = working.schemes["general"].assign(population)
    return Latent(
        seed=seed,
        population=population,
        band=band,
        abs_band=working.schemes["abs"].assign(population),
        region=codes(communes["region"]),
        size=_standardised(np.log(population), band),
        factor=generator(seed, "commune").normal(size=population.size),
        epci=epci_tendency(communes["epci"], seed=seed),
        weights=working.tendencies,
        complete=complete,
    )


def epci_tendency(siren: pl.Series, *, seed: int) -> Floats:
    """Return the tendency of each unit's intercommunalité, the same wherever it is met; zero where there is none."""
    known = {code: _own_normal(seed, code) for code in siren.drop_nulls().unique()}
    return np.array([known.get(code, 0.0) for code in siren], dtype=np.float64)


def uniform_of(code: str, name: str, *, seed: int) -> float:
    """Return a uniform number that belongs to one authority, whatever others are around."""
    return float(generator(seed, name, code).uniform())


def codes(column: pl.Series) -> Ints:
    """Return the position of each value among the sorted values of a column."""
    return column.fill_null("").rank("dense").to_numpy().astype(np.int64) - 1


def pick(score: Floats, *, bands: Ints, rates: Sequence[float], among: Bools | None = None) -> Bools:
    """Choose, in each band, the share ``rates[band]`` of all its communes: the highest scores among the eligible.

    Counts are exact (rounded to a commune), so that a rate does not depend on the seed; fewer are chosen only where
    fewer are eligible.
    """
    chosen = np.zeros(score.size, dtype=bool)
    for band, rate in enumerate(rates):
        here = bands == band
        eligible = np.flatnonzero(here if among is None else here & among)
        count = min(round(rate * int(here.sum())), eligible.size)
        order = np.argsort(-score[eligible], kind="stable")
        chosen[eligible[order[:count]]] = True
    return chosen


def pick_within(score: Floats, *, bands: Ints, rates: Sequence[float], among: Bools) -> Bools:
    """Choose, in each band, the share ``rates[band]`` of the eligible communes themselves."""
    chosen = np.zeros(score.size, dtype=bool)
    units = np.flatnonzero(among)
    chosen[units[pick(score[units], bands=bands[units], rates=rates)]] = True
    return chosen


def _own_normal(seed: int, code: str) -> float:
    return float(generator(seed, "epci", code).normal())


def _standardised(values: Floats, groups: Ints) -> Floats:
    out = np.zeros_like(values)
    for group in np.unique(groups):
        here = groups == group
        spread = float(values[here].std())
        out[here] = (values[here] - values[here].mean()) / (spread or 1.0)
    return out
