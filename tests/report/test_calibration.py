"""Coverage: against what was promised, and by slice."""

from foretaste.report.calibration import calibration_section

LEVELS = [{"level": 0.8, "coverage": 0.81, "low": 0.79, "high": 0.83, "width": 2.0},
          {"level": 0.9, "coverage": 0.88, "low": None, "high": None, "width": None}]  # fmt: skip
BINS = [{"label": "new", "n": 1200, "coverage": 0.7, "low": 0.6, "high": 0.8, "width": 2.5},
        {"label": "old", "n": 3, "coverage": None, "low": None, "high": None, "width": None}]  # fmt: skip
FOUND = {"model": "ridge", "levels": LEVELS, "slices": [{"by": "given", "title": "ratings shown", "bins": BINS}]}


def test_levels_are_drawn_against_the_promise():
    section = calibration_section({"calibration": FOUND})
    assert "those of 80 % hold 81.0 %, those of 90 % hold 88.0 % of the hidden ratings." in section.lead
    for svg in (section.figures[0].wide, section.figures[0].narrow):
        assert "<title>80.0 % interval holds 81.0 %, width 2.00</title>" in svg
        assert "<title>90.0 % interval holds 88.0 %, width -</title>" in svg
        assert "measured (% of hidden ratings)" in svg
    assert section.tables[0].rows == [("80.0 %", "81.0 %", "79.0 to 83.0 %", "2.00"), ("90.0 %", "88.0 %", "-", "-")]


def test_slices_are_drawn_at_one_level():
    section = calibration_section({"calibration": FOUND})
    svg = section.figures[1].wide
    assert "inside the 80 % interval (% of hidden ratings)" in svg
    assert ">70.0 %, n 1,200<" in svg
    assert section.tables[1].rows[0] == ("new", "1,200", "70.0 %", "60.0 to 80.0 %", "2.50")
    assert "inside the 90 % interval" in calibration_section({"calibration": FOUND | {"level": 0.9}}).figures[1].wide


def test_what_was_not_measured_is_left_out():
    assert calibration_section({}) is None
    assert calibration_section({"calibration": FOUND | {"levels": []}}) is None
    none = [{"by": "given", "title": "x", "bins": BINS[1:]}]
    assert len(calibration_section({"calibration": FOUND | {"slices": none}}).figures) == 1
