"""Counts of participation that are rounded: they add up, and nobody finds a small one again."""

import re
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.analyse import steps
from maille.analyse.attack import attack
from maille.analyse.intruder import Public
from maille.analyse.participation import (
    BLURRED,
    COUNTS,
    ROUNDED,
    _blurred,
    _counted,
    _draft,
    _equations,
    _key,
    _rounded,
)
from maille.analyse.protect import SecrecyBroken
from maille.analyse.rounded import rounded_counts
from maille.catalogue import Materials
from maille.catalogue.secret import BadSetting
from maille.specs import Disclosure, load_disclosure
from unit.analyse.test_protect import units

SPECS = Path(__file__).parents[3] / "specs"
DRAWN = {
    "75": ("11", 1, 1),
    "92": ("11", 36, 33),
    "93": ("11", 40, 20),
    "69": ("84", 63, 31),
    "42": ("84", 12, 8),
    "20": ("94", 7, 3),
}
FRAME = pl.DataFrame(
    [(code, region) for code, (region, drawn, _) in DRAWN.items() for _ in range(1 if code == "75" else 4 * drawn)],
    schema=["departement", "region"],
    orient="row",
)


KEY = b"un secret de trente-deux octets!!"


def blurring(reach: int = 5) -> Disclosure:
    shipped = load_disclosure(SPECS / "disclosure.yaml").model_dump()
    shipped["participation"] |= {"method": "cell_key", "variance": 2.0, "reach": reach}
    return Disclosure.model_validate(shipped)


def named() -> pl.DataFrame:
    return units(DRAWN).with_row_index().with_columns(unit=pl.format("commune {}", "index"))


def blurred(key: bytes = KEY) -> pl.DataFrame:
    return _blurred(exact(), blurring(), units=named(), frame=FRAME, key=key)


def ruled(multiple: int, minimum: int = 5) -> Disclosure:
    shipped = load_disclosure(SPECS / "disclosure.yaml").model_dump()
    shipped["participation"] |= {"method": "rounding", "multiple": multiple}
    shipped["protection"]["minimum"] = minimum
    return Disclosure.model_validate(shipped)


def exact() -> pl.DataFrame:
    names = pl.DataFrame({"code": list(DRAWN), "name": list(DRAWN), "region": [one[0] for one in DRAWN.values()]})
    regions = sorted({one[0] for one in DRAWN.values()})
    return _counted(units(DRAWN), names, names=pl.DataFrame({"code": regions, "name": regions}))


def published(multiple: int) -> pl.DataFrame:
    rows = _rounded(exact(), ruled(multiple), frame=FRAME)
    return _draft("essai", rows, (rows["sampled"] == 0).to_numpy()[:, None], note=ROUNDED).table


def quality() -> pl.DataFrame:
    """The totals of the country, exact in the quality report."""
    drawn, answered = exact().row(-1, named=True)["sampled"], exact().row(-1, named=True)["responded"]
    rows = [("sampled", "total", "ensemble", float(drawn)), ("outcome", "outcome", "responded", float(answered))]
    return pl.DataFrame(rows, schema=["measure", "domain_type", "domain", "value"], orient="row").with_columns(
        universe=pl.lit("communes"), status=pl.lit("value")
    )


def public(rules: Disclosure) -> Public:
    return Public({}, {}, {}, rules, {"communes": FRAME})


def test_the_shipped_rules_hide_and_round_nothing():
    rule = load_disclosure(SPECS / "disclosure.yaml").participation
    assert (rule.method, rule.multiple) == ("suppression", None)


@pytest.mark.parametrize("multiple", [6, 10, 20])
def test_rounded_counts_add_up_from_departement_to_country(multiple):
    before, after = exact(), _rounded(exact(), ruled(multiple), frame=FRAME)
    values = after.select(COUNTS).to_numpy()
    assert (values % multiple == 0).all()
    assert (np.abs(values - before.select(COUNTS).to_numpy()) < multiple).all()
    assert (_equations(after) @ values.ravel() == 0).all()


def test_the_rate_comes_from_rounded_counts_and_a_row_rounded_to_nothing_is_secret():
    table = published(10)
    shown = table.filter(pl.col("status") == "estimated")
    assert shown["rate"].to_list() == (100 * shown["responded"] / shown["sampled"]).round(1).to_list()
    paris = table.row(by_predicate=pl.col("code") == "75", named=True)
    assert (paris["status"], paris["sampled"], paris["rate"]) == ("secret", None, None)
    assert set(table["status"]) == {"estimated", "secret"}


def test_the_intruder_finds_no_small_count_even_with_the_totals_of_the_country():
    findings = attack([published(10), quality()], public(ruled(10)))
    small = [one for one in findings if one.cell.startswith("participation") and one.needed > 0]
    assert "participation, departement 20, responded" in {one.cell for one in small}
    assert not any(one.broken for one in findings)
    truth = {(row["level"], row["code"]): row for row in exact().iter_rows(named=True)}
    for one in small:
        _, place, count = one.cell.split(", ")
        assert one.low - 1e-6 <= truth[tuple(place.split())][count] <= one.high + 1e-6


def test_the_intruder_finds_what_a_version_published_exact_says_of_a_rounded_one():
    before = exact().drop("silent").with_columns(status=pl.lit("value"))
    findings = attack([published(10)], public(ruled(10)), earlier={"1.0": [before]})
    assert any(one.broken and one.cell == "participation, departement 20, responded" for one in findings)


def test_what_was_rounded_before_narrows_what_is_hidden_now():
    rows = [("departement", "20", "94"), ("region", "94", "94")]
    hidden = pl.DataFrame(rows, schema=["level", "code", "region"], orient="row").with_columns(
        name=pl.col("code"), sampled=pl.lit(None, pl.Int64), responded=pl.lit(None, pl.Int64), status=pl.lit("secret")
    )
    findings = attack([hidden], public(ruled(10)), earlier={"1.0": [published(10)]})
    found = {one.cell: one for one in findings}["participation, departement 20, responded"]
    assert found.high == pytest.approx(9.0)


def test_a_multiple_too_small_for_the_rules_is_told_by_the_attack():
    findings = attack([published(10)], public(ruled(10).model_copy(update={"protection": ruled(20, 12).protection})))
    assert any(one.broken and one.cell.startswith("participation, departement 20") for one in findings)


def test_a_small_count_that_its_territory_gives_away_is_not_published():
    with pytest.raises(SecrecyBroken, match="retrouver un petit nombre"):
        rounded_counts(
            np.array([4.0, 4.0, 8.0]),
            equations=np.array([[1.0, 1.0, -1.0]]),
            rules=ruled(10),
            most=np.array([4.0, 4.0, 8.0]),
            exact=np.full(3, np.nan),
            names=["01, répondantes", "69, répondantes", "84, répondantes"],
        )


def test_a_blurred_count_is_always_the_same_with_a_key_and_another_with_another():
    assert blurred().equals(blurred())
    assert not blurred().equals(blurred(KEY[::-1]))
    corsica = blurred().filter(pl.col("code").is_in(["20", "94"])).select(COUNTS)
    assert corsica.row(0) == corsica.row(1), "les mêmes communes, donc le même bruit"


@pytest.mark.parametrize("place", range(12))
def test_blurred_counts_leave_the_doubt_that_the_rules_ask_for(place):
    rows = blurred(KEY + bytes([place]))
    moved = (rows.select(COUNTS).to_numpy() - exact().select(COUNTS).to_numpy())[1:]
    assert (np.abs(moved[exact()["code"].to_numpy()[1:] != "75"][:, 1:]) <= 5).all()
    assert (rows["sampled"] == rows["responded"] + rows["silent"]).all()
    assert rows.filter(pl.col("code") == "75").select(COUNTS).row(0) == (0, 0, 0)
    table = _draft("essai", rows, (rows["sampled"] == 0).to_numpy()[:, None], note=BLURRED).table
    findings = attack([table, quality()], public(blurring()))
    truth = {(row["level"], row["code"]): row for row in exact().iter_rows(named=True)}
    assert findings
    for one in findings:
        _, where, count = one.cell.split(", ")
        assert one.low - 1e-6 <= truth[tuple(where.split())][count] <= one.high + 1e-6
        assert not one.broken


def test_a_reach_that_leaves_no_doubt_is_told_by_the_attack():
    rows = blurred()
    table = _draft("essai", rows, (rows["sampled"] == 0).to_numpy()[:, None], note=BLURRED).table
    wider = blurring().model_copy(update={"protection": ruled(20, 12).protection})
    assert any(one.broken for one in attack([table], public(wider)))


@pytest.mark.parametrize("secrets", [{}, {"MAILLE_CELL_KEY": "sésame"}])
def test_a_key_that_misses_is_named_and_never_shown(secrets):
    with pytest.raises(BadSetting) as refused:
        _key(Materials({}, SPECS, {}, secrets))
    assert "MAILLE_CELL_KEY" in str(refused.value)
    assert "sésame" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "more", "secrets"),
    [
        ("", set(), ()),
        ("method: rounding, multiple: 10, ", {"territory/communes-2026"}, ()),
        ("method: cell_key, variance: 2, reach: 5, ", {"territory/communes-2026"}, ("MAILLE_CELL_KEY",)),
    ],
)
def test_the_step_asks_for_the_key_and_the_communes_only_when_the_rules_do(tmp_path, written, more, secrets):
    shutil.copytree(SPECS, tmp_path / "specs")
    file = tmp_path / "specs" / "disclosure.yaml"
    rule = rf"participation: {{{written}\1, since: 2026-01-01, source: essai}}\n"
    rules = re.sub(r"participation:\n  (threshold: 5)\n.*\n.*\n", rule, file.read_text())
    file.write_text(rules)
    shipped, found = (
        next(step for step in steps("asco-2025", specs) if step.name == "analyse.participation")
        for specs in (SPECS, tmp_path / "specs")
    )
    assert set(found.inputs) - set(shipped.inputs) == more
    assert found.secrets == secrets
