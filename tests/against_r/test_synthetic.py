"""Maille against R survey on 240 made-up units: never skipped, the numbers of R are below.

The R session that printed PRINTED; its last line is the version of R and of survey:

suppressPackageStartupMessages(library(survey)); options(digits = 17)
k <- 0:239
h <- k %% 6; d <- k %% 7; g <- h %/% 2
x <- 20 + (k * 7919) %% 101; y <- x + (k * 104729) %% 53; t <- as.numeric((k * 1299709) %% 17 < 3)
N <- c(40, 80, 120, 200, 400, 800)[h + 1]
r <- (k * 15485863) %% 11 < 7 | h == 0
df <- data.frame(k, h, d, g, x, y, t, N, r)
show <- function(name, s) cat(paste0(name, "|", names(coef(s)), "|", format(coef(s), digits = 17), "|",
                                     format(as.vector(SE(s)), digits = 17), "\n"), sep = "")
p <- svydesign(~1, strata = ~h, fpc = ~N, data = df)
show("mean", svymean(~y, p)); show("total", svytotal(~y, p)); show("ratio", svyratio(~y, ~x, p))
show("by", svyby(~t, ~d, p, svymean)); show("bytotal", svyby(~y, ~d, p, svytotal))
show("byratio", svyby(~y, denominator = ~x, by = ~d, design = p, svyratio))
pop <- c(`(Intercept)` = 1650, x = 118000)
for (m in c("linear", "raking", "logit")) {
  c1 <- calibrate(p, ~x, pop, calfun = m, bounds = if (m == "logit") c(0.4, 2.5) else c(-Inf, Inf), epsilon = 1e-13)
  show(paste0(m, ".mean"), svymean(~y, c1)); show(paste0(m, ".total"), svytotal(~y, c1))
  show(paste0(m, ".by"), svyby(~y, ~d, c1, svymean))
}
df$g <- factor(df$g); m2 <- svydesign(~1, strata = ~h, fpc = ~N, data = df)
pop <- c(g0 = 130, g1 = 310, g2 = 1200, `g0:x` = 8000, `g1:x` = 24500, `g2:x` = 87000)
for (m in c("linear", "raking", "logit", "truncated")) {
  b <- if (m %in% c("logit", "truncated")) c(0.55, 1.5) else c(-Inf, Inf)
  f <- if (m == "truncated") "linear" else m
  c1 <- calibrate(m2, ~0 + g + g:x, pop, calfun = f, bounds = b, epsilon = 1e-13, maxit = 500)
  show(paste0("mixed.", m), svyby(~y, ~d, c1, svytotal))
}
q <- twophase(id = list(~1, ~1), strata = list(~h, ~g), fpc = list(~N, NULL), subset = ~r, data = df, method = "full")
show("two.mean", svymean(~y, q)); show("two.total", svytotal(~y, q)); show("two.by", svyby(~t, ~d, q, svymean))
cat(R.version.string, as.character(packageVersion("survey")), "\n")
"""

import numpy as np
import pytest

from maille.stats.calibration import calibrate
from maille.stats.design import Design, calibrated, stratified
from maille.stats.variance import Estimates, domain_ratios, domain_shares, domain_totals

PRINTED = """\
mean|y|93.248780487804879|2.7864480672798893
total|y|152928|4569.7748303390181
ratio|y/x|1.3514674302075877|0.023793316717371633
by|0|0.17256637168141592|0.088635697434862881
by|1|0.10612244897959183|0.048428230263304055
by|2|0.18106995884773663|0.086068679242346319
by|3|0.22406639004149376|0.104157977567773882
by|4|0.14285714285714288|0.080064249979196395
by|5|0.18614718614718614|0.089401032659693028
by|6|0.22222222222222221|0.098956979738331508
bytotal|0|20538|4077.3217705391903
bytotal|1|24602|6109.6990903283468
bytotal|2|23478|4890.4833225566927
bytotal|3|19324|4303.3773081627742
bytotal|4|24405|5299.7192571992100
bytotal|5|17438|3360.6081409356666
bytotal|6|23143|5783.0707529247247
byratio|0|1.3818206284061092|0.053103449298713759
byratio|1|1.3361937866608733|0.052589566375860784
byratio|2|1.3116201117318436|0.041370485467062977
byratio|3|1.4512955313556140|0.117404362519487854
byratio|4|1.2642457521757149|0.043784016770767112
byratio|5|1.4559572513985137|0.082418392881051725
byratio|6|1.3311284941907282|0.052665253840075393
linear.mean|y|95.671589695139076|1.3004898292678009
linear.total|y|157858.12299697948|2145.8082182918715
linear.by|0|92.327221628380570|5.1165212723755191
linear.by|1|104.433415561274970|7.9504769459835654
linear.by|2|97.911282347846566|4.7339255709928034
linear.by|3|82.730115464381967|6.4469496820157728
linear.by|4|103.711397642974077|4.4479767387381166
linear.by|5|77.167239350742150|5.0538777401774801
linear.by|6|109.490362483360244|5.5946535537075617
raking.mean|y|95.674110395969578|1.3008564777980658
raking.total|y|157862.28215334981|2146.4131883668092
raking.by|0|92.337871836609438|5.1169467662272066
raking.by|1|104.450945594545388|7.9667267324900912
raking.by|2|97.917078926791604|4.7333271593075912
raking.by|3|82.734035055741373|6.4571887161073453
raking.by|4|103.726340815713684|4.4443243092875866
raking.by|5|77.142545785322170|5.0635004107875252
raking.by|6|109.475604865366279|5.6050171391010482
logit.mean|y|95.674445890257616|1.3008491680263274
logit.total|y|157862.83571892508|2146.4011272434404
logit.by|0|92.339931054760527|5.1168296467968784
logit.by|1|104.447322207197089|7.9667124626108770
logit.by|2|97.918453860484036|4.7330903045159411
logit.by|3|82.732835800018407|6.4567613341238639
logit.by|4|103.726578236220348|4.4442297505549480
logit.by|5|77.143179120394905|5.0640706412101135
logit.by|6|109.475976171680486|5.6050509681493956
two.mean|y|93.322738024837378|3.5373740944794649
two.total|y|152334.2383107089|6610.0467311226566
two.by|0|0.20564951421374594|0.117655501231808360
two.by|1|0.13310322511055983|0.078349706432860253
two.by|2|0.22762492981471083|0.133754545475979952
two.by|3|0.24460431654676260|0.137874291924601683
two.by|4|0.04218884530756721|0.024944884268899809
two.by|5|0.22234904691245291|0.134661579914180402
two.by|6|0.22907936507936508|0.147356065966597172
mixed.linear|0|20957.373058165591|3955.5189719897794
mixed.linear|1|26191.161200184142|6326.9226757774486
mixed.linear|2|25788.669434335592|5079.7117012140898
mixed.linear|3|18079.375038574100|4634.2424781372902
mixed.linear|4|27027.656835599708|5666.2987114143380
mixed.linear|5|15887.495142657375|2849.7061842720877
mixed.linear|6|24967.610142109021|6115.6894892090077
mixed.raking|0|20870.907616385579|3933.9540069309278
mixed.raking|1|26259.742671858505|6366.8078251974575
mixed.raking|2|25752.369149287664|5058.0636601974811
mixed.raking|3|18064.407282224216|4667.1962568753261
mixed.raking|4|27122.433541363469|5663.8817053823041
mixed.raking|5|15801.557807515888|2838.1028057722110
mixed.raking|6|25025.497137799342|6130.6275133180461
mixed.logit|0|21036.086257945826|3958.0192685962488
mixed.logit|1|26063.716711053974|6327.7750763856657
mixed.logit|2|25933.976050098514|5086.3310640147747
mixed.logit|3|17855.849781659734|4628.4084644531504
mixed.logit|4|27186.494131901749|5673.4892868560473
mixed.logit|5|15783.583545922089|2843.9406259880102
mixed.logit|6|25064.585476635744|6123.1893057240886
mixed.truncated|0|20933.404965143694|3956.2229834310733
mixed.truncated|1|26155.234039663505|6326.3444965871995
mixed.truncated|2|25835.574205688237|5082.0464861708178
mixed.truncated|3|18019.946727833649|4632.6999426712782
mixed.truncated|4|27129.444284679063|5669.5590175200086
mixed.truncated|5|15819.008062544041|2847.9506996818909
mixed.truncated|6|24992.803735888698|6116.5580717964713
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


def agree(result: Estimates, name: str, tolerance: float = 1e-10) -> None:
    ours = np.column_stack([result.estimate[:, 0], result.standard_error[:, 0]])
    np.testing.assert_allclose(ours, R[name], rtol=tolerance)


K = np.arange(240)
STRATUM = K % 6
DOMAIN = K % 7
GROUP = STRATUM // 2
X = 20.0 + (K * 7919) % 101
Y = X + (K * 104729) % 53
TRAIT = ((K * 1299709) % 17 < 3).astype(float)
SIZES = np.array([40, 80, 120, 200, 400, 800])
SAMPLES = np.full(6, 40)
ANSWERED = ((K * 15485863) % 11 < 7) | (STRATUM == 0)
WEIGHTS = (SIZES / 40)[STRATUM]


@pytest.fixture
def plain() -> Design:
    return stratified(WEIGHTS, strata=STRATUM, stratum_sizes=SIZES, stratum_samples=SAMPLES)


def test_it_gives_the_means_totals_and_ratios_of_r(plain: Design) -> None:
    agree(domain_ratios(Y, design=plain), "mean")
    agree(domain_totals(Y, design=plain), "total")
    agree(domain_ratios(Y, design=plain, denominators=X), "ratio")


def test_it_gives_the_domains_of_r(plain: Design) -> None:
    agree(domain_shares(TRAIT, design=plain, domains=DOMAIN), "by")
    agree(domain_totals(Y, design=plain, domains=DOMAIN), "bytotal")
    agree(domain_ratios(Y, design=plain, denominators=X, domains=DOMAIN), "byratio")


@pytest.mark.parametrize("method", ["linear", "raking", "logit"])
def test_it_gives_the_calibrated_estimates_of_r(plain: Design, method: str) -> None:
    margins = np.column_stack([np.ones(240), X])
    bounds = (0.4, 2.5) if method == "logit" else None
    result = calibrate(WEIGHTS, margins=margins, totals=[1650, 118000], method=method, bounds=bounds)  # type: ignore[arg-type]
    design = calibrated(plain, weights=result.weights, auxiliaries=margins)
    agree(domain_ratios(Y, design=design), f"{method}.mean")
    agree(domain_totals(Y, design=design), f"{method}.total")
    agree(domain_ratios(Y, design=design, domains=DOMAIN), f"{method}.by")


@pytest.mark.parametrize("method", ["linear", "raking", "logit", "truncated"])
def test_it_gives_the_totals_of_r_calibrated_on_counts_and_amounts_with_bounds_that_bind(
    plain: Design, method: str
) -> None:
    margins = np.column_stack([np.eye(3)[GROUP], np.eye(3)[GROUP] * X[:, None]])
    bounds = (0.55, 1.5) if method in ("logit", "truncated") else None
    aim = [130, 310, 1200, 8000, 24500, 87000]
    result = calibrate(WEIGHTS, margins=margins, totals=aim, method=method, bounds=bounds)  # type: ignore[arg-type]
    if method == "truncated":
        assert ((result.ratios == 0.55).sum(), (result.ratios == 1.5).sum()) == (15, 15)
    design = calibrated(plain, weights=result.weights, auxiliaries=margins)
    agree(domain_totals(Y, design=design, domains=DOMAIN), f"mixed.{method}")


def test_it_gives_the_two_phase_variance_of_r() -> None:
    answered = np.bincount(GROUP[ANSWERED])
    weights = (WEIGHTS * (np.bincount(GROUP) / answered)[GROUP])[ANSWERED]
    design = stratified(
        weights,
        strata=STRATUM[ANSWERED],
        stratum_sizes=SIZES,
        stratum_samples=SAMPLES,
        groups=GROUP[ANSWERED],
        group_samples=np.bincount(GROUP),
    )
    agree(domain_ratios(Y[ANSWERED], design=design), "two.mean")
    agree(domain_totals(Y[ANSWERED], design=design), "two.total")
    agree(domain_shares(TRAIT[ANSWERED], design=design, domains=DOMAIN[ANSWERED]), "two.by")
