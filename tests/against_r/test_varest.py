"""Unequal chances, beside ``varest`` of R sampling, which has Deville's formula.

The R session that printed PRINTED; its last line is the version of R and of sampling:

suppressPackageStartupMessages(library(sampling)); options(digits = 17)
k <- 1:60
h <- rep(1:3, each = 20)
x <- (k * 7919) %% 101 + 5
pik <- unlist(lapply(split(x, h), inclusionprobabilities, 8))
y <- x * (1 + (k * 31) %% 17 / 10) + h
s <- pik == 1 | k %% 3 != 1
show <- function(name, v) cat(name, format(v, digits = 15, trim = TRUE), "\\n")
show("varest", sapply(1:3, function(i) varest(y[s & h == i], pik = pik[s & h == i])))
X <- cbind(1, x)
show("residuals", sapply(1:3, function(i) varest(y[s & h == i], X[s & h == i, ], pik[s & h == i], 1 / pik[s & h == i])))
cat(R.version.string, as.character(packageVersion("sampling")), "\\n")
"""

import numpy as np

from maille.stats.design import calibrated
from maille.stats.design_drawn import balanced
from maille.stats.selection import stratified_probabilities
from maille.stats.variance import domain_totals

PRINTED = """\
varest 28896.3072474242 40625.2353075505 49611.1872132541
residuals 26674.5288141643 31580.4641441437 34631.8960537556
R version 4.2.2 Patched (2022-11-10 r83330) 2.9
"""
R = {name: np.array(values, dtype=float) for name, *values in map(str.split, PRINTED.splitlines()[:-1])}

K = np.arange(1, 61)
H = np.repeat([0, 1, 2], 20)
X = (K * 7919) % 101 + 5.0
Y = X * (1 + (K * 31) % 17 / 10) + H + 1
PIK = stratified_probabilities(X, strata=H, counts=[8, 8, 8])
S = (PIK == 1) | (K % 3 != 1)


def test_it_gives_the_variances_that_r_gives_in_each_stratum() -> None:
    found = domain_totals(Y[S], design=balanced(PIK[S], strata=H[S]), domains=H[S])
    np.testing.assert_allclose(found.standard_error[:, 0] ** 2, R["varest"], rtol=1e-10)


def test_it_gives_the_variances_of_residuals_that_r_gives() -> None:
    for stratum in range(3):
        rows = S & (stratum == H)
        plan = balanced(PIK[rows], strata=np.zeros(rows.sum(), dtype=int))
        margins = np.column_stack([np.ones(rows.sum()), X[rows]])
        found = domain_totals(Y[rows], design=calibrated(plan, weights=plan.weights, auxiliaries=margins))
        np.testing.assert_allclose(found.standard_error[0, 0] ** 2, R["residuals"][stratum], rtol=1e-10)
