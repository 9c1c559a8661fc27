"""The intruder reads evolutions, crossings, versions and margins of error beside the tables: a leak of each kind."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.analyse.attack import Finding, attack
from maille.analyse.intruder import Public
from maille.specs import load_bands, load_disclosure, load_indicators, load_publications
from maille.stats.intervals import wilson

SPECS = Path(__file__).parents[3] / "specs"
SIZES = {"moins_500": 100, "500_1499": 700, "1500_4999": 2000, "5000_9999": 7000, "10000_plus": 20000}
EACH = 200
PAUVRETE = "domaine_pauvrete"
SHARES = (10.0, 20.0, 30.0, 40.0, 50.0, 30.0)


@pytest.fixture(scope="module")
def public() -> Public:
    """Two hundred communes of each size, a quarter in each of four départements."""
    size = np.repeat([*SIZES.values()], EACH)
    where = np.tile(np.arange(4), len(size) // 4)
    departement = np.array(["01", "69", "06", "13"])[where]
    frame = pl.DataFrame(
        {
            "code": [f"{place}{number:03}" for number, place in enumerate(departement)],
            "population": size,
            "region": np.array(["84", "84", "93", "93"])[where],
            "departement": departement,
            "college": departement,
        }
    )
    return Public(
        load_publications(SPECS / "publications" / "asco-2025"),
        load_indicators(SPECS / "indicators"),
        load_bands(SPECS / "bands.yaml"),
        load_disclosure(SPECS / "disclosure.yaml"),
        {"communes": frame, "epci": frame},
    )


def cells(shares=SHARES, *, hidden=(), **beside: float | None) -> pl.DataFrame:
    """« Lutte contre la pauvreté » by size band, then in total; ``beside`` is said of one of the hidden ones."""
    rows = [
        {
            "table": "domaines",
            "indicator": PAUVRETE,
            "measure": "communes",
            "domain_type": "total" if domain == "ensemble" else "size_band",
            "domain": domain,
            "estimate": None if domain in hidden else share,
            "status": "secret" if domain in hidden else "value",
            **dict.fromkeys(("standard_error", "ci_low", "ci_high", "cv", "respondents", "design_effect")),
            **(beside if domain in hidden[:1] else {}),
        }
        for domain, share in zip([*SIZES, "ensemble"], shares, strict=True)
    ]
    numbers = ("estimate", "standard_error", "ci_low", "ci_high", "cv", "respondents", "design_effect")
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(numbers, pl.Float64))


TWO = ("5000_9999", "10000_plus")


def evolution(domain: str, **said: float | None) -> pl.DataFrame:
    empty = dict.fromkeys(("after", "difference", "standard_error", "ci_low", "ci_high"))
    row = {"indicator": PAUVRETE, "measure": "communes", "domain_type": "size_band", "domain": domain}
    row |= {"before": 35.0, **empty, "status": "secret", **said}
    return pl.DataFrame([row], schema_overrides=dict.fromkeys(("before", *empty), pl.Float64))


def sentence(domain: str, estimate: float | None, *, table: str = "domaines") -> pl.DataFrame:
    """A sentence of the report bound to a figure."""
    row = {"sentence": "s1", "table": table, "indicator": PAUVRETE, "measure": "communes", "domain": domain}
    return pl.DataFrame([{**row, "estimate": estimate}], schema_overrides={"estimate": pl.Float64})


def crossing(rows: list[tuple[str, str, float | None]]) -> pl.DataFrame:
    """The same indicator by class of départements; None is a secret."""
    return pl.DataFrame(
        [
            {
                "crossing": "departements",
                "row": row,
                "domain": domain,
                "universe": "communes",
                "indicator": PAUVRETE,
                "measure": "communes",
                "estimate": estimate,
                "status": "secret" if estimate is None else "value",
            }
            for row, domain, estimate in rows
        ],
        schema_overrides={"estimate": pl.Float64},
    )


def classes(**members: str) -> pl.DataFrame:
    rows = [(name, key) for name, keys in members.items() for key in keys.split()]
    return pl.DataFrame(
        {
            "crossing": ["departements"] * len(rows),
            "domain": [name for name, _ in rows],
            "key": [key for _, key in rows],
        }
    )


def by_cell(found: list[Finding]) -> dict[str, Finding]:
    return {one.cell.removeprefix(f"{PAUVRETE}, ").removesuffix(", communes"): one for one in found}


def attacked(tables: list[pl.DataFrame], public: Public, **earlier: list[pl.DataFrame]) -> dict[str, Finding]:
    return by_cell(attack(tables, public, earlier=earlier))


def test_two_bands_hidden_together_hold_as_long_as_nothing_else_is_published(public):
    found = attacked([cells(hidden=TWO)], public)
    assert found.keys() == {*TWO}
    assert not any(one.broken for one in found.values())


def test_a_difference_from_a_public_figure_gives_the_hidden_one_then_the_other_band(public):
    found = attacked([cells(hidden=TWO), evolution("5000_9999", difference=5.0)], public)
    assert found["5000_9999"].given == "les évolutions"
    assert (found["5000_9999"].low, found["5000_9999"].high) == pytest.approx((79.9, 80.1)), "35 % + 5, de 200"
    assert found["10000_plus"].broken
    assert found["10000_plus"].given == "", "elle s’en déduit, personne ne la donne"


def test_the_figure_after_left_in_the_evolutions_is_given_away(public):
    found = attacked([cells(hidden=TWO), evolution("10000_plus", after=50.0)], public)
    assert found["10000_plus"].given == "les évolutions"


def test_an_evolution_that_hides_all_its_numbers_tells_nothing(public):
    before = attacked([cells(hidden=TWO)], public)
    assert attacked([cells(hidden=TWO), evolution("5000_9999")], public) == before


def test_a_sentence_of_the_report_that_says_a_hidden_figure_gives_it_away_and_the_other_with_it(public):
    found = attacked([cells(hidden=TWO), sentence("5000_9999", 40.0)], public)
    assert found["5000_9999"].given == "le rapport"
    assert found["10000_plus"].broken


def test_a_sentence_that_says_how_far_a_hidden_figure_moved_gives_it_away(public):
    said = [evolution("5000_9999"), sentence("5000_9999", 5.0, table="evolutions")]
    found = attacked([cells(hidden=TWO), *said], public)
    assert found["5000_9999"].given == "le rapport"
    assert (found["5000_9999"].low, found["5000_9999"].high) == pytest.approx((79.9, 80.1)), "35 % + 5, de 200"
    alone = attacked([cells(hidden=TWO), sentence("5000_9999", 5.0, table="evolutions")], public)
    assert not alone["5000_9999"].given, "sans le chiffre d’avant, elle ne dit rien"


def test_a_sentence_left_out_of_the_report_says_nothing(public):
    once = attacked([cells(hidden=TWO)], public)
    assert attacked([cells(hidden=TWO), sentence("5000_9999", None)], public) == once


def test_the_interval_of_an_evolution_gives_the_figure_back(public):
    low, high = (100 * float(one[0]) for one in wilson_of(0.4, size=120.0))
    said = evolution("5000_9999", ci_low=round(low - 35, 1), ci_high=round(high - 35, 1))
    found = attacked([cells(hidden=TWO), said], public)
    assert found["5000_9999"].low <= 80 <= found["5000_9999"].high
    assert found["5000_9999"].broken


@pytest.mark.parametrize("share", [0.02, 0.4, 0.85])
def test_the_two_bounds_left_beside_a_hidden_share_give_it_back(public, share):
    low, high = (round(100 * float(one[0]), 1) for one in wilson_of(share, size=120.0))
    found = attacked([cells(hidden=TWO, ci_low=low, ci_high=high)], public)
    assert found["5000_9999"].low <= 200 * share <= found["5000_9999"].high
    assert found["5000_9999"].broken


def wilson_of(share: float, *, size: float):
    return wilson(np.array([share]), size=np.array([size]), freedom=np.array([size - 1]), level=0.95)


def test_an_error_left_alone_gives_the_share_when_others_of_the_domain_say_what_a_respondent_is_worth(public):
    others = cells().with_columns(
        indicator=pl.lit("domaine_logement"), respondents=pl.lit(120.0), design_effect=pl.lit(1.2)
    )
    error = round(100 * float(np.sqrt(0.4 * 0.6 * 1.2 / 120)), 1)
    found = attacked([cells(hidden=TWO, standard_error=error), others], public)
    assert found["5000_9999"].low <= 80 <= found["5000_9999"].high
    assert found["5000_9999"].high - found["5000_9999"].low < 15
    alone = attacked([cells(hidden=TWO, standard_error=error)], public)
    assert alone == attacked([cells(hidden=TWO)], public), "sans ce que vaut une répondante, elle ne dit rien"


def test_an_error_and_a_coefficient_of_variation_are_a_figure(public):
    found = attacked([cells(hidden=TWO, standard_error=4.9, cv=12.3)], public)
    assert found["5000_9999"].low <= 79.7 <= found["5000_9999"].high
    assert found["5000_9999"].broken


def test_classes_of_departements_are_subtracted_from_the_country(public):
    told = crossing([("class", "classe_1", 28.0), ("class", "classe_2", None)])
    where = classes(classe_1="01 69", classe_2="06 13")
    found = attacked([cells(), told, where], public)
    assert found.keys() == {"departements classe_2"}
    assert found["departements classe_2"].broken
    assert found["departements classe_2"].low <= 160 <= found["departements classe_2"].high, "300 − 28 % de 500"


def test_a_difference_of_classes_gives_the_hidden_one(public):
    rows = [("class", "classe_1", 28.0), ("class", "classe_2", None), ("class", "classe_3", None)]
    where = classes(classe_1="01", classe_2="69 06", classe_3="13")
    held = attacked([cells(), crossing(rows), where], public)
    assert not any(one.broken for one in held.values())
    found = attacked([cells(), crossing([*rows, ("difference", "difference", 4.0)]), where], public)
    assert found["departements classe_3"].broken
    assert found["departements classe_3"].low <= 80 <= found["departements classe_3"].high, "32 % de 250"
    assert found["departements classe_2"].broken, "le pays donne alors la dernière"


def test_communes_of_which_the_source_says_nothing_are_a_class_too(public):
    told = crossing([("class", "classe_1", 28.0), ("class", "inconnu", None)])
    found = attacked([cells(), told, classes(classe_1="01 69 06")], public)
    assert found["departements inconnu"].broken


def test_a_figure_shown_in_the_version_before_is_known_for_ever(public):
    found = attacked([cells(hidden=TWO)], public, **{"1.0": [cells()]})
    assert found["10000_plus"].given == "la version 1.0"
    assert all(one.broken for one in found.values())


def test_two_versions_that_hide_different_bands_give_them_all(public):
    before = cells(hidden=("1500_4999", "5000_9999"))
    found = attacked([cells(hidden=TWO)], public, **{"1.0": [before]})
    assert found["10000_plus"].given == "la version 1.0"
    assert found["5000_9999"].broken
    assert found["1500_4999"].given == "la version en cours", "ce qui était caché se lit dans la nouvelle"


def test_a_correction_that_moves_everything_leaves_a_doubt(public):
    before = cells((13.0, 24.0, 36.0, 45.0, 55.0, 34.6))
    found = attacked([cells(hidden=TWO)], public, **{"1.0": [before]})
    assert not any(one.given for one in found.values())
    assert found["10000_plus"].high - found["10000_plus"].low > 10


def test_two_versions_with_the_same_secrets_tell_no_more_than_one(public):
    once = attacked([cells(hidden=TWO)], public)
    assert attacked([cells(hidden=TWO)], public, **{"1.0": [cells(hidden=TWO)]}) == once


def participation(hidden: set[str]) -> pl.DataFrame:
    rows = [
        ("departement", "01", "84", 10, 4),
        ("departement", "69", "84", 20, 12),
        ("departement", "42", "84", 30, 20),
    ]
    rows += [("region", "84", "84", 60, 36)]
    table = pl.DataFrame(rows, schema=["level", "code", "region", "sampled", "responded"], orient="row")
    kept = [pl.when(~pl.col("code").is_in(hidden)).then(pl.col(name)).alias(name) for name in ("sampled", "responded")]
    return table.with_columns(kept).with_columns(name=pl.col("code"), status=pl.lit("value"))


def test_a_number_of_respondents_shown_before_is_known_for_ever(public):
    assert not any(one.broken for one in attack([participation({"01", "69"})], public))
    found = by_cell(attack([participation({"01", "69"})], public, earlier={"1.0": [participation({"01"})]}))
    assert found["participation, departement 01, responded"].broken
    assert not found["participation, departement 69, responded"].broken, "douze : ce nombre n’est pas petit"


def quality(outcomes: dict[str, int | None], **rates: float) -> pl.DataFrame:
    rows = [("sampled", "total", "ensemble", 200.0)]
    rows += [("outcome", "outcome", name, None if count is None else float(count)) for name, count in outcomes.items()]
    rows += [(name, "total", "ensemble", rate) for name, rate in rates.items()]
    table = pl.DataFrame(rows, schema=["measure", "domain_type", "domain", "value"], orient="row")
    return table.with_columns(universe=pl.lit("communes"), status=pl.lit("value"))


def outcomes(found: list[Finding]) -> dict[str, Finding]:
    return {one.cell.removeprefix("issue, communes, "): one for one in found}


def test_an_outcome_hidden_alone_is_what_is_left_of_those_drawn(public):
    found = outcomes(attack([quality({"responded": 120, "silent": 77, "refusal": None})], public))
    assert (found["refusal"].low, found["refusal"].high) == pytest.approx((3, 3))
    assert found["refusal"].broken


def test_two_outcomes_hidden_together_hold_until_a_rate_tells_one(public):
    hidden = {"responded": 120, "silent": 60, "refusal": None, "out_of_scope": None}
    held = outcomes(attack([quality(hidden)], public))
    assert not any(one.broken for one in held.values())
    found = outcomes(attack([quality(hidden, eligible_response_rate=60.9)], public))
    assert found["out_of_scope"].low <= 3 <= found["out_of_scope"].high, "120 pour 60,9 % : 197 dans le champ"
    assert found["out_of_scope"].broken
    found = outcomes(attack([quality(hidden, out_of_scope_rate=1.5)], public))
    assert found["out_of_scope"].broken
    assert not found["refusal"].broken, "dix-sept refus : ce nombre n’est pas petit"
