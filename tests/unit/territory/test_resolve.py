"""Whatever code or name someone wrote, it leads to a commune at a date, or to the nearest ones."""

import json
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maille.territory import UnknownTerritory, load_reference, resolve, show
from maille.territory.names import key

REFERENCE = load_reference()
TODAY = date(2026, 1, 1)


def test_an_absorbed_commune_leads_to_the_one_that_absorbed_it_and_says_why() -> None:
    found = resolve("69152", at=TODAY)
    assert (found.code, found.name, found.status) == ("69149", "Oullins-Pierre-Bénite", "replaced")
    assert "Pierre-Bénite" in str(found.reason)
    assert "2024" in str(found.reason)


def test_before_the_merger_the_commune_is_itself() -> None:
    found = resolve("69152", at=date(2022, 6, 30))
    assert (found.code, found.name, found.status, found.reason) == ("69152", "Pierre-Bénite", "valid", None)


@pytest.mark.parametrize(("code", "city"), [("69382", "69123"), ("75112", "75056"), ("13216", "13055")])
def test_an_arrondissement_gives_its_city(code: str, city: str) -> None:
    found = resolve(code)
    assert (found.code, found.status) == (city, "arrondissement")


def test_a_corsican_code_stays_text_in_upper_or_lower_case() -> None:
    assert resolve("2A004").code == resolve(" 2a004 ").code == "2A004"


def test_a_commune_restored_was_led_by_another_in_between() -> None:
    codes = [resolve("15035", at=date(year, 1, 1)).code for year in (2016, 2020, 2024, 2025)]
    assert codes == ["15035", "15141", "15141", "15035"]


def test_a_code_younger_than_the_date_says_so() -> None:
    found = resolve("91016", at=date(1960, 1, 1))
    assert (found.code, found.status) == ("91016", "not_yet")
    assert "1968" in str(found.reason)


def test_a_date_after_the_last_vintage_is_read_as_that_vintage() -> None:
    assert resolve("69152", at=date(2030, 1, 1)).code == "69149"


def test_the_siren_of_a_commune_resolves() -> None:
    assert resolve("217500016").code == "75056"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("saint-etienne", "42218"),
        ("ST ETIENNE", "42218"),
        ("St. Étienne", "42218"),
        ("l'abergement clemenciat", "01001"),
        ("Abergement-Clémenciat", "01001"),
        ("Havre", "76351"),
        ("Oullins", "69149"),
        ("Lyon 3e", "69123"),
        ("paris 01", "75056"),
        ("Marseille 16e Arrondissement", "13055"),
        ("St Denis (974)", "97411"),
        ("Saint-Denis, 93", "93066"),
        ("Ajaccio (2A)", "2A004"),
    ],
)
def test_a_name_resolves_as_people_write_it(written: str, code: str) -> None:
    assert resolve(written).code == code


def test_an_ambiguous_name_lists_its_candidates() -> None:
    found = resolve("St-Denis")
    assert (found.code, found.status) == (None, "ambiguous")
    assert [candidate.code for candidate in found.candidates] == ["11339", "30247", "93066", "97411"]
    assert "département" in str(found.reason)


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("75056", ["75056 Paris"]),
        ("paris", ["paris → 75056 Paris"]),
        ("75101", ["75101 → 75056 Paris", "Arrondissement municipal de Paris (75056)."]),
    ],
)
def test_a_resolution_reads_as_a_sentence(written: str, lines: list[str]) -> None:
    assert resolve(written).sentence().splitlines() == lines


def test_the_sentence_of_an_ambiguous_name_lists_its_candidates() -> None:
    first, *candidates = resolve("St-Denis").sentence().splitlines()
    assert "4 communes" in first
    assert "97411 Saint-Denis" in candidates


def test_an_old_name_leads_to_the_commune_that_bore_it() -> None:
    found = resolve("Pierrefitte-sur-Seine")
    assert (found.code, found.status) == ("93066", "replaced")
    assert resolve("Pierrefitte-sur-Seine", at=date(2024, 1, 1)).code == "93059"


@pytest.mark.parametrize(
    ("written", "nearest"),
    [("1001", "01001"), ("6912", "69123"), ("69132Z", None), ("99999", None), ("Vileurbanne", "69266")],
)
def test_what_is_unknown_proposes_the_nearest(written: str, nearest: str | None) -> None:
    with pytest.raises(UnknownTerritory) as refusal:
        resolve(written)
    assert refusal.value.exit_code == 1
    if nearest:
        assert nearest in {candidate.code for candidate in refusal.value.candidates}
        assert nearest in str(refusal.value)


@pytest.mark.parametrize("written", ["", "   ", "()", "2A", "123456789", "é", "💧"])
def test_nonsense_is_refused_without_a_crash(written: str) -> None:
    with pytest.raises(UnknownTerritory):
        resolve(written)


@pytest.mark.parametrize("year", [1943, 2018, 2026])
def test_every_code_of_the_table_resolves_to_a_code_of_the_table(year: int) -> None:
    codes = set(REFERENCE.codes["code"])
    found = {code: resolve(code, at=date(year, 1, 1)) for code in codes}
    assert {row.code for row in found.values()} <= codes
    led = [row for row in found.values() if row.status == "replaced"]
    assert all(resolve(str(row.code), at=row.at).code == row.code and row.reason for row in led)


def test_every_code_leads_to_a_commune_of_today() -> None:
    communes = set(REFERENCE.communes["code"])
    assert {resolve(code).code for code in REFERENCE.codes["code"].unique()} == communes


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from(REFERENCE.communes.filter(pl.col("zone") != "com").rows(named=True)))
def test_every_commune_is_found_by_its_name_in_plain_letters(commune: dict[str, str]) -> None:
    found = resolve(f"{key(commune['name']).upper()} ({commune['departement']})")
    assert commune["code"] in {found.code, *(candidate.code for candidate in found.candidates)}


def test_a_commune_is_shown_with_its_old_codes_and_its_history() -> None:
    shown = show("69149")
    assert (shown["level"], shown["epci_name"], shown["college"]) == ("commune", "Métropole de Lyon", "69M")
    assert [row["code"] for row in shown["codes"]] == ["69152"]
    assert [row["name"] for row in shown["history"]] == ["Oullins", "Oullins-Pierre-Bénite"]


def test_an_old_code_is_shown_as_the_commune_of_today() -> None:
    shown = show("69152")
    assert shown["code"] == "69149"
    assert shown["resolution"]["status"] == "replaced"


def test_an_epci_is_shown_with_its_members_across_departements() -> None:
    shown = show("200066587")
    assert shown["level"] == "epci"
    assert shown["departements"] == ["42", "69"]
    assert len(shown["members"]) == shown["communes"]


def test_a_departement_is_shown_with_its_colleges() -> None:
    shown = show("69")
    assert (shown["level"], shown["name"], shown["communes"]) == ("departement", "Rhône", 266)
    assert [college["college"] for college in shown["colleges"]] == ["69D", "69M"]


def test_an_overseas_commune_outside_the_survey_is_shown_with_the_reason() -> None:
    shown = show("98735")
    assert shown["in_survey"] is False
    assert "outre-mer" in shown["exclusion"]


@pytest.mark.parametrize("code", ["69149", "69", "200046977", "2A004", "Saint-Denis", "98735"])
def test_what_is_shown_is_json(code: str) -> None:
    assert json.loads(json.dumps(show(code)))["level"]


def test_showing_an_unknown_code_is_the_users_mistake() -> None:
    with pytest.raises(UnknownTerritory, match="99999"):
        show("99999")
