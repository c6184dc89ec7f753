"""Paired differences: from tests where there are some, else from the rows; noise as a band."""

import pytest

from foretaste.report.differences import differences_section, floor_of, paired_of

ROWS = [
    {"model": "mean", "rmse": 1.0, "difference": -0.2, "difference_low": -0.3, "difference_high": -0.1},
    {"model": "ridge", "rmse": 0.8},
    {"model": "bias", "rmse": 0.81, "difference": -0.01, "difference_low": -0.03, "difference_high": 0.01},
]
TESTS = {
    "metric": "rmse",
    "subject": "ridge",
    "floor": 0.0125,
    "tests": [
        {"model": "mean", "difference": -0.2, "low": -0.3, "high": -0.1, "p": 0.0005, "p_holm": 0.0008},
        {"model": "bias", "difference": -0.01, "low": -0.03, "high": 0.01, "p": 0.3, "p_holm": 0.3},
    ],
}


def test_differences_come_from_the_rows_where_nothing_was_tested():
    section = differences_section({"models": ROWS})
    assert [test["model"] for test in paired_of({"models": ROWS})] == ["bias", "mean"]
    assert section.tables[0].head == ("model", "difference", "95 %")
    assert "band" not in " ".join(section.notes)
    assert "Left of the line ridge is better" in section.lead


def test_tests_bring_p_and_the_band_of_noise():
    report = {"models": ROWS, "significance": TESTS}
    section = differences_section(report)
    assert floor_of(report) == 0.0125
    assert section.tables[0].rows == [
        ("bias", "-0.0100", "-0.0300 to +0.0100", "0.300", "0.300", "within the noise"),
        ("mean", "-0.2000", "-0.3000 to -0.1000", "< 0.001", "< 0.001", "more than noise"),
    ]
    svg = section.figures[0].wide
    for words in (
        "within the noise of this split: -0.0125 to +0.0125",
        "p = 0.300",
        "p &lt; 0.001",
        "RMSE of ridge minus this model's",
    ):
        assert words in svg.replace("&#39;", "'")
    assert "differences under 0.0125 mean nothing here" in section.notes[0]


def test_of_lists_more_is_better():
    rows = [
        {"model": "a", "rmse": None, "ndcg@100": 0.4},
        {
            "model": "b",
            "rmse": None,
            "ndcg@100": 0.3,
            "ndcg@100_difference": 0.1,
            "ndcg@100_difference_low": 0.05,
            "ndcg@100_difference_high": 0.15,
        },
    ]
    section = differences_section({"models": rows})
    assert "Right of the line a is better" in section.lead
    assert "(share)" in section.figures[0].wide
    assert "0 to 1" not in section.figures[0].wide  # a difference may be below 0
    assert section.tables[0].rows == [("b", "+0.1000", "+0.0500 to +0.1500")]


@pytest.mark.parametrize("rows", [ROWS[1:2], [{"model": "a", "rmse": None, "ndcg@100": None}]])
def test_where_there_is_nobody_to_compare_there_is_no_section(rows):
    assert differences_section({"models": rows}) is None
