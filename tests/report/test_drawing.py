"""SVG of a chart: one name, a title on every mark, colours that a style sheet can turn."""

import re

import altair as alt
import pytest

from foretaste.report import drawing
from foretaste.report.drawing import (
    DARK,
    INK,
    NARROW,
    PAPER,
    SERIES,
    SHAPES,
    TIP,
    WIDE,
    below,
    beside,
    dark_rules,
    data,
    figure,
    layered,
    reach,
    reserved,
    wrapped,
)


def dots(size=WIDE):
    rows = [{"x": 0.123456, "tip": 'a <b> & "c": 0.1235'}, {"x": 2.0, "tip": "d: 2.0000"}]
    marks = data(rows).mark_point(filled=True, color=SERIES[0])
    return layered(
        [marks.encode(x=alt.X("x:Q", axis=alt.Axis(title="x (units)")), description=TIP)], size.width - 20, 40
    )


def test_every_mark_has_a_title_and_the_picture_one_name():
    drawn = figure('dots of <b> & "c"', dots, "caption")
    assert (drawn.label, drawn.caption) == ('dots of <b> & "c"', "caption")
    for svg in (drawn.wide, drawn.narrow):
        assert svg.startswith('<svg role="img" aria-label="dots of &lt;b&gt; &amp; &quot;c&quot;"')
        assert svg.count("aria-label") == 1
        assert re.findall("<title>(.*?)</title>", svg) == ["a &lt;b&gt; &amp; &quot;c&quot;: 0.1235", "d: 2.0000"]
        assert "x (units)" in svg
    assert int(re.search(r' width="(\d+)"', drawn.wide)[1]) > 2 * int(re.search(r' width="(\d+)"', drawn.narrow)[1])


def test_figures_in_words_are_kept_whole_where_places_are_rounded():
    """A chart was smaller by a third without the far digits of coordinates; 0.8167 must not become 0.81 with them."""
    svg = figure("x", dots).wide
    assert "0.1235" in svg
    assert not re.search(r'd="[^"]*\.\d{3}', svg)


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Return the contrast of two colours as WCAG 2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_words_and_marks_stand_out_from_light_and_dark_pages():
    assert contrast(INK, PAPER) > 7
    assert contrast(DARK[INK], DARK[PAPER]) > 7
    assert contrast(drawing.MUTED, PAPER) > 4.5
    assert contrast(DARK[drawing.MUTED], DARK[PAPER]) > 4.5
    for colour in SERIES:  # WCAG asks for 3 of what is no text
        assert contrast(colour, PAPER) > 3
        assert contrast(DARK[colour], DARK[PAPER]) > 3


def test_shapes_tell_as_many_models_apart_as_colours():
    assert len(set(SHAPES)) == len(SERIES) == len(set(map(str, drawing.DASHES)))


def test_every_colour_is_turned_where_the_page_is_dark():
    rules = dark_rules()
    for light, dark in DARK.items():
        assert f'svg [fill="{light}"] {{ fill: {dark}; }}' in rules
        assert f'svg [stroke="{light}"] {{ stroke: {dark}; }}' in rules
    assert set(re.findall(r'(?:fill|stroke)="(#\w+)"', figure("x", dots).wide)) <= set(DARK)


@pytest.mark.parametrize(
    ("values", "zero", "ends"),
    [
        ([1.0, 2.0, None], False, [0.94, 2.06]),
        ([0.0, 10.0], True, [0.0, 10.6]),
        ([3.0], False, [2.85, 3.15]),
        ([0.0], False, [-1.0, 1.0]),
    ],
)
def test_a_scale_holds_all_values_with_air(values, zero, ends):
    assert reach(values, zero=zero) == pytest.approx(ends)


def test_a_long_title_is_broken_where_a_narrow_page_ends():
    title = "popularity bias@20 (ratio, 0 is as in what people have rated)"
    assert wrapped(title, WIDE) == title
    lines = wrapped(title, NARROW)
    assert " ".join(lines) == title
    assert max(map(len, lines)) * 6.9 <= NARROW.width


def test_charts_are_put_beside_and_below_each_other():
    one = dots()
    assert beside([one, one], 5) == {"hconcat": [one, one], "spacing": 5}
    assert below([one], 5) == {"vconcat": [one], "spacing": 5}
    assert one["layer"][0]["data"]["values"][1]["x"] == 2.0


def test_room_is_kept_for_letters_of_any_font():
    def svg_width(layers):
        return float(re.search(r' width="([\d.]+)"', drawing.to_svg(layered(layers, 100, 20), "x"))[1])

    mark = data([{"tip": "x"}]).mark_point(aria=False)
    assert svg_width([mark, reserved(-50, 160)]) - svg_width([mark]) == pytest.approx(110, abs=6)
