"""What an intercommunalité decides for all its communes: the competence and the CIAS, the same wherever it is met."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from maille.demo.latent import generator, uniform_of
from maille.demo.working import Bools, load_working

_SHARED = 0.4
"""How far the competence follows the tendency of the intercommunalité, as a correlation."""


def competent(sirens: Sequence[str | None], types: Sequence[str | None], *, seed: int) -> Bools:
    """Tell which units are, or belong to, an intercommunalité with the social competence; none means no."""
    known = {siren: _competent(siren, kind, seed) for siren, kind in set(zip(sirens, types, strict=True)) if siren}
    return np.array([siren is not None and known[siren] for siren in sirens], dtype=bool)


def with_cias(sirens: Sequence[str | None], competence: Bools, *, seed: int) -> Bools:
    """Tell which units are, or belong to, a competent intercommunalité with a CIAS."""
    share = load_working().epci.cias
    known = {siren: uniform_of(siren, "cias", seed=seed) < share for siren in set(sirens) if siren}
    return np.asarray(competence & np.array([siren is not None and known[siren] for siren in sirens], dtype=bool))


def _competent(siren: str, kind: str | None, seed: int) -> bool:
    rates = load_working().epci.competence
    rate = rates.get(kind or "", rates["CC"])
    if rate >= 1:
        return True
    tendency = float(generator(seed, "epci", siren).normal())
    own = float(generator(seed, "competence", siren).normal())
    return bool(_SHARED * tendency + (1 - _SHARED**2) ** 0.5 * own > NormalDist().inv_cdf(1 - rate))
