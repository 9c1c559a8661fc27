"""Every published figure is found again in the simulated country, read with the survey's own indicators."""

from pathlib import Path

import polars as pl
import pytest

from maille.demo.country import countries
from maille.demo.working import load_working
from maille.specs import load_bands, load_indicators, load_targets

SPECS = Path(__file__).parents[3] / "specs"
TARGETS = load_targets(SPECS / "targets" / "asco-2014.yaml")
INDICATORS = load_indicators(SPECS / "indicators")
BANDS = load_bands(SPECS / "bands.yaml")


def verdicts(country, rule):
    """True, false or null for each commune, the rule being evaluated once for each distinct set of answers."""
    names = sorted(rule.variables())
    distinct = country.select(names).unique()
    rows = [
        rule.evaluate({name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        for row in distinct.iter_rows(named=True)
    ]
    answers = distinct.with_columns(verdict=pl.Series(rows, dtype=pl.Boolean))
    joined = country.select(names).join(answers, on=names, how="left", nulls_equal=True, maintain_order="left")
    return joined["verdict"]


def share(country, target):
    """The target's indicator in the whole country, in per cent of communes or of population."""
    indicator = INDICATORS[target.indicator]
    counts = verdicts(country, indicator.numerator)
    among = counts.is_not_null()
    if indicator.among is not None:
        among &= verdicts(country, indicator.among).fill_null(False)
    if target.bands:
        among &= BANDS[target.scheme].assign(country["population"]).is_in(list(target.bands))
    weight = country["population"] if target.measure == "population" else pl.Series([1] * country.height)
    return 100 * weight.filter(among & counts.fill_null(False)).sum() / weight.filter(among).sum()


@pytest.mark.parametrize("target", TARGETS, ids=[target.id for target in TARGETS])
def test_the_simulated_country_has_the_published_figure(communes, target):
    assert share(communes, target) == pytest.approx(target.value, abs=target.tolerance + 1e-9)


@pytest.mark.parametrize("seed", [1, 7])
def test_another_seed_gives_another_country_with_the_same_figures(communes, seed):
    other = countries(seed=seed)["communes"]
    assert other["action"].to_list() != communes["action"].to_list()
    missed = {
        target.id: share(other, target)
        for target in TARGETS
        if abs(share(other, target) - target.value) > target.tolerance + 1e-9
    }
    assert missed == {}


def test_all_targets_of_the_published_tables_are_tried():
    assert {"A1", "A3", "A4p", "B4", "C5p", "D5", "E1p", "F1p", "F7"} <= {target.id for target in TARGETS}


def test_without_action_is_with_or_without_a_competent_epci_and_nothing_else(communes):
    found = {
        name: verdicts(communes, INDICATORS[name].numerator).fill_null(False)
        for name in ("sans_action", "sans_action_epci", "sans_action_territoire")
    }
    assert found["sans_action"].sum() == found["sans_action_epci"].sum() + found["sans_action_territoire"].sum()
    assert not (found["sans_action_epci"] & found["sans_action_territoire"]).any()


RISING = ("action", "prestation", "nature", "secours", "avances", "cap", "convention_departement", "abs", "ccas")


@pytest.mark.parametrize("name", [*RISING, *(name for name in INDICATORS if name.startswith("domaine_"))])
def test_larger_communes_do_more(communes, name):
    bands = BANDS["general"]
    counts = verdicts(communes, INDICATORS[name].numerator).fill_null(False)
    by_band = communes.with_columns(counts=counts, band=bands.assign(communes["population"]))
    shares = [by_band.filter(pl.col("band") == code)["counts"].mean() for code in bands.codes()]
    assert shares == sorted(shares)


def test_within_a_band_the_population_share_is_higher_than_the_share_of_communes(communes):
    small = communes.filter(pl.col("population") < 500)
    acting = small.filter(pl.col("action") == "oui")
    assert acting["population"].sum() / small["population"].sum() > acting.height / small.height + 0.02


def test_the_bands_of_the_working_values_are_those_of_the_specifications():
    for name, scheme in load_working().schemes.items():
        assert scheme.codes == BANDS[name].codes()
        assert list(scheme.lower) == [band.lower for band in BANDS[name].bands]


def test_whoever_acts_in_one_domain_acts_more_often_in_another(communes):
    acts = communes.filter((pl.col("action") == "oui") & (pl.col("population") < 500))["domaines"]
    first, other = acts.list.contains("pauvrete"), acts.list.contains("logement")
    assert other.filter(first).mean() > 2 * other.filter(~first).mean()
