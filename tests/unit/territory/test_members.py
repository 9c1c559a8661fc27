"""What the EPCI of 2014 became, in a country of a few communes and, where it is there, in France."""

from types import SimpleNamespace

import polars as pl
import pytest

from maille.specs.previous import followed
from maille.territory import load_reference
from maille.territory.members import SAME, matched, same_by_members

KEPT, MOVED, BIG, NEW = "200000001", "200000002", "200000003", "200000004"


def commune(code, epci, population=100):
    return {"code": code, "epci": epci, "population": population}


def country(*communes, led=(), cut=()):
    """A reference of these communes; ``led`` are (old code, commune), ``cut`` (commune, the one it came out of)."""
    apart = dict(cut)
    codes = [(row["code"], row["code"], None) for row in communes if row["code"] not in apart]
    codes += [row for new, old in cut for row in ((new, old, 2020), (new, new, None))]
    codes += [row for old, now in led for row in ((old, old, 2016), (old, now, None))]
    rows = [
        {"code": code, "name": code, "kind": "commune", "commune": leader, "valid_from": None, "valid_until": until}
        for code, leader, until in codes
    ]
    schema = dict.fromkeys(("code", "name", "kind", "commune"), pl.String)
    schema |= {"valid_from": pl.Int64, "valid_until": pl.Int64, "reason": pl.String}
    table = pl.DataFrame(rows, schema=schema)
    starts = pl.when(pl.col("valid_until").is_null() & pl.col("code").is_duplicated()).then(pl.lit(2021))
    schema = {"code": pl.String, "epci": pl.String, "population": pl.Int64}

    class Known(SimpleNamespace):
        __hash__ = object.__hash__

    return Known(codes=table.with_columns(valid_from=starts), communes=pl.DataFrame(list(communes), schema=schema))


def became(reference, **then):
    members = [(code, epci) for epci, codes in then.items() for code in codes]
    schema = dict.fromkeys(("code", "epci"), pl.String)
    table = pl.DataFrame([(code, epci[1:] or None) for code, epci in members], schema=schema, orient="row")
    return {row["epci"]: row for row in matched(table, year=2014, reference=reference).iter_rows(named=True)}


def test_a_siren_that_changed_with_the_same_communes_is_the_same_epci():
    found = became(country(commune("01001", NEW), commune("01002", NEW)), _200000001=["01001", "01002"])[KEPT]
    assert (found["status"], found["successor"]) == ("same", NEW)
    assert (found["of_former"], found["of_successor"]) == (1, 1)


def test_a_siren_that_was_kept_by_other_communes_is_not_the_same_epci():
    france = country(commune("01001", KEPT), *(commune(f"0200{n}", KEPT) for n in range(3)))
    found = became(france, _200000001=["01001"], _200000002=["02000", "02001", "02002"])
    assert (found[KEPT]["status"], found[KEPT]["successor"], found[KEPT]["of_successor"]) == ("continued", KEPT, 0.25)
    assert (found[MOVED]["status"], found[MOVED]["of_successor"]) == ("continued", 0.75)


@pytest.mark.parametrize(("joined", "status"), [(100, "same"), (101, "continued")])
def test_the_epci_is_the_same_until_a_tenth_of_its_inhabitants_are_others(joined, status):
    france = country(commune("01001", KEPT, 900), commune("01002", KEPT, joined))
    assert SAME == 0.9
    assert became(france, _200000001=["01001"])[KEPT]["status"] == status


def test_an_epci_that_was_split_is_continued_where_most_live_and_scattered_when_most_live_nowhere():
    france = country(
        commune("01001", BIG, 600), commune("01002", NEW, 400), commune("02001", BIG), commune("02002", NEW)
    )
    found = became(france, _200000001=["01001", "01002"], _200000002=["02001", "02002"])
    assert (found[KEPT]["status"], found[KEPT]["successor"], found[KEPT]["of_former"]) == ("continued", BIG, 0.6)
    assert (found[MOVED]["status"], found[MOVED]["successor"]) == ("scattered", BIG)


def test_of_two_equal_successors_the_one_of_the_same_siren_is_named_then_the_lowest():
    france = country(commune("01001", BIG), commune("01002", KEPT), commune("02001", NEW), commune("02002", BIG))
    found = became(france, _200000001=["01002", "01001"], _200000004=["01001"], _200000002=["02001", "02002"])
    assert found[MOVED]["successor"] == BIG
    assert became(france, _200000003=["01001", "01002"])[BIG]["successor"] == BIG
    assert became(france, _200000001=["01001", "01002"])[KEPT]["successor"] == KEPT


def test_communes_that_merged_count_where_they_went_and_for_a_part_in_each_former_epci():
    france = country(commune("01001", KEPT, 200), commune("01005", KEPT, 800), led=[("01009", "01001")])
    alone = became(france, _200000001=["01001", "01009", "01005"])[KEPT]
    assert (alone["status"], alone["of_former"], alone["of_successor"]) == ("same", 1, 1)
    astride = became(france, _200000001=["01001", "01005"], _200000002=["01009"])
    assert (astride[KEPT]["status"], astride[KEPT]["of_successor"]) == ("same", 0.9)
    assert (astride[MOVED]["status"], astride[MOVED]["of_successor"]) == ("continued", 0.1)


def test_a_commune_cut_out_of_another_since_still_lives_where_that_one_did():
    france = country(commune("01001", KEPT, 500), commune("01002", KEPT, 500), cut=[("01002", "01001")])
    assert became(france, _200000001=["01001"])[KEPT]["status"] == "same"


def test_a_commune_that_was_in_no_epci_makes_none_and_an_epci_whose_communes_are_in_none_is_gone():
    france = country(commune("01001", None), commune("01002", KEPT))
    found = became(france, _=["01002"], _200000002=["01001"])
    assert list(found) == [MOVED]
    assert (found[MOVED]["status"], found[MOVED]["successor"], found[MOVED]["of_former"]) == ("gone", None, 0)


def test_a_code_that_never_was_is_listed_and_its_epci_with_it():
    found = became(country(commune("01001", KEPT)), _200000001=["01001", "99999"], _200000002=["99998"])
    assert (found[KEPT]["status"], found[KEPT]["unknown"]) == ("same", ["99999"])
    assert (found[MOVED]["status"], found[MOVED]["unknown"]) == ("gone", ["99998"])


def test_the_order_of_the_file_changes_nothing():
    communes = load_reference().communes.filter(pl.col("departement") == "01")
    members = communes.select("code", "epci")
    assert matched(members, year=2026).equals(matched(members.reverse(), year=2026))


def test_the_epci_of_today_are_themselves():
    known = load_reference()
    found = matched(known.communes.select("code", "epci"), year=2026)
    assert set(found["status"]) == {"same"}
    assert found["successor"].equals(found["epci"], check_names=False)
    assert found.height == known.epci.height


def test_the_communes_of_the_communaute_urbaine_de_lyon_are_those_of_the_metropole():
    communes = load_reference().communes.filter(pl.col("epci") == "200046977")
    members = communes.select("code", epci=pl.lit("246900245"))
    assert same_by_members(pl.Series(["246900245", "999999999"]), members, year=2014).to_list() == ["200046977", None]


def test_an_edition_is_followed_by_members_when_they_are_known_and_by_siren_otherwise():
    communes = load_reference().communes.filter(pl.col("epci") == "200046977")
    members = communes.select("code", epci=pl.lit("246900245"))
    units = pl.Series(["246900245", "200000172", "69243", "01340"])
    assert followed(units, "asco-2015").to_list() == ["246900245", "200000172", "69243", None]
    assert followed(units, "asco-2015", members).to_list() == ["200046977", None, "69243", None]


def test_in_france_a_third_of_the_epci_of_2014_are_the_same_and_92_kept_their_siren_without_being_so(shared_data):
    """The figures that docs/explications/statistique.md gives."""
    file = shared_data / "reference" / "commune_epci_2014_2017_2022.csv.gz"
    told = pl.read_csv(file, infer_schema=False).filter(pl.col("annee") == "2014")
    found = matched(told.select(code="CODGEO", epci=pl.col("EPCI").replace("ZZZZZZZZZ", None)), year=2014)
    same = found.filter(pl.col("status") == "same")
    kept = set(load_reference().epci["siren"]) & set(found["epci"])
    assert (found.height, same.height, len(kept), len(kept - set(same["epci"]))) == (2145, 720, 790, 92)
    assert same.filter(pl.col("epci") != pl.col("successor")).height == 22
    assert not same["successor"].is_duplicated().any()
    assert found["unknown"].list.len().sum() == 0
