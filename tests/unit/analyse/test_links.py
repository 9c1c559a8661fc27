"""What an intruder can add and subtract between published numbers."""

import polars as pl

from maille.analyse.links import link
from maille.specs import Publication


def cells(*rows: tuple, kind: str = "share") -> pl.DataFrame:
    return pl.DataFrame(
        [("communes", kind, *row, *[None] * (5 - len(row))) for row in rows],
        schema={
            "universe": pl.String,
            "kind": pl.String,
            "indicator": pl.String,
            "lower": pl.Int64,
            "upper": pl.Int64,
            "region": pl.String,
            "departement": pl.String,
        },
        orient="row",
    )


def equations(links) -> set[frozenset]:
    """The additions, each cell without its universe and without the places that it does not have."""
    keys = [(*key[1:4], *(place for place in key[4:] if place)) for key in links.position]
    matrix = links.equations.toarray()
    return {frozenset((keys[column], line[column]) for column in line.nonzero()[0]) for line in matrix}


def test_the_whole_is_the_sum_of_its_size_bands():
    links = link(cells(("a", 0, 10), ("a", 10, None), ("a", 0, None)), [])
    assert equations(links) == {
        frozenset({(("a", 0, 10), 1.0), (("a", 10, None), 1.0), (("a", 0, None), -1.0)}),
    }


def test_a_band_of_one_scheme_is_the_sum_of_bands_of_another():
    links = link(cells(("a", 0, 10), ("a", 10, 20), ("a", 0, 20)), [])
    assert frozenset({(("a", 0, 10), 1.0), (("a", 10, 20), 1.0), (("a", 0, 20), -1.0)}) in equations(links)


def test_the_same_interval_in_two_tables_is_one_cell():
    links = link(cells(("a", 0, 10), ("a", 0, 10), ("a", 10, None), ("a", 0, None)), [])
    assert len(links.position) == 3


def publication(**identity) -> Publication:
    return Publication.model_validate(
        {
            "id": "t",
            "edition": "e",
            "number": "1",
            "title": "T",
            "conclusion": {"template": "{part}", "indicator": "a", "measure": "communes"},
            "universe": "communes",
            "field": "F",
            "indicators": ["a", "b"],
            "measures": ["communes"],
            "identities": [identity],
            "note": "n",
            "source": "s",
            "release": {"version": "1.0", "date": "2026-01-01"},
        }
    )


def test_an_indicator_is_the_sum_of_its_parts():
    links = link(cells(("a", 0, None), ("b", 0, None), ("c", 0, None)), [publication(total="c", parts=["a", "b"])])
    assert equations(links) == {
        frozenset({(("a", 0, None), 1.0), (("b", 0, None), 1.0), (("c", 0, None), -1.0)}),
    }


def test_a_trait_and_its_contrary_make_all_units():
    links = link(cells(("a", 0, None), ("b", 0, None)), [publication(total="ensemble", parts=["a", "b"])])
    assert ("communes", "ensemble", 0, None, None, None) in links.position
    assert len(equations(links)) == 1


def test_a_region_is_the_sum_of_its_departements_and_the_country_of_its_regions():
    places = [(None, None), ("84", None), ("93", None), ("84", "01"), ("84", "69"), ("93", "13")]
    links = link(cells(*(("a", 0, None, *place) for place in places)), [])

    def cell(*place):
        return ("a", 0, None, *place)

    assert equations(links) == {
        frozenset({(cell("84"), 1.0), (cell("93"), 1.0), (cell(), -1.0)}),
        frozenset({(cell("84", "01"), 1.0), (cell("84", "69"), 1.0), (cell("84"), -1.0)}),
        frozenset({(cell("93", "13"), 1.0), (cell("93"), -1.0)}),
    }


def test_without_its_regions_the_country_is_the_sum_of_the_departements():
    links = link(cells(("a", 0, None), ("a", 0, None, "84", "01"), ("a", 0, None, "93", "13")), [])
    assert len(equations(links)) == 1


def test_size_bands_add_up_inside_each_region():
    bands = [(0, 10), (10, None), (0, None)]
    links = link(cells(*(("a", *band, region) for band in bands for region in (None, "84", "93"))), [])
    assert len(equations(links)) == 3 + 3


def test_medians_do_not_add_up():
    assert not equations(link(cells(("a", 0, 10), ("a", 10, None), ("a", 0, None), kind="median"), []))


def test_a_territory_of_large_communes_only_is_a_part_of_the_large_size_bands():
    frame = pl.DataFrame(
        {"population": [5, 25, 12, 40], "region": ["84"] * 2 + ["11"] * 2, "departement": ["01"] * 2 + ["92"] * 2}
    )
    bands = [("a", 0, 10), ("a", 10, 20), ("a", 20, None), ("a", 0, None)]
    links = link(cells(*bands, ("a", 0, None, "11", "92"), ("a", 0, None, "84", "01")), [], frames={"communes": frame})
    rest = ("a ailleurs 0", 0, None, "11", "92")
    assert frozenset({(bands[1], 1.0), (bands[2], 1.0), (("a", 0, None, "11", "92"), -1.0), (rest, -1.0)}) in equations(
        links
    )
    assert {key[1:2] + key[5:] for key in links.unseen} == {("a ailleurs 0", "92")}
