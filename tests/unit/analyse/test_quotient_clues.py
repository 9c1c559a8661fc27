"""A mean beside its total tells how many they are: the attack finds it, the protection hides the mean too."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.analyse.attack import Finding, attack
from maille.analyse.intruder import Public
from maille.analyse.links import divided_by
from maille.analyse.protect import hidden_of, system_of
from maille.specs import load_bands, load_disclosure, load_indicators, load_publications
from maille.specs.quotient import over_population, quotients

SPECS = Path(__file__).parents[3] / "specs"
INDICATORS = load_indicators(SPECS / "indicators")
QUOTIENTS = quotients(INDICATORS)
RULES = load_disclosure(SPECS / "disclosure.yaml")
SIZES = {"moins_500": 100, "500_1499": 700, "1500_4999": 2000, "5000_9999": 7000, "10000_plus": 20000}
LARGE = "10000_plus"


@pytest.fixture(scope="module")
def public() -> Public:
    """Two hundred communes of each size."""
    size = np.repeat([*SIZES.values()], 200)
    frame = pl.DataFrame({"population": size, "region": ["84"] * len(size), "departement": ["01"] * len(size)})
    return Public(
        load_publications(SPECS / "publications" / "asco-2025"),
        INDICATORS,
        load_bands(SPECS / "bands.yaml"),
        RULES,
        {"communes": frame, "epci": frame},
    )


def cell(indicator: str, estimate: float | None, *, measure: str = "amounts", **beside: float) -> dict[str, object]:
    table = "domaines" if measure == "communes" else "moyens-humains"
    status = "secret" if estimate is None else "value"
    where = {"table": table, "domain_type": "size_band", "domain": LARGE}
    return {**where, "indicator": indicator, "measure": measure, "estimate": estimate, "status": status, **beside}


def attacked(public: Public, *rows: dict[str, object]) -> dict[str, Finding]:
    numbers = ("estimate", "standard_error", "ci_low", "ci_high", "cv")
    empty = dict.fromkeys(numbers)
    table = pl.DataFrame([{**empty, **row} for row in rows], schema_overrides=dict.fromkeys(numbers, pl.Float64))
    return {one.cell.split(",")[0]: one for one in attack([table], public)}


def test_the_rules_say_which_total_a_mean_or_a_ratio_divides():
    said = {(one.rate, one.top, one.bottom): (one.factor, one.scale) for one in QUOTIENTS}
    assert said["agents_moyenne", "agents", "action"] == (1.0, 1.0)
    assert said["depenses_par_habitant", "depenses_total", "ensemble"] == pytest.approx((1e6, 1e6))
    assert said["aides_par_menage", "aides_total", "menages_total"] == pytest.approx((1e3, 1e6))
    assert over_population(INDICATORS["depenses_par_habitant"])
    assert not over_population(INDICATORS["aides_par_menage"])


def test_a_total_over_its_mean_counts_the_communes_that_are_hidden(public):
    hidden = cell("action", None, measure="communes")
    assert not attacked(public, hidden, cell("agents", 4514.0))["action"].broken
    found = attacked(public, hidden, cell("agents", 4514.0), cell("agents_moyenne", 22.8))["action"]
    assert found.low <= 198 <= found.high
    assert found.broken, "deux communes sur deux cents n’agissent pas"


def test_an_amount_by_inhabitant_is_the_total_that_is_hidden(public):
    found = attacked(public, cell("depenses_total", None), cell("depenses_par_habitant", 50.0))["depenses_total"]
    assert (found.low + found.high) / 2 == pytest.approx(200.0, rel=1e-3), "50 € pour quatre millions d’habitants"
    assert found.broken
    back = attacked(public, cell("depenses_total", 200.0), cell("depenses_par_habitant", None))
    assert back["depenses_par_habitant"].broken


def test_a_ratio_of_two_totals_gives_either_and_is_given_by_both(public):
    aides, menages, rate = cell("aides_total", 30.0), cell("menages_total", 60.0), cell("aides_par_menage", 500.0)
    for name, shown in (
        ("aides_total", (cell("aides_total", None), menages, rate)),
        ("menages_total", (aides, cell("menages_total", None), rate)),
        ("aides_par_menage", (aides, menages, cell("aides_par_menage", None))),
    ):
        assert attacked(public, *shown)[name].broken, name


def test_two_figures_hidden_of_three_hold(public):
    found = attacked(
        public, cell("action", None, measure="communes"), cell("agents", 4514.0), cell("agents_moyenne", None)
    )
    assert not any(one.broken for one in found.values())


@pytest.mark.parametrize(
    ("indicator", "beside", "low", "high"),
    [
        ("depenses_mediane", {"ci_low": 39.0, "ci_high": 42.0}, 39.0, 42.0),
        ("agents_moyenne", {"ci_low": 20.0, "ci_high": 24.0}, 22.0, 22.0),
        ("agents", {"ci_low": 4000.0, "ci_high": 5000.0}, 4500.0, 4500.0),
        ("aides_par_menage", {"standard_error": 25.0, "cv": 5.0}, 500.0, 500.0),
    ],
)
def test_the_precision_left_beside_a_hidden_amount_gives_it_back(public, indicator, beside, low, high):
    found = attacked(public, cell(indicator, None, **beside))[indicator]
    assert found.low <= low <= high <= found.high
    assert found.broken
    assert not attacked(public, cell(indicator, None))[indicator].broken


def test_a_median_hidden_in_a_table_and_shown_in_another_is_given_away(public):
    found = attacked(public, cell("depenses_mediane", None), cell("depenses_mediane", 40.0))["depenses_mediane"]
    assert found.given == "moyens-humains"


def spending(**errors: float | None) -> list[dict[str, object]]:
    """Total spending by size band, the two smallest hidden: six and four of the ten that the others leave."""
    values = {"moins_500": None, "500_1499": None, "1500_4999": 30.0, "5000_9999": 40.0, LARGE: 60.0, "ensemble": 140.0}
    rows = []
    for domain, value in values.items():
        kind = "total" if domain == "ensemble" else "size_band"
        where = {"domain": domain, "domain_type": kind, "decimals": 2}
        rows.append({**cell("depenses_total", value, standard_error=errors.get(domain)), **where})
    return rows


def spent(public: Public, **errors: float | None) -> dict[str, Finding]:
    table = pl.DataFrame(spending(**errors), schema_overrides={"estimate": pl.Float64, "standard_error": pl.Float64})
    return {one.cell.split(", ")[1]: one for one in attack([table], public)}


SHOWN = {"1500_4999": 4.0, "5000_9999": 5.0, LARGE: 6.0}
TRUE = float(np.sqrt(sum(error**2 for error in SHOWN.values()) + 5.5**2 + 3.6**2))


def test_the_error_left_beside_a_hidden_amount_is_the_least_that_it_can_be_and_bounds_the_other(public):
    held = spent(public)
    assert (held["moins_500"].low, held["moins_500"].high) == (0.0, 12.0), "dix, aux quatre arrondis près"
    found = spent(public, **{"500_1499": 3.6})
    assert found["500_1499"].low == pytest.approx(3.6, rel=0.05)
    assert found["moins_500"].high == pytest.approx(12 - 3.6, rel=0.05)


def test_errors_are_subtracted_as_totals_are(public):
    found = spent(public, **SHOWN, **{"500_1499": 3.6, "ensemble": TRUE})
    assert found["moins_500"].low > 4.0, "son erreur est de 5,5, à 5 % près de la variance du pays"
    assert found["moins_500"].low <= 6.0 <= found["moins_500"].high
    whole = spent(public, **SHOWN, ensemble=TRUE)
    assert whole["moins_500"].low == pytest.approx(0.0, abs=0.5), "à deux, aucune n’a d’erreur à elle"


def test_errors_that_contradict_one_another_lead_nowhere(public):
    found = spent(public, **SHOWN, ensemble=1.0)
    assert found["moins_500"].low == pytest.approx(0.0, abs=0.5)


def amounts(total: list[float], *, contributors: list[int]) -> pl.DataFrame:
    """The total of agents and their mean in two bands and in all of them."""
    rows = [
        {"indicator": name, "lower": lower, "upper": upper, "kind": kind, "total": value, "nonzero": count}
        for name, kind in (("agents", "total"), ("agents_moyenne", "mean"))
        for (lower, upper), value, count in zip(
            ((0, 500), (500, None), (0, None)), [*total, sum(total)], [*contributors, sum(contributors)], strict=True
        )
    ]
    places = {"region": pl.lit(None, pl.String), "departement": pl.lit(None, pl.String)}
    return pl.DataFrame(rows, schema_overrides={"upper": pl.Int64}).with_columns(
        **places,
        universe=pl.lit("communes"),
        measure=pl.lit("amounts"),
        estimate=pl.lit(1.0),
        yes=pl.col("nonzero"),
        respondents=pl.lit(100),
        whole=pl.lit(100.0),
        top1=pl.lit(1.0),
        top2=pl.lit(1.0),
    )


def test_a_mean_is_hidden_wherever_its_total_is():
    system = system_of(amounts([10.0, 500.0], contributors=[2, 80]), [], RULES, divided=QUOTIENTS)
    hidden = {key[1:4] for key, place in system.links.position.items() if hidden_of(system).hidden[place]}
    for name in ("agents", "agents_moyenne"):
        assert (name, 0, 500) in hidden
    assert {key[1:] for key in hidden if key[0] == "agents"} == {key[1:] for key in hidden if key[0] != "agents"}


def test_the_mean_of_those_whose_number_is_hidden_is_hidden_with_it():
    place = (0, 500, None, None)
    assert divided_by({("communes", "action", *place)}, QUOTIENTS) == {("communes", "agents_moyenne", *place)}
    assert divided_by({("communes", "menages_total", *place)}, QUOTIENTS) == {("communes", "aides_par_menage", *place)}
    assert divided_by({("communes", "prestation", *place)}, QUOTIENTS) == set()
