"""Design effects of amounts, beside those of R survey against a simple sample with replacement.

The R session that printed PRINTED; its last line is the version of R and of survey:

suppressPackageStartupMessages(library(survey)); options(digits = 17)
k <- 1:40
d <- data.frame(h = ifelse(k <= 25, 1, 2), fpc = ifelse(k <= 25, 80, 45), g = k %% 3, y = (k * 7919) %% 101 + 5)
d$x <- d$y + (k * 31) %% 17
p <- svydesign(~1, strata = ~h, fpc = ~fpc, data = d)
show <- function(name, v) cat(name, format(as.vector(v), digits = 15, trim = TRUE), "\n")
of <- function(f, e, q) sapply(0:2, function(i) deff(f(e, subset(q, g == i), deff = "replace")))
show("mean", of(svymean, ~y, p))
show("total", of(svytotal, ~y, p))
p$variables$e <- with(d, y - coef(svyratio(~y, ~x, p)) * x)
show("ratio", deff(svytotal(~e, p, deff = "replace")))
cat(R.version.string, as.character(packageVersion("survey")), "\n")
"""

import numpy as np

from maille.stats.design import stratified
from maille.stats.effects import simple_variance
from maille.stats.variance import domain_ratios, domain_totals

PRINTED = """\
mean 0.649043724655555 0.659860667202418 0.651480984291178
total 2.63920843261785 2.07361427114175 2.15346787064546
ratio 0.682177071522095
R version 4.2.2 Patched (2022-11-10 r83330) 4.1.1
"""
R = {name: np.array(values, dtype=float) for name, *values in map(str.split, PRINTED.splitlines()[:-1])}

K = np.arange(1, 41)
H, G = (K > 25).astype(int), K % 3
Y = ((K * 7919) % 101 + 5.0)[:, None]
X = Y + ((K * 31) % 17)[:, None]
WEIGHTS = np.array([80 / 25, 45 / 15])[H]
PLAN = stratified(WEIGHTS, strata=H, stratum_sizes=[80, 45], stratum_samples=[25, 15])
ALL = {"weights": WEIGHTS, "counted": np.ones((40, 1), dtype=bool)}


def of_r(units: np.ndarray) -> np.ndarray:
    """What R multiplies: its variance of one unit has a divisor less by one."""
    return (units - 1) / units


def test_a_mean_has_the_design_effect_of_r_in_each_domain() -> None:
    found = domain_ratios(Y, design=PLAN, domains=G).standard_error ** 2
    simple = simple_variance(Y, domains=G, denominators=np.ones((40, 1)), **ALL)
    np.testing.assert_allclose((found / simple)[:, 0] * of_r(np.bincount(G)), R["mean"], rtol=1e-10)


def test_a_total_has_the_design_effect_of_r_in_each_domain() -> None:
    found = domain_totals(Y, design=PLAN, domains=G).standard_error ** 2
    simple = simple_variance(Y, domains=G, **ALL)
    np.testing.assert_allclose((found / simple)[:, 0] * of_r(np.bincount(G)), R["total"], rtol=1e-10)


def test_a_ratio_has_the_design_effect_that_r_gives_to_its_residuals() -> None:
    found = domain_ratios(Y, design=PLAN, denominators=X).standard_error ** 2
    simple = simple_variance(Y, domains=np.zeros(40, dtype=int), denominators=X, **ALL)
    np.testing.assert_allclose((found / simple)[:, 0] * of_r(np.array([40])), R["ratio"], rtol=1e-10)
