"""The key: a shape and a name each, in as many lines as needed."""

from foretaste.report.drawing import NARROW, WIDE, to_svg
from foretaste.report.legend import LINE, MOST, key_chart

NAMES = ["ridge", "biased_mf", "item_knn", "a_name_that_is_longer_than_others_by_far"]


def test_every_name_has_its_shape():
    svg = to_svg(key_chart(NAMES, WIDE, 0), "key")
    for name in NAMES[:3]:
        assert f">{name}<" in svg
    assert f">{NAMES[3][: MOST - 1]}…<" in svg
    assert key_chart(NAMES, WIDE, 0)["height"] == LINE


def test_a_narrow_page_has_more_lines():
    spec = key_chart(NAMES, NARROW, 40)
    assert spec["height"] > LINE
    places = [row for layer in spec["layer"] for row in layer["data"]["values"]]
    assert min(row["x"] for row in places) == -34
    assert max(row["text"] for row in places) < NARROW.width


def test_rings_stand_in_the_key_where_they_are_drawn():
    for hollow, filled in ((False, [True] * 4), (True, [True, False, False, False])):
        marks = [layer["mark"] for layer in key_chart(NAMES, WIDE, 0, hollow=hollow)["layer"]]
        assert [mark["filled"] for mark in marks if mark["type"] == "point"] == filled
