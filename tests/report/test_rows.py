"""Charts with a row a model: everything is drawn, in order, with its number."""

import re

from foretaste.report.drawing import NARROW, SERIES, WIDE, to_svg
from foretaste.report.rows import Panel, Row, rows_chart

ROWS = [
    Row("bias", 0.9, 0.8, 1.0, "0.9000"),
    Row("ridge", 0.8, None, None, "0.8000", strong=True),
    Row("none", None, words="-"),
]


def drawn(panels, size=WIDE, across=3):
    return to_svg(rows_chart(panels, size, across=across), "label")


def titles(svg):
    return re.findall("<title>(.*?)</title>", svg)


def test_dots_intervals_names_and_numbers_are_drawn():
    for size in (WIDE, NARROW):
        svg = drawn([Panel("RMSE (rating points)", ROWS)], size)
        assert titles(svg) == ["bias: 0.9000, 95 % 0.8000 to 1.0000"] * 2 + ["ridge: 0.8000"]
        for words in (">bias<", ">ridge<", ">none<", ">0.9000<", ">0.8000<", "RMSE (rating points)"):
            assert words in svg
        assert svg.count(SERIES[0]) == 1  # the judged model alone


def test_names_stand_once_beside_panels_and_in_each_below():
    panels = [Panel(f"metric {n} (share)", ROWS) for n in range(5)]
    assert drawn(panels, WIDE).count(">bias<") == 2  # two lines, of three and two panels
    assert drawn(panels, NARROW).count(">bias<") == 5


def test_a_band_a_line_and_further_dots():
    rows = [Row("bias", 0.5, words="x", more=(0.25, 0.75))]
    svg = drawn([Panel("difference", rows, band=(-0.1, 0.1), line=0.0)])
    assert titles(svg) == [
        "within the noise of this split: -0.1000 to +0.1000",
        "bias: 0.5000",
        "bias: 0.2500",
        "bias: 0.7500",
    ]


def test_values_far_apart_are_drawn_by_factors_where_that_is_allowed():
    far = [Row("a", 0.01, words="x"), Row("b", 100.0, words="y")]

    def scale(panel):
        return rows_chart([panel], NARROW)["vconcat"][0]["layer"][0]["encoding"]["x"]["scale"][
            "type" if panel.factors else "domain"
        ]

    assert scale(Panel("s", far, zero=True, factors=True)) == "log"
    assert scale(Panel("s", far, zero=True))[0] <= 0
    near = Panel("s", [Row("a", 1.0), Row("b", 2.0)], zero=True, factors=True)
    assert rows_chart([near], NARROW)["vconcat"][0]["layer"][0]["encoding"]["x"]["scale"]["domain"][0] == 0


def test_long_names_are_cut_and_tags_are_words():
    rows = [Row("a_model_whose_name_goes_on_and_on_for_sixty_letters", 1.0, words="1.0"), Row("<b>", 2.0, words="2.0")]
    svg = drawn([Panel("x", rows)])
    assert ">a_model_whose_name_goes_o…<" in svg
    assert ">&lt;b&gt;<" in svg
    assert "a_model_whose_name_goes_on_and_on_for_sixty_letters: 1.0000" in svg


def test_two_models_whose_names_are_cut_to_the_same_letters_stay_two():
    rows = [Row(f"a_model_whose_name_goes_on_and_on_{n}", float(n), words=str(n)) for n in (1, 2)]
    assert len(titles(drawn([Panel("x", rows)]))) == 2
    assert drawn([Panel("x", rows)]).count("…<") == 2
