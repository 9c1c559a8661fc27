import numpy as np
import pytest

from maille.territory import Shape, shapes
from maille.territory.drawing import (
    departement_map,
    draw,
    draw_france,
    fit,
    france_frames,
    france_map,
    joined,
    lambert93,
)


def square(code, x, y, side=0.1):
    ring = np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]])
    return Shape(code, code, (ring,))


def points(path):
    """Return the absolute points of a path made of one ring."""
    start, _, steps = path.removeprefix("M").removesuffix("z").partition("l")
    moves = [start.split(","), *(step.split(",") for step in steps.split())]
    return np.cumsum(np.array(moves, dtype=int), axis=0)


def test_lambert_93_agrees_with_the_official_coordinates_of_its_origin():
    origin = lambert93(np.array([[3.0, 46.5]]))[0]
    eiffel = lambert93(np.array([[2.294481, 48.858370]]))[0]
    assert eiffel - origin + (700_000, 6_600_000) == pytest.approx((648_237.3, 6_862_271.7), abs=5.0)


def test_neighbours_share_exactly_the_same_border():
    left, right = square("a", 4.0, 45.0), square("b", 4.1, 45.0)
    drawing = draw([left, right], fit([left, right]))
    shared = [set(map(tuple, points(outline.path))) for outline in drawing.outlines]
    assert len(shared[0] & shared[1]) == 2


def test_a_drawing_fills_its_width_and_stays_inside():
    drawing = departement_map("69")
    assert drawing.frame.width == 1000
    for outline in drawing.outlines:
        first = outline.path.removeprefix("M").partition("l")[0].split(",")
        assert 0 <= int(first[0]) <= 1000
        assert 0 <= int(first[1]) <= drawing.frame.height


def test_north_is_up_and_west_is_left():
    south, north, east = square("s", 4.0, 45.0), square("n", 4.0, 46.0), square("e", 5.0, 45.0)
    places = {
        o.code: (float(o.x[:-1]), float(o.y[:-1]))
        for o in draw([south, north, east], fit([south, north, east])).outlines
    }
    assert places["n"][1] < places["s"][1]
    assert places["s"][0] < places["e"][0]


def test_an_island_smaller_than_a_unit_stays_visible():
    large, tiny = square("a", 0.0, 45.0, side=10.0), square("b", 5.0, 44.0, side=0.0001)
    drawing = draw([large, tiny], fit([large, tiny]))
    assert drawing.outlines[1].path.endswith("h1v1z")


def test_every_departement_is_drawn_and_inner_paris_a_second_time():
    codes = [outline.code for drawing in france_map() for outline in drawing.outlines]
    assert set(codes) == {shape.code for shape in shapes("departements")}
    assert sorted(code for code in set(codes) if codes.count(code) == 2) == ["75", "92", "93", "94"]


def test_the_overseas_departements_are_insets_of_one_size():
    frames = france_frames()
    assert [frame.key for frame in frames] == ["metropole", "paris", "971", "972", "973", "974", "976"]
    assert {(frame.width, frame.height) for frame in frames[1:]} == {(250, 250)}


def test_communes_fall_in_the_frame_of_their_departement():
    communes = [shape for shape in shapes("communes") if shape.code in ("69123", "97411", "75056")]
    drawings = draw_france(communes, lambda shape: shape.code[:3] if shape.code.startswith("97") else shape.code[:2])
    drawn = {drawing.frame.key: [outline.code for outline in drawing.outlines] for drawing in drawings}
    assert drawn["metropole"] == ["69123", "75056"]
    assert drawn["paris"] == ["75056"]
    assert drawn["974"] == ["97411"]


def test_a_scale_is_a_round_length_that_fits_in_a_quarter_of_the_map():
    frame = departement_map("69").frame
    assert frame.kilometres in (1, 2, 5, 10, 20, 50)
    assert 0 < float(frame.scale[:-1]) <= 25
    assert float(frame.scale[:-1]) / 100 * frame.width * frame.metres == pytest.approx(
        frame.kilometres * 1000, rel=0.01
    )


def test_one_path_holds_many_territories():
    outlines = departement_map("69").outlines
    assert joined(outlines).count("M") >= len(outlines)
