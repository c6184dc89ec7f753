"""Speed and memory."""

from foretaste.report.costs import costs_section

ROWS = [
    {"model": "mean", "rmse": 1.0, "fit_s": 0.0, "peak_bytes": 1e8},
    {"model": "deep", "rmse": 0.9, "fit_s": 100.0, "peak_bytes": 2e9},
]


def test_time_and_memory_are_drawn_with_units_and_the_machine_is_named():
    section = costs_section({"models": ROWS, "made": {"machine": {"cpus": 2, "memory_bytes": 25_000_000_000}}})
    svg = section.figures[0].wide
    for words in ("time to fit (seconds)", "peak memory (MB)", ">100.0 s<", ">2000 MB<", ">0.0 s<"):
        assert words in svg
    assert "Measured on 2 processors with 25 GB." in section.lead
    assert "Measured on 1 processor." in costs_section({"models": ROWS, "made": {"machine": {"cpus": 1}}}).lead
    assert "Measured" not in costs_section({"models": ROWS}).lead


def test_what_was_not_timed_has_no_section():
    assert costs_section({"models": [{"model": "mean", "rmse": 1.0}]}) is None
