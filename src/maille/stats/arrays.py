"""The types of arrays, and the checks that every function of the room makes on what it is given."""

import numpy as np
import numpy.typing as npt

from maille.errors import UserError

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class ArrayInvalid(UserError):
    """An array has a wrong shape, an absent or infinite value, or codes outside their list."""


def floats(values: npt.ArrayLike, name: str, *, length: int | None = None) -> Floats:
    """Return finite float64 numbers, one row a unit; ``length`` is the number of rows expected."""
    array = np.asarray(values, dtype=np.float64)
    if length is not None and (array.ndim == 0 or len(array) != length):
        raise ArrayInvalid("Le nombre de lignes ne convient pas.", where=name, got=array.shape, expected=length)
    if not np.isfinite(array).all():
        wrong = ~np.isfinite(array)
        raise ArrayInvalid(
            "Des valeurs sont absentes ou infinies.",
            where=place_of(wrong, name),
            got=f"{int(wrong.sum())} valeur(s)",
            hint="une unité qui n’a pas répondu à la question a zéro au numérateur et au dénominateur",
        )
    return array


def place_of(wrong: Mask, name: str) -> str:
    """Return in words the first place, from zero, where an array of one or two dimensions is ``wrong``.

    >>> place_of(np.array([[False, False], [False, True]]), "marges")
    'marges, ligne 1, colonne 1'
    """
    first = np.argwhere(wrong)[0].tolist()
    return ", ".join([name, *(f"{axis} {place}" for axis, place in zip(("ligne", "colonne"), first, strict=False))])


def codes(values: npt.ArrayLike, name: str, *, length: int | None = None, size: int | None = None) -> Codes:
    """Return int64 codes counted from zero; ``size`` is how many codes exist."""
    array = np.asarray(values)
    if array.ndim != 1 or (length is not None and len(array) != length):
        raise ArrayInvalid("Le nombre de lignes ne convient pas.", where=name, got=array.shape, expected=length)
    if array.size and not (np.issubdtype(array.dtype, np.integer) or array.dtype == np.bool_):
        raise ArrayInvalid("Les codes doivent être des entiers.", where=name, got=str(array.dtype))
    result = array.astype(np.int64)
    if result.size and (result.min() < 0 or (size is not None and result.max() >= size)):
        raise ArrayInvalid(
            "Un code est hors de la liste.",
            where=name,
            got=f"de {result.min()} à {result.max()}",
            expected="0 ou plus" if size is None else f"de 0 à {size - 1}",
        )
    return result


def mask(values: npt.ArrayLike, name: str, *, length: int | None = None) -> Mask:
    """Return booleans, one a unit."""
    array = np.asarray(values)
    if array.dtype != np.bool_ or array.ndim != 1 or (length is not None and len(array) != length):
        found = (str(array.dtype), array.shape)
        raise ArrayInvalid("Il faut un booléen par unité.", where=name, got=found, expected=length)
    return array
