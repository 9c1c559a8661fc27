"""The specifications of the repository are valid, complete and quick to read."""

from pathlib import Path

import pytest

from maille.specs import (
    SpecInvalid,
    check_specs,
    load_bands,
    load_disclosure,
    load_indicators,
    load_participation,
    load_publications,
    load_questionnaire,
    load_sample,
    load_target_file,
    load_targets,
    publication_ids,
)

SPECS = Path(__file__).parents[3] / "specs"
INDICATORS = load_indicators(SPECS / "indicators")
PUBLICATIONS = load_publications(SPECS / "publications/asco-2025")
TARGETS = load_targets(SPECS / "targets/asco-2014.yaml")


def test_the_specifications_of_the_repository_are_valid():
    assert check_specs(SPECS) == []


def test_the_twelve_domains_and_their_way_out_are_asked():
    codes = load_questionnaire(SPECS / "questionnaires/asco-2025-communes.md").question("domaines").choices
    assert [choice.code for choice in codes if choice.exclusive] == ["aucun"]
    assert len(codes) == 13
    assert {f"domaine_{choice.code}" for choice in codes if not choice.exclusive} <= set(INDICATORS)


def test_the_plan_has_the_announced_sizes_and_takes_all_large_communes():
    plan = load_sample(SPECS / "samples/asco-2025.yaml")
    assert {universe: part.total for universe, part in plan.universes.items()} == {"communes": 10900, "epci": 1100}
    assert plan.universes["communes"].take_all_from == 10000
    assert plan.universes["communes"].size_bands.id == "general"


def test_every_published_result_has_its_indicator_and_the_indicator_knows_it():
    named = {target: indicator.id for indicator in INDICATORS.values() for target in indicator.targets}
    assert named == {target.id: target.indicator for target in TARGETS}


def test_the_published_frame_adds_up_to_the_same_country_in_both_schemes():
    file = load_target_file(SPECS / "targets/asco-2014.yaml")
    totals = {
        scheme: sum(count.communes for count in file.frame if count.scheme == scheme) for scheme in ("general", "abs")
    }
    assert totals == {"general": 36664, "abs": 36664}
    bands = load_bands(SPECS / "bands.yaml")
    assert {count.band for count in file.frame if count.scheme == "abs"} == set(bands["abs"].codes())


def test_every_indicator_is_published_and_once():
    published = [name for table in PUBLICATIONS.values() for name in table.indicators]
    assert sorted({*published} ^ {*INDICATORS}) == []
    assert sorted(name for name in {*published} if published.count(name) > 1) == ["action"]


def test_by_departement_a_table_gives_only_what_does_not_hide_its_regions():
    table = PUBLICATIONS["organisation"]
    assert table.gives("action", "communes", "region")
    assert not table.gives("action", "communes", "departement")
    assert table.gives("ccas", "communes", "departement")
    assert not table.gives("ccas", "population", "departement")
    assert PUBLICATIONS["moyens-humains"].gives("agents", "amounts", "departement")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("[ccas, cias,", "[action_inconnue, cias,", "nomme ce que le tableau n’a pas : action_inconnue"),
        ("region, departement, total]", "region, total]", "va avec le domaine « departement »"),
    ],
)
def test_what_is_kept_by_departement_is_in_the_table(tmp_path, before, after, said):
    folder = tmp_path / "publications" / "asco-2025"
    folder.mkdir(parents=True)
    (tmp_path / "bands.yaml").write_text((SPECS / "bands.yaml").read_text())
    text = (SPECS / "publications/asco-2025/organisation.yaml").read_text()
    (folder / "organisation.yaml").write_text(text.replace(before, after))
    with pytest.raises(SpecInvalid, match=said):
        load_publications(folder)


def test_tables_are_numbered_without_a_hole():
    participation = load_participation(SPECS / "publications/asco-2025/participation.yaml")
    numbers = [table.number for table in PUBLICATIONS.values()] + [participation.number]
    assert numbers == [str(number + 1) for number in range(len(numbers))]
    assert set(publication_ids(SPECS / "publications/asco-2025")) == set(PUBLICATIONS)


def test_a_conclusion_follows_its_figure_and_falls_back_on_the_title():
    table = PUBLICATIONS["abs"]
    figures = {("abs", "abs", "communes", "ensemble"): 33.0}
    assert table.conclude(figures) == "Un tiers des communes ont déjà réalisé une analyse des besoins sociaux"
    assert table.conclude({}) == table.title


def test_the_indicators_of_an_addition_never_overlap():
    """Each addition that protection relies on holds for every possible answer."""
    frequencies = ["annuelle", "plusieurs", "une", None]
    for abs_, frequency in [("non", None), *(("oui", frequency) for frequency in frequencies)]:
        answers = {"abs": abs_, "abs_frequence": frequency}
        total = INDICATORS["abs"].numerator.evaluate(answers)
        parts = [INDICATORS[f"abs_{name}"].numerator.evaluate(answers) for name in ("annuelle", "plusieurs", "une")]
        assert None in parts or sum(parts) == total
    for action in ("oui", "non"):
        for competence in ("oui", "non", "nsp"):
            answers = {"action": action, "epci_competence": competence}
            seen = {
                name: INDICATORS[name].numerator.evaluate(answers) for name in PUBLICATIONS["organisation"].indicators
            }
            assert seen["action"] + seen["sans_action"] == 1
            assert seen["sans_action_epci"] + seen["sans_action_territoire"] == seen["sans_action"]


@pytest.mark.parametrize("ticked", [("aucun",), ("logement",), ("a",) * 6, ("a",) * 7, ("a",) * 12])
def test_the_numbers_of_domains_share_the_acting_communes(ticked):
    answers = {"action": "oui", "domaines": ticked}
    names = ("domaines_aucun", "domaines_1_6", "domaines_7_12")
    assert sum(INDICATORS[name].numerator.evaluate(answers) for name in names) == 1
    idle = [INDICATORS[name].numerator.evaluate({"action": "non"}) for name in names]
    assert idle == [False, False, False]


def test_secrecy_thresholds_are_dated_and_sourced():
    disclosure = load_disclosure(SPECS / "disclosure.yaml")
    assert disclosure.cells.threshold >= 3
    assert disclosure.protection.minimum >= 1
    assert disclosure.cells.since.year == 2026
    assert "Insee" in disclosure.cells.source
    assert disclosure.sources["insee-filosofi"].threshold == 11
