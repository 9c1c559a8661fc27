"""Quantiles against R survey 4.1 on the api sample; skipped where ../shared/data is absent.

``domain_quantiles`` is ``svyquantile(qrule = "math", interval.type = "mean", df = Inf)``: same estimates, bounds and
errors, except where ties make the quantile certain (Maille then gives no width). The R session that printed PRINTED:

suppressPackageStartupMessages(library(survey)); options(digits = 17); data(api)
st <- svydesign(~1, strata = ~stype, fpc = ~fpc, data = apistrat)
show <- function(name, q) for (v in names(q)) for (i in seq_len(nrow(q[[v]])))
  cat(name, v, rownames(q[[v]])[i], format(q[[v]][i, ], digits = 17), "\\n")
show("all", svyquantile(~api00 + enroll, st, c(.1, .25, .5, .75, .9), df = Inf))
for (s in c("E", "H", "M")) show(s, svyquantile(~api00 + enroll, subset(st, stype == s), .5, df = Inf))
for (s in c("No", "Yes")) show(s, svyquantile(~api00 + enroll, subset(st, sch.wide == s), .5, df = Inf))
# R version 4.2.2 Patched (2022-11-10 r83330), survey 4.1.1
"""

import numpy as np
import pytest

from against_r.test_api import ORACLES, column, labels, strat
from maille.stats.quantiles import domain_quantiles

PRINTED = """\
all api00 0.1 501 476 521 11.479802780804716
all api00 0.25 565 539 597 14.796190250814968
all api00 0.5 668 642 694 13.265549880041005
all api00 0.75 756 726 778 13.265549880041005
all api00 0.9 836 806 865 15.051296979277295
all enroll 0.1 262 195 278 21.173858462373143
all enroll 0.25 334 304 365 15.561510436201949
all enroll 0.5 446 424 522 25.000459389308048
all enroll 0.75 660 619 739 30.612807415479246
all enroll 0.9 1139 1068 1358 73.980951254074839
E api00 0.5 671 638 720 20.918751733910817
E enroll 0.5 385 355 441 21.939178647760126
H api00 0.5 635 599 678 20.153431548523837
H enroll 0.5 1377 1105 1586 122.70633639037931
M api00 0.5 648 601 676 19.133004634674528
M enroll 0.5 739 696 893 50.256025507078427
No api00 0.5 585 528 666 35.20472852780113
No enroll 0.5 633 542 892 89.287354961814458
Yes api00 0.5 671 650 713 16.071723893126602
Yes enroll 0.5 441 386 480 23.980032475458742
"""
DOMAINS = {"all": (None, 0), "E": ("stype", 0), "H": ("stype", 1), "M": ("stype", 2)}
DOMAINS |= {"No": ("sch.wide", 0), "Yes": ("sch.wide", 1)}
pytestmark = pytest.mark.skipif(not ORACLES.exists(), reason="données de référence absentes (../shared/data)")


@pytest.mark.parametrize("line", PRINTED.splitlines())
def test_it_gives_the_quantile_of_r(line: str) -> None:
    name, variable, probability, *numbers = line.split()
    table, design = strat()
    grouping, place = DOMAINS[name]
    found = domain_quantiles(
        column(table, variable),
        design=design,
        probability=float(probability),
        domains=labels(table, grouping) if grouping else None,
    )
    ours = [part[place, 0] for part in (found.estimate, found.low, found.high, found.standard_error)]
    np.testing.assert_allclose(ours, [float(number) for number in numbers], rtol=1e-10)
