"""What was not given but lent makes a figure less precise, in the unit of the figure, and only where it counts."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from maille.analyse.domains import Domains
from maille.analyse.imputed import Imputed
from maille.analyse.measured import measured
from maille.analyse.respondents import Respondents
from maille.specs import Indicator
from maille.stats.design import stratified
from maille.stats.imputation import Deck, ratio
from maille.stats.imputation_variance import imputation_variance, imputed_share_variance

COUNT = 40
WHOLE = Domains("total", ("ensemble",), ((0, None),), (None,), (None,))
WORDS = {"universe": "communes", "title": "A", "label": "A", "question": "a", "concept": "a", "id": "x"}


@pytest.fixture
def people() -> Respondents:
    """Forty respondents, of which ten were lent their staff; one in four does not count."""
    rng = np.random.default_rng(4)
    staff = rng.lognormal(1, 0.5, COUNT)
    missing = np.arange(COUNT) < 10
    done = ratio(np.where(missing, np.nan, staff), deck=Deck(missing, minimum=2), auxiliary=np.full(COUNT, 2.0))
    counted = np.arange(COUNT) % 4 != 0
    table = pl.DataFrame(
        {
            "unit": [str(row) for row in range(COUNT)],
            "population": [100] * COUNT,
            "x": np.where(counted, done.values / 1000, 0.0),
            "x__below": np.full(COUNT, 2.0),
        }
    )
    design = stratified([5.0] * COUNT, strata=[0] * COUNT, stratum_sizes=[200], stratum_samples=[COUNT])
    known = Imputed(pl.DataFrame({"etp": done.values}), {"etp": done.links})
    return Respondents(table, table, table, design, known)


def error(people: Respondents, kind: str) -> float:
    below = {"below": "1"} if kind == "ratio" else {}
    words = {"kind": kind, "value": "1", "unit": "milliers", "sentences": {"amounts": "{valeur}"}}
    item = Indicator.model_validate({**WORDS, **words, **below})
    (table,) = measured(people, [item], measure="amounts", domains=WHOLE)
    return float(table["standard_error"][0])


def expected(people: Respondents) -> float:
    """The variance that the links of the units that count add to the total, in thousands."""
    links = people.imputed.links["etp"]
    kept = links.recipients % 4 != 0
    mine = replace(links, recipients=links.recipients[kept], pools=links.pools[kept], factors=links.factors[kept])
    return float(imputation_variance(mine, design=people.design)[0]) / 1000**2


@pytest.mark.parametrize(("kind", "whole"), [("total", 1.0), ("mean", 200.0), ("ratio", 400.0)])
def test_the_error_holds_the_variance_of_what_was_lent(people, kind, whole):
    naive = error(replace(people, imputed=None), kind)
    assert expected(people) > 0
    assert error(people, kind) == pytest.approx(np.sqrt(naive**2 + expected(people) / whole**2), rel=1e-12)


@pytest.mark.parametrize("kind", ["total", "mean", "ratio", "median"])
def test_an_amount_says_its_design_effect(people, kind):
    """A simple sample of one unit in five: 1 − 1/5 of what a draw with replacement gives, n / (n − 1) times."""
    given = replace(people, imputed=None)
    below = {"below": "1"} if kind == "ratio" else {}
    words = {"kind": kind, "value": "1", "unit": "milliers", "sentences": {"amounts": "{valeur}"}}
    item = Indicator.model_validate({**WORDS, **words, **below})
    (table,) = measured(given, [item], measure="amounts", domains=WHOLE)
    assert table["design_effect"][0] == pytest.approx(0.8 * COUNT / (COUNT - 1), rel=1e-9)


@pytest.mark.parametrize("divided", [False, True])
def test_the_interval_of_a_median_holds_what_was_lent_per_inhabitant_or_not(people, divided):
    """Half of the country's staff is lent: its median moves, and so does its share of units below."""
    size = np.arange(COUNT) % 5 + 1.0
    known = replace(people.imputed, population=size)
    values = people.table["x"].to_numpy() / (size if divided else 1.0)
    table = people.table.with_columns(x=pl.Series(values), population=pl.Series(size))
    given = replace(people, table=table, imputed=known)
    words = {"kind": "median", "value": "1", "unit": "milliers", "sentences": {"amounts": "{valeur}"}}
    item = Indicator.model_validate({**WORDS, **words})
    (full,), (naive,) = (
        measured(one, [item], measure="amounts", domains=WHOLE) for one in (given, replace(given, imputed=None))
    )
    assert full["estimate"][0] == naive["estimate"][0]
    assert full["ci_high"][0] - full["ci_low"][0] >= naive["ci_high"][0] - naive["ci_low"][0]
    own = known.responses["etp"].to_numpy()
    added = imputed_share_variance(
        known.links["etp"],
        own,
        at=[1000 * full["estimate"][0]],
        design=people.design,
        domains=np.zeros(COUNT, dtype=int),
        per=size if divided else None,
    )[0]
    share = (values <= full["estimate"][0]).mean()
    wanted = naive["design_effect"][0] + COUNT * added / (5 * COUNT) ** 2 / (share * (1 - share))
    assert full["design_effect"][0] == pytest.approx(wanted, rel=1e-9)
    assert full["design_effect"][0] > naive["design_effect"][0]


def test_nothing_is_added_where_nobody_who_counts_was_lent_anything(people):
    given = replace(
        people, table=people.table.with_columns(x=pl.when(pl.int_range(COUNT) < 10).then(0.0).otherwise("x"))
    )
    assert error(given, "total") == error(replace(given, imputed=None), "total")


def test_a_figure_of_other_values_is_left_as_it_is(people):
    other = people.table.with_columns(x=pl.Series(np.arange(COUNT, dtype=float)))
    untouched = replace(people, table=other)
    assert error(untouched, "total") == error(replace(untouched, imputed=None), "total")


def test_a_figure_without_any_value_is_left_as_it_is(people):
    nothing = replace(people, table=people.table.with_columns(x=pl.lit(0.0)))
    assert error(nothing, "total") == 0.0
