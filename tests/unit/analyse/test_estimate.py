"""Figures of every kind, on domains that may be empty, with the mention that their precision deserves."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from maille.analyse.domains import Domains
from maille.analyse.estimate import flagged
from maille.analyse.evolve import _rows
from maille.analyse.measured import measured
from maille.analyse.respondents import Respondents
from maille.specs import Evolution, Indicator, Precision, Target
from maille.stats.design import stratified

LIMIT = {"since": date(2026, 1, 1), "source": "essai"}
RULES = Precision.model_validate(
    {
        "half_width": {"limit": 10, **LIMIT},
        "variation": {"limit": 20, **LIMIT},
        "giants": {"limit": 1, **LIMIT},
        "respondents": {"limit": 5, **LIMIT},
        "simulated": {**LIMIT, "figures": {"logement": {"communes": ["10000_plus"]}}},
    }
)
PLACES = pl.DataFrame({"population": [100, 200, 300, 400] * 3, "region": ["11"] * 6 + ["84"] * 6})
FRAME = pl.concat([PLACES] * 4).vstack(pl.DataFrame({"population": [50] * 3, "region": ["93"] * 3}))
REGIONS = Domains("region", ("REG-11", "REG-84", "REG-93"), ((0, None),) * 3, ("11", "84", "93"), (None,) * 3)
WORDS = {"universe": "communes", "title": "A", "label": "A", "question": "a", "concept": "a"}


def indicator(kind: str) -> Indicator:
    if kind == "share":
        return Indicator.model_validate({**WORDS, "id": "x", "numerator": "1 = 1", "sentences": {"communes": "{part}"}})
    below = {"below": "1"} if kind == "ratio" else {}
    words = {"kind": kind, "value": "1", "unit": "places", "sentences": {"amounts": "{valeur}"}}
    return Indicator.model_validate({**WORDS, "id": "x", **words, **below})


def people(values: list[float | None]) -> Respondents:
    table = PLACES.with_columns(x=pl.Series(values, dtype=pl.Float64), x__below=pl.lit(2.0))
    frame = FRAME.filter(pl.col("region") != "93").height
    design = stratified([frame / 12] * 12, strata=[0] * 12, stratum_sizes=[frame], stratum_samples=[12])
    return Respondents(table, PLACES, FRAME, design)


AMOUNTS: list[float | None] = [0.0, 2.0, 4.0, None, 8.0, 16.0, 1.0, 3.0, 5.0, 7.0, 9.0, 50.0]


@pytest.mark.parametrize(("kind", "expected"), [("total", 120.0), ("mean", 6.0), ("ratio", 3.0), ("median", 4.0)])
def test_an_amount_is_estimated_by_domain_without_the_units_that_do_not_say(kind, expected):
    (table,) = measured(people(AMOUNTS), [indicator(kind)], measure="amounts", domains=REGIONS)
    first = table.row(0, named=True)
    # The unknown denominator of a ratio counts nothing: here every unit has one.
    wanted = 2.5 if kind == "ratio" else expected
    assert first["estimate"] == pytest.approx(wanted)
    assert (first["respondents"], first["nonzero"]) == (5, 4)
    assert (first["top1"], first["top2"]) == (16.0, 8.0)
    assert first["region"] == "11"


@pytest.mark.parametrize("kind", ["share", "total", "mean", "ratio", "median"])
def test_a_domain_without_respondent_has_a_line_and_no_figure(kind):
    values = [None if value is None else float(value > 3) for value in AMOUNTS] if kind == "share" else AMOUNTS
    measure = "communes" if kind == "share" else "amounts"
    (table,) = measured(people(values), [indicator(kind)], measure=measure, domains=REGIONS)
    shown = flagged(
        table.with_columns(kind=pl.lit(kind), indicator=pl.lit("x"), measure=pl.lit("communes")), RULES
    ).row(2, named=True)
    assert (shown["domain"], shown["estimate"], shown["respondents"], shown["flag"]) == ("REG-93", None, 0, "rare")


def cell(**known: object) -> pl.DataFrame:
    given = {"kind": "share", "estimate": 50.0, "standard_error": 2.0, "ci_low": 46.0, "ci_high": 54.0, "cv": 4.0}
    rest = {"respondents": 100, "all_observed": False, "design_effect": 1.0, "giants": 0.0}
    named = {"indicator": "logement", "measure": "communes", "domain": "ensemble"}
    return pl.DataFrame([{**given, **rest, **named, **known}])


@pytest.mark.parametrize(
    ("known", "flag"),
    [
        ({}, None),
        ({"ci_low": 39.0, "ci_high": 60.0}, "low_precision"),
        ({"kind": "total", "cv": 21.0}, "low_precision"),
        ({"kind": "total", "cv": 19.0, "ci_low": 0.0, "ci_high": 900.0}, None),
        ({"giants": 1.1}, "low_precision"),
        ({"giants": 0.9}, None),
        ({"domain": "10000_plus"}, "low_precision"),
        ({"domain": "10000_plus", "measure": "population"}, None),
        ({"respondents": 4}, "rare"),
        ({"respondents": 4, "all_observed": True}, None),
    ],
)
def test_a_figure_says_when_it_is_imprecise_and_is_not_given_when_too_few_answered(known, flag):
    row = flagged(cell(**known), RULES).row(0, named=True)
    assert row["flag"] == flag
    assert (row["estimate"] is None) == (flag == "rare")


def test_an_infinite_or_undefined_error_is_no_number():
    row = flagged(cell(cv=np.inf, standard_error=np.nan), RULES).row(0, named=True)
    assert (row["cv"], row["standard_error"], row["estimate"]) == (None, None, 50.0)


SPEC = Evolution.model_validate(
    {
        "id": "evolutions",
        "kind": "evolution",
        "edition": "e2",
        "before": "e1",
        "years": (2014, 2024),
        "number": "1",
        "title": "Évolutions",
        "field": "Communes",
        "breaks": [{"id": "loi", "text": "La loi a changé.", "indicators": ["abs"]}],
        "left_out": ["ccas"],
        "note": "À lire",
        "source": "Essai",
        "release": {"version": "1", "date": date(2026, 11, 22)},
    }
)


def changed(name: str, *, bands: tuple[str, ...] = (), **known: object) -> list[dict[str, object]]:
    target = Target.model_construct(
        indicator=name, measure="communes", bands=bands, value=15.0, status="published", published=None, source="ER"
    )
    row = {"domain_type": "total", "estimate": 18.0, "standard_error": 1.0, "ci_low": 16.1, "ci_high": 20.2}
    cells = {(name, "communes", bands[0] if bands else "ensemble"): {**row, "status": "value", **known}}
    return list(_rows(target, SPEC, cells))


def test_a_change_counts_the_error_of_this_edition_only_and_names_its_break():
    (row,) = changed("abs")
    assert (row["difference"], row["ci_low"], row["ci_high"]) == (3.0, 1.1, 5.2)
    assert (row["precision"], row["break"], row["year_before"]) == ("after_only", "La loi a changé.", 2014)


def test_a_hidden_figure_has_no_change():
    hidden = dict.fromkeys(("estimate", "standard_error", "ci_low", "ci_high"))
    (row,) = changed("action", status="secret", **hidden)
    assert (row["difference"], row["status"], row["break"]) == (None, "secret", None)


def test_what_does_not_compare_is_not_compared():
    assert changed("ccas") == []
    assert changed("abs", bands=("a", "b")) == []
