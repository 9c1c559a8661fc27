"""Households, euros and staff of simulated authorities: lognormal for their size, some of them unknown."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from maille.demo.latent import Latent
from maille.demo.recipes import Numbers
from maille.demo.working import Amount, Bools, Floats

_MOST_EUROS_AN_INHABITANT = 150
_INHABITANTS_A_HOUSEHOLD = 2


@dataclass(frozen=True)
class Activity:
    """Which authorities act, and which help households in kind or in cash."""

    acts: Bools
    helps: Bools


def means(latent: Latent, activity: Activity, amounts: Mapping[str, Amount]) -> Numbers:
    """Return the means of everyone; amounts are 0 where no such benefit exists."""
    drawn = {name: _drawn(latent, name, amount) for name, amount in amounts.items()}
    households = np.clip(np.ceil(drawn["menages_aides"]), 1, np.ceil(latent.population / _INHABITANTS_A_HOUSEHOLD))
    euros = np.clip(np.ceil(drawn["montant_aides"]), 50, _MOST_EUROS_AN_INHABITANT * latent.population)
    values = {
        "menages_aides": np.where(activity.helps, households, 0),
        "montant_aides": np.where(activity.helps, euros, 0),
        "etp": drawn["etp"],
        "benevoles": drawn["benevoles"],
        "depenses": drawn["depenses"] + np.where(activity.helps, euros, 0),
    }
    numbers = Numbers({}, {}, {})
    for name, value in values.items():
        unknown = ~activity.acts | _unknown(latent, name, amounts[name])
        numbers.add(name, value, unknown=unknown, decimals=1 if name == "etp" else 0)
    return numbers


def _drawn(latent: Latent, name: str, amount: Amount) -> Floats:
    tendency = latent.score(f"moyens {name}", size=0)
    tendency = tendency / (float(tendency.std()) or 1.0)
    median = np.asarray(amount.per_thousand)[latent.band] * latent.population / 1000
    return np.asarray(median * np.exp(amount.spread * tendency))


def _unknown(latent: Latent, name: str, amount: Amount) -> Bools:
    return np.asarray(latent.noise(f"inconnu {name}") < np.asarray(amount.unknown)[latent.band])
