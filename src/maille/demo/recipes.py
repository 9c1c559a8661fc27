"""From a working value to the answers of everyone: one code, several codes, a number, a part of another number."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtr

from maille.demo.latent import Latent
from maille.demo.wording import number, one_of, only, several
from maille.demo.working import Bools, ByBand, Count, Floats, One, Part, Several

_ABOUT = 0.35
"""Weight of the own draw in a number: the rest follows the tendencies that the unit shares with its neighbours."""


@dataclass(frozen=True)
class Numbers:
    """Numbers as they are, and those that nobody can give: what is unknown keeps its value here, for its parts."""

    values: dict[str, Floats]
    unknown: dict[str, Bools]
    decimals: dict[str, int]

    def add(self, name: str, values: Floats, *, unknown: Bools, decimals: int = 0) -> None:
        """Keep a number."""
        self.values[name] = np.round(values, decimals)
        self.unknown[name] = unknown
        self.decimals[name] = decimals

    def columns(self) -> dict[str, pl.Series]:
        """Return one column a number, null where nobody can give it."""
        return {
            name: number(values, asked=~self.unknown[name], decimals=self.decimals[name])
            for name, values in self.values.items()
        }


def by_band(hidden: Latent, values: ByBand) -> Floats:
    """Return the value of each unit's band; one value is for all bands."""
    return np.asarray(values)[hidden.band if len(values) > 1 else np.zeros_like(hidden.band)]


def rank(hidden: Latent, name: str) -> Floats:
    """Return a number between 0 and 1, low for those most inclined to say so."""
    score = hidden.score(name)
    return np.asarray(1 - ndtr((score - score.mean()) / (float(score.std()) or 1.0)))


def one(hidden: Latent, name: str, recipe: One) -> pl.Series:
    """Return one code a unit."""
    shares = {code: by_band(hidden, values) for code, values in recipe.shares.items()}
    return one_of(rank(hidden, name), shares, otherwise=recipe.otherwise)


def chosen(hidden: Latent, name: str, rates: Mapping[str, ByBand]) -> dict[str, Bools]:
    """Return who ticks each code."""
    return {code: rank(hidden, f"{name} {code}") < by_band(hidden, values) for code, values in rates.items()}


def many(hidden: Latent, name: str, recipe: Several) -> pl.Series:
    """Return the codes that each unit ticks, null where it leaves the question blank."""
    ticked = chosen(hidden, name, recipe.rates)
    if recipe.otherwise in ticked:
        ticked[recipe.otherwise] |= ~np.any(list(ticked.values()), axis=0)
    return only(several(ticked), among=hidden.noise(f"vide {name}") >= recipe.empty)


def count(hidden: Latent, name: str, recipe: Count) -> tuple[Floats, Bools]:
    """Return a number a unit and who cannot give it."""
    people = np.ones_like(hidden.population) if recipe.flat else hidden.population / 1000
    values = by_band(hidden, recipe.median) * people * _lognormal(hidden, name, recipe.spread)
    if recipe.most is not None:
        values = np.minimum(values, recipe.most * people)
    values = np.where(_none(hidden, name, recipe.zero), 0, np.maximum(values, 0 if recipe.decimals else 1))
    return values, hidden.noise(f"inconnu {name}") < recipe.unknown


def part(hidden: Latent, name: str, recipe: Part, *, whole: Floats) -> tuple[Floats, Bools]:
    """Return a part of a whole a unit and who cannot give it."""
    share = np.minimum(recipe.share * _lognormal(hidden, name, recipe.spread), recipe.most)
    values = np.where(_none(hidden, name, recipe.zero), 0, np.floor(share * whole))
    return values, hidden.noise(f"inconnu {name}") < recipe.unknown


def split(hidden: Latent, whole: Floats, weights: Mapping[str, Floats], *, step: float = 1.0) -> dict[str, Floats]:
    """Return parts that never exceed the whole, in proportion of weights that are shaken; a weight of 0 gives 0."""
    shaken = {code: weight * _lognormal(hidden, f"part {code}", 0.5) for code, weight in weights.items()}
    total = np.maximum(np.sum(list(shaken.values()), axis=0), np.max(list(weights.values()), axis=0))
    total = np.where(total > 0, total, 1.0)
    return {code: np.floor(whole * weight / total / step + 1e-9) * step for code, weight in shaken.items()}


def _lognormal(hidden: Latent, name: str, spread: float) -> Floats:
    score = hidden.score(f"nombre {name}", size=0, own=1 / _ABOUT)
    return np.asarray(np.exp(spread * (score - score.mean()) / (float(score.std()) or 1.0)))


def _none(hidden: Latent, name: str, zero: ByBand) -> Bools:
    return np.asarray(hidden.noise(f"zero {name}") < by_band(hidden, zero))
