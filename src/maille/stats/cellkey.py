"""The cell-key method: a small noise on counts, the same wherever the same units are counted.

Signatures::

    record_keys(units, *, key) -> (n,) uint64           cell_keys(keys, *, cells, size) -> (size,) in [0, 1)
    noise(*, variance, reach, least=1) -> Noise          perturb(counts, *, keys, noise) -> counts

Nothing is drawn: the noise of a cell is a function of who is in it, so asking again, or elsewhere, teaches nothing.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from maille.errors import UserError
from maille.stats.arrays import ArrayInvalid, Codes, Floats, codes, floats

SHORTEST = 32
STEPS = 200


class NoiseImpossible(UserError):
    """No noise has this variance, these bounds and a zero mean; or the secret key is too short."""


@dataclass(frozen=True)
class Noise:
    """The chances of each noise: row i (reach + 1 rows, the last for all greater counts), ``steps`` the columns."""

    steps: Codes
    chances: Floats


def record_keys(units: Sequence[str], *, key: bytes) -> npt.NDArray[np.uint64]:
    """Return the permanent key of each unit: HMAC-SHA256 of its identifier under the secret ``key``, 64 bits of it.

    Who has no key cannot compute the noise. Raises NoiseImpossible when it is under 32 bytes.

    >>> record_keys(["69123"], key=b"0" * 32) == record_keys(["69123"], key=b"0" * 32)
    array([ True])
    """
    if len(key) < SHORTEST:
        raise NoiseImpossible("La clé secrète est trop courte.", got=f"{len(key)} octets", expected=f"{SHORTEST}")
    digests = (hmac.new(key, unit.encode(), hashlib.sha256).digest()[:8] for unit in units)
    return np.array([int.from_bytes(digest, "big") for digest in digests], dtype=np.uint64)


def cell_keys(keys: npt.NDArray[np.uint64], *, cells: npt.ArrayLike, size: int) -> Floats:
    """Return the key of each of ``size`` cells, in [0, 1): the sum modulo 1 of the keys of its units.

    ``cells`` (n,) is the cell of each unit. The sum is one of whole numbers: no order of the units changes it.

    >>> cell_keys(np.array([2**63, 2**63, 2**62], dtype=np.uint64), cells=[0, 0, 1], size=2).tolist()
    [0.0, 0.25]
    """
    places = codes(cells, "cellules", length=len(keys), size=size)
    sums = np.zeros(size, dtype=np.uint64)
    np.add.at(sums, places, keys)
    return np.asarray((sums >> np.uint64(11)) / 2.0**53)


def noise(*, variance: float, reach: int, least: int = 1) -> Noise:
    """Return the noise of maximum entropy: mean 0, the given ``variance``, at most ``reach``, no negative count.

    A zero stays zero. With ``least`` above 1, no perturbed count falls in 1 … ``least`` − 1. Chances are
    exp(a·d + b·d²) on the allowed d, found by Newton's method on the dual (Giessing, Privacy in Statistical Databases
    2016, § 3; Marley, Leaver, ISI 2011, for the method). Raises NoiseImpossible.

    >>> found = noise(variance=2.0, reach=4)
    >>> np.round(found.chances[1:] @ found.steps**2, 6).tolist()
    [2.0, 2.0, 2.0, 2.0]
    """
    if reach < 1 or variance <= 0:
        raise NoiseImpossible("Le bruit doit avoir une variance et une portée positives.", got=(variance, reach))
    steps = np.arange(-reach, reach + 1)
    chances = np.zeros((reach + least, len(steps)))
    chances[0, reach] = 1.0
    for count in range(1, len(chances)):
        result = count + steps
        allowed = (result == 0) | (result >= least)
        chances[count, allowed] = _entropy(steps[allowed].astype(np.float64), variance, count)
    return Noise(steps, chances)


def _entropy(steps: Floats, variance: float, count: int) -> Floats:
    """Return the chances of maximum entropy on ``steps``, of mean 0 and of the given variance."""
    forms = np.vstack([steps, steps**2 - variance])
    slopes = np.zeros(2)
    chances = np.full(len(steps), 1 / len(steps))
    for _ in range(STEPS):
        gaps = forms @ chances
        if np.abs(gaps).max() < 1e-12:
            return chances
        spread = (forms * chances) @ forms.T - np.outer(gaps, gaps)
        move = -np.linalg.lstsq(spread, gaps, rcond=1e-13)[0]
        # A long step would leave the region where the exponentials can be told apart.
        slopes = slopes + move * min(1.0, 2.0 / max(float(np.abs(forms.T @ move).max()), 1e-300))
        powers = slopes @ forms
        chances = np.exp(powers - powers.max())
        chances /= chances.sum()
    if np.abs(forms @ chances).max() < 1e-8:
        return chances
    raise NoiseImpossible(
        "Aucun bruit n’a cette variance pour un si petit effectif.",
        where=f"effectif {count}",
        got=f"variance {variance:g}, de {steps.min():g} à {steps.max():g}",
        hint="augmentez la portée, ou changez la variance ou le plus petit effectif permis",
    )


def perturb(counts: npt.ArrayLike, *, keys: npt.ArrayLike, noise: Noise) -> Codes:
    """Return counts with their noise: the quantile that the key of the cell picks. Totals no longer add up exactly.

    ``counts`` (n,) numbers of units, ``keys`` (n,) from ``cell_keys``.

    >>> perturb([0, 3, 40], keys=[0.99, 0.5, 0.01], noise=noise(variance=2.0, reach=4)).tolist()
    [0, 3, 37]
    """
    given = floats(counts, "effectifs")
    picked = floats(keys, "clés des cellules", length=len(given))
    if (given < 0).any() or (given != np.round(given)).any():
        raise ArrayInvalid("Un effectif est un nombre entier d’unités.", where="effectifs")
    rows = np.minimum(given.astype(np.int64), len(noise.chances) - 1)
    cumulated = np.cumsum(noise.chances, axis=1)
    # The last step always ends at 1, whatever the rounding of the sum.
    cumulated[:, -1] = 1.0
    places = (cumulated[rows] <= picked[:, None]).sum(axis=1)
    return np.asarray(given.astype(np.int64) + noise.steps[places])
