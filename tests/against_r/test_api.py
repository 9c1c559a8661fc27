"""Maille against R survey on the api samples; skipped where ../shared/data is absent.

The R session that printed PRINTED; its last line is the version of R and of survey:

suppressPackageStartupMessages(library(survey)); options(digits = 17)
data(api)
show <- function(name, s) cat(paste0(name, "|", names(coef(s)), "|", format(coef(s), digits = 17), "|",
                                     format(as.vector(SE(s)), digits = 17), "\n"), sep = "")
st <- svydesign(~1, strata = ~stype, fpc = ~fpc, data = apistrat)
c2 <- svydesign(~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2)
show("strat.mean", svymean(~api00, st)); show("strat.total", svytotal(~enroll, st))
show("strat.ratio", svyratio(~api.stu, ~enroll, st)); show("strat.by", svyby(~api00, ~stype, st, svymean))
show("strat.bysw", svyby(~api00, ~sch.wide, st, svymean))
show("clus2.mean", svymean(~api00, c2)); show("clus2.total", svytotal(~enroll, c2, na.rm = TRUE))
show("clus2.ratio", svyratio(~api00, ~api99, c2)); show("clus2.by", svyby(~api00, ~stype, c2, svymean))
pop <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)
for (m in c("linear", "raking", "logit")) {
  b <- if (m == "logit") c(0.5, 2) else c(-Inf, Inf)
  for (w in c("strat", "clus2")) {
    c1 <- calibrate(if (w == "strat") st else c2, ~stype + api99, pop, calfun = m, bounds = b, epsilon = 1e-13)
    show(paste(w, m, "mean", sep = "."), svymean(~api00, c1))
    show(paste(w, m, "total", sep = "."), svytotal(~api.stu, c1, na.rm = TRUE))
    show(paste(w, m, "by", sep = "."), svyby(~api00, ~sch.wide, c1, svymean))
  }
}
gap <- function(name, d) show(name, svycontrast(svytotal(~ty + y + tn + n,
  update(d, y = +(sch.wide == "Yes"), n = +(sch.wide == "No"), ty = api00 * y, tn = api00 * n)),
  quote(ty / y - tn / n)))
gap("strat.gap", st); gap("strat.linear.gap", calibrate(st, ~stype + api99, pop, epsilon = 1e-13))
cat(R.version.string, as.character(packageVersion("survey")), "\n")
"""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.stats.calibration import calibrate
from maille.stats.design import Design, calibrated, stratified, two_stage
from maille.stats.differences import Difference, domain_differences
from maille.stats.variance import Estimates, domain_ratios, domain_totals

PRINTED = """\
strat.mean|api00|662.28736357765581|9.4089408794340113
strat.total|enroll|3687177.52|114641.71519039402
strat.ratio|api.stu/enroll|0.83695688728325712|0.0077571030582414945
strat.by|E|674.43000000000006|12.382479793907287
strat.by|H|625.81999999999994|14.937129185393079
strat.by|M|636.60000000000002|16.214707308184522
strat.bysw|No|593.74685884262772|18.619167760272934
strat.bysw|Yes|676.53044375242519|10.520389274824074
clus2.mean|api00|670.81180811808122|30.099027376836602
clus2.total|enroll|2639272.9300000002|799637.77364835783
clus2.ratio|api00/api99|1.0399635706693546|0.004620534123386792
clus2.by|E|692.81040086673886|29.926604237402966
clus2.by|H|598.34065934065939|17.694167126090992
clus2.by|M|642.35199999999998|45.091316300331130
strat.gap|contrast|82.783584909797469|21.40005521914539
strat.linear.gap|contrast|83.063899942880198|21.232879269551074
strat.linear.mean|api00|664.63020025982439|1.8999185949545143
strat.linear.total|api.stu|3080340.5123807332|96417.746512405982
strat.linear.by|No|595.80272307571602|17.7897303243837506
strat.linear.by|Yes|678.86662301859633|3.9723411054391868
clus2.linear.mean|api00|659.16208876295218|2.3713214530502951
clus2.linear.total|api.stu|2559910.4350804947|233583.17424237137
clus2.linear.by|No|562.82551822902235|10.3455484401232365
clus2.linear.by|Yes|689.65787416759395|5.1564295094334671
strat.raking.mean|api00|664.62917004723397|1.899864409185738
strat.raking.total|api.stu|3080366.5510653569|96418.849262919
strat.raking.by|No|595.79203553194964|17.7922980664036743
strat.raking.by|Yes|678.86757589487206|3.9729151153845326
clus2.raking.mean|api00|659.1772911698439|2.3725721084443996
clus2.raking.total|api.stu|2559626.997128516|234018.48080398593
clus2.raking.by|No|563.07398272068178|10.3477337194208197
clus2.raking.by|Yes|689.42388953349609|5.1630387243461522
strat.logit.mean|api00|664.62915823663934|1.8998638280859679
strat.logit.total|api.stu|3080366.069215029|96418.783657973283
strat.logit.by|No|595.79221349348700|17.7923463469227947
strat.logit.by|Yes|678.86754051402693|3.9729261874453754
clus2.logit.mean|api00|659.17859915220288|2.3702032745666628
clus2.logit.total|api.stu|2560161.4874482783|233727.42350677654
clus2.logit.by|No|562.84610011872337|10.3555320164384099
clus2.logit.by|Yes|689.61265350007125|5.1589011132497653
R version 4.2.2 Patched (2022-11-10 r83330) 4.1.1
"""


def numbers() -> dict[str, np.ndarray]:
    """Estimates and standard errors of R, (labels, 2), by name."""
    found: dict[str, list[list[float]]] = {}
    for line in PRINTED.strip().splitlines()[:-1]:
        name, _, estimate, error = line.split("|")
        found.setdefault(name, []).append([float(estimate), float(error)])
    return {name: np.array(rows) for name, rows in found.items()}


R = numbers()


def agree(result: Estimates | Difference, name: str, tolerance: float = 1e-10) -> None:
    ours = np.column_stack([result.estimate[:, 0], result.standard_error[:, 0]])
    np.testing.assert_allclose(ours, R[name], rtol=tolerance)


SHARED = Path(os.environ.get("MAILLE_SHARED") or Path(__file__).parents[2] / "../shared") / "data"
ORACLES = SHARED / "oracles"
pytestmark = pytest.mark.skipif(not ORACLES.exists(), reason="données de référence absentes (../shared/data)")


def column(table: pl.DataFrame, name: str) -> np.ndarray:
    """A column where a unit without an answer counts for nothing."""
    return table[name].cast(pl.Float64).fill_null(0.0).to_numpy()


def labels(table: pl.DataFrame, name: str) -> np.ndarray:
    return np.unique(table[name].to_numpy(), return_inverse=True)[1]


def read(name: str) -> pl.DataFrame:
    return pl.read_csv(ORACLES / f"survey_{name}.csv.gz", null_values=["NA", ""], infer_schema_length=None)


def strat() -> tuple[pl.DataFrame, Design]:
    table = read("apistrat")
    strata = labels(table, "stype")
    samples = np.bincount(strata)
    sizes = np.array([column(table, "fpc")[strata == h][0] for h in range(3)])
    design = stratified((sizes / samples)[strata], strata=strata, stratum_sizes=sizes, stratum_samples=samples)
    return table, design


def clus2() -> tuple[pl.DataFrame, Design]:
    table = read("apiclus2")
    clusters = labels(table, "dnum")
    sizes = np.array([column(table, "fpc2")[clusters == i][0] for i in range(clusters.max() + 1)])
    weights = 757 / len(sizes) * (sizes / np.bincount(clusters))[clusters]
    return table, two_stage(weights, clusters=clusters, cluster_count=757, cluster_sizes=sizes)


def test_it_gives_what_r_gives_on_the_stratified_sample() -> None:
    table, design = strat()
    score, enrolled = column(table, "api00"), column(table, "enroll")
    agree(domain_ratios(score, design=design), "strat.mean")
    agree(domain_totals(enrolled, design=design), "strat.total")
    agree(domain_ratios(column(table, "api.stu"), design=design, denominators=enrolled), "strat.ratio")
    agree(domain_ratios(score, design=design, domains=labels(table, "stype")), "strat.by")
    agree(domain_ratios(score, design=design, domains=labels(table, "sch.wide")), "strat.bysw")


def test_it_gives_what_r_gives_on_the_two_stage_sample() -> None:
    table, design = clus2()
    score = column(table, "api00")
    agree(domain_ratios(score, design=design), "clus2.mean")
    agree(domain_totals(column(table, "enroll"), design=design), "clus2.total")
    agree(domain_ratios(score, design=design, denominators=column(table, "api99")), "clus2.ratio")
    agree(domain_ratios(score, design=design, domains=labels(table, "stype")), "clus2.by")


def test_it_gives_the_difference_of_two_domains_of_r_with_its_covariance() -> None:
    table, design = strat()
    score, wide = column(table, "api00"), labels(table, "sch.wide")
    agree(domain_differences(score, design=design, pairs=[[1, 0]], domains=wide), "strat.gap")
    margins = np.column_stack([np.eye(3)[labels(table, "stype")], column(table, "api99")])
    weights = calibrate(design.weights, margins=margins, totals=[4421, 755, 1018, 3914069]).weights
    helped = calibrated(design, weights=weights, auxiliaries=margins)
    agree(domain_differences(score, design=helped, pairs=[[1, 0]], domains=wide), "strat.linear.gap")


@pytest.mark.parametrize("method", ["linear", "raking", "logit"])
@pytest.mark.parametrize("sample", ["strat", "clus2"])
def test_it_gives_what_r_gives_once_calibrated(sample: str, method: str) -> None:
    table, design = strat() if sample == "strat" else clus2()
    margins = np.column_stack([np.eye(3)[labels(table, "stype")], column(table, "api99")])
    bounds = (0.5, 2.0) if method == "logit" else None
    result = calibrate(
        design.weights,
        margins=margins,
        totals=[4421, 755, 1018, 3914069],
        method=method,  # type: ignore[arg-type]
        bounds=bounds,
    )
    design = calibrated(design, weights=result.weights, auxiliaries=margins)
    score = column(table, "api00")
    agree(domain_ratios(score, design=design), f"{sample}.{method}.mean")
    agree(domain_totals(column(table, "api.stu"), design=design), f"{sample}.{method}.total")
    agree(domain_ratios(score, design=design, domains=labels(table, "sch.wide")), f"{sample}.{method}.by")
