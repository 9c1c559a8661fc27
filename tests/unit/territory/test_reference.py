"""The committed reference holds the France of 1 January 2026, and its maps have no hole."""

import json
from collections import Counter

import numpy as np
import polars as pl
import pytest
import shapely

from maille.catalogue import Confidentiality, Store
from maille.territory import geometry, load_reference, reference_folder, shapes, today
from maille.territory.history import period_at, periods, still
from maille.territory.maps import COUNTRY_STEP
from maille.territory.universe import ISLANDS_WITHOUT_EPCI

REFERENCE = load_reference()
STORE = Store(reference_folder())
DRAWN = {row[0]: row[1:] for row in STORE.read(geometry.DATASET).table.iter_rows()}
LLIVIA = (1.98, 42.46)


def inside(zone: str) -> pl.DataFrame:
    return REFERENCE.communes.filter(pl.col("zone") == zone)


def test_it_counts_the_communes_and_epci_of_the_frame() -> None:
    assert inside("metro").height + inside("drom").height == 34_875
    assert inside("com").height == 94
    assert REFERENCE.epci.height == 1_255
    assert (REFERENCE.departements.height, REFERENCE.regions.height) == (101, 18)


def test_codes_are_unique_text_of_five_characters() -> None:
    codes = REFERENCE.communes["code"]
    assert codes.dtype == pl.String
    assert codes.n_unique() == codes.len()
    assert codes.str.len_chars().unique().to_list() == [5]
    assert "2A004" in codes


def test_only_communes_without_inhabitants_and_overseas_collectivities_are_out_of_the_survey() -> None:
    out = REFERENCE.communes.filter(~pl.col("in_survey"))
    empty = out.filter(pl.col("zone") == "metro")
    assert empty["departement"].unique().to_list() == ["55"]
    assert empty["population"].to_list() == [0] * 6
    assert out.height == 6 + 94
    assert out["exclusion"].null_count() == 0
    assert REFERENCE.communes["in_survey"].sum() == 34_869


def test_four_islands_have_no_epci_and_stay_in_the_survey() -> None:
    alone = REFERENCE.communes.filter(pl.col("epci").is_null(), pl.col("zone") != "com")
    assert tuple(alone["code"]) == ISLANDS_WITHOUT_EPCI
    assert alone["in_survey"].all()


def test_the_five_overseas_departements_are_in_the_survey() -> None:
    overseas = inside("drom")
    assert overseas["departement"].unique().sort().to_list() == ["971", "972", "973", "974", "976"]
    assert overseas["in_survey"].all()


def test_metropole_de_lyon_is_a_college_and_receives_the_epci_questionnaire() -> None:
    colleges = REFERENCE.communes.filter(pl.col("departement") == "69")["college"].value_counts().sort("college")
    assert colleges.rows() == [("69D", 208), ("69M", 58)]
    lyon = REFERENCE.epci.row(by_predicate=pl.col("siren") == "200046977", named=True)
    assert (lyon["type"], lyon["communes"], lyon["in_survey"]) == ("MET69", 58, True)
    assert lyon["population"] == 1_436_354


def test_epci_add_up_to_the_communes_that_have_one() -> None:
    members = REFERENCE.communes.filter(pl.col("epci").is_not_null())
    assert REFERENCE.epci["communes"].sum() == members.height
    assert REFERENCE.epci["population"].sum() == members["population"].sum()


def test_forty_five_arrondissements_roll_up_to_three_cities() -> None:
    rows = REFERENCE.codes.filter(pl.col("kind") == "arrondissement")
    assert rows["commune"].value_counts().sort("commune").rows() == [("13055", 16), ("69123", 9), ("75056", 20)]


def test_every_code_leads_to_one_commune_of_today() -> None:
    led = today(REFERENCE.codes["code"])
    assert led.null_count() == 0
    assert set(led) == set(REFERENCE.communes["code"])


def test_a_column_of_codes_is_brought_to_today() -> None:
    assert today(pl.Series(["69152", "69382", "2A004", "99999"])).to_list() == ["69149", "69123", "2A004", None]


def test_a_commune_is_followed_only_when_it_neither_merged_nor_split() -> None:
    """In 2015, 01340 and 01015 were two communes, which made one; 69381 is a part of Lyon, whatever the year."""
    codes = ["01001", "01340", "01015", "69381", "69123", "99999"]
    assert still(pl.Series(codes), year=2015).to_list() == ["01001", None, None, None, "69123", None]
    assert still(pl.Series(codes), year=2026).to_list() == ["01001", None, "01015", None, "69123", None]


@pytest.mark.parametrize("year", [2014, 2015, 2020])
def test_every_commune_followed_is_the_only_one_of_its_time(year: int) -> None:
    then = [
        code for code, rows in periods(REFERENCE).items() if any(row.holds(year) and row.is_commune for row in rows)
    ]
    heirs = today(pl.Series(then)).to_list()
    made_of = Counter(heirs)
    known = [code for code in REFERENCE.communes["code"] if code in periods(REFERENCE)]
    cut = Counter(period_at(code, year).commune for code in known)
    expected = [heir if made_of[heir] == 1 and cut[code] <= 1 else None for code, heir in zip(then, heirs, strict=True)]
    assert still(pl.Series(then), year=year).to_list() == expected


def test_periods_of_a_code_follow_one_another_without_overlap() -> None:
    rows = REFERENCE.codes.with_columns(before=pl.col("valid_until").shift(1).over("code"))
    followed = rows.filter(pl.col("before").is_not_null())
    assert followed.height > 1000
    assert (followed["before"] + 1 == followed["valid_from"]).all()


def test_every_dataset_is_open_whole_and_under_licence() -> None:
    for name in STORE.names():
        card = STORE.check(name)
        assert (card.confidentiality, card.licence, card.vintage) == (
            Confidentiality.OPEN,
            "Licence Ouverte 2.0",
            "2026",
        )


@pytest.mark.parametrize("code", ["12218", "14581", "49126", "69114"])
def test_a_commune_that_changed_its_code_is_drawn_from_its_old_communes(code: str) -> None:
    status, origin = DRAWN[code]
    assert status == "rebuilt"
    assert code in origin
    assert code in {shape.code for shape in shapes("communes", code[:2])}


@pytest.mark.parametrize("code", ["15031", "15035", "15047", "15171"])
def test_a_commune_cut_out_of_another_is_flagged_and_its_land_still_drawn(code: str) -> None:
    assert DRAWN[code] == ("missing", "15141")
    assert "15141" in {shape.code for shape in shapes("communes", "15")}


def test_all_other_communes_have_a_shape() -> None:
    missing = {code for code, (status, _) in DRAWN.items() if status == "missing"}
    drawn = {shape.code for shape in shapes("communes")}
    assert missing == {"15031", "15035", "15047", "15171"}
    assert drawn == set(REFERENCE.communes.filter(pl.col("zone") != "com")["code"]) - missing


def test_the_map_has_no_hole_but_the_spanish_enclave() -> None:
    outlines = [
        shapely.make_valid(shapely.Polygon(ring)) for shape in shapes("departements") for ring in shape.polygons
    ]
    land = shapely.get_parts(shapely.union_all(outlines))
    holes = [shapely.Polygon(ring) for part in land if part.geom_type == "Polygon" for ring in part.interiors]
    real = [hole for hole in holes if hole.area > 1e-5]
    assert len(real) <= 1
    assert all(hole.distance(shapely.Point(LLIVIA)) < 0.05 for hole in real)


def corners(level: str) -> set[tuple[int, int]]:
    rings = [ring for shape in shapes(level) for ring in shape.polygons]
    return set(map(tuple, np.rint(np.concatenate(rings) / COUNTRY_STEP).astype(int).tolist()))


def test_borders_of_departements_and_regions_are_borders_of_communes() -> None:
    communes, departements, regions = corners("communes"), corners("departements"), corners("regions")
    assert regions <= departements
    # One sandbank of Arcachon, split between two communes, is smaller than the grid in each and larger in both.
    assert len(departements - communes) <= 1


def test_shapes_are_sorted_named_closed_and_in_degrees() -> None:
    found = shapes("departements")
    assert [shape.code for shape in found] == REFERENCE.departements["code"].to_list()
    assert found[0].name == "Ain"
    for ring in found[0].polygons:
        assert np.array_equal(ring[0], ring[-1])
        assert ((ring > [4, 45]) & (ring < [7, 47])).all()


def test_files_are_topojson_with_one_geometry_a_commune() -> None:
    document = json.loads(STORE.file(geometry.DATASET, "communes-2A.json"))
    assert document["type"] == "Topology"
    assert {g["type"] for g in document["objects"]["communes"]["geometries"]} == {"MultiPolygon"}
    assert {g["id"][:2] for g in document["objects"]["communes"]["geometries"]} == {"2A"}
