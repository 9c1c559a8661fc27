"""The quadratic form of a design, evaluated for all domains at once by sums over sorted rows."""

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from scipy.linalg import lapack
from scipy.sparse import csr_array

from maille.stats.arrays import Codes, Floats, Mask
from maille.stats.design import Design, Grouping
from maille.stats.threads import one_thread


def sum_rows(values: Floats | Mask, starts: Codes, *, factor: Floats | None = None) -> Floats:
    """Return sums (G, v) of rows of ``values`` (n, v), group g being rows starts[g] to starts[g+1], zero if empty."""
    sums = np.zeros((len(starts) - 1, values.shape[1]))
    full = np.flatnonzero(np.diff(starts) > 0)
    if len(full):
        product = values * 1.0 if factor is None else values * factor[:, None]
        sums[full] = np.add.reduceat(product, starts[:-1][full], axis=0)
    return sums


LEAST = 0.05
"""The least 1 − h that divides a residual: a unit alone in its margin has none, and rounding would be multiplied."""


@dataclass(frozen=True)
class _Cells:
    """Rows of one domain and one group: ``domains`` and ``factors`` of cells, and what sums their rows.

    That is ``starts`` of the rows in ``order``, or ``columns`` (cells times q, n), of which each line is one sum.
    """

    order: Codes | None
    starts: Codes
    domains: Codes
    factors: Floats
    columns: "csr_array[np.float64] | None"

    @classmethod
    def sort(cls, grouping: Grouping, *, where: Codes, order: Codes) -> "_Cells":
        """Find the cells of a grouping among rows in ``order`` (n,), which are in the domains ``where`` (n,)."""
        size = len(grouping.factors)
        keys = where * size + grouping.codes[order]
        if grouping.columns is not None:
            found, place = np.unique(keys, return_inverse=True)
            lines = _lines(grouping.columns[order], place.reshape(-1), count=len(found))
            wide = grouping.columns.shape[1]
            edges = np.zeros(0, dtype=np.int64)
            return cls(
                None, edges, np.repeat(found // size, wide), np.repeat(grouping.factors[found % size], wide), lines
            )
        again = None if (np.diff(keys) >= 0).all() else np.argsort(keys, kind="stable")
        found, first = np.unique(keys if again is None else keys[again], return_index=True)
        edges = np.append(first, len(keys)).astype(np.int64)
        return cls(again, edges, found // size, grouping.factors[found % size], None)

    def sums(self, weighted: Floats) -> Floats:
        """Return the sums (cells, v) of the rows of ``weighted`` (n, v)."""
        if self.columns is not None:
            return np.asarray(self.columns @ weighted)
        return sum_rows(weighted if self.order is None else weighted[self.order], self.starts)


def _lines(columns: Floats, place: Codes, *, count: int) -> "csr_array[np.float64]":
    """Return the matrix (count times q, n) whose line (g, j) has the numbers of column j of the rows of cell g."""
    row, column = np.nonzero(columns)
    wide = columns.shape[1]
    return csr_array((columns[row, column], (place[row] * wide + column, row)), shape=(count * wide, len(columns)))


@dataclass(frozen=True)
class Form:
    """A design sorted by domain: ``order`` (n,) sorts, ``domains`` (n,) and ``starts`` (D+1,) are of sorted rows.

    ``weights`` (n,) are of the estimates, ``spread`` (n,) of their variance.
    """

    order: Codes
    domains: Codes
    starts: Codes
    weights: Floats
    spread: Floats
    unseen: Floats
    diagonal: Floats
    cells: tuple[_Cells, ...]
    slope: "Slope | None"

    @property
    def domain_count(self) -> int:
        """Return how many domains there are, the highest code plus one."""
        return len(self.starts) - 1

    @classmethod
    def sort(cls, design: Design, domains: Codes) -> "Form":
        """Sort by domain, then by the first grouping, so that most sums are sums of neighbours."""
        order = np.lexsort((design.groupings[0].codes, domains))
        where = domains[order]
        count = int(where[-1]) + 1 if len(where) else 0
        starts = np.searchsorted(where, np.arange(count + 1)).astype(np.int64)
        cells = [_Cells.sort(one, where=where, order=order) for one in design.groupings if np.any(one.factors)]
        slope = Slope.of(design).sorted(order) if design.auxiliaries is not None else None
        weights = design.weights[order]
        parts = (weights, weights if slope is None else slope.spread, design.unseen[order], design.diagonal[order])
        return cls(order, where, starts, *parts, tuple(cells), slope)

    def variance(self, values: Floats) -> Floats:
        """Return the variance (D, v) of weighted totals of sorted ``values`` (n, v) in each domain, never negative."""
        weighted = values * self.spread[:, None]
        raw = sum_rows(weighted * weighted, self.starts, factor=self.diagonal)
        result = raw.copy()
        for cell in self.cells:
            sums = cell.sums(weighted)
            edges = np.searchsorted(cell.domains, np.arange(self.domain_count + 1)).astype(np.int64)
            result -= sum_rows(sums * sums, edges, factor=cell.factors)
        if self.slope is not None:
            for domain in range(self.domain_count):
                rows = slice(self.starts[domain], self.starts[domain + 1])
                result[domain] += self.slope.correction(weighted[rows], rows)
        # Under 1e-13 of the raw sum of squares a variance is a rounding of zero.
        return np.where(result > 1e-13 * raw, result, 0.0)


@dataclass(frozen=True)
class Slope:
    """What calibration takes off: products of the auxiliaries computed once for all domains and variables.

    With s = w u and e = u − X B, B = (X'dX)⁻ X'd u: variance = s'Ms − 2 (M W X)'s · B + B'(X'W M W X)B. ``spread`` (n,)
    is w, over 1 − h when the design asks for it, h = d x'(X'dX)⁻x being the leverage.
    """

    spread: Floats
    left: Floats
    inverse: Floats
    inner: Floats

    @classmethod
    def of(cls, design: Design) -> "Slope":
        """Return what calibration takes off for a design, rows in its order, computed once as long as it lives."""
        if design not in _SLOPES:
            _SLOPES[design] = cls.prepare(design)
        return _SLOPES[design]

    def sorted(self, order: Codes) -> "Slope":
        """Return the same with its rows sorted."""
        return replace(self, spread=self.spread[order], left=self.left[:, order])

    @classmethod
    def prepare(cls, design: Design) -> "Slope":
        """Compute A = M W X, its product with W X, and the pivoted Cholesky of X'dX."""
        assert design.auxiliaries is not None
        assert design.start is not None
        variables, start = design.auxiliaries, design.start
        with one_thread():
            kept, inverse = _inverse(variables * np.sqrt(start)[:, None])
            variables = variables[:, kept]
            alone = start * ((variables @ inverse) * variables).sum(axis=1) if design.leverage else 0.0
        weights = design.weights / np.maximum(1 - alone, LEAST)
        weighted = variables * weights[:, None]
        product = weighted * design.diagonal[:, None]
        for grouping in design.groupings:
            if np.any(grouping.factors):
                product -= _squared(grouping, weighted)
        ratio = np.divide(start, weights, out=np.zeros_like(start), where=weights != 0)
        left = np.concatenate([product, variables * ratio[:, None]], axis=1)
        with one_thread():
            inner = product.T @ weighted
        return cls(weights, left.T.copy(), inverse, inner)

    def correction(self, weighted: Floats, rows: slice) -> Floats:
        """Return what to add (v,) to the raw variance of one domain, ``weighted`` (n_D, v) being its rows."""
        both = self.left[:, rows] @ weighted
        size = len(self.inverse)
        slope = self.inverse @ both[size:]
        return np.asarray((slope * (self.inner @ slope - 2 * both[:size])).sum(axis=0))


def _squared(grouping: Grouping, weighted: Floats) -> Floats:
    """Return what a term of the form makes (n, p) of ``weighted`` (n, p): Σ_j u_j factor (Σ u_j s)."""
    code = grouping.codes
    again = np.argsort(code, kind="stable")
    edges = np.searchsorted(code[again], np.arange(len(grouping.factors) + 1)).astype(np.int64)
    if grouping.columns is None:
        return np.asarray((sum_rows(weighted[again], edges) * grouping.factors[:, None])[code])
    lines = _lines(grouping.columns, code, count=len(grouping.factors))
    factors = np.repeat(grouping.factors, grouping.columns.shape[1])
    return np.asarray(lines.T @ ((lines @ weighted) * factors[:, None]))


_SLOPES: "WeakKeyDictionary[Design, Slope]" = WeakKeyDictionary()


def _inverse(scaled: Floats) -> tuple[Codes, Floats]:
    """Return the columns kept (not collinear with others) and the inverse of their cross-products.

    Cholesky twice (Yamamoto and others, ETNA 44, 2015, p. 306) is as exact as QR and much faster on tall arrays.
    """
    norms = np.sqrt((scaled**2).sum(axis=0))
    norms[norms == 0] = 1.0
    unit = scaled / norms
    _, pivots, rank, _ = lapack.dpstrf(unit.T @ unit, tol=1e-11, lower=0)
    kept = np.sort(np.asarray(pivots[:rank], dtype=np.int64) - 1)
    unit = unit[:, kept]
    half = np.linalg.inv(np.linalg.cholesky(unit.T @ unit)).T
    near = unit @ half
    half = (half @ np.linalg.inv(np.linalg.cholesky(near.T @ near)).T) / norms[kept][:, None]
    return kept, half @ half.T
