"""How many of the twelve domains a commune names, and which: exact on both sides."""

from collections.abc import Mapping

import numpy as np

from maille.demo.latent import Latent, pick
from maille.demo.working import Bools, Floats, Ints, load_working

_WANDERING = 0.25
"""How far a commune departs from taking the commonest domains first."""


def domains(latent: Latent, acts: Bools) -> dict[str, Bools]:
    """Return, for each domain, the communes that act in it; those that act may act in none by name.

    In each band, the number of communes of each domain and the numbers of communes with none, one to six and seven or
    more are those of the working values.
    """
    values = load_working().communes
    rates = {name: row.rates for name, row in values.domaines.items()}
    score = latent.score("domaines")
    none = pick(-score, bands=latent.band, rates=values.aucun_domaine.rates, among=acts)
    many = pick(score, bands=latent.band, rates=values.sept_domaines.rates, among=acts & ~none)
    chosen = {name: np.zeros(acts.size, dtype=bool) for name in rates}
    for band in range(len(values.moyenne_sept_domaines.values)):
        here = latent.band == band
        wanted = {name: round(row[band] * int(here.sum())) for name, row in rates.items()}
        few_here, many_here = np.flatnonzero(here & acts & ~none & ~many), np.flatnonzero(here & many)
        most = round(values.moyenne_sept_domaines.values[band] * many_here.size)
        counts = np.zeros(acts.size, dtype=np.int64)
        counts[many_here] = graded(score[many_here], low=7, high=12, total=most)
        counts[few_here] = graded(score[few_here], low=1, high=6, total=sum(wanted.values()) - most)
        named = np.concatenate((few_here, many_here))
        for name, units in _spread(latent, wanted, units=named, counts=counts[named]).items():
            chosen[name][units] = True
    return chosen


def graded(score: Floats, *, low: int, high: int, total: int) -> Ints:
    """Return an integer from ``low`` to ``high`` for each unit, rising with its score and summing to ``total``.

    The total is brought inside what the limits allow.
    """
    n = score.size
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    total = min(max(total, low * n), high * n)
    rank = np.empty(n)
    rank[np.argsort(score, kind="stable")] = (np.arange(n) + 0.5) / n
    share = (total / n - low) / (high - low)
    exact = low + (high - low) * (rank ** (1 / share - 1) if share > 0 else np.zeros(n))
    return _rounded(exact, low=low, high=high, total=total)


def _rounded(exact: Floats, *, low: int, high: int, total: int) -> Ints:
    whole = np.clip(np.floor(exact), low, high).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    while (missing := total - int(whole.sum())) != 0:
        step = 1 if missing > 0 else -1
        free = order[whole[order] < high] if missing > 0 else order[::-1][whole[order[::-1]] > low]
        whole[free[: abs(missing)]] += step
    return whole


def _spread(latent: Latent, wanted: Mapping[str, int], *, units: Ints, counts: Ints) -> dict[str, Ints]:
    """Give each unit its count of domains and each domain its number of units, the rarest domain first."""
    need = counts.copy()
    given: dict[str, Ints] = {}
    names = sorted(wanted, key=lambda name: (wanted[name], name))
    for position, name in enumerate(names):
        left = len(names) - position
        score = need / left + _WANDERING * latent.score(name)[units] * need / (need + 1)
        score[need == left] = np.inf
        score[need == 0] = -np.inf
        number = min(wanted[name], int((need > 0).sum()))
        taken = np.argsort(-score, kind="stable")[:number]
        need[taken] -= 1
        given[name] = units[taken]
    return given
