"""The intruder reads what is published together, and names what it gives away."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maille.analyse.attack import Finding, attack
from maille.analyse.intruder import Public
from maille.pipeline.attack import AttackImpossible, attack_published, told
from maille.pipeline.run import Run
from maille.specs import load_bands, load_disclosure, load_indicators, load_publications

SPECS = Path(__file__).parents[3] / "specs"
SIZES = {"moins_500": 100, "500_1499": 700, "1500_4999": 2000, "5000_9999": 7000, "10000_plus": 20000}
EACH = 200


@pytest.fixture(scope="module")
def public() -> Public:
    """Two hundred communes of each size, in two régions of two départements each."""
    size = np.repeat([*SIZES.values()], EACH)
    where = np.tile(np.arange(4), len(size) // 4)
    frame = pl.DataFrame(
        {
            "population": size,
            "region": np.array(["84", "84", "93", "93"])[where],
            "departement": np.array(["01", "69", "06", "13"])[where],
        }
    )
    return Public(
        load_publications(SPECS / "publications" / "asco-2025"),
        load_indicators(SPECS / "indicators"),
        load_bands(SPECS / "bands.yaml"),
        load_disclosure(SPECS / "disclosure.yaml"),
        {"communes": frame, "epci": frame},
    )


def table(indicator: str, shares: list[float | None], *, name: str = "domaines") -> pl.DataFrame:
    """An indicator by size band, then in total; None is a secret."""
    rows = [
        {
            "table": name,
            "indicator": indicator,
            "measure": "communes",
            "domain_type": "total" if domain == "ensemble" else "size_band",
            "domain": domain,
            "estimate": share,
            "status": "secret" if share is None else "value",
        }
        for domain, share in zip([*SIZES, "ensemble"], shares, strict=True)
    ]
    return pl.DataFrame(rows, schema_overrides={"estimate": pl.Float64})


def by_cell(findings: list[Finding]) -> dict[str, Finding]:
    return {found.cell: found for found in findings}


def test_a_band_hidden_alone_is_found_by_subtraction_and_named(public):
    found = attack([table("domaine_pauvrete", [10.0, 20.0, 30.0, 40.0, None, 20.2])], public)
    assert [one.cell for one in found] == ["domaine_pauvrete, 10000_plus, communes"]
    assert found[0].broken
    assert found[0].low <= 2.0 <= found[0].high, "1 010 oui en tout, moins 200 communes à 10, 20, 30 et 40 %"
    assert next(told(found)).startswith("▲ domaine_pauvrete, 10000_plus, communes")


def test_a_finding_is_told_to_a_program_in_plain_json(public):
    found = attack([table("domaine_pauvrete", [10.0, 20.0, 30.0, 40.0, None, 20.2])], public)[0].as_dict()
    assert json.loads(json.dumps(found)) == found
    assert found["broken"] is True
    assert Finding("x", 0.0, float("inf"), 1.0).as_dict()["high"] is None


def test_nobody_found_is_no_breach_where_the_rules_publish_that_nobody_does(public):
    whole = table("domaine_pauvrete", [0.0, 0.0, 0.0, 0.0, None, 0.0])
    nobody = whole.with_columns(status=pl.when(pl.col("status") == "value").then(pl.lit("zero")).otherwise("status"))
    found = attack([nobody], public)
    assert [(one.low, one.high, one.broken) for one in found] == [(0.0, 0.0, False)]
    groups = public.rules.groups.model_copy(update={"zeros": "hide"})
    strict = replace(public, rules=public.rules.model_copy(update={"groups": groups}), _known={})
    assert attack([nobody], strict)[0].broken


def test_two_bands_hidden_together_keep_their_secret(public):
    found = attack([table("domaine_pauvrete", [10.0, 20.0, 30.0, None, None, 20.2])], public)
    assert len(found) == 2
    assert not any(one.broken for one in found)


def test_a_table_whose_cells_are_all_secret_gives_nothing(public):
    found = attack([table("domaine_pauvrete", [None] * 6)], public)
    assert len(found) == 6
    assert not any(one.broken for one in found)
    assert {(one.low, one.high) for one in found} == {(0.0, 200.0), (0.0, 1000.0)}


def test_a_table_without_secret_has_nothing_to_find(public):
    assert attack([table("domaine_pauvrete", [10.0, 20.0, 30.0, 40.0, 1.0, 20.2])], public) == []


def test_a_figure_hidden_in_one_table_and_shown_in_another_is_given_away(public):
    hidden = table("domaine_pauvrete", [10.0, 20.0, 30.0, None, None, 20.2])
    shown = table("domaine_pauvrete", [10.0, 20.0, 30.0, 40.0, None, 20.2]).head(4)
    found = by_cell(attack([hidden, shown], public))
    assert found["domaine_pauvrete, 5000_9999, communes"].given == "domaines"
    assert all(one.broken for one in found.values()), "une bande donnée, l’autre s’en soustrait"


def test_the_parts_of_a_whole_give_the_one_that_is_hidden(public):
    total, hidden, *others = "action", "domaines_aucun", "domaines_1_6", "domaines_7_12"
    tables = [
        table(total, [80.0] * 6),
        table(hidden, [None] * 6),
        table(others[0], [50.0] * 6),
        table(others[1], [25.0] * 6),
    ]
    found = by_cell(attack(tables, public))
    assert all(one.broken for one in found.values())
    band = found[f"{hidden}, moins_500, communes"]
    assert band.low <= 10.0 <= band.high, "80 − 50 − 25 % de deux cents communes"


def test_a_region_and_one_departement_give_the_other(public):
    publication = public.publications["domaines"].model_copy(
        update={"bands": None, "domains": ("region", "departement", "total")}
    )
    territorial = replace(public, publications={"domaines": publication}, _known={})
    domains = [("region", "REG-84", 2.0), ("departement", "DEP-69", 1.0), ("departement", "DEP-01", None)]
    cells = pl.DataFrame(
        [
            {
                "table": "domaines",
                "indicator": "domaine_pauvrete",
                "measure": "communes",
                "domain_type": kind,
                "domain": domain,
                "estimate": share,
                "status": "secret" if share is None else "value",
            }
            for kind, domain, share in domains
        ]
    )
    found = attack([cells], territorial)
    assert [one.cell for one in found] == ["domaine_pauvrete, DEP-01, communes"]
    assert found[0].broken
    assert found[0].low <= 7.5 <= found[0].high, "2 % de 500 communes, moins 1 % de 250"


def participation(hidden: set[str]) -> pl.DataFrame:
    rows = [
        ("departement", "01", "84", 10, 4),
        ("departement", "69", "84", 20, 12),
        ("departement", "42", "84", 30, 20),
        ("region", "84", "84", 60, 36),
        ("ensemble", "ensemble", None, 60, 36),
    ]
    table = pl.DataFrame(rows, schema=["level", "code", "region", "sampled", "responded"], orient="row")
    secret = pl.col("code").is_in(hidden)
    kept = [pl.when(~secret).then(pl.col(name)).alias(name) for name in ("sampled", "responded")]
    return table.with_columns(kept).with_columns(name=pl.col("code"), status=pl.lit("value"))


def test_a_departement_hidden_alone_is_found_from_its_region(public):
    found = by_cell(attack([participation({"01"})], public))
    assert found["participation, departement 01, responded"].broken
    assert found["participation, departement 01, responded"].low == pytest.approx(4.0)
    assert not any(one.broken for one in attack([participation({"01", "69"})], public))


def test_a_truncated_file_is_named(tmp_path):
    path = tmp_path / "domaines.csv"
    text = table("domaine_pauvrete", [10.0, 20.0, 30.0, 40.0, None, 20.2]).write_csv()
    path.write_text(text[: text.rindex("20.2")])
    with pytest.raises(AttackImpossible, match=r"domaines\.csv"):
        attack_published(Run(tmp_path, SPECS), [str(path)])


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "\x00\x01"])
def test_what_is_not_a_table_of_figures_is_refused_by_name(tmp_path, content):
    path = tmp_path / "autre.csv"
    path.write_text(content)
    with pytest.raises(AttackImpossible, match=r"autre\.csv"):
        attack_published(Run(tmp_path, SPECS), [str(path)])


def test_a_released_file_is_attacked_as_it_is(tmp_path):
    path = tmp_path / "domaines.csv"
    table("domaine_pauvrete", [10.0, 20.0, 30.0, 40.0, None, 15.0]).write_csv(path)
    found = attack_published(Run(tmp_path, SPECS), [str(path)])
    assert [one.cell for one in found] == ["domaine_pauvrete, 10000_plus, communes"]
