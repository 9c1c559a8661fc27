import polars as pl
import pytest

from maille.catalogue import Confidentiality, DatasetNotFound, Store
from maille.web.observatory.drawing import axis, classes, interval_chart
from maille.web.observatory.lineage import thread
from maille.web.observatory.participation import label
from maille.web.observatory.phrases import interval, value
from maille.web.observatory.published import NotPublic, Published
from maille.web.observatory.records import Cell, Edition, editions, latest

from .observatory_edition import EDITION, TABLES, publish, write

PUBLIC = "disseminated/asco-2025/essai"


@pytest.fixture
def store(home):
    return publish(home)


@pytest.fixture
def published(store):
    return Published(store)


def cell(**known):
    keys = {"table": "t", "indicator": "i", "measure": "communes", "domain_type": "size_band", "domain": "d"}
    return Cell(**(keys | {"status": "value", "estimate": 34.6, "ci_low": 28.2, "ci_high": 41.6} | known))


@pytest.mark.parametrize("level", [Confidentiality.SECRET, Confidentiality.PERSONAL])
def test_the_observatory_refuses_a_dataset_that_is_not_open(home, level):
    store = Store(home / "datasets")
    write(store, PUBLIC, [{"x": 1}], confidentiality=level)
    published = Published(store)
    assert published.names() == []
    assert not published.exists(PUBLIC)
    for opened in (published.read, published.card, lambda name: published.file(name, "essai.csv")):
        with pytest.raises(NotPublic, match="pas public"):
            opened(PUBLIC)


def test_a_dataset_that_becomes_secret_is_refused_at_once(home):
    store = Store(home / "datasets")
    published = Published(store)
    write(store, PUBLIC, [{"x": 1}])
    assert published.read(PUBLIC).table.height == 1
    write(store, PUBLIC, [{"x": 1}], confidentiality=Confidentiality.SECRET)
    with pytest.raises(NotPublic):
        published.read(PUBLIC)


@pytest.mark.parametrize("column", ["estimate", "ci_low", "respondents", "rate"])
def test_it_refuses_a_table_whose_secret_cells_still_hold_a_number(home, column):
    store = Store(home / "datasets")
    write(store, PUBLIC, [{"status": "value", column: 12.0}, {"status": "secret", column: 3.0}])
    with pytest.raises(NotPublic, match=column):
        Published(store).read(PUBLIC)


def test_no_edition_is_latest_before_the_first_is_published(home):
    published = Published(Store(home / "datasets"))
    assert editions(published) == []
    assert latest(published) is None


def test_an_edition_lists_its_tables_with_their_words(published):
    edition = Edition(published, EDITION)
    assert [sheet.code for sheet in edition.sheets()] == list(TABLES)
    assert edition.title == "ASCO 2025"
    assert edition.simulated
    with pytest.raises(DatasetNotFound):
        edition.sheet("inconnu")


def test_cells_come_with_their_precision_and_the_total_last(published):
    edition = Edition(published, EDITION)
    cells = [c for c in edition.cells(edition.sheet("domaines")) if (c.indicator, c.measure) == ("action", "communes")]
    assert [c.domain for c in cells] == ["moins_500", "500_1499", "1500_4999", "5000_9999", "10000_plus", "ensemble"]
    assert cells[0].design_effect == pytest.approx(1.42)
    assert [c.whole for c in cells] == [False, False, False, False, True, False]


@pytest.mark.parametrize(
    ("maximum", "said"),
    [
        (98.0, ["0", "20", "40", "60", "80", "100"]),
        (230_000.0, ["0", "50 000", "", "150 000", "", "250 000"]),
        (1_900_000_000.0, ["0", "", "1 000 000 000", "", "2 000 000 000"]),
    ],
)
def test_an_axis_leaves_out_the_numbers_that_would_touch_on_a_telephone(maximum, said):
    assert [tick.value.replace("\u202f", " ") for tick in axis(maximum)[1]] == said


def test_a_chart_places_each_estimate_and_bound_on_its_axis():
    chart = interval_chart([("Petites", cell()), ("Ensemble", cell(domain_type="total", estimate=40.0))])
    assert chart.end == 50
    part, total = chart.marks
    assert (part.x, part.low, part.high) == ("69.2%", "56.4%", "83.2%")
    assert (part.total, total.total) == (False, True)


def test_a_chart_of_totals_sets_none_of_them_apart():
    chart = interval_chart([("a", cell(domain_type="total")), ("b", cell(domain_type="total"))])
    assert [mark.total for mark in chart.marks] == [False, False]


def test_a_band_observed_whole_has_a_point_and_says_so_without_interval():
    whole = cell(all_observed=True, ci_low=34.6, ci_high=34.6)
    assert interval_chart([("Grandes", whole)]).marks[0].kind == "whole"
    assert interval(whole) == "toutes observées"


def test_a_secret_cell_has_neither_place_nor_number():
    secret = cell(status="secret", estimate=None, ci_low=None, ci_high=None)
    chart = interval_chart([("Petites", secret), ("Grandes", cell())])
    assert chart.marks[0].kind == "hidden"
    assert value(secret) == "secret"
    assert interval(secret) == ""
    assert "Petites secret" in chart.description


def test_zero_is_a_value_and_is_drawn():
    zero = cell(status="zero", estimate=0.0, ci_low=0.0, ci_high=1.2)
    assert interval_chart([("Petites", zero)]).marks[0].kind == "interval"
    assert value(zero) == "0,0\u202f%"


@pytest.mark.parametrize("maximum", [0.4, 3.0, 9.9, 24.0, 38.2, 61.0, 88.0, 100.0])
def test_an_axis_starts_at_zero_covers_the_largest_bound_and_has_four_to_six_graduations(maximum):
    end, ticks = axis(maximum)
    assert ticks[0].value == "0"
    assert maximum <= end <= 100
    assert 4 <= len(ticks) <= 6


@pytest.mark.parametrize("maximum", [0.012, 0.4, 7.3, 120.0, 4784.7, 317_000.0])
def test_the_axis_of_an_amount_is_as_round_at_every_scale(maximum):
    end, ticks = axis(maximum, least=1e-4)
    assert maximum <= end <= 2 * maximum
    assert 4 <= len(ticks) <= 6
    written = [tick.value for tick in ticks if tick.value]
    assert len(set(written)) == len(written) >= 3


def test_an_amount_is_written_with_its_unit_and_an_imprecise_figure_says_so():
    amount = cell(kind="total", unit="places", decimals=0, estimate=25_700.0, ci_low=24_100.0, ci_high=27_200.0)
    assert value(amount) == "25\u202f700\u00a0places"
    assert interval(amount) == "[24\u202f100 ; 27\u202f200]"
    assert interval_chart([("Crèches", amount)]).suffix == ""
    assert not amount.imprecise
    assert cell(flag="low_precision").imprecise
    assert value(cell(status="unavailable", estimate=None, flag="rare")) == "trop peu de réponses"


@pytest.mark.parametrize(
    "values", [list(range(30, 80)), [50.0, 50.1, 50.2, 50.3, 50.4, 50.5], [12.0], [], [0.0] * 40 + [100.0], [61.5] * 3]
)
def test_classes_cover_every_value_once_and_none_is_empty(values):
    bands = classes(values)
    assert [sum(band.holds(v) for band in bands) for v in values] == [1] * len(values)
    assert sum(band.count for band in bands) == len(values)
    assert all(band.count for band in bands) or not values
    assert len(bands) <= 5


@pytest.mark.parametrize(("values", "said"), [([12.0, 12.1], "12,0 à 12,1"), ([61.5] * 3, "61,5")])
def test_the_only_class_of_a_map_is_called_by_the_range_of_its_values(values, said):
    assert [label(band) for band in classes(values)] == [said]


def test_classes_of_well_spread_rates_have_round_bounds():
    assert [band.low for band in classes([float(rate) for rate in range(30, 80)])] == [None, 40.0, 50.0, 60.0, 70.0]


def test_the_thread_goes_from_the_frame_to_the_table_without_a_gap(published):
    knots = thread(published.card("disseminated/asco-2025/domaines"))
    names = [knot.name for knot in knots]
    assert names[0] == "territory/communes-2026"
    assert names[-1] == "disseminated/asco-2025/domaines"
    for rank, knot in enumerate(knots):
        assert set(knot.parents) <= set(names[:rank])


def test_a_table_read_twice_is_the_same_object(published):
    first = published.read("disseminated/asco-2025/domaines").table
    assert published.read("disseminated/asco-2025/domaines").table is first
    assert isinstance(first, pl.DataFrame)
