"""Simulated facts put in the words of the questionnaire: columns of codes, with null where nothing is asked."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from maille.demo.working import Bools, Floats

YES, NO, UNSURE = "oui", "non", "nsp"
NONE = "aucun"


def yes_no(yes: Bools, *, among: Bools | None = None, unsure: Bools | None = None) -> pl.Series:
    """Return oui, non or nsp for each unit, null outside ``among``; a unit that is unsure does not say « non »."""
    words = np.where(yes, YES, NO).astype(object)
    if unsure is not None:
        words[unsure & ~yes] = UNSURE
    if among is not None:
        words[~among] = None
    return pl.Series(words.tolist(), dtype=pl.String)


def several(chosen: Mapping[str, Bools], *, among: Bools | None = None, nobody: str = NONE) -> pl.Series:
    """Return the list of choices of each unit, ``nobody`` where there is none, null outside ``among``."""
    names = list(chosen)
    bits = np.sum([np.left_shift(chosen[name].astype(np.int64), place) for place, name in enumerate(names)], axis=0)
    if among is not None:
        bits[~among] = -1
    met, which = np.unique(bits, return_inverse=True)
    lists = [
        None if one < 0 else [name for place, name in enumerate(names) if one >> place & 1] or [nobody] for one in met
    ]
    return pl.Series(lists, dtype=pl.List(pl.String)).gather(which)


def one_of(uniform: Floats, shares: Mapping[str, Floats], *, otherwise: str) -> pl.Series:
    """Return one code a unit, drawn with the shares (one array a code); what is left says ``otherwise``."""
    words = np.full(uniform.size, otherwise, dtype=object)
    edge = np.zeros(uniform.size)
    for code, share in shares.items():
        words[(uniform >= edge) & (uniform < edge + share)] = code
        edge = edge + share
    return pl.Series(words.tolist(), dtype=pl.String)


def only(column: pl.Series, *, among: Bools) -> pl.Series:
    """Return the column with null outside ``among``."""
    return column.zip_with(pl.Series(among), pl.Series([None], dtype=column.dtype))


def number(values: Floats, *, asked: Bools, decimals: int = 0) -> pl.Series:
    """Return integers, or decimals when some are wanted; null where nothing is asked or nobody knows."""
    rounded = np.round(values, decimals)
    series = pl.Series(rounded, dtype=pl.Float64) if decimals else pl.Series(rounded.astype(np.int64))
    return only(series, among=asked)
